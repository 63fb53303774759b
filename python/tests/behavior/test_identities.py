# ruff: noqa: DTZ001, S311 - instants are UTC without a zone, as in the tables; nothing here is a secret
"""`identity_map` against plain Python: full refreshes, and runs in any order of arrival.

dbt compiles each case once. The generated logs, dozens at a time, are of different identifiers in one table, so that one
query answers for all of them. ENTITY_KIT_EXAMPLES asks for more tables.
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
from identities_reference import Case, identities

pytestmark = pytest.mark.slow

# Shrinking a failure takes minutes, and is worth them when somebody looks.
PHASES = [Phase.generate] if os.environ.get("ENTITY_KIT_NO_SHRINK") else list(Phase)
TABLES = int(os.environ.get("ENTITY_KIT_EXAMPLES", "0")) or 3

THREE = (("from_id", "device"), ("to_id", "user"), ("other_id", "device"))
TYPED = (("from_id", "device"), ("other_id", "{other_type}"))
LOG: dict[str, Any] = {
    "ends": THREE,
    "row_key": ("link_id",),
    "deleted_when": True,
    "linked_at": True,
}
CASES = {
    "plain": Case(),
    "log": Case(**LOG),
    "typed": Case(ends=TYPED, row_key=("link_id", "from_id"), deleted_when=True),
    "small": Case(**LOG, max_members=3),
    "shared": Case(**LOG, shared={"device": 2, "user": 3}),
    "one": Case(**LOG, one_to_one=("user",)),
    "first": Case(**LOG, one_to_one=("user",), handover="first_login"),
    "last": Case(
        **LOG, one_to_one=("user",), handover="last_login", shared={"device": 3}, max_members=4
    ),
    "typed_one": Case(ends=TYPED, one_to_one=("device", "user"), max_members=5),
}
LOGS = 84
START = datetime(2024, 1, 1)
LINKS = 6 * 6 * 6 * 4 * 4 * 6 * 4 * 2 * 3 * 9
LINK = st.integers(0, LINKS - 1)
LAST = 3  # the last step


def link(number: int, log: int) -> dict[str, Any]:
    """Read one version of a link out of a number, which is a quick thing to draw."""

    def take(choices: int) -> int:
        nonlocal number
        number, taken = divmod(number, choices)
        return taken

    from_id, to_id, other_id = take(6), take(6), take(6)
    kind = [None, "user", "device", "mail"][take(4)]
    step, link_id, at = take(4), log * 10 + take(6), take(4)
    held, deleted, unknown = take(2) == 1, [False, None, True][take(3)], take(9) == 8
    loaded = START + timedelta(hours=5 + step)
    return {
        "link_id": link_id,
        "from_id": log * 10 + from_id if from_id else None,
        "to_id": f'u"{log},{to_id}' if to_id else None,
        "other_id": str(log * 10 + other_id) if other_id else None,
        "other_type": kind,
        "linked_at": START + timedelta(hours=at) if at else None,
        "loaded_at": None if unknown else loaded,
        "deleted": deleted,
        "step": step,
        "held": held,
    }


def number_of(from_id: int, to_id: int, other_id: int, link_id: int, step: int = 0) -> int:
    """Return the number of a version of a link, as `link` reads it."""
    return from_id + 6 * (to_id + 6 * (other_id + 6 * 4 * (step + 4 * link_id)))


# Devices 1 to 5 and users 1 to 5, in a row.
CHAIN = [number_of(n, n, n + 1, n) for n in range(1, 5)] + [number_of(5, 5, 0, 5)]


COLUMNS = {
    "link_id": "integer",
    "from_id": "integer",
    "to_id": "varchar",
    "other_id": "varchar",
    "other_type": "varchar",
    "linked_at": "timestamp",
    "loaded_at": "timestamp",
    "deleted": "boolean",
}


def model(case: Case) -> str:
    """Write the model of a case."""
    nodes = [
        {"column": column, **({"type_column": kind[1:-1]} if kind[0] == "{" else {"type": kind})}
        for column, kind in case.ends
    ]
    arguments = ["source('raw', 'links')", repr(nodes), "'loaded_at'"]
    if case.row_key:
        arguments.append(f"row_key={list(case.row_key)!r}")
    if case.deleted_when:
        arguments.append("deleted_when='deleted'")
    if case.linked_at:
        arguments.append("linked_at='linked_at'")
    if case.max_members:
        arguments.append(f"max_members={case.max_members}")
    arguments.append(f"shared={case.shared!r}, one_to_one={list(case.one_to_one)!r}")
    arguments.append(f"handover='{case.handover}', max_steps={case.max_steps}")
    return f"{{{{ entity_kit.identity_map({', '.join(arguments)}) }}}}"


def literal(value: Any) -> str:
    if value is None or isinstance(value, (bool, int)):
        return "null" if value is None else str(value).lower()
    return f"'{value}'"


def create() -> str:
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    return f"drop table if exists links; create table links ({columns});"


CUT = {"short": Case(**LOG, max_steps=1), "short_one": Case(**LOG, max_steps=1, shared={"user": 2})}


@pytest.fixture(scope="module")
def compiled(make_project: Any, engine: str) -> Any:
    """Compile every case, as a first run and as an incremental one."""
    cases = {**CASES, **CUT}
    project = make_project(
        {f"{name}.sql": model(case) for name, case in cases.items()}, engine=engine
    )
    project.write(
        {
            "models/sources.yml": f"sources: [{{name: raw, schema: {project.schema}, tables: [{{name: links}}]}}]"
        }
    )
    project.execute(create())
    first = project.compiled_all(list(cases), full_refresh=True)
    for name in cases:  # what a first run would build, without the time that one takes
        project.execute(f"create table {name} as {first[name]}")
    incremental = project.compiled_all(list(cases))
    with project.scratch() as connection:
        yield connection, {name: (first[name], incremental[name]) for name in cases}


def shown(connection: Any, relation: str) -> Counter[Any]:
    cursor = connection.execute(f"select * from {relation}")
    description = getattr(cursor, "description", None) or cursor._cursor.description
    names = [column[0] for column in description]
    rows = []
    for values in cursor.fetchall():
        kept = [value for name, value in zip(names, values, strict=True) if name != "durable_key"]
        rows.append(tuple(plain(value) for value in kept))
    return Counter(rows)


def plain(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(timezone.utc).replace(tzinfo=None)
    return value


Sql = dict[str, tuple[str, str]]


class Replay:
    """One warehouse in which a compiled model runs, as dbt would run it."""

    def __init__(self, connection: Any, engine: str, case: Case, name: str, sql: Sql) -> None:
        self.connection, self.engine = connection, engine
        self.case, self.name, self.sql = case, name, sql

    def fill(self, rows: list[dict[str, Any]]) -> None:
        """Put these rows into the source."""
        self.connection.execute(create())
        values = [f"({', '.join(literal(row[column]) for column in COLUMNS)})" for row in rows]
        if values:
            self.connection.execute(f"insert into links values {', '.join(values)}")

    def build(self, *, is_first: bool) -> None:
        """Run the model as dbt does, with `delete+insert`."""
        first, incremental = self.sql[self.name]
        if is_first:
            self.connection.execute(
                f"drop table if exists {self.name}; create table {self.name} as {first}"
            )
            return
        self.connection.execute(
            f"create temp table made as {incremental};"
            f" delete from {self.name} where durable_key in (select durable_key from made);"
            f" insert into {self.name} select * from made; drop table made"
        )

    def afresh(self) -> Counter[Any]:
        return shown(self.connection, f"({self.sql[self.name][0]}) as afresh")

    def steps(self, logs: list[list[int]], steps: set[int]) -> Any:
        """Let the logs arrive step by step, build after each, and yield the step and the rows that are there."""
        drawn = [link(number, log) for log, numbers in enumerate(logs) for number in numbers]
        if self.engine != "duckdb":  # each engine has an order of its own for the content of rows
            drawn = list({(row["link_id"], row["loaded_at"]): row for row in drawn}.values())
        for position, step in enumerate(sorted(steps | {LAST})):
            # Part of the last batch may show at the next step.
            visible = [
                row
                for row in drawn
                if row["step"] < step or (row["step"] == step and (not row["held"] or step == LAST))
            ]
            rows = [{column: row[column] for column in COLUMNS} for row in visible]
            self.fill(rows)
            self.build(is_first=position == 0)
            yield step, rows

    def follow(self, logs: list[list[int]], steps: set[int]) -> None:
        """Compare the model with the reference at each step."""
        for step, rows in self.steps(logs, steps):
            expected = Counter(identities(rows, self.case))
            assert self.afresh() == expected, f"full refresh, step {step}"
            assert shown(self.connection, self.name) == expected, f"step {step} of {steps}"


def drawing(engine: str) -> Any:
    """Return hypothesis's settings and draws for a test of logs and steps."""
    limits = settings(
        max_examples=TABLES if engine == "duckdb" else 1,
        deadline=None,
        database=None,
        phases=PHASES,
        suppress_health_check=list(HealthCheck),
    )
    logs = st.lists(st.lists(LINK, max_size=9), min_size=LOGS, max_size=LOGS)
    return lambda test: limits(given(logs, st.sets(st.integers(0, LAST - 1), max_size=LAST))(test))


