"""Every fact appears exactly once, whatever the versions of a history, even if a key isn't unique.

The histories are such as no history should be (`scd2_valid` names them): versions that overlap, that begin together, that
have no length. Which version a fact gets is the rule of docs/scd2.md, which is written out here.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.slow

FIRST = datetime(2024, 1, 1)  # noqa: DTZ001 - a plain timestamp is one without a zone
LAST = FIRST + timedelta(days=999)
TABLES = """
create table orders (order_id integer, customer_id integer, ordered_at timestamp);
create table versions (
    customer_id integer, city varchar, durable_key varchar, surrogate_key varchar, hashdiff varchar,
    valid_from timestamp, valid_to timestamp, is_current boolean, is_deleted boolean, loaded_at timestamp
);
"""
ORDERS = "source('raw', 'orders'), source('raw', 'versions')"
DIMENSIONS = """[
    {'relation': source('raw', 'versions'), 'on': 'customer_id', 'columns': ['city'], 'prefix': 'then_', 'as_of': 'ordered_at'},
    {'relation': source('raw', 'versions'), 'on': 'customer_id', 'columns': ['city'], 'prefix': 'now_', 'is_history': true},
    {'relation': source('raw', 'versions'), 'on': 'customer_id', 'columns': 'city', 'prefix': 'any_'},
]"""
MODELS = {
    "raw.yml": "sources: [{name: raw, schema: main, tables: [{name: orders}, {name: versions}]}]",
    "joined.sql": f"{{{{ entity_kit.scd2_join({ORDERS}, 'customer_id', 'ordered_at', columns='city') }}}}",
    "joined_first.sql": f"""{{{{ entity_kit.scd2_join(
        {ORDERS}, 'customer_id', 'ordered_at', columns='city', before_first='first'
    ) }}}}""",
    "big.sql": f"{{{{ entity_kit.one_big_table(source('raw', 'orders'), {DIMENSIONS}) }}}}",
    "current.sql": "{{ entity_kit.scd2_current(source('raw', 'versions')) }}",
    "then.sql": "{{ entity_kit.scd2_as_of(source('raw', 'versions'), '2024-01-03') }}",
    "then_of_a_cte.sql": """
        with told as (select * from {{ source('raw', 'versions') }})
        {{ entity_kit.scd2_as_of('told', '2024-01-03') }}
    """,
}


class Version(NamedTuple):
    """A row of `versions`, of which the other columns follow from these."""

    key: int | None
    city: str | None
    start: datetime | None
    end: datetime | None
    deleted: bool = False

    @property
    def is_current(self) -> bool:
        return self.end is None and not self.deleted


class Fact(NamedTuple):
    number: int
    key: int | None
    at: datetime


moments = st.integers(0, 6).map(lambda number: FIRST + timedelta(days=number))
keys = st.sampled_from([1, 1, 1, 2, None])
versions = st.lists(
    st.builds(
        Version,
        key=keys,
        city=st.sampled_from(["u", "v", "w", None]),
        start=st.one_of(moments, moments, moments, st.none()),
        end=st.one_of(moments, st.none()),
        deleted=st.sampled_from([False, False, False, True]),
    ),
    max_size=6,
)
facts = st.lists(st.builds(Fact, number=st.sampled_from([1, 2]), key=keys, at=moments), max_size=5)


def content(city):
    # NULL is the greatest, as within DuckDB's rows.
    return (city is None, city or "")


def valid(told, key, at):
    """Return the version of a key at an instant: of those that contain it, the one that began last."""
    found = [
        version
        for version in told
        if version.key == key is not None
        and version.start is not None
        and version.start <= at
        and (version.end is None or version.end > at)
    ]
    return max(found, key=place, default=None)


def place(version):
    return (version.start, version.end or LAST, content(version.city))


def city_of(version):
    return None if version is None else version.city


def first(told, key, at):
    """Return the version at an instant, or the first one for what happened before."""
    starts = [
        version.start
        for version in told
        if version.key == key
        and version.start is not None
        and (version.end is None or version.end > version.start)
    ]
    return valid(told, key, max(at, min(starts, default=at)))


def latest(told, key):
    current = [version for version in told if version.key == key is not None and version.is_current]
    return max(
        current,
        key=lambda version: (
            version.start is not None,
            version.start or FIRST,
            content(version.city),
        ),
        default=None,
    )


def greatest(told, key):
    its = [version for version in told if version.key == key is not None]
    return max(its, key=lambda version: content(version.city), default=None)


@pytest.fixture(scope="module")
def warehouse(make_project):
    project = make_project(MODELS)
    project.execute(TABLES)
    names = [name.removesuffix(".sql") for name in MODELS if name.endswith(".sql")]
    compiled = project.compiled_all(names)
    with project.scratch() as connection:
        connection.execute("set threads = 1;" + TABLES)
        yield connection, compiled


def show(connection, told, happened):
    connection.execute("delete from versions; delete from orders")
    rows = [
        (
            v.key,
            v.city,
            None if v.key is None else str(v.key),
            v.start,
            v.end,
            v.is_current,
            v.deleted,
        )
        for v in told
    ]
    if rows:
        connection.execute(
            "insert into versions values "
            + ", ".join(["(?, ?, ?, 's', 'h', ?, ?, ?, ?, '2024-02-01')"] * len(rows)),
            [value for row in rows for value in row],
        )
    if happened:
        connection.execute(
            "insert into orders values " + ", ".join(["(?, ?, ?)"] * len(happened)),
            [value for row in happened for value in row],
        )


@given(versions, facts)
@settings(
    max_examples=100,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_each_fact_is_there_once_with_one_version(warehouse, told, happened):
    connection, compiled = warehouse
    show(connection, told, happened)

    def rows(model, columns):
        return Counter(connection.execute(f"select {columns} from ({compiled[model]})").fetchall())

    fact = "order_id, customer_id, ordered_at"
    assert rows("joined", f"{fact}, city") == Counter(
        (*row, city_of(valid(told, row.key, row.at))) for row in happened
    )
    assert rows("joined_first", f"{fact}, city") == Counter(
        (*row, city_of(first(told, row.key, row.at))) for row in happened
    )
    living = [version for version in told if not version.deleted]
    assert rows("big", f"{fact}, then_city, now_city, any_city") == Counter(
        (
            *row,
            city_of(valid(living, row.key, row.at)),
            city_of(latest(told, row.key)),
            city_of(greatest(told, row.key)),
        )
        for row in happened
    )
    entities = {version.key for version in told if version.key is not None}
    now = {key: latest(told, key) for key in entities}
    then = {key: valid(told, key, FIRST + timedelta(days=2)) for key in entities}
    for model, chosen in (("current", now), ("then", then), ("then_of_a_cte", then)):
        found = connection.execute(f"select customer_id, city from ({compiled[model]})").fetchall()
        assert Counter(row for row in found if row[0] is not None) == Counter(
            (key, version.city) for key, version in chosen.items() if version is not None
        )


def test_what_is_selected_stays_what_it_was(warehouse):
    connection, compiled = warehouse
    names = [column[0] for column in connection.execute("from versions limit 0").description]
    for model in ("current", "then", "then_of_a_cte"):
        found = connection.execute(f"select * from ({compiled[model]}) limit 0").description
        assert [column[0] for column in found] == names
