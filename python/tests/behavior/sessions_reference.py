"""Sessions in plain Python: one pass over each user's events in order."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """What the arguments of a model say."""

    row_key: tuple[str, ...] = ()
    deleted_when: bool = False
    starts_when: bool = False
    within: bool = False
    zoned: bool = False
    timeout: timedelta = timedelta(minutes=30)


def content(row: Row) -> tuple[Any, ...]:
    """Return what orders events with one time, the greatest first: their columns as DuckDB compares rows.

    NULL is greater than all else.
    """
    return tuple((value is None, value or 0) for value in row.values())


def counting(rows: list[Row], case: Case) -> list[Row]:
    """Return the latest version of each event, without those that are deleted or have no time."""
    latest: list[Row] = rows
    if case.row_key:
        ordered = sorted(
            rows, key=lambda r: (r["loaded_at"] is not None, r["loaded_at"] or 0, content(r))
        )
        latest = list({tuple(row[c] for c in case.row_key): row for row in ordered}.values())
    return [
        row
        for row in latest
        if row["occurred_at"] is not None and not (case.deleted_when and row["deleted"])
    ]


def sessions_of(events: list[Row], case: Case) -> list[list[Row]]:
    """Cut one user's events into sessions."""
    found: list[list[Row]] = []
    before: datetime | None = None
    descending = sorted(events, key=content, reverse=True)
    for event in sorted(descending, key=lambda row: row["occurred_at"]):
        is_new = before is None or event["occurred_at"] - before > case.timeout
        if is_new or (case.starts_when and event["page"] == "ad"):
            found.append([])
        found[-1].append(event)
        before = event["occurred_at"]
    return found


def by_user(rows: list[Row], case: Case) -> list[tuple[Any, list[list[Row]], Any]]:
    """Return (user, sessions, when the last row was loaded) of every user."""
    counted = counting(rows, case)
    users = {row["user_id"] for row in rows if row["user_id"] is not None}
    found = []
    for user in users:
        loaded = [r["loaded_at"] for r in rows if r["user_id"] == user and r["loaded_at"]]
        own = [row for row in counted if row["user_id"] == user]
        found.append((user, sessions_of(own, case), max(loaded) if loaded else None))
    return found


def session_ids(user: Any, sessions: list[list[Row]]) -> list[str]:
    """Return the hash of the user, the first event's time, and the place among sessions of that time."""
    starts = [session[0]["occurred_at"] for session in sessions]
    texts = [
        f'"{user}","{start}","{starts[: n + 1].count(start)}"' for n, start in enumerate(starts)
    ]
    return [hashlib.md5(text.encode()).hexdigest() for text in texts]  # noqa: S324


def sessions(rows: list[Row], case: Case) -> list[tuple[Any, ...]]:
    """Return the rows of the table `sessions`, without `durable_key`, in no order."""
    made: list[tuple[Any, ...]] = []
    for user, found, loaded in by_user(rows, case):
        if not found:
            made.append((user, None, None, None, None, 0, None, None, None, 0, True, loaded))
        for number, (session, name) in enumerate(
            zip(found, session_ids(user, found), strict=True), 1
        ):
            amounts = [row["amount"] for row in session if row["amount"] is not None]
            made.append(
                (
                    user,
                    name,
                    number,
                    session[0]["occurred_at"],
                    session[-1]["occurred_at"],
                    len(session),
                    session[0]["page"],
                    session[-1]["page"],
                    sum(amounts) if amounts else None,
                    len({row["page"] for row in session if row["page"] is not None}),
                    False,
                    loaded,
                )
            )
    return made


def session_events(rows: list[Row], case: Case) -> list[tuple[Any, ...]]:
    """Return (user, session, number, position, event, time, page, flag, loaded) of each event."""
    made: list[tuple[Any, ...]] = []
    for user, found, loaded in by_user(rows, case):
        if not found:
            made.append((user, None, None, None, None, None, None, True, loaded))
        for number, (session, name) in enumerate(
            zip(found, session_ids(user, found), strict=True), 1
        ):
            for place, row in enumerate(session, 1):
                made.append(
                    (
                        user,
                        name,
                        number,
                        place,
                        row["row_id"],
                        row["occurred_at"],
                        row["page"],
                        False,
                        loaded,
                    )
                )
    return made