@pytest.mark.parametrize("name", CASES)
def test_equals_the_reference_at_every_step(compiled: Any, engine: str, name: str) -> None:
    connection, sql = compiled
    replay = Replay(connection, engine, CASES[name], name, sql)
    drawing(engine)(replay.follow)()


@pytest.mark.parametrize("name", CUT)
def test_what_is_cut_short_is_never_silent(compiled: Any, engine: str, name: str) -> None:
    connection, sql = compiled
    replay = Replay(connection, engine, CUT[name], name, sql)

    cut = 0

    def follow(logs: list[list[int]], steps: set[int]) -> None:
        nonlocal cut
        for step, rows in replay.steps([CHAIN, *logs], steps):
            found = shown(connection, name)
            assert found == replay.afresh(), f"step {step} of {steps}"
            right = Counter(identities(rows, CUT[name]))
            wrong = found - right
            assert {reason for *_, reason, _, _ in wrong} <= {"max_steps"}
            cut += sum(wrong.values())

    drawing(engine)(follow)()
    assert cut


def test_a_chain_of_50_links_that_arrives_backwards(compiled: Any, engine: str) -> None:
    connection, sql = compiled
    replay = Replay(connection, engine, CASES["plain"], "plain", sql)
    rows: list[dict[str, Any]] = []
    for number in reversed(range(50)):
        at = START + timedelta(hours=50 - number)
        chained = {"from_id": (number + 1) // 2, "to_id": f"u{number // 2}", "loaded_at": at}
        rows.append({**dict.fromkeys(COLUMNS), "link_id": number, **chained})
        replay.fill(rows)
        replay.build(is_first=len(rows) == 1)
        assert shown(connection, "plain") == Counter(identities(rows, CASES["plain"]))
    found = connection.execute("select count(*), count(distinct person_id) from plain")
    assert found.fetchall() == [(51, 1)]


# What breaks one rule each, as (case, what, pattern, replacement): in both halves, or in the incremental one.
BOTH = [
    ("plain", "links lead one way", r"select other, one, linked_at from linked", "select one, one, linked_at from linked"),
    ("plain", "the least of all steps is lost", r"order by step desc", "order by step"),
    ("log", "every version counts", r"entity_kit_from_last = 1", "true"),
    ("log", "withdrawn links count", r" and not coalesce\(\(deleted\), false\)", ""),
    ("log", "the id is that of any identifier", r"order by first_linked_at nulls last, durable_key\n    \) as person_id", "order by durable_key\n    ) as person_id"),
    ("log", "each version has its own loaded time", r"max\(loaded_at\) over \(partition by link_id\)", "loaded_at"),
    ("log", "the third identifier is alone", r"union all\s+select one\.number as one, other\.number as other, stated\.linked_at\s+from stated.*?node_2 = one.node.*?stated\.counts = 1", ""),
    ("small", "large persons stay", r"together > 3", "together > 99"),
    ("shared", "shared identifiers are linked", r"or \(\s+one not in.*?other not in", "or (true or other not in"),
    ("one", "contested devices are linked", r"and one in \(select one from rivals", "and one < 0 and one in (select one from rivals"),
    ("one", "persons of two users stay", r"case when ones_1 > 1 then number else person end", "person"),
    ("first", "the last one takes it", r"first_linked_at nulls last, theirs", "last_linked_at desc nulls last, theirs"),
    ("last", "the first one takes it", r"known.last_linked_at desc nulls last, theirs", "known.first_linked_at nulls last, theirs"),
    ("typed_one", "two of a type that are linked are one", r"where are_alike\s+union", "where false union"),
]  # fmt: skip
INCREMENTAL = [
    ("plain", "nothing is touched", r"from touched\s+union", "from touched where false union"),
    ("plain", "strictly later", r"loaded_at >= \(", "loaded_at > ("),
    ("plain", "no links without a loaded time", r"loaded_at is null", "false"),
    ("plain", "only the ends of new links", r"where touched.node is not null\s+or", "where false or"),
    ("log", "the ends of older versions aren't touched", r"from \"warehouse\".\"main\".\"links\"\s+where exists \(\s+select 1 from \(\s+select link_id as key_1\s+from", 'from "warehouse"."main"."links" where loaded_at >= (select max(loaded_at) from {this}) or loaded_at is null or exists (select 1 from (select -1 as key_1 from'),
    ("log", "what is known in part is built", r"from named\s+where exists \(.*?\)\s+group by", "from named group by"),
    ("short", "what was cut short stays", r"or built.reason = 'max_steps'", ""),
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
    case = {**CASES, **CUT}[name]
    replacement = replacement.replace("{this}", f'"warehouse"."main"."{name}"')
    changed = [re.sub(pattern, replacement, half, flags=re.DOTALL) for half in sql[name]]
    broken = (changed[0] if in_both else sql[name][0], changed[1])
    assert broken != sql[name]
    right = Replay(connection, engine, case, name, sql)
    replay = Replay(connection, engine, case, name, {name: broken})
    random = Random(7)

    def is_right() -> bool:
        logs = [CHAIN, *([random.randrange(LINKS) for _ in range(9)] for _ in range(LOGS))]
        for _, rows in replay.steps(logs, {0, 1, 2}):
            expected = right.afresh() if name in CUT else Counter(identities(rows, case))
            if shown(connection, name) != expected:
                return False
        return True

    assert not all(is_right() for _ in range(4))
