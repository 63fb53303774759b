"""Column lineage: which columns of its parents each column of a model comes from."""

from __future__ import annotations

import pytest

from entity_kit.project_health.column_lineage import ColumnLineage
from support.metric_manifest import manifest, model, source

NOTHING = {"semantic_models": [], "metrics": []}
RAW = "source.shop.shop.orders"
BASE = {
    "a": model("select id, amount, status from {{ source('shop', 'orders') }}"),
    "b": model("select id, tier from {{ source('shop', 'customers') }}"),
}
A, B = "model.shop.a", "model.shop.b"


def lineage(sql, *, known=None, adapter="duckdb", **more):
    found = manifest(NOTHING, models={**BASE, "m": model(sql, **more)}, adapter=adapter)
    for name in ("orders", "customers"):
        each = source("shop", name)
        found["sources"][each["unique_id"]] = each
    return ColumnLineage(found, known=known or {})


def read(sql, **more):
    """Return the origins by column, and what decides about the rows, with short names."""
    reading = lineage(sql, **more).reading("model.shop.m")
    short = {A: "a", B: "b", RAW: "orders"}

    def shown(columns):
        return {f"{short[parent]}.{column}" for parent, column in columns}

    assert reading.unresolved == ()
    return {name: shown(found) for name, found in reading.origins.items()}, shown(reading.rows)


@pytest.mark.parametrize(
    ("sql", "origins", "rows"),
    [
        ("select * from {{ ref('a') }}",
         {"id": {"a.id"}, "amount": {"a.amount"}, "status": {"a.status"}}, set()),
        ("select amount * 2 as double, 1 as one from {{ ref('a') }} where status = 'x'",
         {"double": {"a.amount"}, "one": set()}, {"a.status"}),
        ("with s as (select * from {{ ref('a') }}), t as (select amount as x from s where id > 1) select * from t",
         {"x": {"a.amount"}}, {"a.id"}),
        ("select o.amount, c.tier from {{ ref('a') }} as o join {{ ref('b') }} as c on o.id = c.id",
         {"amount": {"a.amount"}, "tier": {"b.tier"}}, {"a.id", "b.id"}),
        # Without aliases, by the tables' own names; and bare names that only one of them has.
        ("select a.id, amount, tier from {{ ref('a') }} join {{ ref('b') }} using (id)",
         {"id": {"a.id"}, "amount": {"a.amount"}, "tier": {"b.tier"}}, {"a.id", "b.id"}),
        ("select id, amount as v from {{ ref('a') }} union all select id, tier from {{ ref('b') }}",
         {"id": {"a.id", "b.id"}, "v": {"a.amount", "b.tier"}}, set()),
        ("select (select max(tier) from {{ ref('b') }} where b.id = a.id) as tier from {{ ref('a') }}",
         {"tier": {"b.tier"}}, {"a.id", "b.id"}),
        ("select x from (select sum(amount) as x, status from {{ ref('a') }} group by status) as s",
         {"x": {"a.amount"}}, {"a.status"}),
        ("select sum(amount) over (partition by status order by id) as s from {{ ref('a') }}",
         {"s": {"a.amount", "a.status", "a.id"}}, set()),
        ("select id from {{ ref('a') }} where id in (select id from {{ ref('b') }})",
         {"id": {"a.id"}}, {"a.id", "b.id"}),
        ("{% for c in ['id', 'amount'] %}{{ 'union all' if not loop.first }} select {{ c }} as v from {{ ref('a') }} {% endfor %}",
         {"v": {"a.id", "a.amount"}}, set()),
        ('select "AMOUNT" as "Some name" from {{ ref(\'a\') }}',
         {"some name": {"a.amount"}}, set()),
    ],
)  # fmt: skip
def test_where_columns_come_from(sql, origins, rows):
    assert read(sql) == (origins, rows)


def test_columns_in_order_through_stars():
    assert lineage("select *, 1 as one from {{ ref('a') }}").columns("model.shop.m") == (
        *("id", "amount", "status"),
        "one",
    )
    sql = "select * from {{ source('shop', 'orders') }}"
    assert lineage(sql).columns("model.shop.m") is None
    known = {RAW: ("ID", "total")}
    assert lineage(sql, known=known).columns("model.shop.m") == ("id", "total")
    contract = {"config": {"contract": {"enforced": True}}, "columns": {"id": {}, "Total": {}}}
    assert lineage(sql, **contract).columns("model.shop.m") == ("id", "total")


def test_a_column_of_an_unknown_table_through_stars():
    sql = (
        "with s as (select * from {{ source('shop', 'orders') }}), t as (select * from s) "
        "select total * 2 as x from t where kind = 'y'"
    )
    reading = lineage(sql).reading("model.shop.m")
    assert reading.origins == {"x": {(RAW, "total")}}
    assert (reading.rows, reading.unresolved) == ({(RAW, "kind")}, ())
    both = (
        "with s as (select * from {{ source('shop', 'orders') }}, {{ source('shop', 'customers') }}) "
        "select total from s"
    )
    reading = lineage(both).reading("model.shop.m")
    assert reading.origins["total"] == {(RAW, "total"), ("source.shop.shop.customers", "total")}
    assert reading.unresolved == ("column total: it isn't known which table total is of",)


def test_what_the_warehouse_has_of_a_model_may_be_old():
    known = {"model.shop.m": ("id",)}
    assert lineage("{{ some_macro() }}", known=known).columns("model.shop.m") is None


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("{{ my_macro() }}", "its Jinja isn't known before it is compiled ('my_macro' is undefined); run dbt compile"),
        ("select {{ var('x') }} as x", "its Jinja isn't known before it is compiled ('var x'); run dbt compile"),
        ("select from where", "its SQL can't be parsed"),
        ("select * from {{ source('shop', 'orders') }}", "it selects * from what has no known columns: shop.orders"),
        ("select id from elsewhere.t", "column id: t is no model or source"),
    ],
)  # fmt: skip
def test_what_cannot_be_resolved_is_named(sql, said):
    reading = lineage(sql).reading("model.shop.m")
    assert any(each.startswith(said) for each in reading.unresolved), reading.unresolved


def test_an_ambiguous_column_is_named():
    sql = (
        "select total from {{ source('shop', 'orders') }} as o "
        "join {{ source('shop', 'customers') }} as c on o.id = c.id"
    )
    found = lineage(sql)
    [said] = found.reading("model.shop.m").unresolved
    assert said == "column total: it isn't known which table total is of"
    assert found.reading("model.shop.m").origins == {"total": frozenset()}


def test_a_python_model_is_named():
    reading = lineage("x", language="python").reading("model.shop.m")
    assert reading.unresolved == ("it is a Python model",)


def test_the_compiled_file_counts_unless_it_is_older(tmp_path):
    import os

    found = manifest(NOTHING, models={**BASE, "m": model("{{ my_macro() }} {{ ref('a') }}")})
    written = tmp_path / "models" / "m.sql"
    compiled = tmp_path / "target" / "compiled" / "shop" / "models" / "m.sql"
    for file in (written, compiled):
        file.parent.mkdir(parents=True)
    written.write_text("{{ my_macro() }} {{ ref('a') }}")
    compiled.write_text('select amount as x from "w"."main"."a"')
    os.utime(written, (1000, 1000))
    assert ColumnLineage(found, project_dir=tmp_path).reading("model.shop.m").origins == {
        "x": frozenset({(A, "amount")})
    }
    os.utime(compiled, (900, 900))
    assert ColumnLineage(found, project_dir=tmp_path).columns("model.shop.m") is None
