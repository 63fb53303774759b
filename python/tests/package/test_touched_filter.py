"""`touched_filter`: whole units are recomputed, whatever arrived for them, in any order."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

START = dt.datetime(2024, 1, 1)  # noqa: DTZ001 - plain, as in SQL


def config(unit):
    return (
        "{{ config(materialized='incremental', incremental_strategy='delete+insert', "
        f"unique_key='{unit}') }}}}\n"
    )


INPUTS = """
with events as (
    select * from {{ target.schema }}.raw_events
),

rates as (
    select * from {{ target.schema }}.raw_rates
),

repriced as (
    select e.k1, e.k2, r.loaded_at
    from events as e
    inner join rates as r on {{ entity_kit._null_safe_equal('r.name', 'e.k1') }}
)
"""
PRICED = """
select
    {{ entity_kit.hashdiff(['e.k1', 'e.k2']) }} as unit,
    e.k1,
    e.k2,
    sum(e.v * coalesce(r.rate, 1)) as total,
    max(e.loaded_at) as events_loaded_at,
    max(r.loaded_at) as rates_loaded_at
from events as e
left join rates as r on {{ entity_kit._null_safe_equal('r.name', 'e.k1') }}
where <filter>
group by e.k1, e.k2
"""
EVENTS = (
    "{'relation': 'events', 'loaded_at': 'loaded_at', 'watermark_column': 'events_loaded_at', "
    "'keys': ['k1', 'k2']}"
)
REPRICED = (
    "{'relation': 'repriced', 'loaded_at': 'loaded_at', 'watermark_column': 'rates_loaded_at'}"
)
RATES = (
    "{'relation': 'rates', 'keys': 'name', 'loaded_at': 'loaded_at', "
    "'watermark_column': 'rates_loaded_at'}"
)
FILTERS = {
    # A change of a rate is carried to the composite keys by a CTE that joins them.
    "priced": "{{ entity_kit.touched_filter(['e.k1', 'e.k2'], ["
    + EVENTS
    + ", "
    + REPRICED
    + "]) }}",
    # Or the rates touch all that has their part of the key.
    "priced_apart": "(\n{{ entity_kit.touched_filter(['e.k1', 'e.k2'], " + EVENTS + ") }}\nor "
    "{{ entity_kit.touched_filter('e.k1', " + RATES + ") }}\n)",
    "priced_again": "{{ entity_kit.touched_filter(['e.k1', 'e.k2'], ["
    + EVENTS
    + ", "
    + REPRICED
    + "], {'hours': 2}) }}",
}
MOVES = """
with versions as (
    select * from {{ target.schema }}.raw_versions
),

ranked as (
    select *, row_number() over (partition by id order by loaded_at desc, seq desc) as age
    from versions
),

units as (
    select k, max(loaded_at) as loaded_at
    from versions
    where {{ entity_kit.touched_filter(
        'k', {'relation': 'versions', 'loaded_at': 'loaded_at', 'row_key': 'id'}, {'hours': 2}
    ) }}
    group by k
)

select
    {{ entity_kit.hashdiff('u.k') }} as unit,
    u.k,
    count(r.id) as events,
    coalesce(sum(r.v), 0) as total,
    max(u.loaded_at) as loaded_at
from units as u
left join ranked as r on {{ entity_kit._null_safe_equal('r.k', 'u.k') }} and r.age = 1
group by u.k
"""
DAILY = """
select cast(e.happened_at as date) as day, count(*) as events, max(e.loaded_at) as loaded_at
from {{ ref('stg_events') }} as e
where {{ entity_kit.touched_filter(
    'cast(e.happened_at as date)',
    {
        'relation': ref('stg_events'),
        'keys': 'cast(happened_at as date)',
        'loaded_at': 'loaded_at',
        'lookback_interval': {'hours': 1}
    }
) }}
group by cast(e.happened_at as date)
"""
ODD = """
with "my events" as (
    select * from {{ target.schema }}.odd
)

