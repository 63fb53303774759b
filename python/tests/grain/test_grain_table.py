# ruff: noqa: DTZ001 - instants are UTC without a zone, as in the tables
"""`grain_table` against its reference: full refreshes, and incremental runs in any order of arrival.

dbt compiles each case's model once as a first run and once as an incremental one. The generated
inputs then run that SQL, with the statements that dbt's `delete+insert` puts around it, in one
DuckDB: a thousand inputs take minutes instead of hours. test_grain_family.py runs dbt itself, and
the model's hook. ENTITY_KIT_EXAMPLES asks for more inputs.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from grain_history import history
from grain_reference import Case, grain_table
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from support.planned import PlannedWarehouse

# Shrinking a failure takes minutes, and is worth them when somebody looks.
PHASES = [Phase.generate] if os.environ.get("ENTITY_KIT_NO_SHRINK") else list(Phase)
EXAMPLES = int(os.environ.get("ENTITY_KIT_EXAMPLES", "0")) or 64

CASES = {
    "day": Case(),
    "day_sparse": Case(spine="sparse", row_key=True, deleted_when=True),
    "day_loaded": Case(reach="loaded", row_key=True, trailing=0, timezone="Europe/Berlin"),
    "day_plain": Case(history=False, trailing=28, timezone="America/New_York"),
    "day_log": Case(row_key=True, deleted_when=True, timezone="America/St_Johns"),
    "day_repeated_midnight": Case(timezone="America/Havana", overwrite=False, row_key=True),
    "day_skipped": Case(timezone="Pacific/Apia", overwrite=False, deleted_when=True, trailing=2),
    "day_bounded": Case(
        row_key=True,
        occurred_from=datetime(2024, 2, 27, 12),
        occurred_to=datetime(2024, 3, 5, 12),
    ),
    "hour": Case(grain="hour", timezone="Asia/Kathmandu", row_key=True, overwrite=False),
    "hour_sparse": Case(grain="hour", spine="sparse", trailing=5, history=False, row_key=True),
    "week": Case(grain="week", timezone="Australia/Lord_Howe", row_key=True, trailing=2),
    "week_sparse": Case(grain="week", spine="sparse", overwrite=False, trailing=4),
    "month": Case(grain="month", row_key=True, deleted_when=True, overwrite=False),
    "month_plain": Case(grain="month", history=False, row_key=True, timezone="Asia/Tokyo"),
    "quarter": Case(grain="quarter", deleted_when=True, timezone="Europe/Berlin"),
    "year": Case(grain="year", trailing=2, row_key=True, reach="loaded"),
}
UNIT = {"hour": 1, "day": 24, "week": 168, "month": 730, "quarter": 2190, "year": 8766}

TYPES = ["timestamp", "timestamptz"]

# The session's; none changes a result.
ZONES = ["UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]

# Clock changes, leap days, year ends, ISO weeks 53, a date that a zone skipped; in UTC.
ANCHORS = [
    datetime(2024, 3, 31, 0, 30),
    datetime(2024, 10, 27, 0, 30),
    datetime(2024, 3, 10, 6, 30),
    datetime(2024, 11, 3, 4, 0),
    datetime(2010, 11, 7, 2, 0),
    datetime(2011, 12, 30, 9, 0),
    datetime(2024, 2, 28, 12),
    datetime(2023, 2, 28, 23, 59, 59, 999999),
    datetime(2020, 12, 31, 12),
    datetime(2021, 1, 3, 23, 59, 59, 999999),
    datetime(2015, 12, 31, 23, 59, 59, 999999),
    datetime(2024, 4, 6, 15, 0),
]


def model(case: Case) -> str:
    """Write the model of a case."""
    arguments = [
        f"grain={case.grain!r}",
        "business_key=['k1', 'k2']",
        "events=source('raw', 'events')",
        "occurred_at='occurred_at'",
        "loaded_at='loaded_at'",
        f"spine={case.spine!r}",
        f"reach={case.reach!r}",
        f"timezone={case.timezone!r}",
        f"measures={measures('')!r}",
    ]
    if case.row_key:
        arguments.append("row_key='row_id'")
    if case.deleted_when:
        arguments.append("deleted_when='deleted'")
    if case.trailing:
        trailing = [dict(m, periods=case.trailing) for m in measures("trailing_")]
        arguments.append(f"trailing={trailing!r}")
    if case.history:
        arguments += ["history=source('raw', 'history')", "attributes=['plan', 'tier']"]
        if not case.overwrite:
            arguments.append("overwrite_attributes=[]")
    if case.occurred_from:
        arguments.append(f"occurred_from='{case.occurred_from}'")
    if case.occurred_to:
        arguments.append(f"occurred_to='{case.occurred_to}'")
    return "{{ entity_kit.grain_table(" + ", ".join(arguments) + ") }}"


def measures(prefix: str) -> list[dict[str, Any]]:
    """Return the measures: one additive, one with a fill, one not additive."""
    return [
        {"name": f"{prefix}amount", "calculation": "sum(amount)", "description": "."},
        {"name": f"{prefix}rows", "calculation": "count(*)", "description": ".", "fill": 0},
        {"name": f"{prefix}people", "calculation": "count(distinct who)", "description": "."},
    ]


SOURCES = """
sources:
  - name: raw
    schema: main
    tables: [{name: events}, {name: history}]
