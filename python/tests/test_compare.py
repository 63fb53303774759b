"""`compare` on small tables: what is equal, what isn't, and how a difference is reported."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from entity_kit.compare import sides
from entity_kit.compare.difference import Column, Comparison, Diff, SampleRow
from entity_kit.compare.relations import compare
from entity_kit.compare.tolerance import Tolerances
from entity_kit.errors import EntityKitError
from entity_kit.warehouse import Connection, QueryError, Relation, connect, quote, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

INCREMENTAL = Relation("memory", "main", "incremental")
FULL_REFRESH = Relation("memory", "main", "full_refresh")
EXACT = Tolerances(general=0.0)


@pytest.fixture
def connection() -> Iterator[Connection]:
    with connect() as opened:
        yield opened


@pytest.fixture(params=["usual", "one bucket", "narrowed"])
def small_buckets(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also run a test with all rows in one bucket, and with fingerprints netted first, as of many rows."""
    if request.param != "usual":
        monkeypatch.setattr(sides, "BUCKETS", 1)
        monkeypatch.setattr(sides, "FEW", 0)
    if request.param == "narrowed":
        monkeypatch.setattr(sides, "NARROW_ABOVE", 0)


def compared(
    connection: Connection, incremental: str, full_refresh: str, **options: object
) -> Diff:
    """Compare the results of two queries, as tables."""
    for relation, query in ((INCREMENTAL, incremental), (FULL_REFRESH, full_refresh)):
        rows(connection, f"create or replace table {relation} as {query}")
    return compare(connection, INCREMENTAL, FULL_REFRESH, **options)


def values(*each: str, columns: str = "x") -> str:
    return f"from (values {', '.join(f'({value})' for value in each)}) as t({columns})"


def temporary_tables(connection: Connection) -> list[str]:
    return [
        name
        for (name,) in rows(
            connection, "select table_name from duckdb_tables() where temporary order by all"
        )
    ]


# Equality


def test_equal_rows_agree_in_any_order(connection: Connection) -> None:
    query = "select i as id, i % 7 as seventh, 'row ' || i as label from range(10000) as t(i)"
    diff = compared(connection, query, f"{query} order by hash(i)")
    assert diff.agrees
    assert diff == Diff(
        columns=(
            Column("id", "BIGINT", "BIGINT"),
            Column("seventh", "BIGINT", "BIGINT"),
            Column("label", "VARCHAR", "VARCHAR"),
        ),
        key=(),
        rows_incremental=10000,
        rows_full_refresh=10000,
        comparison=Comparison(only_incremental=0, only_full_refresh=0, changed=0),
        changed_columns={},
        sample=(),
    )


@pytest.mark.usefixtures("small_buckets")
def test_each_copy_of_a_row_counts(connection: Connection) -> None:
    diff = compared(connection, values("1", "1", "1", "2"), values("1", "2", "2", "3"))
    assert diff.comparison == Comparison(only_incremental=2, only_full_refresh=2, changed=0)
    assert diff.sample == (
        SampleRow("only_incremental", {"x": 1}, {}),
        SampleRow("only_incremental", {"x": 1}, {}),
        SampleRow("only_full_refresh", {"x": 2}, {}),
        SampleRow("only_full_refresh", {"x": 3}, {}),
    )


def test_pairs_of_copies_do_not_cancel_out(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sides, "BUCKETS", 1)
    diff = compared(connection, values("1", "1", "2", "2"), values("3", "3", "4", "4"))
    assert diff.comparison == Comparison(only_incremental=4, only_full_refresh=4, changed=0)


def test_rows_that_add_nothing_to_a_sum_are_still_counted(connection: Connection) -> None:
    # Of a row of zeros, DuckDB's hash is zero, and so is the hash of that.
    assert rows(connection, "select hash(hash(hash(0)))") == [(0,)]
    assert compared(connection, values("0"), values("0", "0")).comparison == Comparison(0, 1, 0)