select "order", "Größe", sum("two words") as total, max("Loaded At") as "Seen At"
from "my events"
where {{ entity_kit.touched_filter(
    ['order', 'Größe'],
    {
        'relation': '"my events"',
        'loaded_at': '"Loaded At"',
        'watermark_column': '"Seen At"'
    }
) }}
group by "order", "Größe"
"""
MODELS = {
    **{
        f"{name}.sql": config("unit") + INPUTS + PRICED.replace("<filter>", predicate)
        for name, predicate in FILTERS.items()
    },
    "moves.sql": config("unit") + MOVES,
    "stg_events.sql": "{{ config(materialized='view') }}\n"
    "select * from {{ target.schema }}.raw_happenings",
    "daily.sql": config("day") + DAILY,
    "odd_names.sql": "{{ config(materialized='incremental', "
    "incremental_strategy='delete+insert', unique_key=['\"order\"', '\"Größe\"']) }}\n" + ODD,
}
TABLES = (
    "create table raw_events (id int, k1 varchar, k2 int, v int, loaded_at timestamp); "
    "create table raw_rates (name varchar, rate int, loaded_at timestamp); "
    "create table raw_versions (id int, k varchar, v int, loaded_at timestamp, seq int); "
)
DROPS = "".join(
    f"drop table if exists {name}; "
    for name in ("raw_events", "raw_rates", "raw_versions", *FILTERS, "moves")
)


def at(hours):
    return START + dt.timedelta(hours=hours)


def literal(value):
    if value is None:
        return "null"
    return f"'{value}'" if isinstance(value, str) else str(value)


@pytest.fixture(scope="module")
def project(make_project, engine):
    made = make_project(MODELS, engine=engine)
    made.execute(
        TABLES
        + "create table raw_happenings (id int, happened_at timestamp, loaded_at timestamp); "
        + 'create table odd ("order" int, "Größe" int, "two words" int, "Loaded At" timestamp)',
    )
    return made


@pytest.fixture(scope="module")
def replay(make_project, engine):
    """Return a function that runs a model's compiled SQL as dbt's `delete+insert` would."""
    project = make_project(MODELS, engine=engine)
    project.execute(TABLES)
    names = [*FILTERS, "moves"]
    project.run("run", "--select", *names, "--full-refresh")
    compiled = {full: project.compiled_all(names, full_refresh=full) for full in (True, False)}
    with project.scratch() as connection:

        def run(model, *, first):
            """Run once, and return the units that were recomputed, and the whole target."""
            if first:
                connection.execute(f"create table {model} as {compiled[True][model]}")
            else:
                connection.execute(
                    f"create temp table batch as {compiled[False][model]}; "
                    f"delete from {model} where unit in (select unit from batch); "
                    f"insert into {model} select * from batch",
                )
            columns = "k, events, total" if model == "moves" else "k1, k2, total"
            batch = connection.execute(
                f"select {columns} from {model if first else 'batch'}"
            ).fetchall()
            target = connection.execute(f"select {columns} from {model}").fetchall()
            connection.execute("drop table if exists batch")
            return sorted(batch, key=repr), sorted(target, key=repr)

        run.execute = connection.execute
        yield run


OFTEN = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
K1 = st.sampled_from(["a", "b", None])
K2 = st.sampled_from([1, 2, None])
DELAY = st.integers(0, 2)
EVENT = st.tuples(st.integers(0, 7), st.integers(0, 9), DELAY)
RATE = st.tuples(K1, st.integers(1, 3), DELAY)
# How long after the step before: with 0, a batch is split over two steps; 5 is past any interval.
PAUSE = st.sampled_from([0, 1, 5, 5])
STEP = st.tuples(PAUSE, st.lists(EVENT, max_size=3), st.lists(RATE, max_size=2))
UNIT_OF_EVENT = list(itertools.product(["a", "b", None], [1, 2, None]))  # an event's key is fixed


@pytest.mark.slow
@OFTEN
@given(steps=st.lists(STEP, min_size=3, max_size=6), model=st.sampled_from(sorted(FILTERS)))
def test_any_order_of_arrival_gives_what_a_full_refresh_gives(replay, steps, model):
    replay.execute(DROPS + TABLES)
    events, rates, now = {}, {}, 0
    for number, (pause, new_events, new_rates) in enumerate(steps):
        now += pause
        late = model == "priced_again"  # only this one looks back
        for identifier, v, delay in new_events:
            hours = now + 2 - (delay if late else 0)
            events[identifier] = (v, hours)
            k1, k2 = UNIT_OF_EVENT[identifier]
            replay.execute(
                f"delete from raw_events where id = {identifier}; insert into raw_events values "
                f"({identifier}, {literal(k1)}, {literal(k2)}, {v}, timestamp '{at(hours)}')",
            )
        for name, rate, delay in new_rates:
            hours = now + 2 - (delay if late else 0)
            rates[name] = (rate, hours)
            same = f"= '{name}'" if name else "is null"
            replay.execute(
                f"delete from raw_rates where name {same}; insert into raw_rates values "
                f"({literal(name)}, {rate}, timestamp '{at(hours)}')",
            )
        batch, target = replay(model, first=number == 0)
        expected = {}
        for identifier, (v, _) in events.items():
            unit = UNIT_OF_EVENT[identifier]
            expected[unit] = expected.get(unit, 0) + v * rates.get(unit[0], (1, 0))[0]
        assert target == sorted(((*unit, t) for unit, t in expected.items()), key=repr)
        assert len(batch) == len({row[:2] for row in batch})


VERSION = st.tuples(
    st.integers(1, 3), st.sampled_from(["a", "b", "c", None]), st.integers(0, 9), DELAY
)


@pytest.mark.slow
@OFTEN
@given(
    steps=st.lists(
        st.tuples(PAUSE, st.lists(VERSION, min_size=1, max_size=2)),
        min_size=3,
        max_size=6,
    ),
)
def test_a_row_that_moves_touches_the_unit_that_it_left(replay, steps):
    replay.execute(DROPS + TABLES)
    versions, now = [], 0
    for number, (pause, arrivals) in enumerate(steps):
        now += pause
        for identifier, k, v, delay in arrivals:
            hours = now + 2 - delay
            versions.append((hours, len(versions), identifier, k, v))
            replay.execute(
                f"insert into raw_versions values ({identifier}, {literal(k)}, {v}, "
                f"timestamp '{at(hours)}', {len(versions) - 1})",
            )
        _, target = replay("moves", first=number == 0)
        latest = {identifier: (k, v) for _, _, identifier, k, v in sorted(versions)}
        expected = {k: [0, 0] for _, _, _, k, _ in versions}
        for k, v in latest.values():
            expected[k][0] += 1
            expected[k][1] += v
        assert target == sorted(((k, *sums) for k, sums in expected.items()), key=repr)


def test_only_touched_units_are_recomputed(replay):
    replay.execute(DROPS + TABLES)
    replay.execute(
        "insert into raw_events values (1, 'a', 1, 10, '2024-01-01 00:00'), "
        "(2, 'a', 2, 20, '2024-01-01 01:00'), (3, 'b', 1, 30, '2024-01-01 02:00'), "
        "(4, null, 1, 40, '2024-01-01 00:00'), (5, 'a', null, 50, '2024-01-01 00:00'); "
        "insert into raw_rates values ('a', 2, '2024-01-01 00:00'), ('b', 3, '2024-01-01 05:00')",
    )
    replay("priced", first=True)
    # Nothing new: the units that hold the watermarks are done again, the same.
    assert replay("priced", first=False)[0] == [("b", 1, 90)]
    replay.execute("insert into raw_events values (6, null, 1, 1, '2024-01-01 03:00')")
    assert replay("priced", first=False)[0] == [("b", 1, 90), (None, 1, 41)]
    replay.execute(
        "update raw_rates set rate = 5, loaded_at = '2024-01-01 06:00' where name = 'a'",
    )
    assert replay("priced", first=False)[0] == [
        ("a", 1, 50),
        ("a", 2, 100),
        ("a", None, 250),
        ("b", 1, 90),
        (None, 1, 41),
    ]
    # The rates' watermark has moved on from b's.
    assert ("b", 1, 90) not in replay("priced", first=False)[0]


def run(project, model, *flags):
    project.run("run", "--select", model, *flags)
    return sorted(project.query(f"select * from {model}"), key=repr)


@pytest.mark.slow
def test_real_dbt_with_expressions_as_keys(project):
    project.run("run", "--select", "stg_events")
    project.execute(
        "insert into raw_happenings values (1, '2024-01-01 10:00', '2024-01-05 10:00'), "
        "(2, '2024-01-02 10:00', '2024-01-05 12:00'), (3, '2024-01-03 10:00', '2024-01-05 10:30')",
    )
    first, second, third = (dt.date(2024, 1, day) for day in (1, 2, 3))
    late = dt.datetime(2024, 1, 6)  # noqa: DTZ001 - plain, as in SQL
    assert [row[:2] for row in run(project, "daily", "--full-refresh")] == [
        (first, 1),
        (second, 1),
        (third, 1),
    ]
    # A late row for the first day; for the third, a row that pretends to have been loaded before.
    project.execute(
        "insert into raw_happenings values (4, '2024-01-01 11:00', '2024-01-06 00:00'), "
        "(5, '2024-01-03 11:00', '2024-01-05 10:59')",
    )
    assert [row[:2] for row in run(project, "daily")] == [(first, 2), (second, 1), (third, 1)]
    assert project.query("select max(loaded_at) from daily") == [(late,)]


def test_real_dbt_with_odd_names(project):
    project.execute(
        "insert into odd values (1, 1, 10, '2024-01-01'), (1, 2, 20, '2024-01-02'), "
        "(2, 1, 30, '2024-01-01')",
    )
    run(project, "odd_names", "--full-refresh")
    project.execute('update odd set "two words" = 11; ')
    assert [row[:3] for row in run(project, "odd_names")] == [(1, 1, 10), (1, 2, 11), (2, 1, 30)]


@pytest.mark.slow
def test_an_empty_target_reads_everything(project):
    project.execute("delete from raw_events; delete from raw_rates")
    assert run(project, "priced", "--full-refresh") == []
    project.execute("insert into raw_events values (1, 'a', 1, 10, '2024-01-01')")
    assert [row[1:4] for row in run(project, "priced")] == [("a", 1, 10)]
    # The rates' watermark is still NULL: all of them are new.
    project.execute("insert into raw_rates values ('a', 7, '2020-01-01')")
    assert [row[1:4] for row in run(project, "priced")] == [("a", 1, 70)]


@pytest.mark.usefixtures("duckdb_only")
def test_what_is_compiled(project):
    run(project, "odd_names", "--full-refresh")
    assert "\nwhere true\n" in project.compiled("odd_names", full_refresh=True)
    sql = project.compiled("odd_names")
    assert sql[sql.index("where ") : sql.index("\ngroup by")] == (
        """where exists (
    select 1 from (
        select entity_kit_upstream."order" as key_1, entity_kit_upstream."Größe" as key_2
        from "my events" as entity_kit_upstream where entity_kit_upstream."Loaded At" >= (
            select coalesce(max(entity_kit_target."Seen At"), '-infinity')
            from "warehouse"."main"."odd_names" as entity_kit_target
        )
    ) as entity_kit_match
    where (entity_kit_match.key_1 is not distinct from "order")
        and (entity_kit_match.key_2 is not distinct from "Größe")
)"""
    )


OTHER = "select timestamp '2024-01-01' as loaded_at"


@pytest.mark.slow
@pytest.mark.usefixtures("duckdb_only")
def test_a_column_that_the_upstream_lacks_is_never_taken_from_the_outer_row(make_project):
    model = (
        config("k")
        + "with e as (select 1 as k, timestamp '2024-01-01' as loaded_at), "
        + f"other as ({OTHER})\nselect k, loaded_at from e where "
        + "{{ entity_kit.touched_filter('k', {'relation': <other>, 'loaded_at': 'loaded_at'}) }}"
    )
    project = make_project(
        {
            "other.sql": OTHER,
            "of_relation.sql": model.replace("<other>", "ref('other')"),
            "of_cte.sql": model.replace("<other>", "'other'"),
        },
    )
    project.run("run")
    assert project.refused("run", "--select", "of_relation") == (
        'touched_filter: `upstreams.keys` must be a column of "warehouse"."main"."other"; '
        'got "k".\nIts columns are loaded_at. Use this upstream\'s own names.'
    )
    # What a CTE has is known to the engine only.
    with pytest.raises(AssertionError, match=r"Binder Error: .*entity_kit_upstream"):
        project.run("run", "--select", "of_cte")


UNIT_TEST = """
models:
  - name: totals