"""
TABLES = """
create or replace table events (
    k1 integer, k2 varchar, row_id integer, occurred_at {type}, loaded_at {loaded}, amount integer,
    who varchar, deleted boolean
);
create or replace table history (
    k1 integer, k2 varchar, plan varchar, tier varchar, valid_from {type}, valid_to {type},
    is_current boolean, is_deleted boolean, loaded_at {loaded}
);
"""
AUDITS = ["loaded_at", "history_loaded_at"]
HASHES = ["durable_key", "surrogate_key"]


@dataclass
class Arrivals:
    """One input: rows with the step at which each becomes visible."""

    events: list[dict[str, Any]]
    log: list[dict[str, Any]]
    steps: list[datetime]
    hard_deletes: str
    type: str
    loaded: str
    held: set[int] = field(default_factory=set)
    zone: str = "UTC"

    def visible(self, rows: list[dict[str, Any]], step: int) -> list[dict[str, Any]]:
        """Return the rows that have arrived. Part of the last batch may appear one step later."""
        arrived = [row for row in rows if row["loaded_at"] <= self.steps[step]]
        if step + 1 == len(self.steps) or not arrived:
            return arrived
        last = max(row["loaded_at"] for row in arrived)
        return [row for row in arrived if row["loaded_at"] < last or row["id"] not in self.held]


def takes_back_a_first_version(log: list[dict[str, Any]]) -> bool:
    """Return whether a deletion corrects an entity's first row, which leaves no trace in a history where it is no version."""

    def same_entity(one: dict[str, Any], other: dict[str, Any]) -> bool:
        return (one["k1"], one["k2"]) == (other["k1"], other["k2"])

    return any(
        deletion["deleted"]
        and any(
            not row["deleted"]
            and same_entity(row, deletion)
            and row["changed_at"] == deletion["changed_at"]
            for row in log
        )
        and not any(
            not row["deleted"]
            and same_entity(row, deletion)
            and row["changed_at"] < deletion["changed_at"]
            and row["loaded_at"] < deletion["loaded_at"]
            for row in log
        )
        for deletion in log
    )


