"""What a table's rows say about how they arrive, against the same counted in plain Python."""

from __future__ import annotations

import itertools
from collections import Counter
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entity_kit.arrivals.sources import Delivery, Source, resolve
from entity_kit.project_health.onboarding.evidence import look_at
from entity_kit.project_health.onboarding.keys import duplicates, find_key
from entity_kit.project_health.onboarding.proposal import contradictions, propose, rounded_up
from entity_kit.project_health.onboarding.times import TIMES, find_times
from entity_kit.warehouse import Relation, connect, rows

START = datetime(2024, 1, 1, tzinfo=timezone.utc)
NOW = datetime(2025, 1, 1, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)


@contextmanager
def table(create, *parameters):
    """Open a connection with a table `t`, made by SQL."""
    with connect() as connection:
        rows(connection, "set TimeZone = 'UTC'")
        rows(connection, create)
        for row in parameters:
            rows(connection, f"insert into t values ({', '.join('?' * len(row))})", row)
        yield connection


def seen(create, *, name="orders", **options):
    with table(f"create table t as {create}") as connection:
        return look_at(connection, "t", table=name, now=NOW, **options)


def at(hours):
    return (START + hours * HOUR).replace(tzinfo=None)


def first_loads(content):
    """Return when each row's content was loaded first."""
    found = {}
    for i, e, load, v in sorted(content, key=lambda row: row[2]):
        found.setdefault((i, e, v), load)
    return found


# Rows of (id, event hour, hours until it is loaded, value).
ROWS = st.lists(
    st.tuples(
        st.integers(1, 6), st.integers(0, 30), st.sampled_from((0, 1, 5, 30)), st.integers(0, 1)
    ),
    min_size=1,
    max_size=12,
)


