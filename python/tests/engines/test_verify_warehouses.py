"""The engine for warehouses, on Postgres: through dbt's adapter alone, it gives the same verdicts."""

from __future__ import annotations

import textwrap

import pytest
from click.testing import CliRunner

from entity_kit import EntityKitError, verify
from entity_kit.arrivals.pace import parse_pace
from entity_kit.cli.commands import cli
from entity_kit.engines import table
from entity_kit.engines.postgres import Postgres, duckdb_type
from entity_kit.engines.warehouses.engine import engine_of
from entity_kit.engines.warehouses.kinds import Kind, by_values, without_backslashes
from entity_kit.verify.options import read_options
from entity_kit.verify.verification import run

ORDERS = """
create schema shop;
create table shop.orders as
select
    i as order_id,
    case when i % 7 = 3 then null else E'O''Neill, "\\\\n" \\n' || i % 4 end as customer,
    (i * 1.5 + 1)::numeric(10, 2) as amount,
    i * 0.1::float8 as weight,
    case when i % 5 = 0 then null else i % 3 = 0 end as "Is Gift",
    decode('00ff' || lpad(to_hex(i), 2, '0'), 'hex') as token,
    date '2024-02-28' + i as day,
    md5(i::text)::uuid as uid,
    timestamp '2024-03-30 05:00:00' + i * interval '3 hours'
        - case when i % 11 = 4 then interval '30 hours' else interval '0 hours' end as ordered_at,
    timestamptz '2024-03-30 06:00:00.000001+02' + i * interval '3 hours' as loaded_at
from generate_series(0, 39) as t(i)
"""
FILES = {
    "models/sources.yml": """
        sources:
          - name: shop
            tables:
              - name: orders
                config:
                  loaded_at_field: loaded_at
                  event_time: ordered_at
                  meta:
                    entity_kit: {row_key: [order_id], delivery: {late_by: {days: 2}, deletes: hard}}
    """,
    "models/exact.sql": """
        {{ config(materialized='incremental', unique_key='order_id') }}
        select *, 1 / (select count(*) from shop.orders as own where own::text = shown::text) as is_there
        from {{ source('shop', 'orders') }} as shown
        {% if is_incremental() %} where loaded_at >= (select max(loaded_at) from {{ this }}) {% endif %}
    """,
    "models/last_batch.sql": """
        {{ config(materialized='incremental', unique_key='customer') }}
        select coalesce(customer, '') as customer, sum(amount) as spent, max(loaded_at) as loaded_at,
            current_date as seen_on
        from {{ source('shop', 'orders') }}
        {% if is_incremental() %} where loaded_at > (select max(loaded_at) from {{ this }}) {% endif %}
        group by 1
    """,
    "models/elsewhere.sql": """
        {{ config(materialized='incremental', post_hook='delete from shop.orders') }}
        select order_id from {{ source('shop', 'orders') }}
    """,
}
KIND = Kind(
    name="postgres",
    types={},
    rows=by_values,
    escaped=without_backslashes,
    grant="grant create on database {0} to …",
    bare_schemas=True,
    zone=("show timezone", 0),
    as_text="cast({0} as text)",
    back={"BLOB": "decode({0}, 'hex')"},
)


class _PostgresKind(Kind):
    """With the types of the engine for Postgres."""

    def duckdb_type(self, declared):
        return duckdb_type(declared)


@pytest.fixture(scope="module")
def database(make_database):
    return make_database(ORDERS)


@pytest.fixture(scope="module")
def project(database, write_target):
    return write_target(
        {"dev": database.output}, {name: textwrap.dedent(text) for name, text in FILES.items()}
    )


@pytest.fixture
def generic(monkeypatch):
    given = {field: getattr(KIND, field) for field in KIND.__dataclass_fields__}
    monkeypatch.setitem(table.SERVERS, "postgres", engine_of(_PostgresKind(**given)))


def told(result):
    return {
        model.name: (
            each.verdict.value,
            each.failure and each.failure.message.partition(" compiled code")[0],
            each.cause and each.cause.name,
            [(s.number, s.comparison.changed, s.schema_changes) for s in each.steps],
        )
        for model in result.models
        for each in model.schedules
    }


@pytest.mark.slow
@pytest.mark.usefixtures("generic")
def test_the_same_verdicts_as_the_engine_for_postgres(project, database):
    before = database.state()
    options = {"steps": 2, "schedules": ["arrival"]}
    found = told(verify(project, billed=True, **options))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(table.SERVERS, "postgres", Postgres)
        assert found == told(verify(project, **options))
    assert {name: (each[0], each[2]) for name, each in found.items()} == {
        "exact": ("agrees", None),
        "last_batch": ("differs", "partial-group"),
        "elsewhere": ("failed", None),
    }
    assert "it would write to shop.orders" in found["elsewhere"][1]
    assert database.state() == before


@pytest.mark.usefixtures("generic")
class TestConsent:
    def test_nothing_is_read_without_it(self, project):
        with pytest.raises(EntityKitError) as refused:
            verify(project)
        assert str(refused.value) == (
            "Target `dev` is of type postgres, which bills for what verify reads and runs there, so "
            "nothing was read.\nPass --yes to `entity-kit verify`. Or verify without the warehouse: "
            "entity-kit sample, then entity-kit verify --dialect postgres --samples DIR."
        )

    @pytest.mark.slow
    def test_says_what_would_run_before_the_first_run(self, project, database):
        asked = []

        def ask(text):
            asked.append(text)
            return len(asked) == 1

        before = database.state()
        options = read_options(project, schedules=["arrival"], pace=parse_pace(2, None, ()))
        with pytest.raises(EntityKitError, match="Stopped before the first run of a model"):
            run(options, ask=ask)
        assert "first reads all rows of the sources" in asked[0]
        assert "shop.orders  40 rows in 40 loads" in asked[1]
        assert "scratch schemas entity_kit_" in asked[1]
        assert asked[1].endswith("4 dbt runs if every model agrees.")
        assert database.state() == before

    @pytest.mark.slow
    def test_lists_what_would_run(self, project):
        options = [
            "--project-dir",
            str(project),
            "--steps",
            "2",
            "--schedules",
            "arrival",
            "--list",
        ]
        refused = CliRunner().invoke(cli, ["verify", *options])
        assert "Pass --yes" in str(refused.exception)
        listed = CliRunner().invoke(cli, ["verify", *options, "--yes"])
        assert listed.exit_code == 0
        assert "scratch schemas entity_kit_" in listed.stdout
        assert listed.stdout.endswith("4 dbt runs if every model agrees. Nothing was run.\n")

    def test_a_schema_that_may_not_be_created(self, project, database):
        database.execute("create role reader login; grant usage on schema shop to reader")
        database.execute("grant select on shop.orders to reader")
        profile = (project / "profiles.yml").read_text()
        other = project.parent / "profiles"
        other.mkdir()
        (other / "profiles.yml").write_text(profile.replace("user: postgres", "user: reader"))
        with pytest.raises(EntityKitError) as refused:
            verify(project, profiles_dir=other, billed=True, select=["exact"], steps=2)
        assert "couldn't be created in shop" in str(refused.value)
        assert "Allow the profile's user to: grant create on database shop" in str(refused.value)
