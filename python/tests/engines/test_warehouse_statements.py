"""What verify writes on warehouses that don't run here parses in their SQL, and stays in our schemas."""

from __future__ import annotations

import datetime as dt
import decimal

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from entity_kit import EntityKitError
from entity_kit.dbt_bridge.adapter import RefusedError
from entity_kit.dbt_bridge.patches import bigquery
from entity_kit.dbt_bridge.redirect import Redirect, moved, parts_of, read
from entity_kit.dbt_bridge.sql_clock import with_clock
from entity_kit.dbt_bridge.statements import Scope, offence
from entity_kit.engines.exchange import csv_of, read_as, write_rows
from entity_kit.engines.places import make_place
from entity_kit.engines.warehouses.engine import WarehouseSession
from entity_kit.engines.warehouses.kinds import KINDS

NAMES = tuple(KINDS)
OURS = "entity_kit_1_shop"
NASTY = "it's \"so\" \\ \\' \n {{ x }} %s -- ; ö"
# A column of each type, with what DuckDB has for it.
TYPES = {
    "snowflake": {
        "NUMBER(38,0)": "DECIMAL(38,0)",
        "character varying(16777216)": "VARCHAR",
        "FLOAT": "DOUBLE",
        "BOOLEAN": "BOOLEAN",
        "BINARY(8388608)": "BLOB",
        "TIMESTAMP_NTZ": "TIMESTAMP",
        "TIMESTAMP_TZ(9)": "TIMESTAMP WITH TIME ZONE",
        "VARIANT": None,
        "ARRAY": None,
    },
    "bigquery": {
        "INT64": "BIGINT",
        "NUMERIC": "DECIMAL(38,9)",
        "BIGNUMERIC": None,
        "STRING": "VARCHAR",
        "BYTES": "BLOB",
        "DATETIME": "TIMESTAMP",
        "TIMESTAMP": "TIMESTAMP WITH TIME ZONE",
        "JSON": None,
    },
    "redshift": {
        "bigint": "BIGINT",
        "numeric(10,2)": "DECIMAL(10,2)",
        "character varying(256)": "VARCHAR",
        "boolean": "BOOLEAN",
        "timestamp without time zone": "TIMESTAMP",
        "timestamp with time zone": "TIMESTAMP WITH TIME ZONE",
        "super": None,
    },
    "databricks": {
        "int": "INTEGER",
        "decimal(10,2)": "DECIMAL(10,2)",
        "string": "VARCHAR",
        "binary": "BLOB",
        "timestamp": "TIMESTAMP WITH TIME ZONE",
        "timestamp_ntz": "TIMESTAMP",
        "array<struct<a:int>>": None,
    },
}


class Recorder:
    """Takes the place of dbt's adapter, and keeps what it is told to run."""

    database = "db"
    location = "EU"

    def __init__(self, kind, types):
        self._mark = "`" if kind in {"bigquery", "databricks"} else '"'
        self._types = types
        self.sent = []

    def quote(self, name):
        return f"{self._mark}{name}{self._mark}"

    def name(self, schema, identifier=None, *, bare=False):
        parts = [*([] if bare else ["db"]), schema, *([identifier] if identifier else [])]
        return ".".join(map(self.quote, parts))

    def columns_of(self, _):
        return [(f"column {n}", declared) for n, declared in enumerate(self._types)]

    def batches(self, sql, _):
        self.sent.append(sql)
        return iter(())

    def run(self, sql):
        self.sent.append(sql)


