"""Which rows are chosen: SQL against plain Python, on rows of any kind."""

from __future__ import annotations

import hashlib
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entity_kit.errors import EntityKitError
from entity_kit.sampling import plan
from entity_kit.sampling.choice import Choice, Choices, choose, threshold
from entity_kit.sampling.columns import Column
from entity_kit.sampling.readers.duckdb import DuckDBReader
from entity_kit.sampling.tables import Reference, Table

CUSTOMERS = "shop.customers"
ORDERS = "shop.orders"
ITEMS = "shop.items"
PRODUCTS = "shop.products"
REFUNDS = "shop.refunds"

COLUMNS = {
    CUSTOMERS: {"id": "INTEGER"},
    ORDERS: {"id": "INTEGER", "customer_id": "VARCHAR"},
    ITEMS: {"order_id": "DECIMAL(9,2)", "product_id": "INTEGER"},
    PRODUCTS: {"id": "INTEGER"},
    REFUNDS: {"id": "INTEGER", "order_id": "INTEGER"},
}
REFERENCES = [
    Reference(ORDERS, "customer_id", CUSTOMERS, "id"),
    Reference(ITEMS, "order_id", ORDERS, "id"),
    Reference(ITEMS, "product_id", PRODUCTS, "id"),
    Reference(REFUNDS, "order_id", ORDERS, "id"),
]


def tables_of(names: Any = COLUMNS) -> dict[str, Table]:
    return {
        name: Table(
            name,
            {},
            '"' + name.split(".")[1] + '"',
            tuple(Column(column, kind) for column, kind in COLUMNS[name].items()),
            row_key=("id",) if name == ORDERS else (),
        )
        for name in names
    }


def choices_of(keys: dict[str, str], fraction: float = 0.4) -> Choices:
    tables = tables_of()
    chosen = choose(
        tables,
        REFERENCES,
        dict.fromkeys(tables, 1_000_000),
        keys=keys,
        whole=(),
        fraction=fraction,
        rows=None,
    )
    return Choices(tables, REFERENCES, chosen, DuckDBReader(None, None, ""))


def sampled(choices: Choices, rows: dict[str, list[tuple]]) -> dict[str, list[tuple]]:
    """Return the rows of each table that the predicates keep."""
    with duckdb.connect() as connection:
        for name, columns in COLUMNS.items():
            table = name.split(".")[1]
            types = ", ".join(f"{column} {kind}" for column, kind in columns.items())
            connection.execute(f"create table {table} ({types})")
            if rows[name]:
                holes = ", ".join("?" * len(columns))
                connection.executemany(f"insert into {table} values ({holes})", rows[name])
        kept = {}
        for name, table in choices.tables.items():
            part = choices.sampled(name, "t")
            source = " ".join([f"{table.relation} t", *part.joins])
            sql = f"select t.* from {source} where {part.where or 'true'}"
            kept[name] = connection.execute(sql).fetchall()
        return kept


ids = st.integers(1, 12)
maybe = st.one_of(st.none(), ids)
worlds = st.fixed_dictionaries(
    {
        CUSTOMERS: st.lists(ids.map(lambda i: (i,)), max_size=15),  # a key may come twice
        ORDERS: st.lists(st.tuples(ids, maybe.map(lambda i: i and str(i))), max_size=15),
        ITEMS: st.lists(st.tuples(maybe, maybe), max_size=15),
        PRODUCTS: st.lists(ids.map(lambda i: (i,)), max_size=15),
        REFUNDS: st.lists(st.tuples(ids, maybe), max_size=15),
    }
)


def is_chosen(key: object, fraction: float = 0.4) -> bool:
    return (
        key is not None and hashlib.md5(str(key).encode()).hexdigest() < threshold(fraction)  # noqa: S324
    )


def dangling(rows: dict[str, list[tuple]], kept: dict[str, list[tuple]]) -> list[tuple]:
    """Return the kept references to a row that is there and wasn't kept."""

    def values(of: dict[str, list[tuple]], table: str, column: str) -> set[float]:
        place = list(COLUMNS[table]).index(column)
        return {float(row[place]) for row in of[table] if row[place] is not None}

    return [
        (reference, value)
        for reference in REFERENCES
        for value in values(kept, reference.child, reference.column)
        if value in values(rows, reference.parent, reference.field)
        and value not in values(kept, reference.parent, reference.field)
    ]


@given(worlds)
@settings(max_examples=40, deadline=None)
def test_the_rows_of_an_entity_come_together(rows):
    kept = sampled(choices_of({}), rows)

    customers = [row for row in rows[CUSTOMERS] if is_chosen(row[0])]
    orders = [row for row in rows[ORDERS] if is_chosen(row[1] if row[1] is not None else row[0])]
    known = {row[0] for row in rows[ORDERS]}
    chosen = {row[0] for row in orders}
    # Items compare with orders as numbers, and refer to no order that isn't there in this check.
    items = [row for row in rows[ITEMS] if row[0] in chosen]
    products = {row[1] for row in kept[ITEMS]}

    assert sorted(kept[CUSTOMERS]) == sorted(customers)
    assert sorted(kept[ORDERS], key=str) == sorted(orders, key=str)
    assert count(r for r in kept[ITEMS] if r[0] in known) == count(items)
    assert sorted(kept[PRODUCTS]) == sorted(
        row for row in rows[PRODUCTS] if is_chosen(row[0]) or row[0] in products
    )
    assert dangling(rows, kept) == []


