# ruff: noqa: DTZ001, S311 - instants are UTC without a zone, as in the tables; nothing here is a secret
"""`sessions` and `session_events` against plain Python: full refreshes, and runs in any order of arrival.

dbt compiles each case once. The generated logs, dozens at a time, are different users of one table,
so that one query answers for all of them. ENTITY_KIT_EXAMPLES asks for more tables.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sessions_reference import Case, session_events, sessions

pytestmark = pytest.mark.slow

# Shrinking a failure takes minutes, and is worth them when somebody looks.
PHASES = [Phase.generate] if os.environ.get("ENTITY_KIT_NO_SHRINK") else list(Phase)
TABLES = int(os.environ.get("ENTITY_KIT_EXAMPLES", "0")) or 7

CASES = {
    "plain": Case(),
    "starts": Case(starts_when=True, zoned=True),
    "log": Case(row_key=("row_id",), deleted_when=True, starts_when=True),
    "own_log": Case(row_key=("user_id", "row_id"), zoned=True),
    "within": Case(within=True, starts_when=True),
    "within_log": Case(row_key=("row_id",), deleted_when=True, starts_when=True, within=True),
    "within_own": Case(row_key=("user_id", "row_id"), within=True, zoned=True),
}
LOGS = 42

# Times around the anchor: a gap of exactly the timeout, a second more, ties, both sides of midnight.
OFFSETS = [0, 0, 600, 1800, 1801, 1800, 3600, 3601, 5400, 7200, 9000, 14400, None]
# Midnight, and the nights on which the clocks of Berlin change, in UTC.
ANCHORS = [
    datetime(2024, 1, 1, 23, 30),
    datetime(2024, 3, 31, 0, 15),
    datetime(2024, 10, 27, 0, 15),
]
PAGES = ["a", "b", "ad", None]
ZONES = ["UTC", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe"]

EVENTS = 3 * 13 * 4 * 4 * 3 * 4 * 4 * 2 * 9
EVENT = st.integers(0, EVENTS - 1)
LAST = 3  # the last step


def dense(random: Random) -> int:
    """Return an event, as a number, of few users and times, so that many coincide."""
    offset = random.choice([0, 3, 3, 6, 12])
    later = random.randrange(EVENTS // 39 // 9) + random.choice([0, 0, 0, 8]) * (EVENTS // 39 // 9)
    return offset + 13 * (random.choice([0, 0, 0, 1]) + 3 * later)


def number_of(offset: int, page: int, row_id: int, step: int) -> int:
    """Return the number of an event of the log's first user, as `event` reads it."""
    return offset + 13 * 3 * (page + 4 * 4 * 3 * (step + 4 * row_id))


# Two sessions share an instant: one ends where the next begins. Then an event comes that the second one takes.
TWO_TABS = [
    number_of(2, 0, 0, 0),
    number_of(3, 0, 2, 0),
    number_of(3, 2, 1, 0),
    number_of(6, 0, 3, 2),
]


def event(number: int, log: int, anchor: datetime) -> dict[str, Any]:
    """Read one event out of a number, which is a quick thing to draw."""

    def take(choices: int) -> int:
        nonlocal number
        number, taken = divmod(number, choices)
        return taken

    offset = OFFSETS[take(13)]
    user = [log * 10 + 1, log * 10 + 2, None][take(3)]
    page = PAGES[take(4)]
    is_deleted = [False, False, True, None][take(4)]
    amount = [1, 5, None][take(3)]
    step = take(4)
    row_id = log * 10 + take(4)
    held = take(2) == 1
    loaded = anchor + timedelta(hours=5 + step)
    return {
        "held": held,
        "user_id": user,
        "row_id": row_id,
        "page": page,
        "deleted": is_deleted,
        "amount": amount,
        "occurred_at": None if offset is None else anchor + timedelta(seconds=offset),
        "loaded_at": None if take(9) == 8 else loaded,
        "step": step,
    }


COLUMNS = ["user_id", "row_id", "page", "deleted", "amount", "occurred_at", "loaded_at"]
MEASURES = [
    {"name": "total", "calculation": "sum(amount)", "description": "."},
    {"name": "pages", "calculation": "count(distinct page)", "description": ".", "fill": 0},
]


def models(case: Case, table: str) -> dict[str, str]:
    """Write the two models of a case."""
    shared = [f"source('raw', '{table}')", "'user_id'", "'occurred_at'", "'loaded_at'"]
    if case.row_key:
        shared.append(f"row_key={list(case.row_key)!r}")
    if case.deleted_when:
        shared.append("deleted_when='deleted'")
    if case.starts_when:
        shared.append("starts_when=\"page = 'ad'\"")
    if case.within:
        shared.append("within={'days': 3}")
    own = f"attributes=['page'], measures={MEASURES!r}"
    return {
        "sessions": f"{{{{ entity_kit.sessions({', '.join(shared)}, {own}) }}}}",
        "events": f"{{{{ entity_kit.session_events({', '.join(shared)}, columns=['row_id', 'occurred_at', 'page']) }}}}",
    }