def all_statements(kind, tmp_path):
    """Return what a session sends for a source with each type, and a value that has to be escaped."""
    adapter = Recorder(kind, TYPES[kind])
    session = WarehouseSession(adapter, KINDS[kind], tmp_path / "rows.csv")
    original = adapter.name("shop", "orders")
    columns = session.columns(original)
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        session.take(connection, "taken", original, columns)
        assert [row[1] for row in connection.execute("describe taken").fetchall()] == [
            kind or "VARCHAR" for kind in TYPES[kind].values()
        ]
        nulls = ", ".join(f'null as "{column.name}"' for column in columns)
        connection.execute(f"insert into taken by name select {nulls}")
        text = next(c.name for c in columns if c.type == "VARCHAR")
        connection.execute(f'insert into taken by name select $1 as "{text}"', [NASTY])
        session.create_schemas([OURS])
        session.bring(connection, "select * from taken", f"{OURS}.rows_1", columns, original)
    session.show(adapter.name(OURS, "orders"), f"{OURS}.rows_1")
    session.copy(original, adapter.name(OURS, "log"))
    session.drop_table(f"{OURS}.rows_1")
    session.drop_schemas([OURS])
    return adapter.sent


@pytest.mark.parametrize("kind", NAMES)
def test_every_statement_parses_and_stays_in_our_schemas(kind, tmp_path):
    sent = all_statements(kind, tmp_path)
    assert [sql.split()[0] for sql in sent] == [
        *("select", "create", "create", "insert", "create", "create", "drop", "drop")
    ]
    for sql in sent:
        parsed = sqlglot.parse_one(sql, read=kind)
        assert not isinstance(parsed, exp.Command), sql
        assert offence(sql, Scope(kind, frozenset({OURS})), set()) is None
        found = offence(sql, Scope(kind, frozenset({"another"})), set())
        assert (found is None) == sql.startswith("select"), sql


@pytest.mark.parametrize("kind", NAMES)
def test_a_text_arrives_as_it_was(kind, tmp_path):
    insert = all_statements(kind, tmp_path)[3]
    parsed = sqlglot.parse_one(insert, read=kind)
    texts = {each.this for each in parsed.find_all(exp.Literal) if each.is_string}
    if kind == "redshift":  # where it isn't sure what a backslash means, there is none
        assert "\\" not in insert
        assert "it''s \"so\" ' || chr(92) || ' ' || chr(92) || ''' \n" in insert
    else:
        assert NASTY in texts


def test_types_that_cannot_be_written_back_are_refused(tmp_path):
    adapter = Recorder("bigquery", ["ARRAY<INT64>"])
    session = WarehouseSession(adapter, KINDS["bigquery"], tmp_path / "rows.csv")
    columns = session.columns("x")
    with pytest.raises(EntityKitError) as refused:
        session.bring(duckdb.connect(), "select 1", f"{OURS}.rows_1", columns, "`shop`.`orders`")
    assert str(refused.value) == (
        "`shop`.`orders` has a column column 0 of type ARRAY<INT64>, which verify can't write back "
        "to bigquery.\nVerify on DuckDB, over a sample: entity-kit sample, then entity-kit verify "
        "--dialect bigquery --samples DIR."
    )


def test_a_schema_that_may_not_be_created(tmp_path):
    class Refusing(Recorder):
        def run(self, _):
            raise RefusedError("Insufficient privileges")

    session = WarehouseSession(Refusing("snowflake", []), KINDS["snowflake"], tmp_path / "x")
    with pytest.raises(EntityKitError) as refused:
        session.create_schemas(["OURS"])
    assert str(refused.value) == (
        "The schema OURS couldn't be created in db; verify runs the models in schemas of its own.\n"
        "Insufficient privileges\n"
        "Allow the profile's user to: grant create schema on database db to role …"
    )