def count(rows: Any) -> list[str]:
    return sorted(str(tuple(v if v is None else int(v) for v in row)) for row in rows)


@given(worlds)
@settings(max_examples=40, deadline=None)
def test_rows_that_others_refer_to_are_added(rows):
    """Refunds choose by their own key, so that they refer to orders of any customer."""
    kept = sampled(choices_of({REFUNDS: "id"}), rows)

    assert sorted(kept[REFUNDS], key=str) == sorted(
        (row for row in rows[REFUNDS] if is_chosen(row[0])), key=str
    )
    assert dangling(rows, kept) == []


def test_a_row_whose_parent_is_missing_comes_by_the_same_hash():
    rows = {name: [] for name in COLUMNS} | {ORDERS: [(i, f"9{i}") for i in range(40)]}
    kept = sampled(choices_of({}), rows)[ORDERS]
    assert kept == [row for row in rows[ORDERS] if is_chosen(row[1])]
    assert 0 < len(kept) < 40


def told(counts: dict[str, int], **options: Any) -> dict[str, str]:
    given = {"keys": {}, "whole": (), "fraction": 0.01, "rows": None, **options}
    references = given.pop("references", REFERENCES)
    tables = tables_of(counts)
    found = choose(tables, references, counts, **given)
    return {name: choice.told() for name, choice in found.items()}


def test_a_table_of_which_hardly_a_row_would_be_left_is_whole():
    few = "whole: a part of it would be fewer than 30 rows"
    assert told({CUSTOMERS: 2_999, ORDERS: 100_000, ITEMS: 10, PRODUCTS: 3_000, REFUNDS: 5}) == {
        CUSTOMERS: few,
        ORDERS: "by hash of id",
        ITEMS: f"with {ORDERS}, by order_id",
        PRODUCTS: "by hash of id",
        REFUNDS: f"with {ORDERS}, by order_id",
    }


def test_a_small_table_that_stands_alone_is_whole():
    alone = "whole: small, and no reference leads to it or from it"
    assert told({PRODUCTS: 10_000}, references=[]) == {PRODUCTS: alone}
    assert told({ORDERS: 10_001}, references=[]) == {ORDERS: "by hash of id"}


def test_rows_are_about_as_many_of_each_table_that_chooses():
    tables = tables_of([CUSTOMERS, ORDERS])
    found = choose(
        tables,
        REFERENCES[:1],
        {CUSTOMERS: 1000, ORDERS: 90_000},
        keys={},
        whole=(),
        fraction=0.01,
        rows=50,
    )
    assert found[CUSTOMERS] == Choice("hash", ("id",), fraction=0.05)
    assert found[ORDERS] == Choice("parent", reference=REFERENCES[0], fraction=0.05)


def test_a_circle_is_refused():
    circle = [REFERENCES[0], Reference(CUSTOMERS, "id", ORDERS, "id")]
    with pytest.raises(EntityKitError) as caught:
        told({CUSTOMERS: 90_000, ORDERS: 90_000}, references=circle)
    assert str(caught.value).startswith("The references lead in a circle: shop.")
    assert "--whole shop." in caught.value.fix
    broken = told({CUSTOMERS: 90_000, ORDERS: 90_000}, references=circle, whole=(CUSTOMERS,))
    assert broken == {CUSTOMERS: "whole: as you asked", ORDERS: "by hash of id"}


def test_a_table_without_any_key_is_refused():
    with pytest.raises(EntityKitError) as caught:
        told({ITEMS: 90_000}, references=[])
    assert str(caught.value) == (
        "Nothing says which rows of shop.items belong together: it has no row_key, no unique column, "
        "and no reference leads to it or from it.\n"
        "Name the column that identifies its entity: --key shop.items.COLUMN. "
        "Or take all of it: --whole shop.items"
    )


@pytest.mark.parametrize("fraction", [0.0001, 0.01, 0.3, 0.999])
def test_the_threshold_keeps_the_share(fraction):
    kept = sum(is_chosen(i, fraction) for i in range(20_000))
    assert abs(kept / 20_000 - fraction) < 0.02


@pytest.mark.parametrize("keys", [{}, {REFUNDS: "id"}])
def test_pages_part_the_rows(monkeypatch, keys):
    """Each row of the sample is in exactly one page, rows without a key among them."""
    monkeypatch.setattr(plan, "_PAGE", 7)
    choices = choices_of(keys)
    rows = {name: [] for name in COLUMNS}
    rows[ORDERS] = [(i, str(i % 40) if i % 9 else None) for i in range(200)]
    kept = sampled(choices, rows)[ORDERS]
    part = choices.sampled(ORDERS, "t")
    pages = plan.pages_of(choices, choices.tables[ORDERS], part.where, len(kept))
    assert len(pages) > 5
    with duckdb.connect() as connection:
        for name, columns in COLUMNS.items():
            types = ", ".join(f"{column} {kind}" for column, kind in columns.items())
            connection.execute(f"create table {name.split('.')[1]} ({types})")
        connection.executemany("insert into orders values (?, ?)", rows[ORDERS])
        source = " ".join(["orders t", *part.joins])
        found = [
            connection.execute(f"select t.* from {source} where {page}").fetchall()
            for page in pages
        ]
    assert sorted(sum(found, []), key=str) == sorted(kept, key=str)  # noqa: RUF017
    assert sum(map(bool, found)) > 3
