"""What a project's grain tables contain, and what a full refresh would add to them now.

Pure functions over plain data: the notes that `grain_table` and `grain_rollup` leave in the
manifest, and the one row that each table's coverage query answers with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from entity_kit.project_health.deprecations import shown_name
from entity_kit.wording import counted, duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# With this variable, the macros return their coverage query instead of the model.
VARIABLE = "entity_kit_coverage"
# With this one, an incremental run also builds the periods of a range again.
BACKFILL = "entity_kit_backfill"
_NOTE, _ROLLUP = "entity_kit_grain", "entity_kit_rollup"
_COUNTS = ("row_count", "entity_count", "gap_count", "units_to_build")
_TITLES = ("", "model", "grain", "first", "last", "rows", "entities", "gaps", "to build")
_TEXTS = 5  # so many of them are texts, and the others numbers
_REFRESH = ("full_refresh_s", "full_refresh_at")
_RANGE = ("range_units", "all_units")
_PERIODS = ("first_period", "last_period", "first_gap", "build_from", "build_to")


@dataclass(frozen=True, slots=True)
class Coverage:
    """What one grain table contains, compared with what its events and its history require now.

    Periods are ISO texts, None if there is none. A gap is a place where the periods of one
    entity aren't adjacent, which in a table with a sparse spine is no fault. `full_refresh_s` are
    the seconds of its last full refresh, and `full_refresh_at` is when that began, if
    `run_history` recorded one. If a range was asked about, `range_units` of `all_units` rows that
    a full refresh would build are in it; a rollup has none, because it is always built whole.
    """

    name: str
    unique_id: str
    grain: str
    spine: str | None
    first_period: str | None
    last_period: str | None
    row_count: int
    entity_count: int
    gap_count: int
    first_gap: str | None
    units_to_build: int
    build_from: str | None
    build_to: str | None
    full_refresh_s: float | None = None
    full_refresh_at: str | None = None
    range_units: int | None = None
    all_units: int | None = None

    @property
    def backfill_s(self) -> float | None:
        """Return the range's share of the last full refresh's seconds; None if that isn't known."""
        if self.full_refresh_s is None or self.range_units is None or not self.all_units:
            return None
        return self.full_refresh_s * self.range_units / self.all_units

    @property
    def complete(self) -> bool:
        """Return whether the table has every row that a full refresh would have."""
        return not self.units_to_build


