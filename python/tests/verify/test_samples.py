"""`--samples`: the sources are files, and no warehouse is at hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from entity_kit.dbt_bridge.profiles import Target
from entity_kit.engines.samples import SampledScratch
from entity_kit.engines.scratch import Contents
from entity_kit.errors import EntityKitError
from entity_kit.warehouse import Relation, rows
from support.verify_project import FCT, SOURCES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_FIX = (
    "`entity-kit sample` writes them from the warehouse. Or write them yourself: the names are "
    "those in the sources' YAML, in any case."
)

DAILY = """
{{ config(materialized='incremental', unique_key='day') }}
select cast(ordered_at as date) as day, sum(amount) as amount, max(loaded_at) as loaded_at
from {{ source('shop', 'orders') }}
{% if is_incremental() %}
where loaded_at > (select max(loaded_at) from {{ this }})
{% endif %}
group by 1
"""


@pytest.mark.slow
def test_verdicts_are_those_of_the_warehouse(make_project):
    at_hand = make_project({"daily.sql": DAILY}, folder="at_hand")
    files = at_hand.folder.parent / "samples"
    (files / "SHOP").mkdir(parents=True)
    at_hand.execute(f"copy shop.orders to '{files}/SHOP/Orders.parquet'")
    elsewhere = make_project({"daily.sql": DAILY}, warehouse="other.duckdb", data="")

    expected = at_hand.verify()
    found = elsewhere.verify(samples=files)

    assert expected.verdict.value == "differs"  # or the two would agree in nothing
    for one, other in zip(expected.models, found.models, strict=True):
        assert [(s.verdict, s.steps, s.cause.name) for s in one.schedules] == [
            (s.verdict, s.steps, s.cause.name) for s in other.schedules
        ]


def test_what_lies_in_the_warehouse_is_not_read(make_project, tmp_path):
    project = make_project()
    (tmp_path / "samples" / "shop").mkdir(parents=True)

    assert project.refused(samples=tmp_path / "samples").splitlines() == [
        f"{tmp_path}/samples has no file for a source that the models read:",
        "  shop.orders: shop/orders.parquet, shop/orders.csv, or shop/orders/*.parquet",
        _FIX,
    ]


def test_one_file_is_enough_for_two_names_of_a_table(make_project, tmp_path):
    named = "{{ config(materialized='incremental') }} select order_id from {{ source('web', 'o') }}"
    again = "  - {name: web, schema: shop, tables: [{name: o, identifier: orders}]}\n"
    project = make_project({"fct.sql": FCT, "named.sql": named}, data="", sources=SOURCES + again)
    file = tmp_path / "samples" / "shop" / "orders.csv"
    file.parent.mkdir(parents=True)
    file.write_text("order_id,ordered_at,loaded_at\n1,2024-01-01,2024-01-02\n")

    assert project.verdicts(samples=tmp_path / "samples", schedules=["rerun"])["fct"] == "agrees"


def test_a_declared_column_that_the_file_lacks(make_project, tmp_path):
    project = make_project(data="")
    file = tmp_path / "samples" / "shop" / "orders.csv"
    file.parent.mkdir(parents=True)
    file.write_text("order_id,ordered_at\n1,2024-01-01\n")

    assert project.refused(samples=tmp_path / "samples") == (
        "Source shop.orders declares loaded_at_field: loaded_at, which it doesn't have; its columns "
        "are order_id, ordered_at.\nClosest: ordered_at."
    )


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., list[tuple[Any, ...]]]:
    """Load files for `shop.orders` of the database `RAW`, and return its rows, with their types first."""

    def loaded(
        files: Mapping[str, str | bytes],
        types: Mapping[str, str] | None = None,
        query: str = "select * from {}",
    ) -> list[tuple[Any, ...]]:
        folder = tmp_path / "samples"
        folder.mkdir(exist_ok=True)
        for name, content in files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if name.endswith(".parquet"):
                duckdb.sql(f"copy ({content}) to '{file}'")
            else:
                file.write_text(str(content))
        target = Target("shop", "dev", {"type": "duckdb", "path": "nowhere/warehouse.duckdb"})
        scratch = SampledScratch(tmp_path / "scratch", target, tmp_path, 1, lambda _: folder)
        node = {
            "unique_id": "source.shop.orders",
            "source_name": "shop",
            "name": "orders",
            "columns": {n: {"name": n, "data_type": t} for n, t in (types or {}).items()},
        }
        relation = Relation("RAW", "landing", "orders_v2")
        contents = Contents(
            {node["unique_id"]: node},
            {node["unique_id"]: relation},
            frozenset({node["unique_id"]}),
        )
        loaded.notes = scratch.prepare(contents)
        with scratch.originals() as connection:
            origin = scratch.origin(relation)
            kinds = [row[1] for row in rows(connection, f"describe from {origin}")]
            return [tuple(kinds), *rows(connection, query.format(origin))]

    return loaded


def test_parquet_keeps_its_types_and_csv_takes_those_of_the_yaml(load):
    select = "select 1::tinyint as id, '007' as code"
    assert load({"shop/orders.parquet": select}) == [("TINYINT", "VARCHAR"), (1, "007")]
    assert load({}, {"id": "bigint"})[0] == ("BIGINT", "VARCHAR")


def test_csv(load):
    text = "id,code,amount,empty\n1,007,1.50,\n2,008,2.25,\n"
    found = load(
        {"shop/orders.csv": text},
        {"code": "varchar", "AMOUNT": "decimal(10, 2)", "empty": "timestamp"},
        "select code, amount::varchar, empty from {}",
    )
    assert found[0][1:] == ("VARCHAR", "DECIMAL(10,2)", "TIMESTAMP")
    assert found[1:] == [("007", "1.50", None), ("008", "2.25", None)]


def test_a_folder_of_files_is_read_by_column_names(load):
    found = load(
        {
            "shop/orders/1.parquet": "select 1 as id, 'a' as code",
            "shop/orders/2.parquet": "select 'b' as code, 2 as id",
        },
        query="select id, code from {} order by id",
    )
    assert found[1:] == [(1, "a"), (2, "b")]


def test_notes_name_what_is_missing_or_unknown(load):
    load({"shop/orders.csv": "id\n1\n"}, {"id": "geography", "price": "int"})
    assert load.notes == [
        "shop.orders: DuckDB has no type geography, so the column id keeps its type in the file.",
        "orders.csv of source shop.orders lacks price, which the YAML declares.",
    ]


def _manifest(version: object) -> dict[str, str]:
    return {"manifest.json": json.dumps({"version": version}), "shop/orders.csv": "id\n1\n"}


@pytest.mark.parametrize(
    ("files", "types", "message"),
    [
        (
            {"shop/orders.csv": "id\n1\n1.5\n"},
            {"id": "integer"},
            "shop/orders.csv: column id has the value '1.5', which isn't of type integer",
        ),
        (
            {"shop/orders.csv": "id\n1\nx\n"},
            {"id": "timestamp"},
            "column id has the value '1', which isn't of type timestamp",
        ),
        (
            {"shop/orders.parquet": "select 300 as id"},
            {"id": "tinyint"},
            "column id has the value '300', which isn't of type tinyint",
        ),
        (
            {"shop/orders.csv": "Id,id\n1,2\n"},
            {},
            "two columns whose names differ only in case: Id and id",
        ),
        (
            {"shop/orders.csv": "id\n1\n", "Shop/orders/1.parquet": "select 1 as id"},
            {},
            "several files for source shop.orders: Shop/orders and shop/orders.csv.",
        ),
        ({"shop/orders.parquet": "select 1", "shop/orders.csv": "id\n"}, {}, "several files"),
        (_manifest(0), {}, "made by an older version.\nMake the samples again."),
        (_manifest(2), {}, "made by a newer version.\nUpdate entity-kit."),
        (_manifest(None), {}, "made by an older version."),
        ({"manifest.json": "[", "shop/orders.csv": "id\n"}, {}, "manifest.json can't be read"),
    ],
)
def test_refusals(load, files, types, message):
    with pytest.raises(EntityKitError) as caught:
        load(files, types)
    assert message in str(caught.value)


def test_a_known_version_is_read(load):
    assert load(_manifest(1))[1:] == [(1,)]


def test_nested_columns_do_not_count_as_names(load):
    found = load({"shop/orders.parquet": "select {'id': 1, 'a': [1]} as s, 2 as id"})
    assert found[1:] == [({"id": 1, "a": [1]}, 2)]


def test_samples_for_another_engine_need_a_dialect(make_project, tmp_path):
    (tmp_path / "samples").mkdir()
    project = make_project(output={"type": "snowflake"}, data="")
    assert "--dialect" in project.refused(samples=tmp_path / "samples")
