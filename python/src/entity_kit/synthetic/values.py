"""Single values of a type, drawn at random, as text that DuckDB reads: the odd ones among them."""

from __future__ import annotations

import json
import re
import uuid
from datetime import date, datetime, timedelta
from math import ceil, floor
from typing import TYPE_CHECKING, Any

from entity_kit.sampling.columns import Column

if TYPE_CHECKING:
    from random import Random

# Its days hold the ends of two months, and of a leap year's February none of the usual length.
FIRST_DAY = date(2024, 2, 24)
DAYS = 10

_DECIMAL = re.compile(r"DECIMAL\((\d+), ?(\d+)\)", re.IGNORECASE)
_LIMITED = re.compile(r"(?:VARCHAR|TEXT|CHAR)\((\d+)\)", re.IGNORECASE)
_LIST = re.compile(r"(.+)\[\d*\]", re.DOTALL)
_STRUCT = re.compile(r"STRUCT\((.+)\)", re.DOTALL | re.IGNORECASE)
_ENUM = re.compile(r"ENUM\((.+)\)", re.DOTALL | re.IGNORECASE)
# By the most digits that surely fit.
_DIGITS = {"TINYINT": 2, "UTINYINT": 2, "SMALLINT": 4, "USMALLINT": 4}
_TEXTS = (
    *("alpha", "beta", "Gamma", "gamma", "delta  ", "Ünïcödé", "日本語", "naïve 😀"),
    *("it's", 'a "quoted" one', "null", "0", "a,b;c", "100%_"),
)
_JSON = ('{"a": 1, "tags": ["x", "y"]}', '{"a": null}', '{"a": 2.5, "b": {"c": "é"}}', "[]", "{}")


def is_known(kind: str) -> bool:
    """Return whether values of this type can be made up."""
    listed, struct = _LIST.fullmatch(kind), _STRUCT.fullmatch(kind)
    if listed:
        return is_known(listed[1])
    if struct:
        return all(is_known(part) for _, part in fields_of(struct[1]))
    if kind.upper().startswith("MAP"):
        return False
    return Column("", kind).kind != "other" or kind.upper() == "BLOB"


def fields_of(text: str) -> list[tuple[str, str]]:
    """Return the names and types within the parentheses of a struct."""
    parts, depth, start = [], 0, 0
    for place, character in enumerate(f"{text},"):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            name, _, kind = text[start:place].strip().partition(" ")
            parts.append((name.strip('"'), kind.strip()))
            start = place + 1
    return parts


def draw(  # noqa: PLR0911  (one per kind of value)
    kind: str, random: Random, least: float | None = None, most: float | None = None
) -> str:
    """Return a value of a type as text."""
    of = Column("", kind).kind
    if of in {"integer", "number"}:
        return _number(kind, of, random, least, most)
    if of == "text":
        text = "" if random.random() < 0.03 else random.choice(_TEXTS)
        limited = _LIMITED.fullmatch(kind)
        return text[: int(limited[1])] if limited else text
    if of == "boolean":
        return random.choice(("true", "false"))
    if of == "time":
        return _time(kind, random)
    if of == "uuid":
        return str(uuid.UUID(int=random.getrandbits(128), version=4))
    enum = _ENUM.fullmatch(kind)
    if enum:
        values: list[str] = re.findall(r"'((?:[^']|'')*)'", enum[1])
        return random.choice(values).replace("''", "'")
    if kind.upper() == "BLOB":
        return random.choice(("AP8=", "", "ZW50aXR5"))
    return random.choice(_JSON) if kind.upper() == "JSON" else json.dumps(_nested(kind, random))


def _number(kind: str, of: str, random: Random, least: float | None, most: float | None) -> str:
    scale, digits = 0, 5
    decimal = _DECIMAL.fullmatch(kind)
    if decimal:
        scale = int(decimal[2])
        digits = min(5, int(decimal[1]) - scale)
    elif of == "number":
        scale = 2  # quarters, which floats hold exactly: sums in any order are the same
    digits = min(digits, _DIGITS.get(kind.upper(), digits))
    low = (0 if kind.upper().startswith("U") else 1 - 10**digits) if least is None else least
    high = 10**digits - 1 if most is None else most
    chosen = random.random()
    if chosen < 0.12 and low <= 0 <= high:
        return f"{0:.{scale}f}"
    if chosen < 0.85:  # small, so that some are equal
        low = max(low, 0) if high >= 0 else low
        high = min(high, low + 100)
    number = random.randint(ceil(low), max(ceil(low), floor(high)))
    quarters = random.choice((0, 0.25, 0.5, 0.75)) if scale > 1 else 0
    return f"{min(number + quarters, high):.{scale}f}"


def _time(kind: str, random: Random) -> str:
    upper = kind.upper()
    if upper == "INTERVAL":
        return random.choice(("1 day", "90 minutes", "0 seconds", "1 month"))
    day = FIRST_DAY + timedelta(days=random.randrange(-3, DAYS + 3))
    clock = random.choice(
        ("00:00:00", "23:59:59", f"{random.randrange(24):02}:{random.randrange(60):02}:00")
    )
    if upper == "DATE":
        return day.isoformat()
    if upper.startswith("TIMESTAMP"):
        return instant(datetime.fromisoformat(f"{day} {clock}"), kind)
    return clock


def instant(moment: datetime, kind: str) -> str:
    """Return a moment (UTC) as text for a date or a timestamp."""
    if kind.upper() == "DATE":
        return moment.date().isoformat()
    zoned = "TZ" in kind.upper() or "WITH TIME ZONE" in kind.upper()
    return moment.isoformat(sep=" ") + ("+00:00" if zoned else "")


def _nested(kind: str, random: Random) -> Any:
    listed, struct = _LIST.fullmatch(kind), _STRUCT.fullmatch(kind)
    if listed:
        return [_nested(listed[1], random) for _ in range(random.randrange(3))]
    if struct:
        return {name: _nested(part, random) for name, part in fields_of(struct[1])}
    return draw(kind, random)


def in_order(kind: str, place: int, prefix: str) -> str:
    """Return the value of a type that is `place` in a sequence without repetition."""
    of = Column("", kind).kind
    if of in {"integer", "number"}:
        return str(place + 1)
    if of == "uuid":
        return str(uuid.UUID(int=place + 1))
    if kind.upper() == "DATE":
        return (FIRST_DAY + timedelta(days=place)).isoformat()
    if of == "time":
        return instant(datetime(2024, 2, 1) + timedelta(minutes=place), kind)  # noqa: DTZ001  (as text)
    limited = _LIMITED.fullmatch(kind)
    text = f"{prefix}-{place + 1:05}" if place % 10 else f"{prefix}-é-{place + 1:05}"
    return f"{place + 1:x}" if limited and len(text) > int(limited[1]) else text


def is_ordered(kind: str) -> bool:
    """Return whether a type has enough values for a sequence."""
    return Column("", kind).kind in {"integer", "number", "uuid", "text", "time"} and (
        kind.upper() not in {"TINYINT", "UTINYINT", "INTERVAL", "TIME"}
    )
