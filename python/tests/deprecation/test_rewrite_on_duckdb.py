"""Random small consumers return the same on DuckDB before and after the rewriter."""

from __future__ import annotations

from random import Random

import duckdb
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from random_queries import OLD as OLD_REF
from random_queries import TABLES, Draw

from entity_kit.project_health.rewrite.columns import Columns, Now
from entity_kit.project_health.rewrite.rewrite import Model, rewrite_sql

OLD = Model("customers", "shop")
NEW = Model("dim_customers", "shop")
# What the old columns are called now: other names, each other's names, another table's, the same.
RENAMES = {
    "renamed": ({"id": "customer_id", "name": "full_name"}, "keep"),
    "swapped": ({"customer_id": "full_name", "full_name": "customer_id"}, "keep"),
    "dropped": ({"id": "customer_id", "since": "since"}, "drop"),
    "same": ({}, "keep"),
}


def warehouse(names, others):
    """Return a connection with three tables and the old model as a view."""
    connection = duckdb.connect()
    for table, columns in TABLES.items():
        values = ", ".join(
            "(" + ", ".join(str((row * (at + 3)) % 5) for at, _ in enumerate(columns)) + ")"
            for row in range(1, 6)
        )
        connection.execute(f"create table {table} ({', '.join(f'{c} int' for c in columns)})")
        connection.execute(f"insert into {table} values {values}")
    items = [f"{new} as {old}" for old, new in names.items()]
    if others == "keep":
        items += [
            each
            for each in TABLES["dim_customers"]
            if each not in names and each not in names.values()
        ]
    connection.execute(f"create view customers as select {', '.join(items)} from dim_customers")
    return connection


def described(names, others, *, known):
    """Return the columns as the command would know them."""
    return Columns(
        {old: Now(new) for old, new in names.items()},
        others,
        new=TABLES["dim_customers"] if known else None,
        relations={("ref", name): columns for name, columns in TABLES.items()} if known else {},
    )


def rendered(sql):
    for name in ("customers", "dim_customers"):
        sql = sql.replace(f"{{{{ ref('{name}') }}}}", f"memory.main.{name}")
    return sql


def answer(connection, sql):
    cursor = connection.execute(rendered(sql))
    return [each[0] for each in cursor.description], sorted(map(repr, cursor.fetchall()))


@pytest.fixture(scope="module", params=RENAMES)
def case(request):
    names, others = RENAMES[request.param]
    with warehouse(names, others) as connection:
        yield connection, names, others


@pytest.mark.slow
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32), known=st.booleans())
def test_the_same_rows(case, seed, known):
    connection, names, others = case
    old = [row[0] for row in connection.execute("describe customers").fetchall()]
    random = Random(seed)  # noqa: S311  (no secret)
    for _ in range(20):
        sql = Draw(random, old).sql()
        if OLD_REF not in sql:
            continue
        try:
            before = answer(connection, sql)
        except duckdb.Error:
            continue
        break
    else:
        return
    result = rewrite_sql(sql, OLD, NEW, described(names, others, known=known), "duckdb")
    event("rewritten" if result.changed else f"left: {result.left[0][:60]}")
    assert result.changed or result.left
    if result.changed:
        assert answer(connection, result.text) == before, f"{sql}\n\n{result.text}"
