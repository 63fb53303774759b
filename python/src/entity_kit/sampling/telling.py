"""What `sample` says: what it will read, and what it has written."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from entity_kit.sampling.plan import Planned
    from entity_kit.sampling.sampling import Sample

_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def plan_lines(planned: Sequence[Planned]) -> Iterator[str]:
    """Yield a line per table, and the sum."""
    wide = max(len(each.table.name) for each in planned)
    for each in planned:
        loads = ""
        if each.loads is not None and each.of_loads:
            loads = f"; {each.loads:,} of {each.of_loads:,} loads"
        yield (
            f"{each.table.name:<{wide}}  {each.rows:,} of {each.of:,} rows, "
            f"{each.choice.told()}{loads}"
        )
        if each.masks:
            rules = ", ".join(f"{column} ({rule})" for column, rule in each.masks.items())
            yield f"{'':<{wide}}  masked: {rules}"
    rows, size = sum(each.rows for each in planned), sum(each.bytes for each in planned)
    yield f"{rows:,} rows, about {size_text(size)} before compression"


def size_text(size: int) -> str:
    amount, unit = float(size), _UNITS[0]
    for unit in _UNITS:
        if amount < 1000 or unit == _UNITS[-1]:
            break
        amount /= 1000
    return f"{amount:,.0f} {unit}" if unit == _UNITS[0] else f"{amount:,.1f} {unit}"


def result_lines(sample: Sample) -> Iterator[str]:
    """Yield what is in the folder, and what to do with it."""
    if sample.continued and len(sample.continued) == len(sample.tables):
        yield f"{sample.folder} is complete; nothing was read. Remove the folder to read it again."
    else:
        count = len(sample.tables)
        before = f" ({len(sample.continued)} were there)" if sample.continued else ""
        yield (
            f"{sample.folder}: {sample.rows:,} rows of {count} "
            f"source table{'' if count == 1 else 's'}{before}"
        )
    yield f"Next: entity-kit verify --samples {sample.folder}"