@pytest.mark.parametrize(
    ("a", "b", "row_hash"),
    [
        ((845, 102), (1266, 199), "hash(a, b)"),
        ((684, 585), ("'t669'", "'t544'"), "hash(hash(a), b, 0)"),
    ],
)
def test_values_swapped_between_rows_do_not_cancel_out(
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    a: tuple[int, int],
    b: tuple[object, object],
    row_hash: str,
) -> None:
    monkeypatch.setattr(sides, "BUCKETS", 1)
    incremental = values(f"{a[0]}, {b[0]}", f"{a[1]}, {b[1]}", columns="a, b")
    full_refresh = values(f"{a[0]}, {b[1]}", f"{a[1]}, {b[0]}", columns="a, b")
    # The premise: of these values DuckDB's own row hashes have the same sum either way.
    sums = [
        rows(connection, f"select sum({row_hash}) {side}") for side in (incremental, full_refresh)
    ]
    assert sums[0] == sums[1]
    assert not compared(connection, incremental, full_refresh).agrees


def test_values_swapped_between_columns_differ(connection: Connection) -> None:
    assert not compared(
        connection, values("1, 2", columns="a, b"), values("2, 1", columns="a, b")
    ).agrees


DIFFERENT = [
    ("1", "2"),
    ("null::int", "0"),
    ("null::int", "-1"),
    ("null::varchar", "''"),
    ("null::varchar", "'NULL'"),
    ("'a'", "'A'"),
    ("'a' collate nocase", "'A' collate nocase"),
    ("'a'", "'a '"),
    ("'a'", "'a' || chr(0)"),
    ("'é'", "'e' || chr(769)"),
    ("true", "null::boolean"),
    ("127::tinyint", "(-128)::tinyint"),
    ("18446744073709551615::ubigint", "18446744073709551614::ubigint"),
    ("0::hugeint", "(1::hugeint << 64) + 1"),
    ("5::hugeint", "(5::hugeint << 64)"),
    ("(1::hugeint << 64) + 1", "(2::hugeint << 64) + 2"),
    ("0::uhugeint", "340282366920938463463374607431768211455::uhugeint"),
    ("0::decimal(38, 2)", "184467440737095516.17::decimal(38, 2)"),
    ("1.10::decimal(18, 2)", "1.11::decimal(18, 2)"),
    ("12345678901234567890.01::decimal(38, 2)", "12345678901234567890.02::decimal(38, 2)"),
    ("0.1::float", "0.10000001::float"),
    ("0.1::double", "0.30000000000000004::double - 0.2"),
    ("'nan'::double", "null::double"),
    ("'inf'::double", "'-inf'::double"),
    ("date '2013-03-10'", "date '2013-03-11'"),
    ("'infinity'::date", "'-infinity'::date"),
    ("time '00:00:00'", "time '24:00:00'"),
    ("timestamp '2013-03-10 02:00:00'", "timestamp '2013-03-10 02:00:00.000001'"),
    (
        "timestamp_ns '2013-03-10 02:00:00.000000001'",
        "timestamp_ns '2013-03-10 02:00:00.000000002'",
    ),
    ("timestamptz '2013-03-10 02:00:00+00'", "timestamptz '2013-03-10 02:00:00+01'"),
    ("'12:00:00+00'::timetz", "'13:00:00+01'::timetz"),
    ("interval 1 month", "interval 1 day"),
    ("interval 1 day", "interval 1 microsecond"),
    ("interval '1 month 1 day'", "interval '2 month 2 day'"),
    ("'\\x00'::blob", "'\\x00\\x00'::blob"),
    ("'101'::bit", "'0101'::bit"),
    (
        "'00000000-0000-0000-8000-000000000000'::uuid",
        "'11111111-1111-1111-9111-111111111111'::uuid",
    ),
    ("'x'::enum('x', 'y')", "'y'::enum('x', 'y')"),
    ("'x'::enum('x', 'y')", "null::enum('x', 'y')"),
    ("'{\"a\": 1}'::json", "'{\"a\": 2}'::json"),
    ("'{\"a\":1}'::json", "'{\"a\": 1}'::json"),
    ("'null'::json", "null::json"),
    ("[]::int[]", "null::int[]"),
    ("[null]::int[]", "null::int[]"),
    ("[null]::int[]", "[]::int[]"),
    ("[[1], [2]]", "[[1, 2]]"),
    ("[[1], []]", "[[1]]"),
    ("[[]]::int[][]", "[]::int[][]"),
    ("[1, 2]", "[2, 1]"),
    ("['a, b']", "['a', 'b']"),
    ("['NULL']", "[null]::varchar[]"),
    ("[1, 2]::int[2]", "[1, 3]::int[2]"),
    ("[null, null]::int[2]", "null::int[2]"),
    ("{'a': null::int}", "null::struct(a int)"),
    ("{'a': 1, 'b': 2}", "{'a': 2, 'b': 1}"),
    ("{'a': {'b': null::int}}", "{'a': null::struct(b int)}"),
    ("{'a': [{'b': 1.5}]}", "{'a': [{'b': 1.6}]}"),
    ("map {'a': 1}", "map {'a': 2}"),
    ("map {}::map(varchar, int)", "null::map(varchar, int)"),
    ("map {'a': null}::map(varchar, int)", "map {}::map(varchar, int)"),
    (
        "union_value(a := 1)::union(a int, b int)",
        "union_value(b := 1)::union(a int, b int)",
    ),
    # In each of these, two changes undo each other in DuckDB's hash of the text.
    ("'20130103T0515001'", "'20130108T0515006'"),
    ('\'{"ab": 1,"cd": 1}\'', '\'{"ab": 8,"cd": 4}\''),
    ('\'{"ab": 1,"cd": 1}\'::json', '\'{"ab": 8,"cd": 4}\'::json'),
    ("'20130103T0515001'::blob", "'20130108T0515006'::blob"),
    ("['20130103T0515001']", "['20130108T0515006']"),
    ("{'a': '20130103T0515001'}", "{'a': '20130108T0515006'}"),
    ("map {'20130103T0515001': 1}", "map {'20130108T0515006': 1}"),
]