def literal(value: Any) -> str:
    if value is None or isinstance(value, (bool, int)):
        return "null" if value is None else str(value).lower()
    return f"'{value}'"


def table(name: str, kind: str) -> str:
    return (
        f"drop table if exists {name}; create table {name} (user_id integer, row_id integer, page varchar,"
        f" deleted boolean, amount integer, occurred_at {kind}, loaded_at {kind});"
    )


def without_ties(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what would tie, because each engine has an order of its own for the content of rows."""
    by_time = {(row["user_id"], row["occurred_at"]): row for row in rows}
    return list({(row["row_id"], row["loaded_at"]): row for row in by_time.values()}.values())


TYPES = {False: "timestamp", True: "timestamp with time zone"}
SOURCES = "sources: [{name: raw, schema: SCHEMA, tables: [{name: raw_plain}, {name: raw_zoned}]}]"


def events_of(case: Case) -> str:
    return "raw_zoned" if case.zoned else "raw_plain"


@pytest.fixture(scope="module")
def compiled(make_project: Any, engine: str) -> Any:
    """Compile every case, as a first run and as an incremental one."""
    files = {}
    for name, case in CASES.items():
        for kind, text in models(case, events_of(case)).items():
            files[f"{name}_{kind}.sql"] = text
    project = make_project(files, engine=engine)
    project.write({"models/sources.yml": SOURCES.replace("SCHEMA", project.schema)})
    for zoned, kind in TYPES.items():
        project.execute(table(events_of(Case(zoned=zoned)), kind))
    names = [file.removesuffix(".sql") for file in files]
    first = project.compiled_all(names, full_refresh=True)
    for name in names:  # what a first run would build, without the time that one takes
        project.execute(f"create table {name} as {first[name]}")
    incremental = project.compiled_all(names)
    with project.scratch() as connection:
        yield connection, {name: (first[name], incremental[name]) for name in names}


def shown(connection: Any, relation: str, without: str = "durable_key") -> Counter[Any]:
    cursor = connection.execute(f"select * from {relation}")
    description = getattr(cursor, "description", None) or cursor._cursor.description
    names = [column[0] for column in description]
    rows = []
    for values in cursor.fetchall():
        kept = [value for name, value in zip(names, values, strict=True) if name != without]
        rows.append(tuple(plain(value) for value in kept))
    return Counter(rows)


def plain(value: Any) -> Any:
    """Return an instant as the clock in UTC shows it, and a number as itself."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(timezone.utc).replace(tzinfo=None)
    return value


Sql = dict[str, tuple[str, str]]
Log = list[list[int]]


class Replay:
    """One warehouse in which the compiled models run, as dbt would run them."""

    def __init__(self, connection: Any, engine: str, case: Case, name: str, sql: Sql) -> None:
        self.connection, self.engine = connection, engine
        self.case, self.name, self.sql = case, name, sql

    def fill(self, rows: list[dict[str, Any]]) -> None:
        """Put these rows into the source."""
        relation = events_of(self.case)
        self.connection.execute(table(relation, TYPES[self.case.zoned]))
        mark = "+00" if self.case.zoned else ""
        values = []
        for row in rows:
            cells = [row[column] for column in COLUMNS]
            texts = [literal(f"{c}{mark}" if isinstance(c, datetime) else c) for c in cells]
            values.append(f"({', '.join(texts)})")
        if values:
            self.connection.execute(f"insert into {relation} values {', '.join(values)}")

    def build(self, model: str, *, is_first: bool) -> None:
        """Run a model as dbt does, with `delete+insert`."""
        first, incremental = self.sql[model]
        if is_first:
            self.connection.execute(
                f"drop table if exists {model}; create table {model} as {first}"
            )
            return
        self.connection.execute(
            f"drop table if exists made; create temp table made as {incremental};"
            f" delete from {model} where user_id in (select user_id from made);"
            f" insert into {model} select * from made; drop table made"
        )

    def follow(self, logs: list[Log], anchor: datetime, steps: set[int], zone: str) -> None:
        """Let the logs arrive step by step, and compare both models with the reference after each."""
        self.connection.execute(f"set timezone = '{zone}'")
        drawn = [event(n, log, anchor) for log, numbers in enumerate(logs) for n in numbers]
        if self.engine != "duckdb":
            drawn = without_ties(drawn)
        for position, step in enumerate(sorted(steps | {LAST})):
            # Part of the last batch may show at the next step.
            visible = [
                row
                for row in drawn
                if row["step"] < step or (row["step"] == step and (not row["held"] or step == LAST))
            ]
            rows = [{column: row[column] for column in COLUMNS} for row in visible]
            self.fill(rows)
            for kind, reference in (("sessions", sessions), ("events", session_events)):
                model = f"{self.name}_{kind}"
                self.build(model, is_first=position == 0)
                expected = Counter(reference(rows, self.case))
                full = shown(self.connection, f"({self.sql[model][0]}) as afresh")
                assert full == expected, f"full refresh, step {step}"
                assert shown(self.connection, model) == expected, f"step {step} of {steps}"


@pytest.mark.parametrize("name", CASES)
def test_equals_the_reference_at_every_step(compiled: Any, engine: str, name: str) -> None:
    connection, sql = compiled
    replay = Replay(connection, engine, CASES[name], name, sql)

    @settings(
        max_examples=TABLES if engine == "duckdb" else 1,
        deadline=None,
        database=None,
        phases=PHASES,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.lists(st.lists(EVENT, max_size=9), min_size=LOGS, max_size=LOGS),
        st.sampled_from(ANCHORS),
        st.sets(st.integers(0, LAST - 1), max_size=LAST),
        st.sampled_from(ZONES),
    )
    def run(logs: list[Log], anchor: datetime, steps: set[int], zone: str) -> None:
        replay.follow(logs, anchor, steps, zone)

    run()


# What breaks one rule each, as (case, what, pattern, replacement): in both halves, or in the incremental one.
BOTH = [
    ("plain", "a gap of exactly the timeout ends it", r"entity_kit_before < \(", "entity_kit_before <= ("),
    ("plain", "content doesn't order ties", r"entity_kit_at, entity_kit_row desc", "entity_kit_at, entity_kit_row"),
    ("starts", "starts_when is left out", r"when page = 'ad' then 1", "when false then 1"),
    ("starts", "sessions of one instant share an id", r"entity_kit_started order by entity_kit_session", "entity_kit_started, entity_kit_session order by entity_kit_session"),
    ("log", "every version counts", r"entity_kit_from_last = 1", "true"),
    ("log", "deleted events count", r" or \(deleted\)", ""),
    ("plain", "users without events vanish", r"from entities\nleft join found_sessions", "from entities\ninner join found_sessions"),
]  # fmt: skip
INCREMENTAL = [
    ("plain", "nothing is touched", r"from touched(?=\))", "from touched where false"),
    ("plain", "strictly later", r"loaded_at >= \(", "loaded_at > ("),
    ("plain", "no rows without a loaded time", r"loaded_at is null", "false"),
    ("log", "users that lose an event aren't touched", r"exists \(\s+select 1 from \(\s+select row_id.*?entity_kit_match\s+where \(entity_kit_match.key_1 is not distinct from row_id\)\s+\)", "loaded_at >= (select max(loaded_at) from {this})"),
    ("within", "read from the change on", r"then max\(\s+case\s+when built_sessions.entity_kit_started < touched.*?end\s+\)\s+else", "then touched.entity_kit_changed else"),
    ("within", "read from a session that shares its start", r"built_sessions.entity_kit_ended_before < built_sessions.entity_kit_started", "true"),
    ("within", "numbers begin anew", r" \+ kept_sessions.entity_kit_kept", ""),
    ("within", "kept sessions are lost", r"session_number <= kept_sessions.entity_kit_kept", "session_number < 0"),
    ("within", "the loaded time of what arrived alone", r"entity_kit_target.loaded_at as entity_kit_loaded_at, 0", "null, 0"),
    ("within_log", "older versions are read as sessions", r"where counted_events.entity_kit_at >= kept_sessions.entity_kit_restart", ""),
    ("within_log", "only the latest versions' times", r"(entity_kit_match.key_1 is not distinct from row_id)", "entity_kit_match.key_1 is not distinct from row_id and loaded_at >= (select max(loaded_at) from {this})"),
]  # fmt: skip
MUTANTS = [(*each, True) for each in BOTH] + [(*each, False) for each in INCREMENTAL]


@pytest.mark.parametrize(
    ("name", "_what", "pattern", "replacement", "in_both"),
    MUTANTS,
    ids=[f"{name}-{what}" for name, what, *_ in MUTANTS],
)
def test_a_broken_rule_shows(
    compiled: Any, engine: str, name: str, _what: str, pattern: str, replacement: str, in_both: bool
) -> None:
    if engine != "duckdb":
        pytest.skip("the patterns are of DuckDB's SQL")
    connection, sql = compiled
    broken = {}
    for model, halves in sql.items():
        this = f'"warehouse"."main"."{model}"'
        changed = [
            re.sub(pattern, replacement.replace("{this}", this), half, flags=re.DOTALL)
            for half in halves
        ]
        broken[model] = (changed[0] if in_both else halves[0], changed[1])
    assert any(broken[f"{name}_{kind}"] != sql[f"{name}_{kind}"] for kind in ("sessions", "events"))
    replay = Replay(connection, engine, CASES[name], name, broken)
    random = Random(7)

    def is_right() -> bool:
        logs = [TWO_TABS, *([dense(random) for _ in range(9)] for _ in range(LOGS))]
        try:
            replay.follow(logs, ANCHORS[0], {0, 1, 2}, "UTC")
        except AssertionError:
            return False
        return True

    assert not all(is_right() for _ in range(5))