def grain_tables(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the models that grain_table or grain_rollup built, by name."""
    found = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and _note(node) is not None
    ]
    return sorted(found, key=lambda node: (node["name"], node["unique_id"]))


def read_coverage(node: Mapping[str, Any], row: Mapping[str, Any]) -> Coverage:
    """Read the answer of one table's coverage query."""
    note = _note(node) or {}
    known: dict[str, Any] = {name: int(row[name]) for name in _COUNTS}
    known |= {name: None if row[name] is None else str(row[name]) for name in _PERIODS}
    known |= {name: int(row[name]) for name in _RANGE if row.get(name) is not None}
    took, at = row.get("full_refresh_s"), row.get("full_refresh_at")
    return Coverage(
        full_refresh_s=None if took is None else float(took),
        full_refresh_at=None if at is None else str(at),
        name=shown_name(node),
        unique_id=node["unique_id"],
        grain=note["grain"],
        spine=note.get("spine"),
        **known,
    )


def _note(node: Mapping[str, Any]) -> Mapping[str, Any] | None:
    meta = (node.get("config") or {}).get("meta") or {}
    note: Mapping[str, Any] | None = meta.get(_NOTE) or meta.get(_ROLLUP)
    return note


def text_lines(coverages: Sequence[Coverage]) -> Iterator[str]:
    """Yield a table of all of them, what a backfill would have to build, and how to do it."""
    cells = [_TITLES, *map(_cells, coverages)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        texts = [text.ljust(width) for text, width in zip(row[:_TEXTS], widths, strict=False)]
        counts = [
            text.rjust(width) for text, width in zip(row[_TEXTS:], widths[_TEXTS:], strict=True)
        ]
        yield "  ".join((*texts, *counts))
    yield ""
    lacking = [each for each in coverages if not each.complete]
    for each in lacking:
        units = counted(each.units_to_build, "row")
        yield (
            f"{each.name} lacks {units}, from {_shown(each.build_from)} to {_shown(each.build_to)}."
        )
    if lacking:
        names = " ".join(each.name for each in lacking)
        yield (
            "The next run builds what has arrived since the last one. To build the rest, run: "
            f"dbt run --full-refresh --select {names}"
        )
        yield from _how_long(lacking)
    total = f"{len(coverages)} grain table{'' if len(coverages) == 1 else 's'}"
    yield f"{total}: {len(coverages) - len(lacking)} complete, {len(lacking)} not."


def _how_long(lacking: Sequence[Coverage]) -> Iterator[str]:
    """Yield how long the full refreshes will take, judged by the last ones that were recorded."""
    known = [each for each in lacking if each.full_refresh_s is not None]
    if not known:
        return
    past = ", ".join(
        f"{each.name} took {duration(each.full_refresh_s or 0.0)} on {(each.full_refresh_at or '')[:10]}"
        for each in known
    )
    total = duration(sum(each.full_refresh_s or 0.0 for each in known))
    unknown = counted(len(lacking) - len(known), "table")
    rest = "" if len(known) == len(lacking) else f", and {unknown} with no recorded full refresh"
    yield f"By the last full refreshes, that takes about {total}{rest} ({past})."


def range_lines(coverages: Sequence[Coverage], start: str, end: str) -> Iterator[str]:
    """Yield how many rows of a range a backfill would build again, with which command, and how long it takes."""
    tables = [each for each in coverages if each.range_units is not None]
    built = [each for each in tables if each.range_units]
    yield ""
    if not built:
        yield f"No grain table has rows from {start} up to {end}."
        return
    yield f"From {start} up to {end}, without that day, a backfill builds again:"
    for each in built:
        rows = f"  {each.name}: {each.range_units:,} of {counted(each.all_units or 0, 'row')}"
        yield f"{rows}, {_share(each)}"
    if len(tables) < len(coverages):
        names = ", ".join(each.name for each in coverages if each.range_units is None)
        yield f"  and all of {names}, by grain_rollup"
    names = " ".join(each.name for each in coverages if each.range_units != 0)
    said = f"{{entity_kit_backfill: {{from: '{start}', to: '{end}'}}}}"
    yield f'Run: dbt run --select {names} --vars "{said}"'


def _share(each: Coverage) -> str:
    if each.backfill_s is None:
        return "for an unknown time: run_history has no full refresh of it"
    took = f"{duration(each.full_refresh_s or 0.0)} on {(each.full_refresh_at or '')[:10]}"
    return f"about {duration(each.backfill_s)}, as its last full refresh took {took}"


def _cells(each: Coverage) -> tuple[str, ...]:
    mark = "✓" if each.complete else "✗"
    periods = (_shown(each.first_period), _shown(each.last_period))
    counts = (each.row_count, each.entity_count, each.gap_count, each.units_to_build)
    return (mark, each.name, each.grain, *periods, *(f"{count:,}" for count in counts))


def _shown(period: str | None) -> str:
    return "-" if period is None else period.replace("T", " ").removesuffix(":00")


def as_json(coverages: Sequence[Coverage]) -> dict[str, Any]:
    """Return the coverages as plain data, version 1."""
    return {
        "version": 1,
        "verdict": "complete" if all(each.complete for each in coverages) else "incomplete",
        "models": [
            {
                "name": each.name,
                "unique_id": each.unique_id,
                "grain": each.grain,
                "spine": each.spine,
                "complete": each.complete,
                **{name: getattr(each, name) for name in (*_COUNTS, *_PERIODS, *_REFRESH)},
                **_range_json(each),
            }
            for each in coverages
        ],
    }


def _range_json(each: Coverage) -> dict[str, Any]:
    if each.range_units is None:
        return {}
    return {name: getattr(each, name) for name in (*_RANGE, "backfill_s")}