@st.composite
def arrivals(draw: Any, case: Case) -> Arrivals:
    """Draw an input with few entities and close times, so that many coincide."""
    anchor = draw(st.sampled_from(ANCHORS))
    if case.occurred_from is not None:
        anchor = datetime(2024, 3, 1)
    hours = UNIT[case.grain]

    def instants(low: int, high: int) -> Any:
        whole = st.integers(low * 2, high * 2).map(
            lambda half: anchor + timedelta(hours=half * hours / 2),
        )
        near = st.integers(-3, 3).map(lambda half: anchor + timedelta(minutes=30 * half))
        borders = st.integers(low, high).map(
            lambda n: datetime(anchor.year, anchor.month, 1) + timedelta(hours=n * hours),
        )
        return st.one_of(whole, near, borders)

    loads = st.integers(0, 6).map(lambda n: anchor + timedelta(hours=n * hours))
    k1, k2 = st.sampled_from([1, 1, 2, None]), st.sampled_from(["a", "a", None])
    event = st.fixed_dictionaries(
        {
            "k1": k1,
            "k2": k2,
            "row_id": st.integers(1, 5),
            "occurred_at": st.one_of(instants(-4, 8), instants(-4, 6), st.none()),
            "loaded_at": loads,
            "amount": st.one_of(st.integers(-2, 9), st.none()),
            "who": st.sampled_from(["x", "y", None]),
            "deleted": st.sampled_from([False, False, True, None]),
        },
    )
    change = st.fixed_dictionaries(
        {
            "k1": k1,
            "k2": k2,
            "changed_at": instants(-4, 5),
            "loaded_at": loads,
            "plan": st.sampled_from(["free", "paid", None]),
            "tier": st.sampled_from(["s", "t"]),
            "deleted": st.sampled_from([False, False, True]),
        },
    )
    events = draw(st.lists(event, max_size=7))
    log = draw(st.lists(change, max_size=6 if case.history else 0))
    if log:
        # A change, the last one for instance, that turns out to be none: what it had begun or ended is taken back.
        number = st.integers(0, len(log) - 1)
        last = max(range(len(log)), key=lambda n: log[n]["changed_at"])
        corrections = st.tuples(st.one_of(st.just(last), number), number, loads)
        for one, other, load in draw(st.lists(corrections, max_size=2)):
            values = {name: log[other][name] for name in ("k1", "k2", "plan", "tier", "deleted")}
            log[one] |= {"k1": values["k1"], "k2": values["k2"]}
            log.append(log[one] | values | {"loaded_at": load})
        # An entity that goes on after its deletion was loaded.
        for row in events[: draw(st.integers(0, 1))]:
            change = log[draw(number)]
            change["deleted"] = True
            after = change["loaded_at"] + draw(st.integers(1, 3)) * timedelta(hours=hours)
            row |= {"k1": change["k1"], "k2": change["k2"], "occurred_at": after}
    for number, row in enumerate(events + log):
        row["id"] = number
    steps = sorted(
        draw(st.sets(loads, min_size=1, max_size=3)) | {anchor + 6 * timedelta(hours=hours)}
    )
    modes = ["new_record"] if takes_back_a_first_version(log) else ["invalidate", "new_record"]
    return Arrivals(
        events,
        log,
        steps,
        draw(st.sampled_from(modes)),
        draw(st.sampled_from(TYPES)),
        draw(st.sampled_from(TYPES)),
        draw(st.sets(st.integers(0, 12))),
        draw(st.sampled_from(ZONES)),
    )


def literal(value: Any) -> str:
    """Write a value as SQL; times are UTC."""
    if value is None or isinstance(value, (bool, int)):
        return "null" if value is None else str(value).lower()
    return f"'{value}+00'" if isinstance(value, datetime) else f"'{value}'"


