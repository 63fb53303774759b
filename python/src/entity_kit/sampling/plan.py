"""What a sample will read, before it reads any row: tables, rows, bytes, and masks."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

from entity_kit.errors import EntityKitError
from entity_kit.sampling import masks as masking
from entity_kit.sampling.choice import Choice, Choices, choose, threshold
from entity_kit.sampling.columns import find_column
from entity_kit.sampling.stored import Stored
from entity_kit.sampling.tables import (
    chosen_sources,
    find_references,
    find_table,
    make_table,
    read_keys,
)
from entity_kit.warehouse import QueryError, connect, literal, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from entity_kit.sampling.masks import Mask
    from entity_kit.sampling.opening import Opened
    from entity_kit.sampling.options import SampleOptions
    from entity_kit.sampling.readers.reader import Reader
    from entity_kit.sampling.tables import Reference, Table

_PAGE = 200_000  # rows: what one query returns, if the rows have a key
_WIDTH = 8  # bytes of a value that isn't text


@dataclass(frozen=True, slots=True)
class Planned:
    """One table: how many of how many rows, how they are chosen, what is stored of them.

    `source` is SQL after `from`, with the table as t; `pages` are predicates that each row of the
    sample fulfills one of. `first` and `last` are when
    the sample's rows arrived, None if that isn't declared or masked; `loads` are its distinct
    loaded times, `of_loads` the table's.
    """

    table: Table
    choice: Choice
    rows: int
    of: int
    bytes: int
    stored: tuple[Stored, ...]
    source: str
    pages: tuple[str, ...]
    first: Any = None
    last: Any = None
    loads: int | None = None
    of_loads: int | None = None

    @property
    def masks(self) -> dict[str, str]:
        return {each.column.name: each.mask.told for each in self.stored if not _kept(each)}


def _kept(stored: Stored) -> bool:
    return stored.mask.rule == "keep"


@dataclass(frozen=True, slots=True)
class _Counted:
    rows: int
    loads: int | None


def make_plan(
    options: SampleOptions, opened: Opened, on_progress: Callable[[str], None]
) -> list[Planned]:
    """Decide what to read, and count it. Raises EntityKitError for all that can be known before."""
    manifest, reader = opened.manifest, opened.reader
    tables: dict[str, Table] = {}
    for node in chosen_sources(manifest, opened.selected):
        table = make_table(
            node, reader.relation(node), reader.columns(node), manifest, reader.quote
        )
        tables[table.name] = table
    references = find_references(manifest, tables)
    keys = read_keys(options.keys, tables)
    whole = [find_table(name, tables, "--whole") for name in options.whole]
    masks = masking.choose_masks(
        tables.values(), _keys_of(tables, references, keys), options.mask_default
    )
    masking.check_references(references, tables, masks)
    _check_constants(tables, masks)
    counts = {}
    for table in tables.values():
        on_progress(f"counting {table.name}")
        counts[table.name] = _count(reader, table)
    choices = choose(
        tables,
        references,
        {name: count.rows for name, count in counts.items()},
        keys=keys,
        whole=whole,
        fraction=options.fraction,
        rows=options.rows,
    )
    chosen = Choices(tables, references, choices, reader)
    planned = []
    for table in tables.values():
        on_progress(f"measuring the part of {table.name}")
        planned.append(_measure(reader, chosen, table, counts[table.name], masks[table.name]))
    _refuse_nothing(planned)
    return planned


def _keys_of(
    tables: Mapping[str, Table], references: Sequence[Reference], keys: Mapping[str, str]
) -> dict[str, list[str]]:
    """Return the columns of each table that identify its rows, or refer to others."""
    found = {name: [*table.row_key, *table.unique] for name, table in tables.items()}
    for name, column in keys.items():
        found[name].append(column)
    for reference in references:
        found[reference.child].append(reference.column)
        found[reference.parent].append(reference.field)
    return found


def _check_constants(tables: Mapping[str, Table], masks: Mapping[str, Mapping[str, Mask]]) -> None:
    with connect() as connection:
        for name, rules in masks.items():
            for column, mask in rules.items():
                if mask.rule != "constant":
                    continue
                kind = find_column(name, column, tables[name].columns, "named by `mask`").type
                try:
                    rows(connection, f"select cast({literal(mask.value)} as {kind})")
                except QueryError as error:
                    raise EntityKitError(
                        f"{name}.{column}: the constant {mask.value!r} isn't a value of its type, "
                        f"{kind}.",
                        fix="Use another constant, or null.",
                    ) from error


def _count(reader: Reader, table: Table) -> _Counted:
    loads = f"count(distinct {table.loaded_at})" if table.loaded_at else "0"
    ((count, distinct),) = reader.ask(
        f"select count(*), {loads} from {table.relation} t", table.name
    )
    return _Counted(int(count), int(distinct) if table.loaded_at else None)


def _measure(
    reader: Reader, chosen: Choices, table: Table, counted: _Counted, masks: Mapping[str, Mask]
) -> Planned:
    stored = tuple(Stored(column, masks.get(column.name, masking.KEEP)) for column in table.columns)
    part = chosen.sampled(table.name, "t")
    source, where = " ".join([f"{table.relation} t", *part.joins]), part.where or "1 = 1"
    texts = [each for each in stored if _kept(each) and each.column.kind in {"text", "nested"}]
    lengths = [
        f"coalesce(sum({reader.length(reader.text('t.' + reader.quote(each.column.name)))}), 0)"
        for each in texts
    ]
    told = table.loaded_at if _may_tell(table, masks) else None
    times = [f"min({told})", f"max({told})", f"count(distinct {told})"] if told else ["1", "1", "1"]
    ((count, first, last, loads, size),) = reader.ask(
        f"select count(*), {', '.join(times)}, {' + '.join(lengths) or '0'} "
        f"from {source} where {where}",
        table.name,
    )
    wide = sum(each.is_read for each in stored) - len(texts)
    return Planned(
        table,
        chosen.choices[table.name],
        int(count),
        counted.rows,
        int(size or 0) + int(count) * wide * _WIDTH,
        stored,
        source,
        pages_of(chosen, table, where, int(count)),
        *((first, last, int(loads), counted.loads) if told else ()),
    )


def _may_tell(table: Table, masks: Mapping[str, Mask]) -> bool:
    """Return whether the loaded time is stored as it is, so that it may be told."""
    if table.loaded_column is not None:
        return masks.get(table.loaded_column, masking.KEEP).rule == "keep"
    said = (table.loaded_at or "").casefold()
    return all(
        mask.rule == "keep" or column.casefold() not in said for column, mask in masks.items()
    )


def pages_of(chosen: Choices, table: Table, where: str, count: int) -> tuple[str, ...]:
    """Divide the rows by another hash than the one that chose them."""
    parts, key = ceil(count / _PAGE), chosen.page_key(table.name)
    if parts <= 1 or not key:
        return (where,)
    value = f"coalesce({chosen.dialect.hash(chosen.hashed('t', key))}, '')"
    edges = [threshold(part / parts) for part in range(1, parts)]
    below = [f"{value} < '{edge}'" for edge in edges] + ["1 = 1"]
    above = ["1 = 1"] + [f"{value} >= '{edge}'" for edge in edges]
    return tuple(f"({where}) and {low} and {high}" for low, high in zip(above, below, strict=True))


def _refuse_nothing(planned: Sequence[Planned]) -> None:
    for each in planned:
        if each.of and not each.rows and each.choice.how == "hash":
            raise EntityKitError(
                f"No row of {each.table.name} was chosen, of {each.of:,}.",
                fix="Choose a greater --fraction or more --rows, or take all of it: "
                f"--whole {each.table.name}",
            )