@pytest.mark.slow
@pytest.mark.parametrize("same_spread", [False, True])
@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_values_differ(
    connection: Connection, one: str, other: str, *, same_spread: bool
) -> None:
    # A second, equal column makes the two rows share the part of the hash that needs no text.
    more = ", 7 as y" if same_spread else ""
    query = "select {} as x{} union all select {}{}"
    diff = compared(
        connection,
        query.format(one, more, one, more.replace(" as y", "")),
        query.format(one, more, other, more.replace(" as y", "")),
        tolerances=EXACT,
    )
    assert diff.schema_changes == ()
    assert diff.comparison == Comparison(only_incremental=1, only_full_refresh=1, changed=0)
    for same in (one, other):
        assert compared(connection, f"select {same} as x", f"select {same} as x").agrees


@pytest.mark.parametrize("other", ["null::varchar", "'short'", "'as long as a text can be'"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_long_text_beside_others(connection: Connection, place: int, other: str) -> None:
    texts = [other] * 3
    queries = []
    for long in ("'20130103T0515001'", "'20130108T0515006'"):
        texts[place] = long
        queries.append(f"select {texts[0]} as x, {texts[1]} as y, {texts[2]} as z")
    assert not compared(connection, *queries).agrees


def test_the_premises_of_the_hash_still_hold(connection: Connection) -> None:
    """The fingerprint guards against DuckDB's hash collisions; if they go away, so may the guard."""
    alike = [
        ("[[1], [2]]", "[[1, 2]]"),
        ("[]::int[]", "null::int[]"),
        ("{'a': null::int}", "null::struct(a int)"),
        ("interval 1 month", "interval 1 day"),
        ("0::hugeint", "(1::hugeint << 64) + 1"),
        ("'20130103T0515001'", "'20130108T0515006'"),
    ]
    for one, other in alike:
        assert rows(connection, f"select hash({one}) = hash({other})") == [(True,)]


EQUAL = [
    ("0.0::double", "(-0.0)::double"),
    ("0.0::float", "(-0.0)::float"),
    ("'nan'::double", "-'nan'::double"),
    ("[0.0::double]", "[(-0.0)::double]"),
    ("{'a': 'nan'::double}", "{'a': -'nan'::double}"),
    ("map {1: 0.0::double}", "map {1: (-0.0)::double}"),
    ("null::int", "null::int"),
    ("timestamptz '2013-03-10 02:00:00+00'", "timestamptz '2013-03-10 03:00:00+01'"),
    ("interval 1 month", "interval 30 day"),
    ("'12 months'::interval", "'1 year'::interval"),
]


@pytest.mark.usefixtures("small_buckets")
@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_what_duckdb_calls_equal_agrees(connection: Connection, one: str, other: str) -> None:
    diff = compared(
        connection, f"select {one} as x, 1 as y", f"select {other} as x, 1 as y", key=["y"]
    )
    assert diff.agrees
    assert diff.sample == ()
    # Neither does it count as a changed cell of a row that differs otherwise.
    diff = compared(
        connection,
        f"select 1 as id, {one} as x, 1 as y",
        f"select 1 as id, {other} as x, 2 as y",
        key=["id"],
    )
    assert diff.changed_columns == {"y": 1}


@pytest.mark.parametrize("type_name", ["VARIANT", "BIGNUM", "TIME_NS", "GEOMETRY"])
def test_types_that_not_every_duckdb_has(connection: Connection, type_name: str) -> None:
    texts = {
        "TIME_NS": ("10:00:00.000000001", "10:00:00.000000002"),
        "GEOMETRY": ("POINT(1 2)", "POINT(1 3)"),
    }
    one, other = texts.get(type_name, ("1", "2"))
    try:
        rows(connection, f"select '{one}'::{type_name}")
    except QueryError:
        pytest.skip(f"This DuckDB has no {type_name}.")
    diff = compared(
        connection,
        f"select '{one}'::{type_name} as x union all select null",
        f"select '{other}'::{type_name} as x union all select null",
    )
    assert diff.comparison == Comparison(only_incremental=1, only_full_refresh=1, changed=0)


def test_a_setting_of_the_session_changes_nothing(connection: Connection) -> None:
    sides = (
        values("'B', 1", "null, 2", "'a', 3", "'A', 4", columns="x, id"),
        values("'C', 5", columns="x, id"),
    )
    plain = compared(connection, *sides, sample=2)
    assert [row.row["x"] for row in plain.sample] == ["A", "C"]
    whole = compared(connection, *sides)
    for setting in ("default_order = 'desc'", "default_null_order = 'nulls_first'"):
        rows(connection, f"set {setting}")
    rows(connection, "set default_collation = 'nocase'")
    assert compared(connection, *sides, sample=2) == plain
    assert compared(connection, *sides) == whole
    assert not compared(connection, values("'a'"), values("'A'")).agrees


def test_a_collated_column_is_compared_by_what_it_holds(connection: Connection) -> None:
    for relation, text in ((INCREMENTAL, "A"), (FULL_REFRESH, "a")):
        rows(connection, f"create table {relation} (id int, x varchar collate nocase)")
        rows(connection, f"insert into {relation} values (1, '{text}'), (1, 'same')")
    diff = compare(connection, INCREMENTAL, FULL_REFRESH, key=["id"])
    assert diff.changed_columns == {"x": 1}
    diff = compare(connection, INCREMENTAL, FULL_REFRESH, key=["x"])
    assert diff.comparison == Comparison(only_incremental=1, only_full_refresh=1, changed=0)


# Columns


def test_columns_go_by_name_not_by_place_or_case(connection: Connection) -> None:
    diff = compared(
        connection, 'select 1 as "Order Id", 2 as AMOUNT', 'select 2 as amount, 1 as "order id"'
    )
    assert diff.agrees
    assert [column.name for column in diff.columns] == ["amount", "order id"]


def test_only_the_letters_a_to_z_have_no_case(connection: Connection) -> None:
    both = 'select 1 as "É", 2 as "é"'
    assert compared(connection, both, both).agrees
    diff = compared(connection, 'select 1 as "É"', 'select 1 as "é"')
    assert diff.schema_changes == (
        "é (INTEGER) is only in full_refresh",
        "É (INTEGER) is only in incremental",
    )


@pytest.mark.parametrize(
    "name",
    [
        'he said "no"',
        "it's",
        "select",
        "with space ",
        "a.b",
        "été 日本 🦆",
        "x) from (select 1); drop table incremental; --",
        "{0} %s $1 ?",
        "spread",
        "surplus",
        "side",
        "kind",
        "c0",
        "i_c0",
        "fingerprint",
        "bucket",
    ],
)
def test_any_name_of_column_and_table(connection: Connection, name: str) -> None:
    rows(connection, f"create schema {quote(name)}")
    sides = [Relation("memory", name, f"{name}{side}") for side in ("1", "2")]
    for side, relation in enumerate(sides):
        rows(connection, f"create table {relation} as select 1 as {quote(name)}, {side} as other")
    diff = compare(connection, *sides, key=[name], keep=name)
    assert diff.comparison == Comparison(only_incremental=0, only_full_refresh=0, changed=1)
    assert diff.sample == (SampleRow("changed", {name: 1, "other": 1}, {"other": 0}),)
    kept = rows(connection, f"select {quote(name)} from {quote(name + '_incremental')}")
    assert kept == [(1,)]


def test_a_column_of_one_side_only_is_a_difference(connection: Connection) -> None:
    diff = compared(connection, "select 1 as id, 2 as old", "select 'a' as fresh, 1 as id")
    assert diff.schema_changes == (
        "fresh (VARCHAR) is only in full_refresh",
        "old (INTEGER) is only in incremental",
    )
    assert diff.comparison.agrees
    assert not diff.agrees


RETYPED = [
    ("1::int", "1::bigint", True),
    ("170141183460469231731687303715884105727::hugeint", "1::int", False),
    ("1.50::decimal(18, 2)", "1.5000::decimal(38, 4)", True),
    ("100::int", "100.00::decimal(18, 2)", True),
    ("100::int", "100.01::decimal(18, 2)", False),
    ("0.00::decimal(18, 2)", "0::int", True),
    ("100::decimal(10, 0)", "1::int", False),
    ("9007199254740993::bigint", "9007199254740993::decimal(38, 0)", True),
    ("1::int", "1.0::double", True),
    ("1.5::float", "1.5::decimal(4, 1)", True),
    ("1::int", "1.5::double", False),
    ("1::int", "'1'", True),
    ("'x'", "'x'::enum('x', 'y')", True),
    ("'y'::enum('y', 'x')", "'y'::enum('x', 'y')", True),
    ("'y'::enum('y', 'x')", "'x'::enum('x', 'y')", False),
    ("'{\"a\": 1}'", "'{\"a\": 1}'::json", True),
    ("'not json'", "'{\"a\": 1}'::json", False),
    ("[1]::int[]", "[1]::bigint[]", True),
    ("{'a': 1}", "1", False),
    ("null::int", "null::varchar", True),
    ("null::int", "'NULL'", False),
]


@pytest.mark.parametrize(("one", "other", "agrees"), RETYPED)
def test_a_column_of_another_type_is_a_difference_but_still_compared(
    connection: Connection, one: str, other: str, *, agrees: bool
) -> None:
    diff = compared(connection, f"select {one} as x", f"select {other} as x")
    assert len(diff.schema_changes) == 1
    assert diff.schema_changes[0].startswith("x: ")
    assert not diff.agrees
    assert diff.comparison.agrees is agrees


def test_relations_without_a_common_column_share_no_row(connection: Connection) -> None:
    diff = compared(
        connection,
        "select 1 as a from range(3)",
        "select 1 as b from range(2)",
        key=["a"],
        keep="kept",
    )
    assert diff.comparison == Comparison(only_incremental=3, only_full_refresh=2, changed=0)
    assert (diff.rows_incremental, diff.rows_full_refresh, diff.sample) == (3, 2, ())
    assert rows(connection, "select sum(a) from kept_incremental") == [(3,)]
    assert rows(connection, "select sum(b) from kept_full_refresh") == [(2,)]


def test_ignored_columns_are_left_out(connection: Connection) -> None:
    query = "select 1 as id, {} as At, {} as noise from range(2)"
    assert not compared(connection, query.format(1, 1), query.format(2, 2)).agrees
    diff = compared(
        connection, query.format(1, 1), query.format(2, "'b'"), ignore=["aT", "noise", "absent"]
    )
    assert diff.agrees
    assert [column.name for column in diff.columns] == ["id"]


def test_ignoring_every_column_is_refused(connection: Connection) -> None:
    with pytest.raises(EntityKitError, match="nothing is left to compare"):
        compared(connection, "select 1 as x", "select 1 as x", ignore=["x"])


@pytest.mark.slow
def test_five_hundred_columns(connection: Connection) -> None:
    kinds = ["i", "i::varchar", "i / 7", "[i]", "i::decimal(38, 2)"]
    columns = ", ".join(f"{kinds[n % 5]} as column_{n}" for n in range(500))
    query = f"select {columns} from range(300) as t(i)"
    assert compared(connection, query, query).agrees
    diff = compared(
        connection,
        query,
        f"select * replace (-1 as column_495) from ({query}) where column_0 <> 9",
        key=["column_0"],
    )
    assert diff.comparison == Comparison(only_incremental=1, only_full_refresh=0, changed=299)
    assert diff.changed_columns == {"column_495": 299}


def test_views_and_empty_relations(connection: Connection) -> None:
    rows(connection, f"create view {INCREMENTAL} as select i as x from range(5) as t(i)")
    rows(connection, f"create table {FULL_REFRESH} (x bigint)")
    assert compare(connection, FULL_REFRESH, FULL_REFRESH).agrees
    assert compare(connection, INCREMENTAL, INCREMENTAL).agrees
    assert compare(connection, INCREMENTAL, FULL_REFRESH).comparison == Comparison(5, 0, 0)
    assert compare(connection, FULL_REFRESH, INCREMENTAL).comparison == Comparison(0, 5, 0)


def test_an_unknown_relation(connection: Connection) -> None:
    rows(connection, f"create table {INCREMENTAL} as select 1 as x")
    with pytest.raises(QueryError, match="full_refresh"):
        compare(connection, INCREMENTAL, FULL_REFRESH)


# Keys


@pytest.mark.usefixtures("small_buckets")
def test_rows_of_the_same_key_are_one_changed_row(connection: Connection) -> None:
    diff = compared(
        connection,
        values("1, 'a', 10", "2, 'b', 20", "3, 'c', 30", "4, 'd', 40", columns="id, label, amount"),
        values("1, 'a', 10", "2, 'b', 21", "3, 'x', 31", "5, 'e', 50", columns="id, label, amount"),
        key=["ID"],
    )
    assert diff.key == ("id",)
    assert diff.comparison == Comparison(only_incremental=1, only_full_refresh=1, changed=2)
    assert diff.changed_columns == {"label": 1, "amount": 2}
    assert diff.sample == (
        SampleRow("changed", {"id": 2, "label": "b", "amount": 21}, {"amount": 20}),
        SampleRow("changed", {"id": 3, "label": "x", "amount": 31}, {"label": "c", "amount": 30}),
        SampleRow("only_incremental", {"id": 4, "label": "d", "amount": 40}, {}),
        SampleRow("only_full_refresh", {"id": 5, "label": "e", "amount": 50}, {}),
    )


def test_without_a_key_nothing_is_paired(connection: Connection) -> None:
    diff = compared(connection, values("1, 10", columns="id, x"), values("1, 11", columns="id, x"))
    assert diff.comparison == Comparison(only_incremental=1, only_full_refresh=1, changed=0)


def test_null_is_a_key_like_any_other(connection: Connection) -> None:
    diff = compared(
        connection,
        values("null, 1, 10", "null, null, 20", columns="a, b, x"),
        values("null, 1, 11", "null, null, 21", columns="a, b, x"),
        key=["a", "b"],
    )
    assert diff.comparison == Comparison(only_incremental=0, only_full_refresh=0, changed=2)
    assert diff.changed_columns == {"x": 2}


@pytest.mark.usefixtures("small_buckets")
def test_copies_of_a_key_pair_one_to_one(connection: Connection) -> None:
    diff = compared(
        connection,
        values("1, 10", "1, 20", "1, 30", "1, 99", "2, 1", columns="id, x"),
        values("1, 15", "1, 99", "2, 2", "2, 3", columns="id, x"),
        key=["id"],
    )
    # 99 is on both sides; of 10, 20 and 30, the least pairs with 15.
    assert diff.comparison == Comparison(only_incremental=2, only_full_refresh=1, changed=2)
    assert diff.sample == (
        SampleRow("changed", {"id": 1, "x": 15}, {"x": 10}),
        SampleRow("changed", {"id": 2, "x": 2}, {"x": 1}),
        SampleRow("only_incremental", {"id": 1, "x": 20}, {}),
        SampleRow("only_incremental", {"id": 1, "x": 30}, {}),
        SampleRow("only_full_refresh", {"id": 2, "x": 3}, {}),
    )


def test_a_single_key_may_be_a_plain_string(connection: Connection) -> None:
    diff = compared(
        connection, values("1, 1", columns="id, x"), values("1, 2", columns="id, x"), key="id"
    )
    assert (diff.key, diff.comparison.changed) == (("id",), 1)


def test_an_unknown_key_names_the_closest_column(connection: Connection) -> None:
    with pytest.raises(EntityKitError) as refused:
        compared(connection, "select 1 as order_id", "select 1 as order_id", key=["oder_id"])
    assert refused.value.message == "There is no column oder_id to use as a key."
    assert refused.value.fix == "Closest: order_id."


def test_a_key_that_one_side_lacks_pairs_nothing(connection: Connection) -> None:
    diff = compared(connection, "select 1 as id, 2 as x", "select 3 as x", key=["id"])
    assert diff.comparison == Comparison(only_incremental=1, only_full_refresh=1, changed=0)
    assert diff.schema_changes == ("id (INTEGER) is only in incremental",)


# Samples


def test_a_sample_has_every_kind_that_fits(connection: Connection) -> None:
    queries = (
        "select i as id, 1 as x from range(0, 200) as t(i)",
        "select i as id, 2 as x from range(100, 300) as t(i)",
    )
    kinds = {
        limit: [row.kind for row in compared(connection, *queries, key=["id"], sample=limit).sample]
        for limit in (0, 1, 2, 5)
    }
    assert kinds == {
        0: [],
        1: ["changed"],
        2: ["changed", "only_incremental"],
        5: ["changed"] * 2 + ["only_incremental"] * 2 + ["only_full_refresh"],
    }
    sample = compared(connection, *queries, key=["id"], sample=5).sample
    assert [row.row["id"] for row in sample] == [100, 101, 0, 1, 200]


@pytest.mark.parametrize("key", [[], ["id"]])
def test_nothing_depends_on_the_order_of_rows(connection: Connection, key: Sequence[str]) -> None:
    found = set()
    for seed in range(5):
        shuffled = random.Random(seed)  # noqa: S311 - an order, not a secret
        sides = []
        for step in (1, 2):
            each = [f"{i % 40}, {step * i % 9}, {'null' if i % 3 else i}" for i in range(120)]
            shuffled.shuffle(each)
            sides.append(values(*each, columns="id, x, y"))
        found.add(repr(compared(connection, *sides, key=key)))
    assert len(found) == 1


def test_values_reach_python_without_loss(connection: Connection) -> None:
    query = """
        select
            null::int as nothing,
            true as yes,
            170141183460469231731687303715884105727::hugeint as huge,
            1.10::decimal(38, 2) as money,
            0.5::float as half,
            'text' as words,
            '\\x00\\xFF'::blob as bytes,
            date '2013-03-10' as day,
            'infinity'::date as forever,
            date '20130-03-10' as far,
            timestamptz '2013-03-10 02:00:00+00' as zoned,
            timestamp_ns '2013-03-10 02:00:00.123456789' as precise,
            interval '1 month 1 day' as span,
            {'a': [1, null], 'b': 'x'} as nested,
            map {[1]: 'one'} as by_list,
            '6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid as id
    """
    rows(connection, "set timezone = 'UTC'")
    sample = compared(connection, query, f"{query} limit 0").sample
    assert sample[0].row == {
        "nothing": None,
        "yes": True,
        "huge": 2**127 - 1,
        "money": Decimal("1.10"),
        "half": 0.5,
        "words": "text",
        "bytes": b"\x00\xff",
        "day": "2013-03-10",
        "forever": "infinity",
        "far": "20130-03-10",
        "zoned": "2013-03-10 02:00:00+00",
        "precise": "2013-03-10 02:00:00.123456789",
        "span": "1 month 1 day",
        "nested": "{'a': [1, NULL], 'b': x}",
        "by_list": "{[1]=one}",
        "id": "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    }


# What stays in the connection


def test_keep_leaves_each_side_surplus(connection: Connection) -> None:
    diff = compared(
        connection,
        values("1, 'a'", "2, 'b'", "2, 'b'", "3, 'c'", columns='id, "Label"'),
        values("1, 'a'", "2, 'b'", "3, 'd'", columns='id, "Label"'),
        key=["id"],
        keep="kept",
    )
    assert diff.comparison == Comparison(only_incremental=1, only_full_refresh=0, changed=1)
    assert rows(connection, 'select id, "Label" from kept_incremental order by all') == [
        (2, "b"),
        (3, "c"),
    ]
    assert rows(connection, "select * from kept_full_refresh") == [(3, "d")]
    assert temporary_tables(connection) == ["kept_full_refresh", "kept_incremental"]
    # The next comparison replaces both, even where it has nothing to put there.
    assert compared(connection, values("1"), values("1"), keep="kept").agrees
    assert (
        rows(connection, "select x from kept_incremental union select x from kept_full_refresh")
        == []
    )


def test_nothing_else_stays(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sides, "NARROW_ABOVE", 0)
    compared(connection, values("1"), values("2"), key=["x"])
    assert temporary_tables(connection) == []
    monkeypatch.setattr(sides, "KINDS", ("no such kind'",))
    with pytest.raises(QueryError):
        compared(connection, values("1"), values("2"))
    assert temporary_tables(connection) == []