def test_values_of_drivers_keep_their_types(tmp_path):
    zone = dt.timezone(dt.timedelta(hours=2))
    given = {
        "BIGINT": 12,
        "DECIMAL(38,9)": decimal.Decimal("1E-7"),
        "DOUBLE": 0.1,
        "BOOLEAN": False,
        "VARCHAR": '\\N "a",\r\n',
        "BLOB": bytearray(b"\x00\xff"),
        "DATE": dt.date(2024, 2, 29),
        "TIME": dt.time(1, 2, 3, 4),
        "TIMESTAMP": dt.datetime(2024, 2, 29, 1, 2, 3, 4),  # noqa: DTZ001 - without a zone
        "TIMESTAMP WITH TIME ZONE": dt.datetime(2024, 2, 29, 1, 2, 3, 4, zone),
    }
    file = tmp_path / "rows.csv"
    write_rows(file, [[tuple(given.values())], [(None,) * len(given)]])
    values = ", ".join(read_as(f"c{n}", kind) for n, kind in enumerate(given, 1))
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        select = f"select {values} from {csv_of(file, len(given) + 1)}"
        rows = connection.execute(select).fetchall()
    assert rows == [tuple(given.values()), (None,) * len(given)]


@pytest.mark.parametrize(
    ("kind", "sql"),
    [
        ("snowflake", "create or replace transient table db.OURS.t as (select 1)"),
        ("snowflake", 'insert overwrite into db."OURS".t select 1'),
        ("snowflake", "comment if exists on table db.ours.t is $$a; b$$"),
        ("snowflake", "alter session set query_tag = 'x'; begin; commit"),
        ("snowflake", "select insert(a, 1, 2, 'b'), system$typeof(a) from t"),
        ("bigquery", "merge into `p`.`ours`.`t` as d using x on a when matched then delete"),
        ("bigquery", "declare x array<date>; begin transaction; insert `p.ours.t` (a) values (1)"),
        ("bigquery", "create temp function f() returns int64 as (1); select f()"),
        ("redshift", 'create temporary table "t" as (select 1); delete from "t"'),
        ("redshift", 'alter table "ours"."t" append from "OURS"."u"'),
        ("databricks", "optimize `c`.`ours`.`t` zorder by (a)"),
        ("databricks", "create or replace table `c`.`ours`.`t` using delta as select 1"),
    ],
)
def test_harmless(kind, sql):
    assert offence(sql, Scope(kind, frozenset({"ours"})), set()) is None


@pytest.mark.parametrize(
    ("kind", "sql", "what"),
    [
        ("snowflake", "alter table ours.t swap with prod.t", "write to prod.t"),
        ("snowflake", "insert all into ours.t values (1) into prod.t select 1", "write to prod.t"),
        ("snowflake", "select prod.s.nextval", "call nextval, which may write"),
        (
            "snowflake",
            "select system$cancel_all_queries(1)",
            "call system$cancel_all_queries, which may write",
        ),
        (
            "snowflake",
            "with p as procedure () returns string language python as $$x$$ call p()",
            "run `with p as`",
        ),
        ("snowflake", "begin delete from ours.t; end", "run `begin delete from`"),
        ("snowflake", "copy into prod.t from @x", "write to prod.t"),
        ("bigquery", "insert audit.runs values (1)", "write to audit.runs"),
        ("bigquery", "delete audit.runs where true", "write to audit.runs"),
        ("bigquery", "merge `p.audit.runs` using x on true", "write to p.audit.runs"),
        ("bigquery", "begin call x(); end", "run `begin call x()`"),
        ("bigquery", "create function ours.f() as (1)", "run `create function ours`"),
        ("bigquery", "export data options (uri='gs://x') as select 1", "run `export data options`"),
        ("redshift", "delete prod.t", "write to prod.t"),
        ("redshift", "with x as (select 1) delete prod.t using x", "write to prod.t"),
        ("redshift", "alter table ours.t append from prod.t", "write to prod.t"),
        ("redshift", "unload ('select 1') to 's3://x'", "run `unload ('select 1') to 's3://x'`"),
        ("databricks", "optimize prod.t", "write to prod.t"),
        ("databricks", "insert overwrite directory '/x' select 1", "write to directory"),
    ],
)
def test_stopped(kind, sql, what):
    assert (offence(sql, Scope(kind, frozenset({"ours"})), set()) or "").casefold() == what