@pytest.mark.slow
@given(ROWS, st.sampled_from((1, 6, 12)))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_evidence_is_what_plain_python_counts(given_rows, every):
    # Loads come each so many hours.
    content = [(i, e, -(-(e + late) // every) * every, v) for i, e, late, v in given_rows]
    create = "create table t (order_id int, ordered_at timestamp, loaded_at timestamp, v int)"
    with table(create, *((i, at(e), at(load), v) for i, e, load, v in content)) as connection:
        found = look_at(connection, "t", table="orders", now=NOW)
    loads = Counter(load for _, _, load, _ in content)
    first = min(loads)
    assert (found.arrival.time.name, found.arrival.certainty) == ("loaded_at", "name")
    assert (found.loads.count, found.loads.first_rows, found.loads.largest_rows) == (
        len(loads),
        loads[first],
        max(loads.values()),
    )

    distance = found.distances["ordered_at"]
    # A row is as late as its first delivery.
    delivered = content
    if found.redelivered:
        delivered = [(i, e, load, v) for (i, e, v), load in first_loads(content).items()]
    late = [load - e for _, e, load, _ in delivered]
    if len(loads) > 1 and loads[first] > 1:
        late = [load - e for _, e, load, _ in delivered if load != first]
    if len(loads) > 1:
        assert distance.longest == max(late) * HOUR
        assert distance.measured == len(late)
        assert sum(hours * HOUR <= distance.median for hours in late) * 2 >= len(late)
    else:
        assert distance.longest is None
    assert distance.early == 0
    assert distance.rows == len(delivered)

    names = ("order_id", "ordered_at", "loaded_at", "v")
    assert (found.key is None) == (len(set(content)) < len(content))
    if found.key is not None:
        picked = [names.index(name) for name in found.key.columns]
        assert len({tuple(row[n] for n in picked) for row in content}) == len(content)
        without = {(i, e, v) for i, e, _, v in content}
        assert ("loaded_at" in found.key.columns) == (len(without) < len(content))
    if found.again is not None and "loaded_at" in found.key.columns:
        entity = [names.index(name) for name in found.again.key]
        distinct = {(i, e, v) for i, e, _, v in content}
        entities = {tuple(row[n] for n in entity) for row in content}
        assert found.again.copies == len(content) - len(distinct)
        assert found.again.versions == len(distinct) - len(entities)
    assert found.repeated == (0 if found.key else len(content) - len(set(content)))


VALUES = st.sampled_from((None, "a", "b", "c"))


@pytest.mark.slow
@given(st.lists(st.tuples(VALUES, VALUES, VALUES, VALUES), min_size=1, max_size=8))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_a_key_is_a_smallest_one(content):
    names = ("a_id", "b_id", "c_id", "d_id")
    with table("create table t (a_id text, b_id text, c_id text, d_id text)", *content) as it:
        found = find_key(it, "t", [(name, "VARCHAR") for name in names], table="t")
        assert duplicates(it, "t", names) == len(content) - len(set(content))
    unique = [
        chosen
        for size in (1, 2, 3)
        for chosen in itertools.combinations(range(4), size)
        if len({tuple(row[n] for n in chosen) for row in content}) == len(content)
        # One column at least tells every row by a value.
        and any(all(row[n] is not None for row in content) for n in chosen)
    ]
    assert (found is None) == (not unique)
    if found is not None:
        assert tuple(names.index(name) for name in found.columns) in unique
        assert len(found.columns) == len(unique[0])


KINDS = {
    "timestamp": ("timestamp '2024-01-02 03:04:05' + i * interval 1 hour", "loaded_at"),
    "zoned": ("timestamptz '2024-01-02 03:04:05+00' + i * interval 1 hour", "loaded_at"),
    "nanoseconds": ("(timestamp '2024-01-02' + i * interval 1 hour)::timestamp_ns", "loaded_at"),
    "date": ("date '2024-01-02' + i::int", "loaded_at"),
    "iso": ("strftime(timestamp '2024-01-02' + i * interval 1 hour, '%Y-%m-%dT%H:%M:%S')", "cast(loaded_at as timestamp)"),
    "iso date": ("strftime(date '2024-01-02' + i::int, '%Y-%m-%d')", "cast(loaded_at as timestamp)"),
    "iso with Z": ("strftime(timestamp '2024-01-02' + i * interval 1 hour, '%Y-%m-%dT%H:%M:%SZ')", "cast(loaded_at as timestamptz)"),
    "iso with offset": ("strftime(timestamp '2024-01-02 05:00' + i * interval 1 hour, '%Y-%m-%d %H:%M:%S+02:00')", "cast(loaded_at as timestamptz)"),
    "German": ("strftime(timestamp '2024-01-02' + i * interval 1 hour, '%d.%m.%Y %H:%M')", "strptime(loaded_at, '%d.%m.%Y %H:%M')"),
    "American": ("strftime(timestamp '2024-01-02' + i * interval 1 day, '%m/%d/%Y')", "strptime(loaded_at, '%m/%d/%Y')"),
    "compact": ("strftime(timestamp '2024-01-02' + i * interval 1 day, '%Y%m%d')", "strptime(loaded_at, '%Y%m%d')"),
    "seconds": ("1704164645 + i * 3600", "to_timestamp(loaded_at)"),
    "milliseconds": ("1704164645000 + i * 3600000", "epoch_ms(loaded_at)"),
    "microseconds": ("1704164645000000 + i * 3600000000", "make_timestamp(loaded_at)"),
    "text of seconds": ("(1704164645.25 + i * 3600)::text", "to_timestamp(cast(loaded_at as double))"),
    "text of milliseconds": ("(1704164645000 + i * 3600000)::text", "epoch_ms(cast(loaded_at as bigint))"),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_time_is_known_however_it_is_held_and_its_declaration_works(kind):
    sql, declared = KINDS[kind]
    create = f"create table t as select i as id, {sql} as loaded_at from range(40) as r(i)"
    with table(create) as connection:
        columns = [(r[0], r[1]) for r in rows(connection, "describe t")]
        (found,) = find_times(connection, "t", columns, NOW).columns
        assert found.declared == declared
        assert found.first.date().isoformat() == "2024-01-02"
        # verify reads what is declared in the same way.
        source = Source("s", "s", Relation("m", "main", "t"), "t", found.declared)
        read = resolve(connection, source).loaded_at
        instants = f"select epoch_us(cast({read} as timestamptz)) from t order by all"
        ours = rows(connection, f"select {found.slot} from {TIMES} order by all")
        assert rows(connection, instants) == ours


@pytest.mark.parametrize(
    "sql",
    [
        "'order ' || i", "(1000 + i)::text", "'2024'", "'12:30'", "i::text || '.5'", "null::text",
        "if(i = 7, 'n/a', '2024-01-0' || (1 + i % 9))", "20240101 + i", "'infinity'", "i", "i % 2 = 0",
    ],
)  # fmt: skip
def test_what_is_no_time_is_taken_for_none(sql):
    with table(f"create table t as select {sql} as loaded_at from range(40) as r(i)") as connection:
        columns = [(r[0], r[1]) for r in rows(connection, "describe t")]
        assert find_times(connection, "t", columns, NOW).columns == ()


def test_a_date_that_can_be_read_in_two_ways_is_not_guessed():
    found = seen("select i as id, '0' || (1 + i) || '/02/2024' as loaded_at from range(9) as r(i)")
    assert found.arrival is None
    assert found.unsure == ("loaded_at: its dates fit both %m/%d/%Y and %d/%m/%Y",)


BATCHED = """
select i as order_id, timestamp '2024-01-01' + i * interval 1 hour as ordered_at,
    timestamp '2024-01-02' + (i // 24) * interval 1 day as {name}, {more} from range(240) as r(i)
"""


@pytest.mark.parametrize(
    "name",
    ["_loaded_at", "_fivetran_synced", "_airbyte_extracted_at", "_dlt_load_time", "ingested_at",
     "loaded_at", "LOADED_AT", "_sdc_batched_at", "etlLoadTime", "dwh_insert_ts"],
)  # fmt: skip
def test_a_loaders_name_says_it(name):
    # Other times are later, and others have fewer values.
    more = "timestamp '2024-06-01' as updated_at, date '2024-07-01' + (i % 3)::int as due_date"
    found = seen(BATCHED.format(name=name, more=more))
    assert (found.arrival.time.name, found.arrival.certainty) == (name, "name")
    assert found.event.name == "ordered_at"


def test_without_a_name_the_last_time_that_many_rows_share_is_the_arrival():
    found = seen(BATCHED.format(name="ts", more="date '1990-01-01' + (i * 37 % 900)::int as born"))
    assert (found.arrival.time.name, found.arrival.certainty) == ("ts", "shape")
    assert found.event.name == "ordered_at"


def test_a_plan_or_a_birthday_is_no_arrival():
    found = seen(
        "select i as id, date '2030-01-01' + i::int as due_date, date '1990-01-01' + i::int as birth_date "
        "from range(20) as r(i)"
    )
    assert found.arrival is None
    said = "no column says when a row arrived, so the table looks the same at every step"
    assert propose(found).notes == (said,)


def test_the_start_of_a_span_is_no_arrival():
    found = seen(
        "select i as id, timestamp '2024-03-01' + i % 9 * interval 1 day as start_date, "
        "start_date + interval 3 hour as end_date, timestamp '2024-01-01' + i * interval 1 hour as "
        "updated from range(50) as r(i)"
    )
    assert (found.arrival.time.name, found.arrival.certainty) == ("updated", "guess")


@pytest.mark.parametrize("unit", ["hour", "day", "week", "month"])
def test_the_day_of_a_time_is_neither_its_event_nor_evidence_for_it(unit):
    # A third of the rows share their time with another one.
    found = seen(
        "select timestamp '2024-01-01 00:10' + (i // 3) * interval 7 hour as order_time, "
        f"date_trunc('{unit}', order_time) as part, i as id from range(300) as r(i)"
    )
    assert (found.arrival.time.name, found.arrival.certainty) == ("order_time", "guess")
    assert found.event is None
    assert set(propose(found).config) == {"loaded_at_field", "meta"}


def test_a_time_that_does_not_grow_with_the_arrival_is_said_to():
    found = seen(
        "select i as id, timestamp '2024-01-01' - (i * 7 % 50) * interval 1 day as ordered_at, "
        "timestamp '2024-01-01' + i * interval 1 hour as loaded_at from range(50) as r(i)"
    )
    (reason,) = (each for each in propose(found).reasons if each.key == "event_time")
    assert found.distance.correlation < 0.5
    assert "grows with it" not in reason.evidence
    assert "check it: it doesn't grow with the arrival" in reason.evidence


def test_an_old_creation_is_not_the_event_of_a_row_that_was_changed():
    found = seen(
        "select i as id, timestamp '2020-01-01' + i * interval 1 day as created_at, "
        "timestamp '2024-01-01' + i * interval 1 hour as updated_at, "
        "timestamp '2024-01-01 02:00' + i * interval 1 hour as _synced_at from range(50) as r(i)"
    )
    assert found.event.name == "updated_at"
    assert propose(found).config == {
        "loaded_at_field": "_synced_at",
        "event_time": "updated_at",
        "meta": {
            "entity_kit": {
                "row_key": ["id"],
                "delivery": {"late_by": {"hours": 2}, "updates": True},
            }
        },
    }


LOG = """
select * from (values
    (1, 'new', 0, 1), (2, 'new', 1, 2), (3, 'new', 2, 3), (4, 'new', 3, 4), (5, 'new', 4, 5),
    {more}
) as v(order_id, status, e, l)
"""


def log(more):
    start = "timestamp '2024-01-01'"
    return seen(
        f"select order_id, status, {start} + e * interval 1 hour as changed_at, "
        f"{start} + l * interval 1 hour as loaded_at from ({LOG.format(more=more)})"
    )


def test_rows_that_came_again():
    copied = log("(1, 'new', 0, 7)")
    assert (copied.again.key, copied.again.copies, copied.again.versions) == (("order_id",), 1, 0)
    assert propose(copied).config["meta"]["entity_kit"] == {
        "row_key": ["order_id", "loaded_at"],
        # The copy says how late a second delivery comes; late_by is about the first one.
        "delivery": {"late_by": {"hours": 1}, "redelivers": True},
    }
    assert propose(copied).reasons[-2].evidence == (
        "the latest of 5 rows arrived 1 h after it happened; "
        "each row counts once, at its first delivery"
    )
    other = log("(1, 'paid', 6, 7)")
    assert (other.again.copies, other.again.versions) == (0, 1)
    # The old row is still there: nothing is changed in place.
    assert propose(other).config["meta"]["entity_kit"] == {
        "row_key": ["order_id", "changed_at"],
        "delivery": {"late_by": {"hours": 1}},
    }
    (note,) = propose(other).notes
    assert "1 row came with other values for a known order_id" in note
    assert "declare updates: true" in note

    both = log("(1, 'new', 0, 7), (1, 'paid', 0, 8), (1, 'paid', 0, 9), (2, 'paid', 1, 9)")
    assert (both.again.key, both.again.copies, both.again.versions) == (("order_id",), 2, 2)


def test_a_text_that_is_unique_by_chance_is_no_key_where_the_tables_own_came_again():
    found = seen(
        "select i % 7 as order_id, 'note ' || i as note, timestamp '2024-01-01' + i * interval 1 hour as "
        "loaded_at from range(9) as r(i)"
    )
    assert found.key.columns == ("order_id", "loaded_at")
    assert found.again.versions == 2


def test_a_duplicate_far_behind_is_found():
    with table("create table t as select i % 20001 as id from range(20002) as r(i)") as connection:
        assert find_key(connection, "t", [("id", "BIGINT")], table="t") is None


def test_what_a_loader_adds_makes_no_other_row():
    found = seen(
        "select 'r' || i as _airbyte_raw_id, i % 5 as id, timestamp '2024-01-01' as happened_at, "
        "timestamp '2024-01-01' + i * interval 1 hour as _airbyte_extracted_at from range(9) as r(i)"
    )
    assert found.key.columns == ("id", "_airbyte_extracted_at")
    assert (found.again.copies, found.again.versions) == (4, 0)


def test_complete_extracts_are_no_redeliveries():
    found = seen(
        "select i as product_code, timestamp '2023-01-01' + i * interval 1 day as updated_at, "
        "timestamp '2024-01-01' + d * interval 1 day as extracted_at from range(9) r(i), range(6) s(d)"
    )
    assert found.again.extracts
    assert propose(found).config == {
        "loaded_at_field": "extracted_at",
        "meta": {"entity_kit": {"row_key": ["product_code", "extracted_at"]}},
    } | ({"event_time": "updated_at"} if found.event else {})


def test_empty_and_null():
    empty = seen("select 1 as id, timestamp '2024-01-01' as loaded_at where false")
    assert propose(empty).config == {}
    assert propose(empty).notes == ("the table is empty, so there is nothing to tell from",)
    never = seen("select i as id, null::timestamp as loaded_at from range(5) as r(i)")
    assert never.arrival is None
    some = seen(
        "select i as id, timestamp '2024-01-01' + i * interval 1 hour as happened_at, "
        "if(i = 3, null, timestamp '2024-01-02') as loaded_at from range(50) as r(i)"
    )
    reasons = {reason.key: reason.evidence for reason in propose(some).reasons}
    assert reasons["loaded_at_field"].endswith("NULL in 1 row")
    assert "all rows have one loaded time" in propose(some).notes[0]


HOSTILE = ("loaded at", "select", 'its "loaded" at', "loaded;drop table t", "größe_loaded_at")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(name):
    quoted = '"' + name.replace('"', '""') + '"'
    key = '"order ""id"" id"'
    create = (
        f"create table t as select i as {key}, timestamp '2024-01-01' + i * interval 1 hour as {quoted} "
        "from range(9) as r(i)"
    )
    with table(create) as connection:
        found = look_at(connection, "t", table='odd "name"', now=NOW)
        declared = propose(found).config
        assert found.arrival.time.name == name
        assert declared["meta"]["entity_kit"]["row_key"] == ['order "id" id']
        source = Source(
            "s",
            "s",
            Relation("m", "main", "t"),
            "t",
            declared["loaded_at_field"],
            row_key=tuple(declared["meta"]["entity_kit"]["row_key"]),
        )
        assert resolve(connection, source).loaded_column == name


def test_a_name_that_dbt_would_render_is_left_alone():
    found = seen("select 1 as id, timestamp '2024-01-01' as \"{{ loaded_at }}\"")
    assert found.arrival is None
    assert found.unsure == ("{{ loaded_at }}: dbt would read its name as Jinja",)


@given(st.integers(1, 40 * 24 * 3600))
def test_late_by_is_rounded_up_to_hours_or_days(seconds):
    length = timedelta(seconds=seconds)
    found = timedelta(**rounded_up(length))
    assert length <= found
    assert found - length < (HOUR if length <= 47 * HOUR else timedelta(days=1))


def test_what_contradicts_a_declaration_is_said():
    create = (
        "create table t as select i // 2 as order_id, i as line, "
        "timestamp '2024-01-01' + i * interval 1 hour as ordered_at, "
        "timestamp '2024-01-01' + (i + if(i = 6, 50, 1)) * interval 1 hour as loaded_at "
        "from range(8) as r(i)"
    )
    late = {"late_by": timedelta(days=1)}

    def said(connection, delivery, key=("order_id",), **more):
        source = resolve(
            connection,
            Source("s", "s", Relation("m", "main", "t"), "t", "loaded_at", "ordered_at", key,
                   Delivery(**delivery), **more),
        )  # fmt: skip
        found = look_at(connection, "t", table="t", now=NOW, declared=source)
        return contradictions(found, source, duplicates(connection, "t", key) if key else 0)

    with table(create) as connection:
        assert said(connection, late) == (
            "late_by is 1 d, but a row arrived 2 d 2 h after it happened; declare late_by: {days: 3}",
            "row_key order_id isn't unique: 4 rows repeat an earlier key, and neither redelivers nor updates is declared",
        )
        assert said(connection, {"late_by": timedelta(days=3)}, ("line",)) == ()
        assert said(connection, {"updates": True}, ()) == (
            "updates is declared, but can't be simulated: it declares no row_key",
        )
