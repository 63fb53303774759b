"""What identifies a relation's rows: the smallest sets of columns without duplicates."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from entity_kit.warehouse import fold, quote, rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from entity_kit.project_health.onboarding.times import Columns
    from entity_kit.warehouse import Connection

# Given by a loader to each row that it writes: they identify a delivery, not what is delivered.
TECHNICAL = re.compile(
    r"_airbyte_(raw_id|ab_id|meta|generation_id)|_dlt_(id|load_id)|_sdc_(sequence|table_version)"
    r"|_fivetran_(batch|index)|_?(batch|load|file|source_file|row)_?(id|name|number)?|_line|_file",
    re.IGNORECASE,
)
_KEY_NAME = re.compile(
    r"(^|[\W_])([iI][dD]|key|code|uuid|guid|no|nr|number|sku|tailnum|KEY|CODE|UUID|NUMBER)$"
    r"|^(id|key|uuid)_|[a-z](ID|Id)$"
)
# What tells an entity's rows apart, beside a key and a time.
_COUNTER = re.compile(
    r"(^|_)(revision|version|sequence|seq|offset|line|position|lsn)", re.IGNORECASE
)
_UNFIT = re.compile(r"FLOAT|DOUBLE|BOOLEAN|BLOB|JSON|STRUCT|MAP|UNION|VARIANT|INTERVAL|\[|BIT|GEO")
_MOST = 8  # columns that are combined
_SIZES = (1, 2, 3)
_PREFIX = 20_000  # rows that are asked first: a duplicate there settles it


@dataclass(frozen=True, slots=True)
class Key:
    """Columns that identify a row. One that isn't `named` as a key may be unique by chance."""

    columns: tuple[str, ...]
    named: bool


def duplicates(connection: Connection, origin: str, columns: Sequence[str]) -> int:
    """Count the rows beyond the first of each value of these columns. NULL equals NULL."""
    names = ", ".join(map(quote, columns))
    total, distinct = rows(
        connection,
        f"select (select count(*) from {origin}), "
        f"(select count(*) from (select distinct {names} from {origin}))",
    )[0]
    return int(total - distinct)


def find_key(
    connection: Connection,
    origin: str,
    columns: Columns,
    *,
    table: str,
    without: Collection[str] = (),
    plus: Sequence[str] = (),
) -> Key | None:
    """Find the best of the smallest keys of up to three columns, none of them `without`.

    `plus` are columns that belong to the key whatever it is. An empty relation has none.
    """
    fit = [
        (name, kind)
        for name, kind in columns
        if name not in without
        and name not in plus
        and not _UNFIT.search(kind)
        and not kind.startswith("DECIMAL")
        and not TECHNICAL.fullmatch(name)
    ]
    ranked = sorted(fit, key=lambda each: key_rank(table, *each))
    total, counts, nulls = _counts(connection, origin, [name for name, _ in ranked])
    if not total:
        return None
    # A NULL can't identify a row by itself, but it can beside other columns.
    whole = [each for each in ranked if not nulls[each[0]]]
    partial = [each for each in ranked if 0 < nulls[each[0]] < total]
    present = [*whole, *partial][:_MOST]
    extra = math.prod(_distinct(connection, origin, name) for name in plus)
    for chosen in _in_order(present, table, {name for name, _ in whole}):
        room = math.prod(min(counts[name], total) for name in chosen) * max(extra, 1)
        # The counts are estimates, so not quite all of it is asked for.
        if room >= 0.8 * total and _unique(connection, origin, (*chosen, *plus)):
            own = [name for name, _ in columns if name in chosen]
            return Key((*own, *plus), is_named(chosen))
    return None


def is_named(columns: Sequence[str]) -> bool:
    return any(_KEY_NAME.search(name) for name in columns)


def key_rank(table: str, name: str, kind: str) -> int:
    """Rank a column by how much its name and its type look like a key's; less is better."""
    stem = re.sub(r"^(raw|stg|src)_|_?(log|extract|raw|events|history)$", "", fold(table))
    singular = re.sub("ies$", "y", stem) if stem.endswith("ies") else stem.removesuffix("s")
    own = {f"{s}{end}" for s in (stem, singular) for end in ("_id", "_key", "_uuid", "id")}
    if fold(name) in own or fold(name) in {"id", "_id", "uuid", "guid", "_fivetran_id"}:
        return 0
    if _KEY_NAME.search(name):
        return 1
    if kind.startswith(("TIME", "DATE")) or _COUNTER.search(name):
        return 2
    return 3 if kind in {"VARCHAR", "UUID"} or kind.startswith("ENUM") else 4


def _in_order(present: Columns, table: str, whole: Collection[str]) -> Iterator[tuple[str, ...]]:
    """Yield the combinations to try, the likeliest first.

    One column named as a key; one text; then more columns with one that is named so; then the rest.
    """
    ranks = {name: key_rank(table, name, kind) for name, kind in present}
    names = list(ranks)

    def order(chosen: tuple[str, ...]) -> tuple[int, int, int, int]:
        own = [ranks[name] for name in chosen]
        first = min(own)
        return (
            (0 if first <= 1 else 1 if own == [3] else 3)
            if len(own) == 1
            else 2
            if first <= 1
            else 4,
            len(own),
            first,
            sum(own),
        )

    found = [chosen for size in _SIZES for chosen in itertools.combinations(names, size)]
    return iter(sorted((c for c in found if any(name in whole for name in c)), key=order))


def _counts(
    connection: Connection, origin: str, names: Sequence[str]
) -> tuple[int, dict[str, int], dict[str, int]]:
    """Count the rows, and about how many values each column has, NULL as one, and its NULLs."""
    items = [
        f"approx_count_distinct({quote(name)}) + (count({quote(name)}) < count(*))::int"
        for name in names
    ]
    items += [f"count(*) - count({quote(name)})" for name in names]
    total, *found = rows(connection, f"select {', '.join(['count(*)', *items])} from {origin}")[0]
    counts, nulls = found[: len(names)], found[len(names) :]
    return total, dict(zip(names, counts, strict=True)), dict(zip(names, nulls, strict=True))


def _distinct(connection: Connection, origin: str, name: str) -> int:
    found = rows(connection, f"select approx_count_distinct({quote(name)}) from {origin}")
    return int(found[0][0])


def _unique(connection: Connection, origin: str, names: Sequence[str]) -> bool:
    first = f"(select {', '.join(map(quote, names))} from {origin} limit {_PREFIX})"
    return not duplicates(connection, first, names) and not duplicates(connection, origin, names)