class Warehouse:
    """DuckDB with the compiled SQL of one case, over sources with one type of each of their times."""

    def __init__(self, sql: dict[str, str], name: str, time_type: str, loaded: str) -> None:
        self.target = f"warehouse.main.{name}"
        self.duckdb = PlannedWarehouse()
        self.duckdb.execute(TABLES.format(type=time_type, loaded=loaded))
        self.columns = {
            table: [row[0] for row in self.duckdb.execute(f"describe {table}").fetchall()]
            for table in ("events", "history")
        }
        for table in ("afresh", self.target):
            self.duckdb.execute(f"create table {table} as {sql['first']}")
        self.duckdb.execute(f"create temp table made as {sql['incremental']} limit 0")
        self.sql = sql

    def fill(self, table: str, rows: list[dict[str, Any]]) -> None:
        """Replace a table's rows."""
        self.duckdb.run(f"truncate {table}")
        values = ", ".join(
            "(" + ", ".join(literal(row[column]) for column in self.columns[table]) + ")"
            for row in rows
        )
        if values:
            self.duckdb.execute(f"insert into {table} values {values}")

    def full_refresh(self) -> None:
        self.duckdb.run("truncate afresh")
        self.duckdb.run(f"insert into afresh {self.sql['first']}")

    def begin(self) -> None:
        self.duckdb.run(f"truncate {self.target}")
        self.duckdb.run(f"insert into {self.target} from afresh")

    def increment(self, *, shrinks: bool) -> None:
        """Run what dbt's `delete+insert` would."""
        self.duckdb.run(f"insert into made {self.sql['incremental']}")
        self.put_in_place(shrinks=shrinks)

    def put_in_place(self, *, shrinks: bool) -> None:
        """Put the made rows in the place of those of their units."""
        target = self.target
        self.duckdb.run(
            f"delete from {target} as t using made where made.period_start = t.period_start"
            " and made.durable_key = t.durable_key"
        )
        self.duckdb.run(f"insert into {target} by name select * from made")
        self.duckdb.run("truncate made")
        if shrinks:
            self.duckdb.run(f"delete from {target} where period_end = period_start")

    def rows(self, table: str, without: list[str]) -> Counter[tuple[Any, ...]]:
        query = (
            f"select * exclude ({', '.join(without)}) from {table}" if without else f"from {table}"
        )
        return Counter(self.duckdb.run(query).fetchall())


class Warehouses:
    """A warehouse for each case and the types of its sources' times, made when it is needed.

    What is compiled depends on the type of the events' time.
    """

    def __init__(self, compiled: dict[str, dict[str, dict[str, str]]]) -> None:
        self._compiled = compiled
        self._made: dict[tuple[str, str, str], Warehouse] = {}

    def of(self, name: str, arrived: Arrivals) -> Warehouse:
        """Return the warehouse for this input, in a session of its zone."""
        key = (name, arrived.type, arrived.loaded)
        if key not in self._made:
            self._made[key] = Warehouse(self._compiled[name][arrived.type], *key)
        self._made[key].duckdb.use_zone(arrived.zone)
        return self._made[key]


@pytest.fixture(scope="module")
def warehouses(make_project: Any) -> Warehouses:
    """Compile every case, as a first run and as an incremental one."""
    project = make_project(
        {"sources.yml": SOURCES} | {f"{name}.sql": model(case) for name, case in CASES.items()},
    )

    def compile_all(*flags: str) -> dict[str, str]:
        results = project.run("compile", *flags).results
        return {result.node.name: result.node.compiled_code for result in results}

    project.execute(TABLES.format(type="timestamp", loaded="timestamp"))
    first = compile_all("--full-refresh")
    project.run("run")
    incremental = {}
    for time_type in TYPES:
        project.execute(TABLES.format(type=time_type, loaded="timestamp"))
        incremental[time_type] = compile_all()
    assert first not in incremental.values()
    return Warehouses(
        {
            name: {
                time_type: {"first": first[name], "incremental": sql[name]}
                for time_type, sql in incremental.items()
            }
            for name in CASES
        }
    )