@pytest.mark.parametrize(
    ("kind", "sql", "expected"),
    [
        (
            "snowflake",
            "select current_timestamp(), sysdate(), sysdate, current_date 'getdate()'",
            "select {ltz}, cast({utc} as timestamp_ntz), sysdate, cast({ltz} as date) 'getdate()'",
        ),
        (
            "bigquery",
            "select current_date('Europe/Berlin'), current_datetime(), current_timestamp",
            "select date({ts}, 'Europe/Berlin'), datetime({ts}), {ts}",
        ),
        (
            "bigquery",
            *["options (expiration_timestamp=timestamp_add(current_timestamp(), interval 12 hour))"]
            * 2,
        ),
        (
            "redshift",
            "select sysdate, getdate()",
            "select cast({tz} as timestamp), cast({tz} as timestamp)",
        ),
        (
            "databricks",
            "select now(), unix_timestamp(), unix_timestamp(a), current_date()",
            "select {ts}, unix_timestamp({ts}), unix_timestamp(a), cast({ts} as date)",
        ),
    ],
)
def test_the_clock_is_stopped(kind, sql, expected):
    clock = dt.datetime(2024, 1, 1, 1, tzinfo=dt.timezone.utc)
    types = {"ltz": "timestamp_ltz", "ts": "timestamp", "tz": "timestamptz"}
    casts = {name: f"cast('2024-01-01 01:00:00+00:00' as {kind})" for name, kind in types.items()}
    assert with_clock(sql, kind, clock) == expected.format(**casts, utc="'2024-01-01 01:00:00'")


class TestNames:
    def test_relations_move_to_the_target_s_database(self, tmp_path):
        assert moved('raw."shop".orders', "ours", "dev") == 'dev."ours".orders'
        assert moved("`raw`.`shop`.`orders`", "ours", "dev") == "`dev`.`ours`.`orders`"
        Redirect("snowflake", {"model.a": "ours"}, ("ours",), (), "dev").write(tmp_path)
        assert read(tmp_path).database == "dev"

    def test_parts_lose_their_quotes(self):
        assert parts_of('raw."My ""Shop""".orders') == [
            *(("raw", False), ('My "Shop"', True), ("orders", False))
        ]

    def test_schemas_of_other_databases_have_names_of_their_own(self):
        nodes = [{"database": name, "schema": "shop"} for name in ("dev", "DEV", "raw")]
        place = make_place("ek", 1, nodes, "dev", capitals=True)
        here, same, other = (place.schema_of(node) for node in nodes)
        assert (here, same) == ("EK_1_SHOP", "EK_1_SHOP")
        assert other.startswith("EK_1_RAW_SHOP_")


class Client:
    """As much of BigQuery's client as dbt-bigquery uses."""

    def query(self, query, **_):
        return query

    def delete_table(self, table, **_):
        return table

    def copy_table(self, sources, destination, **_):
        return sources, destination

    def update_dataset(self, dataset, fields):
        return dataset, fields

    def get_table(self, table):
        return table


@pytest.fixture(scope="module")
def client():
    scope = Scope("bigquery", frozenset({"ours"}))
    bigquery.hold(str.upper, lambda: scope, ValueError, Client)
    return Client()


class TestBigQuerysClient:
    """dbt-bigquery also copies, deletes, and grants without SQL."""

    def test_lets_our_datasets_pass(self, client):
        assert client.query(query="select 1") == "SELECT 1"
        assert client.delete_table("p.ours.t") == "p.ours.t"
        assert client.copy_table(["p.prod.t"], "p.ours.t")[1] == "p.ours.t"
        assert client.get_table("p.prod.t") == "p.prod.t"

    def test_stops_others(self, client):
        with pytest.raises(ValueError, match="delete table prod"):
            client.delete_table("p.prod.t")
        with pytest.raises(ValueError, match="copy table prod"):
            client.copy_table(["p.ours.t"], destination="p.prod.t")
        with pytest.raises(ValueError, match="update dataset prod"):
            client.update_dataset("p.prod", ["access_entries"])
        with pytest.raises(ValueError, match="delete table"):
            client.delete_table(object())
