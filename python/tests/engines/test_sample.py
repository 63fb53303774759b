"""`entity-kit sample` on DuckDB and Postgres: the same sample, nothing personal in it, a break."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click.testing
import duckdb
import pytest

from entity_kit import EntityKitError, sample, verify
from entity_kit.cli import commands
from entity_kit.replay.progress import Progress
from entity_kit.sampling.sampling import KEY
from support.shop_sources import DATA, MODEL, SOURCES

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "a key that nobody else knows"  # noqa: S105
TABLES = ("countries", "customers", "items", "orders", "products")
# Of Postgres alone: what DuckDB has no type for, or another one.
POSTGRES = """
create type shop.mood as enum ('good', 'bad');
alter table shop.products
    add tags text[] default '{a,"b,c"}', add mood shop.mood default 'good', add address inet default '10.0.0.1',
    add price numeric default 1.5, add picture bytea default '\\x00ff', add took interval default '1 day 2 hours',
    add token uuid default '11111111-2222-3333-4444-555555555555';
update shop.products set price = 20.125 where id = 1;
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory, make_database, write_target) -> Any:
    """Return a project whose target is DuckDB; `project.postgres` holds the same rows."""
    warehouse = tmp_path_factory.mktemp("warehouse") / "warehouse.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(DATA)
    database = make_database(DATA + POSTGRES)
    outputs = {
        "files": {"type": "duckdb", "path": str(warehouse), "settings": {"timezone": "UTC"}},
        "server": database.output,
    }
    folder = write_target(outputs, {"models/_sources.yml": SOURCES, "models/fct.sql": MODEL})
    return folder, database, warehouse


@pytest.fixture(scope="module")
def on_duckdb(project, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("duckdb") / "samples"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY, SECRET)
        sample(project[0], out, fraction=0.2, mask_default="hash")
    return out


@pytest.fixture(scope="module")
def on_postgres(project, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("postgres") / "samples"
    before = project[1].state()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY, SECRET)
        sample(project[0], out, target="server", fraction=0.2, mask_default="hash")
    assert project[1].state() == before
    return out


def read(out: Path, table: str, what: str = "*", rest: str = "") -> list[tuple]:
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        sql = f"select {what} from '{out}/shop/{table}.parquet' {rest}"
        return connection.execute(sql).fetchall()


def described(out: Path, table: str) -> dict[str, str]:
    sql = f"describe select * from '{out}/shop/{table}.parquet'"
    return {row[0]: row[1] for row in duckdb.sql(sql).fetchall()}


@pytest.mark.parametrize("table", TABLES)
def test_both_warehouses_give_the_same_sample(on_duckdb, on_postgres, table):
    columns = [name for name in described(on_duckdb, table) if name != "extra"]
    what = ", ".join(f'"{name}"' for name in columns)
    assert read(on_postgres, table, what, "order by all") == read(
        on_duckdb, table, what, "order by all"
    )
    kinds = described(on_duckdb, table)
    assert {name: described(on_postgres, table)[name] for name in kinds} == kinds


def test_rows_and_types_are_those_of_the_warehouse(project, on_postgres):
    kept = [row[0] for row in read(on_postgres, "orders", "id")]
    wanted = "id, customer_id, amount, paid_at, paid_on, loaded_at"
    rows = project[1].query(f"select {wanted} from shop.orders where id = any(array{kept})")
    assert 100 < len(kept) < 400
    assert sorted(read(on_postgres, "orders", wanted)) == sorted(rows)
    assert described(on_postgres, "orders") == {
        "id": "INTEGER",
        "customer_id": "VARCHAR",
        "status": "VARCHAR",
        "email": "VARCHAR",
        "amount": "DECIMAL(12,3)",
        "paid_at": "TIMESTAMP WITH TIME ZONE",
        "extra": "JSON",
        "paid_on": "DATE",
        "loaded_at": "TIMESTAMP",
    }
    assert read(on_postgres, "orders", "extra ->> 'n' = cast(id as varchar)", "limit 1") == [
        (True,)
    ]


def test_types_that_only_postgres_has(on_postgres):
    kinds = described(on_postgres, "products")
    assert {
        name: kinds[name] for name in ("tags", "mood", "price", "picture", "took", "token")
    } == {
        "tags": "VARCHAR[]",
        "mood": "VARCHAR",
        "price": "DECIMAL(38,3)",
        "picture": "BLOB",
        "took": "INTERVAL",
        "token": "UUID",
    }
    found = read(on_postgres, "products", "price, picture, took = interval '26 hours'", "limit 1")[
        0
    ]
    assert str(found[0]) in {"1.500", "20.125"}
    # These have no rule in the YAML, so --mask-default decides.
    assert read(on_postgres, "products", "count(tags), count(picture)") == [(0, 0)]