def check(warehouses: Warehouses, name: str, arrived: Arrivals) -> None:
    """Compare, at every step, incremental, full refresh and reference."""
    case = CASES[name]
    warehouse = warehouses.of(name, arrived)
    audits = AUDITS[: 2 if case.history else 1]
    for step in range(len(arrived.steps)):
        events = arrived.visible(arrived.events, step)
        versions = history(
            arrived.visible(arrived.log, step),
            arrived.hard_deletes,
            overwrite=case.overwrite,
        )
        warehouse.fill("events", events)
        warehouse.fill("history", versions)
        warehouse.full_refresh()
        if step == 0:
            warehouse.begin()
        else:
            warehouse.increment(shrinks=case.history and case.spine == "dense")
        columns = list(TABLE_COLUMNS_OF_EVENTS)
        plain = [{column: row[column] for column in columns} for row in events]
        expected = Counter(grain_table(case, plain, versions))
        given = f"{name}, step {step} of {arrived}"
        assert warehouse.rows("afresh", HASHES + audits) == expected, f"full refresh: {given}"
        assert warehouse.rows(warehouse.target, []) == warehouse.rows("afresh", []), (
            f"incremental: {given}"
        )


TABLE_COLUMNS_OF_EVENTS = (
    "k1",
    "k2",
    "row_id",
    "occurred_at",
    "loaded_at",
    "amount",
    "who",
    "deleted",
)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_equals_the_reference_at_every_step(warehouses: Warehouses, name: str) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=PHASES,
        suppress_health_check=list(HealthCheck),
    )
    @given(arrivals(CASES[name]))
    def run(arrived: Arrivals) -> None:
        check(warehouses, name, arrived)

    run()


def units(arrived: Arrivals, step: int) -> set[Any]:
    """Return the entities and periods that the table has at a step."""
    events = [
        {column: row[column] for column in TABLE_COLUMNS_OF_EVENTS}
        for row in arrived.visible(arrived.events, step)
    ]
    versions = history(
        arrived.visible(arrived.log, step), arrived.hard_deletes, overwrite=CASES["day"].overwrite
    )
    return {row[:3] for row in grain_table(CASES["day"], events, versions)}


def entities(rows: list[dict[str, Any]]) -> set[Any]:
    """Return the keys of rows that have one."""
    return {(row["k1"], row["k2"]) for row in rows} - {(None, None)}


def past_the_last_load(arrived: Arrivals, which: Any) -> list[Any]:
    """Return the entities at each step that have events, of which any or all happen after the last load."""
    found = []
    for step in range(len(arrived.steps)):
        events = arrived.visible(arrived.events, step)
        loads = [row["loaded_at"] for row in events + arrived.visible(arrived.log, step)]
        for entity in entities(events):
            own = [row for row in events if (row["k1"], row["k2"]) == entity]
            times = [row["occurred_at"] for row in own if row["occurred_at"] is not None]
            if times and which(time > max(loads) for time in times):
                found.append((step, entity))
    return found


def has_late_first_event(arrived: Arrivals) -> bool:
    """Return whether a run finds an event from before all that its entity had."""
    for step in range(1, len(arrived.steps)):
        starts = [
            {
                (row["k1"], row["k2"]): row["occurred_at"]
                for row in sorted(
                    (row for row in arrived.visible(arrived.events, each) if row["occurred_at"]),
                    key=lambda row: row["occurred_at"],
                    reverse=True,
                )
            }
            for each in (step - 1, step)
        ]
        if any(starts[1][entity] < start for entity, start in starts[0].items() if any(entity)):
            return True
    return False


