"""Stop the clock in the text of dbt's statements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timezone
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError

from entity_kit.dbt_bridge.statements import Quoted, word_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlglot import Token

# In these, {0} is the instant, {1} the type without a zone, {2} the time in UTC as text, and {3} a
# zone that was given, with a comma.
_CLOCKS = {
    **dict.fromkeys(("NOW", "CURRENT_TIMESTAMP", "TRANSACTION_TIMESTAMP"), "{0}"),
    **dict.fromkeys(("STATEMENT_TIMESTAMP", "CLOCK_TIMESTAMP"), "{0}"),
    **dict.fromkeys(("CURRENT_DATE", "CURDATE"), "cast({0} as date)"),
    "LOCALTIMESTAMP": "cast({0} as {1})",
    "LOCALTIME": "cast({0} as time)",
    "CURRENT_TIME": "cast({0} as time with time zone)",
}
_NEEDS_PARENTHESES = {
    *("NOW", "TRANSACTION_TIMESTAMP", "STATEMENT_TIMESTAMP", "CLOCK_TIMESTAMP", "CURDATE"),
    *("GETDATE", "SYSTIMESTAMP", "UNIX_TIMESTAMP"),
}
_ON_SPARK = {"GETDATE": "{0}", "UNIX_TIMESTAMP": "unix_timestamp({0})"}


@dataclass(frozen=True, slots=True)
class _Words:
    """What a dialect calls its times with and without a zone, and clocks that differ from the rest.

    Of these, `calls` need their parentheses.
    """

    zoned: str
    plain: str
    own: Mapping[str, str]
    takes_zones: bool = False
    calls: frozenset[str] = frozenset()


_WORDS = {
    "postgres": _Words("timestamp with time zone", "timestamp", {}),
    "spark": _Words("timestamp", "timestamp_ntz", _ON_SPARK),
    "databricks": _Words("timestamp", "timestamp_ntz", _ON_SPARK),
    "snowflake": _Words(
        "timestamp_ltz",
        "timestamp_ntz",
        {
            **dict.fromkeys(("GETDATE", "SYSTIMESTAMP", "LOCALTIMESTAMP"), "{0}"),
            "SYSDATE": "cast('{2}' as {1})",
            "CURRENT_TIME": "cast({0} as time)",
        },
        calls=frozenset({"SYSDATE"}),
    ),
    "redshift": _Words(
        "timestamptz",
        "timestamp",
        {
            **dict.fromkeys(("GETDATE", "SYSDATE"), "cast({0} as {1})"),
            "CURRENT_TIME": "cast({0} as timetz)",
        },
    ),
    "bigquery": _Words(
        "timestamp",
        "datetime",
        {
            "CURRENT_DATE": "date({0}{3})",
            "CURRENT_DATETIME": "datetime({0}{3})",
            "CURRENT_TIME": "time({0}{3})",
        },
        takes_zones=True,
    ),
}


@lru_cache
def _clocks(dialect: str) -> Mapping[str, str]:
    return {**_CLOCKS, **_WORDS[dialect].own}


def with_clock(sql: str, dialect: str, clock: datetime) -> str:
    """Replace each use of the current time with a simulated time (aware).

    The keyword or call itself is replaced; strings, comments and quoted names stay as they are.
    """
    clocks, dialects = _clocks(dialect), _WORDS[dialect]
    folded = sql.upper()
    if not any(word in folded for word in clocks):
        return sql
    try:
        tokens = Dialect.get_or_raise(dialect).tokenize(sql)
    except SqlglotError:
        return sql
    instant = f"cast('{clock.isoformat(sep=' ')}' as {dialects.zoned})"
    in_utc = clock.astimezone(timezone.utc).replace(tzinfo=None).isoformat(sep=" ")
    words = [word_of(token) for token in tokens]
    written, done = [], 0
    for at, (token, word) in enumerate(zip(tokens, words, strict=True)):
        expression = None if isinstance(word, Quoted) else clocks.get(word)
        if expression is None or (at and words[at - 1] in {".", "AS"}):
            continue
        if "EXPIRATION_TIMESTAMP" in words[max(0, at - 4) : at]:
            continue  # of BigQuery's own temporary tables, which must not be gone by now
        end, zone = _call_end(words, at), ""
        if end is None and dialects.takes_zones and words[at + 1 : at + 2] == ["("]:
            end = _closing(words, at + 1)
            zone = f", {_between(sql, tokens, at + 2, end)}"
        if end is None and (
            word in _NEEDS_PARENTHESES | dialects.calls or words[at + 1 : at + 2] == ["("]
        ):
            continue
        last = tokens[at if end is None else end]
        written += [
            sql[done : token.start],
            expression.format(instant, dialects.plain, in_utc, zone),
        ]
        done = last.end + 1
    return "".join([*written, sql[done:]])


def _call_end(words: Sequence[str], at: int) -> int | None:
    """Return where the parentheses after a word close, if they are empty or contain a precision."""
    following = words[at + 1 : at + 4]
    if following[:2] == ["(", ")"]:
        return at + 2
    if len(following) == 3 and following[0] == "(" and following[2] == ")":
        return at + 3 if following[1].isdigit() else None
    return None


def _closing(words: Sequence[str], at: int) -> int:
    """Return where the parenthesis at a position closes; the end if it doesn't."""
    depth = 0
    for end in range(at, len(words)):
        depth += {"(": 1, ")": -1}.get(words[end], 0)
        if depth == 0:
            return end
    return len(words) - 1


def _between(sql: str, tokens: Sequence[Token], first: int, end: int) -> str:
    return sql[tokens[first].start : tokens[end].start]