def test_no_reference_dangles(project, on_postgres):
    def ids(table: str, column: str = "id") -> set[str]:
        return {str(row[0]) for row in read(on_postgres, table, column) if row[0] is not None}

    def there(table: str) -> set[str]:
        return {str(row[0]) for row in project[1].query(f"select id from shop.{table}")}

    assert ids("orders", "customer_id") & there("customers") <= ids("customers")
    assert ids("items", "order_id") & there("orders") <= ids("orders")
    assert ids("items", "product_id") & there("products") <= ids("products")
    # All rows of the chosen, those of nobody and of the missing among them.
    customers = ", ".join(f"'{each}'" for each in ids("customers"))
    of_them = f"select count(*) from shop.orders where customer_id in ({customers})"
    of_kept = f"where customer_id in ({customers})"
    assert read(on_postgres, "orders", "count(*)", of_kept) == project[1].query(of_them)
    assert read(on_postgres, "orders", "count(*) > 0", "where customer_id is null") == [(True,)]
    assert read(on_postgres, "orders", "count(*) > 0", "where length(customer_id) > 3") == [(True,)]


@pytest.mark.parametrize("engine", ["on_duckdb", "on_postgres"])
def test_no_masked_value_and_no_key_is_anywhere(request, engine):
    out = request.getfixturevalue(engine)
    files = [file for file in out.rglob("*") if file.is_file()]
    assert sorted(str(file.relative_to(out)) for file in files) == [
        "manifest.json",
        *(f"shop/{table}.parquet" for table in TABLES),
    ]
    everything = [file.read_bytes() for file in files]
    everything += [str(read(out, table)).encode() for table in TABLES]
    for forbidden in (b"secret", b"Secret", SECRET.encode()):
        assert not any(forbidden in content for content in everything)
    # What was hashed still joins.
    joined = f"select count(*) from '{out}/shop/orders.parquet' o join '{out}/shop/customers.parquet' c using (email)"
    assert duckdb.sql(joined).fetchall()[0][0] > 100
    assert read(out, "customers", "distinct name, note") == [("Jane Doe", None)]


@pytest.mark.slow
def test_verify_reads_the_sample(project, on_duckdb):
    result = verify(
        project[0], samples=on_duckdb, schedules=["arrival"], steps=2, jobs=1, cache=False
    )
    assert [model.verdict.value for model in result.models] == ["differs"]  # a late item


class Stopping(Progress):
    """Ctrl-C when a table's turn comes."""

    def run(self, text: str) -> None:
        if text == "reading shop.items":
            raise KeyboardInterrupt


def test_a_broken_call_is_continued(project, tmp_path):
    out = tmp_path / "samples"
    options: dict[str, Any] = {"fraction": 0.2, "mask_default": "hash"}
    with pytest.raises(KeyboardInterrupt):
        sample(project[0], out, **options, progress=Stopping())
    manifest = json.loads((out / "manifest.json").read_text())
    assert not manifest["complete"]
    assert [each["name"] for each in manifest["tables"]] == ["shop.countries", "shop.customers"]
    first = read(out, "customers", "id, email", "order by id")
    (out / "shop" / "items.parquet.part").write_text("what a killed process leaves")
    with pytest.raises(EntityKitError) as caught:
        verify(project[0], samples=out)
    assert "is incomplete" in str(caught.value)

    with pytest.raises(EntityKitError) as caught:
        sample(project[0], out, fraction=0.3, mask_default="hash")
    assert "holds a sample that was asked for in another way (fraction)" in str(caught.value)

    whole = sample(project[0], out, **options)
    # The key of the first call is gone, so what it hashed was read again.
    assert whole.continued == ("shop.countries",)
    assert [row[0] for row in first] == [
        row[0] for row in read(out, "customers", "id", "order by id")
    ]
    assert first != read(out, "customers", "id, email", "order by id")
    assert not list(out.rglob("*.part"))
    assert json.loads((out / "manifest.json").read_text())["complete"]

    again = sample(project[0], out, **options)
    assert len(again.continued) == len(again.tables) == 5


def test_what_is_refused_leaves_nothing(project, tmp_path, monkeypatch):
    folder, out = project[0], tmp_path / "samples"

    def refused(*arguments: str) -> str:
        command = ["sample", "--project-dir", str(folder), "--samples", str(out), *arguments]
        with pytest.raises(EntityKitError) as caught:
            click.testing.CliRunner().invoke(
                commands.cli, command, standalone_mode=False, catch_exceptions=False
            )
        assert not out.exists()
        return str(caught.value)

    unruled = refused("--target", "server", "--fraction", "0.2")
    assert "  shop.products: tags, mood, address, price" not in unruled
    assert "  shop.products: tags, mood, address, picture, token\n" in unruled
    assert refused("--mask-default", "keep", "--key", "shop.orders.costumer_id") == (
        "shop.orders has no column `costumer_id` (named by --key shop.orders.costumer_id); it has id, "
        "customer_id, status, email, amount, paid_at, extra, paid_on, loaded_at.\nClosest: customer_id."
    )
    assert refused("--mask-default", "keep", "--limit-bytes", "10", "--fraction", "0.2").startswith(
        "The sample would be about "
    )
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    for name in ("objects", "refs"):
        (tmp_path / ".git" / name).mkdir()
    assert refused() == (
        f"{out} is in the git repository {tmp_path}, and not ignored: the sample might be committed.\n"
        f"Add this line to {tmp_path / '.gitignore'}, or name a folder elsewhere:\n/samples/"
    )
    (tmp_path / ".gitignore").write_text("/samples/\n")
    monkeypatch.setenv(KEY, "short")
    assert refused().startswith(f"{KEY} has 5 characters, so it could be guessed.")