# What decides where a dense spine begins and ends in an incremental run.
SITUATIONS = {
    "an event past the last load": lambda it: past_the_last_load(it, any),
    "an entity with nothing by the last load": lambda it: past_the_last_load(it, all),
    "a late first event": has_late_first_event,
    "an entity that only the history knows": lambda it: entities(it.log) - entities(it.events),
    "a spine that shrinks": lambda it: any(
        units(it, step) - units(it, step + 1) for step in range(len(it.steps) - 1)
    ),
    "an event after a deletion": lambda it: any(
        row["occurred_at"]
        and change["deleted"]
        and (row["k1"], row["k2"]) == (change["k1"], change["k2"]) != (None, None)
        and row["occurred_at"] > change["changed_at"] < change["loaded_at"] < row["occurred_at"]
        for row in it.events
        for change in it.log
    ),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_inputs_have_what_decides_a_spine(situation: str) -> None:
    """Each is among the first few inputs."""
    few = settings(max_examples=200, database=None, phases=[Phase.generate])
    seeded = Random(situation)  # noqa: S311 - for the same inputs each time
    assert find(arrivals(CASES["day"]), SITUATIONS[situation], settings=few, random=seeded)


def change(
    number: int, changed_at: datetime, loaded_at: datetime, *, k1: int = 1, deleted: bool = False
) -> dict[str, Any]:
    """Return a row of the log that says nothing new but that an entity is there, or deleted."""
    return {
        "id": number,
        "k1": k1,
        "k2": "a",
        "changed_at": changed_at,
        "loaded_at": loaded_at,
        "plan": "free",
        "tier": "s",
        "deleted": deleted,
    }


@pytest.mark.slow
def test_sees_a_first_version_that_was_taken_back(warehouses: Warehouses) -> None:
    first, second, third = (datetime(2024, 4, day) for day in (1, 7, 14))
    log = [
        change(0, datetime(2024, 3, 31), first),
        change(1, datetime(2024, 3, 1), second),
        change(2, datetime(2024, 3, 1), third, deleted=True),
    ]
    steps = [second, third]
    assert takes_back_a_first_version(log)
    check(
        warehouses,
        "week",
        Arrivals([], log, steps, "new_record", "timestamp", "timestamp"),
    )


@pytest.mark.slow
@pytest.mark.parametrize("history_changes_later", [False, True])
def test_keeps_what_an_entity_does_after_its_deletion(
    warehouses: Warehouses, *, history_changes_later: bool
) -> None:
    """The event is neither new nor past the reach, and the trailing window hides its period from the table."""

    def day(number: int) -> datetime:
        return datetime(2024, 3, number)

    log = [change(0, day(1), day(1)), change(1, day(2), day(2), deleted=True)]
    if history_changes_later:
        log.append(change(2, day(6), day(6), k1=2))
    event = {"k2": "a", "amount": 1, "who": "x", "deleted": False}
    events = [
        event | {"k1": k1, "id": n, "row_id": n, "occurred_at": day(n), "loaded_at": day(n)}
        for k1, n in [(1, 5), (2, 9), (2, 10)]
    ]
    steps = [day(5), day(9), day(10), day(11)]
    check(
        warehouses,
        "day",
        Arrivals(events, log, steps, "new_record", "timestamp", "timestamp"),
    )


@pytest.mark.slow
def test_withdraws_all_of_an_entity_that_begins_past_the_bounds(warehouses: Warehouses) -> None:
    """Its deletion was its only version, and is none any more: the first version begins past `occurred_to`."""
    first, second, sixth, seventh = (datetime(2024, 3, day) for day in (1, 2, 6, 7))
    log = [
        change(0, first, first, k1=1),
        change(1, first, first, k1=2, deleted=True),
        change(2, sixth, second, k1=2),
    ]
    steps = [first, seventh]
    check(
        warehouses,
        "day_bounded",
        Arrivals([], log, steps, "invalidate", "timestamp", "timestamp"),
    )


def test_the_reference_knows_the_calendar() -> None:
    from grain_reference import following, period

    assert period(datetime(2021, 1, 3, 23), Case(grain="week")) == date(2020, 12, 28)
    assert following(date(2020, 12, 28), "week") == date(2021, 1, 4)
    assert period(datetime(2024, 2, 29, 23), Case(timezone="Europe/Berlin")) == date(2024, 3, 1)
    assert period(datetime(2024, 3, 31, 22), Case(timezone="Europe/Berlin")) == date(2024, 4, 1)
    assert following(date(2023, 11, 1), "quarter", 1) == date(2024, 2, 1)
