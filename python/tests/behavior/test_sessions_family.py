"""`sessions` through dbt itself: the cases that people lose time on, what is refused, and the data test."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from support.macro_project import RunError

pytestmark = pytest.mark.slow

ARGUMENTS = "source('raw', 'visits'), 'user_id', 'at', 'loaded_at'"
PAGES = "attributes=[{'column': 'page', 'first': 'landing_page', 'last': 'exit_page'}]"
LOG = "row_key='id', deleted_when='is_gone'"
FILES = {
    "raw.yml": "sources: [{name: raw, schema: raw, tables: [{name: visits}]}]",
    "visits.sql": f"{{{{ entity_kit.sessions({ARGUMENTS}, {LOG}, {PAGES}) }}}}",
    "visit_events.sql": f"{{{{ entity_kit.session_events({ARGUMENTS}, {LOG}) }}}}",
    "recent_visits.sql": f"{{{{ entity_kit.sessions({ARGUMENTS}, {LOG}, {PAGES}, within={{'days': 2}}) }}}}",
    "days_of_cte.sql": "with seen as (select * from {{ source('raw', 'visits') }}) "
    "{{ entity_kit.sessions('seen', 'user_id', 'at', 'loaded_at', timeout={'days': 1}) }}",
    "visits.yml": "models:\n  - name: visits\n    data_tests:\n      - entity_kit.sessions_valid:\n"
    "          arguments: {user_key: user_id, timeout: {minutes: 30}}\n",
}


@pytest.fixture(scope="module")
def project(make_project: Any) -> Any:
    project = make_project(FILES)
    project.execute(
        'create schema raw; create table raw.visits (id integer, user_id integer, "at" timestamp,'
        " page varchar, is_gone boolean, loaded_at timestamp)"
    )
    return project


class Log:
    """The source, a row at a time; each load comes an hour after the previous one."""

    def __init__(self, project: Any) -> None:
        self.project = project
        self.loads = 0

    def load(self, *rows: tuple[int, int, str, str]) -> None:
        """Load events as (id, user, time, page), with the page 'deleted' for a deletion, and run all models."""
        self.loads += 1
        loaded = datetime.fromisoformat("2024-03-31 12:00") + timedelta(hours=self.loads)
        values = ", ".join(
            f"({n}, {user}, '{at}', '{page}', {page == 'deleted'}, '{loaded}')"
            for n, user, at, page in rows
        )
        self.project.execute(f"insert into raw.visits values {values}")
        self.project.run("build")

    def visits(self, table: str = "visits") -> list[tuple[Any, ...]]:
        """Return (user, number, start, end, events, landing page, exit page) of the sessions."""
        return self.project.query(
            "select user_id, session_number, strftime(started_at, '%d %H:%M'), strftime(ended_at, '%d %H:%M'),"
            f" events, landing_page, exit_page from {table} where user_id < 900 order by user_id, session_number"
        )

    def ids(self) -> list[str]:
        rows = self.project.query(
            "select session_id from visits where not is_deleted order by user_id, session_number"
        )
        return [name for (name,) in rows]


def test_the_cases_that_people_lose_time_on(project: Any) -> None:
    log = Log(project)
    # A bot with 100,000 events, one a second, and another that never stops for half a year.
    project.execute(
        "insert into raw.visits select 1000000 + n, 900, timestamp '2024-03-31 00:00' + to_seconds(n), 'bot',"
        " false, '2024-03-31 12:30' from range(100000) as bot (n)"
    )
    # Over midnight, and over the hour that Berlin's clocks leave out (1:00 UTC on March 31).
    log.load((1, 1, "2024-03-30 23:50", "home"), (2, 1, "2024-03-31 00:20", "list"))
    log.load((3, 1, "2024-03-31 00:50", "cart"), (4, 1, "2024-03-31 01:10", "paid"))
    assert log.visits() == [(1, 1, "30 23:50", "31 01:10", 4, "home", "paid")]
    first = log.ids()
    assert project.query("select events, started_at from visits where user_id = 900") == [
        (100000, datetime.fromisoformat("2024-03-31 00:00"))
    ]

    # A second too late; out of order within the batch; two tabs at the same instant.
    log.load(
        (7, 2, "2024-03-31 02:00:01", "c"),
        (6, 2, "2024-03-31 01:30", "b"),
        (5, 2, "2024-03-31 01:00", "a"),
        (8, 3, "2024-03-31 02:00", "y"),
        (9, 3, "2024-03-31 02:00", "x"),
    )
    assert log.visits()[1:] == [
        (2, 1, "31 01:00", "31 01:30", 2, "a", "b"),
        (2, 2, "31 02:00", "31 02:00", 1, "c", "c"),
        (3, 1, "31 02:00", "31 02:00", 2, "x", "y"),
    ]
    assert log.ids()[0] == first[0]  # nothing happened to its first event

    # A late event joins two sessions; one begins a session earlier.
    log.load((10, 2, "2024-03-31 01:45", "between"), (11, 3, "2024-03-31 01:40", "before"))
    assert log.visits()[1:] == [
        (2, 1, "31 01:00", "31 02:00", 4, "a", "c"),
        (3, 1, "31 01:40", "31 02:00", 3, "before", "y"),
    ]
    # A deletion cuts a session; a restated event moves to another user; a user loses all events.
    log.load(
        (10, 2, "2024-03-31 01:45", "deleted"),
        (11, 4, "2024-03-31 01:40", "before"),
        (8, 3, "2024-03-31 02:00", "deleted"),
        (9, 3, "2024-03-31 02:00", "deleted"),
    )
    assert log.visits()[1:] == [
        (2, 1, "31 01:00", "31 01:30", 2, "a", "b"),
        (2, 2, "31 02:00", "31 02:00", 1, "c", "c"),
        (3, None, None, None, 0, None, None),
        (4, 1, "31 01:40", "31 01:40", 1, "before", "before"),
    ]
    assert log.visits("recent_visits") == log.visits()
    assert project.query(
        "select id, session_number, event_number, is_deleted from visit_events where user_id in (2, 3)"
        " order by user_id, event_number, session_number"
    ) == [
        (5, 1, 1, False),
        (7, 2, 1, False),
        (6, 1, 2, False),
        (None, None, None, True),
    ]

    # An event from before what `within` allows: the run stops and names it; a full refresh takes it.
    project.execute(
        "insert into raw.visits values (20, 1, '2024-03-20', 'old', false, '2024-04-02 12:00')"
    )
    with pytest.raises(RunError) as stopped:
        project.run("run", "--select", "recent_visits")
    assert (
        "sessions: `within` must be at least how long an event takes to arrive; got 2 days, but an event with"
        " user_id = 1 of 2024-03-20 00:00:00 was loaded at 2024-04-02 12:00:00."
        " Run the model once with --full-refresh, or raise `within`."
    ) in str(stopped.value)
    project.run("run", "--select", "recent_visits", "--full-refresh")
    project.run("run")  # that event is now at the watermark, and stops no run
    assert log.visits("recent_visits") == log.visits()
    assert log.visits()[0] == (1, 1, "20 00:00", "20 00:00", 1, "old", "old")


def test_a_table_that_cant_be_right_is_reported(project: Any) -> None:
    project.write(
        {
            "models/built.sql": "select * from (values (1, 'a', 1, timestamp '2024-01-01', timestamp '2024-01-02', 2,"
            " false), (1, 'b', 2, timestamp '2024-01-01', timestamp '2024-01-03', 1, false),"
            " (2, 'c', 2, timestamp '2024-01-01', timestamp '2024-01-01', 1, false),"
            " (3, 'd', 1, timestamp '2024-01-01', timestamp '2024-01-01', 0, false),"
            " (4, null, null, null, null, 0, true), (4, 'e', 1, timestamp '2024-01-01', timestamp '2024-01-01', 1,"
            " false), (5, 'f', 1, timestamp '2024-01-01', timestamp '2024-01-01', 1, false), (5, 'f', 2,"
            " timestamp '2024-01-01 00:20', timestamp '2024-01-01 00:10', 1, false), (6, null, null, null, null, 0,"
            " true), (7, 'g', 1, timestamp '2024-01-01', timestamp '2024-01-01', 1, false), (7, 'h', 2,"
            " timestamp '2024-01-01 00:30', timestamp '2024-01-01 00:30', 1, false)) as built (user_id, session_id,"
            " session_number, started_at, ended_at, events, is_deleted)"
        }
    )
    call = "{{ entity_kit.session_faults('built', 'user_id', timeout={'minutes': 30}) }}"
    project.run("run", "--select", "built")
    found = project.query(
        f"select user_id, session_number, failure_reason from ({project.render(call)}) order by all"
    )
    assert found == [
        (1, 2, "it starts before the previous session has ended"),
        (2, 2, "its session_number is not its place among the sessions of its user"),
        (3, 1, "it has no events"),
        (4, None, "its user has other rows, but is flagged as without events"),
        (5, 1, "its session_id occurs more than once"),
        (5, 2, "its session_id occurs more than once"),
        (7, 2, "it starts within the timeout after the previous session"),
    ]


VISITS = '"warehouse"."raw"."visits"'


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            f"{ARGUMENTS}, timeout={{'minutes': 0}}",
            (
                "sessions: `timeout` must be longer than zero; got {'minutes': 0}.\n"
                "A session ends when its user does nothing for longer than this: write {'minutes': 30}."
            ),
        ),
        (
            f"{ARGUMENTS}, timeout={{'minute': 30}}",
            (
                'sessions: `timeout` must be one of weeks, days, hours, minutes, seconds; got "minute".\n'
                "Closest: minutes."
            ),
        ),
        (
            "source('raw', 'visits'), 'usr_id', 'at', 'loaded_at'",
            f'sessions: `user_key` must be a column of {VISITS}; got "usr_id".\nClosest: user_id.',
        ),
        (
            "source('raw', 'visits'), 'user_id', 'at', 'load_at'",
            f'sessions: `loaded_at` must be a column of {VISITS}; got "load_at".\nClosest: loaded_at.',
        ),
        (
            "source('raw', 'visits'), 'user_id', 'page', 'loaded_at'",
            (
                'sessions: `occurred_at` must be a date or a timestamp; got "page".\nThis column has another type.'
                " Text is ordered by its letters: cast it to a timestamp in a CTE or an upstream model."
            ),
        ),
        (
            f"{ARGUMENTS}, attributes=['pgae']",
            f'sessions: `attributes` must be a column of {VISITS}; got "pgae".\nClosest: page.',
        ),
        (
            f"{ARGUMENTS}, attributes=[{{'column': 'page'}}]",
            (
                "sessions: `attributes[0]` must be a mapping with first, last, or both; got {'column': 'page'}.\n"
                "Name the new column: {'column': 'page', 'first': 'landing_page'}."
            ),
        ),
        (
            f"{ARGUMENTS}, attributes=['page'], measures=[{{'name': 'last_page', 'calculation': 'count(*)'}}]",
            (
                "sessions: `measures[0].name` must be a name that no other column of the table has;"
                ' got "last_page".\nRename it.'
            ),
        ),
        (
            f"{ARGUMENTS}, starts_when=campaign",
            (
                "sessions: `starts_when` must be a condition on the events; got an undefined name (are quotes"
                " missing?).\nWrite it as text, in quotes, such as 'campaign is not null'."
            ),
        ),
        (
            f"{ARGUMENTS}, model_config={{'incremental_strategy': 'append'}}",
            (
                "sessions: `model_config.incremental_strategy` must be one that replaces all rows of an entity;"
                ' got "append".\nLeave it out: a late row may withdraw sessions, and this strategy would keep them.'
            ),
        ),
    ],
)
def test_sessions_refuses(project: Any, arguments: str, message: str) -> None:
    snippet = f"{{{{ entity_kit.sessions({arguments}) }}}}"
    assert project.refused("compile", "--inline", snippet) == message


def test_session_events_refuses_columns_without_the_time_that_within_needs(project: Any) -> None:
    snippet = (
        f"{{{{ entity_kit.session_events({ARGUMENTS}, columns=['page'], within={{'days': 1}}) }}}}"
    )
    assert project.refused("compile", "--inline", snippet) == (
        "session_events: `columns` must be a list with the `occurred_at` if `within` is set; got ['page'].\n"
        "A run finds the sessions that it can leave as they are by the times of their events."
    )