unit_tests:
  - name: a_late_row_brings_its_whole_unit
    model: totals
    overrides:
      macros:
        is_incremental: true
    given:
      - input: ref('stg')
        rows:
          - {k: a, v: 1, loaded_at: 2024-01-01}
          - {k: a, v: 2, loaded_at: 2024-01-03}
          - {k: b, v: 3, loaded_at: 2024-01-01}
      - input: this
        rows:
          - {k: a, total: 1, loaded_at: 2024-01-01}
          - {k: b, total: 3, loaded_at: 2024-01-02}
    expect:
      rows:
        - {k: a, total: 3}
"""


@pytest.mark.slow
@pytest.mark.usefixtures("duckdb_only")
def test_dbts_unit_tests_can_stand_in_for_the_target(make_project):
    project = make_project(
        {
            "stg.sql": "select 'a' as k, 1 as v, timestamp '2024-01-01' as loaded_at",
            "totals.sql": config("k")
            + "select k, sum(v) as total, max(loaded_at) as loaded_at from {{ ref('stg') }} "
            + "where {{ entity_kit.touched_filter("
            + "'k', {'relation': ref('stg'), 'loaded_at': 'loaded_at'}) }} group by k",
            "unit_tests.yml": UNIT_TEST,
        },
    )
    project.run("run")
    project.run("test", "--select", "test_type:unit")
    project.write({"models/unit_tests.yml": UNIT_TEST.replace("total: 3}\n", "total: 4}\n")})
    with pytest.raises(AssertionError, match="actual differs from expected"):
        project.run("test", "--select", "test_type:unit")
    # A full refresh needs no rows of the model itself.
    given, rest = UNIT_TEST.split("      - input: this")
    bare = given + rest[rest.index("    expect:") :]
    full = bare.replace("is_incremental: true", "is_incremental: false")
    project.write({"models/unit_tests.yml": f"{full}        - {{k: b, total: 3}}\n"})
    project.run("test", "--select", "test_type:unit")
    project.write({"models/unit_tests.yml": bare})
    assert project.refused("test", "--select", "test_type:unit") == (
        "touched_filter: `relation` must be a relation or the name of a CTE; got none.\n"
        "In a unit test of an incremental run, use `input: this` for the model's own rows."
    )


GIVE_A_RELATION = "Pass ref('…'), source('…', '…'), or the name of a CTE of this model in quotes."


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            "order_id, {'relation': 'e', 'loaded_at': 'l'}",
            (
                "touched_filter: `keys` must be a string or a list of strings; "
                "got an undefined name (are quotes missing?).\n"
                "Write 'order_id' or ['order_id', 'line_number'], each in quotes."
            ),
        ),
        (
            "'k', 'events'",
            (
                'touched_filter: `upstreams` must be a mapping, or a list of mappings; got "events".\n'
                "Write {'relation': ref('…'), 'loaded_at': '…'}, or a list of such."
            ),
        ),
        (
            "'k', []",
            (
                "touched_filter: `upstreams` must be a mapping, or a list of mappings; got [].\n"
                "Write {'relation': ref('…'), 'loaded_at': '…'}, or a list of such."
            ),
        ),
        (
            "'k', api.Relation.create(schema='s', identifier='t')",
            (
                'touched_filter: `upstreams` must be a mapping, or a list of mappings; got "s"."t".\n'
                "Write {'relation': ref('…'), 'loaded_at': '…'}, or a list of such."
            ),
        ),
        (
            "'k', ['events']",
            (
                "touched_filter: `upstreams[0]` must be a mapping with relation, loaded_at and, where "
                "needed, keys, watermark_column, row_key, lookback_interval; "
                "got \"events\".\nWrite it as {'relation': …, 'loaded_at': …}."
            ),
        ),
        (
            "'k', [{'relation': 'e', 'loaded_at': 'l'}, {'relation': 'e', 'loadedat': 'l'}]",
            (
                "touched_filter: `upstreams[1]` must be a mapping with relation, loaded_at and, where "
                "needed, keys, watermark_column, row_key, lookback_interval; "
                'got "loadedat".\nClosest: loaded_at.'
            ),
        ),
        (
            "'k', {'relation': none, 'loaded_at': 'l'}",
            (
                "touched_filter: `upstreams.relation` must be a relation or the name of a CTE; "
                f"got none.\n{GIVE_A_RELATION}"
            ),
        ),
        (
            "'k', {'relation': 'e', 'loaded_at': none}",
            (
                "touched_filter: `upstreams.loaded_at` must be a column name or expression; "
                "got none.\n"
                "Write it as text, in quotes, such as 'loaded_at'."
            ),
        ),
        (
            "['k', 'd'], {'relation': 'e', 'loaded_at': 'l', 'keys': 'k'}",
            (
                "touched_filter: `upstreams.keys` must be as many as the 2 of `keys`, in the same "
                'order; got "k".\nName what corresponds to k, d.'
            ),
        ),
        (
            "'cast(e.d as date)', {'relation': 'e', 'loaded_at': 'l'}",
            (
                "touched_filter: `upstreams.keys` must be set if a key is an expression over an "
                'alias; got "cast(e.d as date)".\n'
                "Write the same expression in the upstream's own column names."
            ),
        ),
        (
            "'k', {'relation': 'e', 'loaded_at': 'l', 'lookback_interval': {'day': 1}}",
            (
                "touched_filter: `upstreams.lookback_interval` must be one of weeks, days, hours, "
                'minutes, seconds; got "day".\nClosest: days.'
            ),
        ),
        (
            "'k', {'relation': 'e', 'loaded_at': 'l'}, 3",
            (
                "touched_filter: `lookback_interval` must be a mapping of units to whole numbers; "
                "got 3.\nWrite it as {'days': 3} or {'days': 1, 'hours': 12}."
            ),
        ),
        (
            "'k', {'relation': 'e', 'loaded_at': 'greatest(a, b)'}",
            (
                "touched_filter: `upstreams.watermark_column` must be set if `loaded_at` is an "
                'expression; got "greatest(a, b)".\n'
                "Name the model's column that stores its greatest value."
            ),
        ),
    ],
)
@pytest.mark.usefixtures("duckdb_only")
def test_refusals(refused, arguments, message):
    assert refused("{{ entity_kit.touched_filter(" + arguments + ") }}") == message
