"""Read the grains of a spec."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entity_kit.errors import closest_word
from entity_kit.project_health.scaffold.measures import chosen, read_measures
from entity_kit.project_health.scaffold.spec import EVENTS, SUFFIXES, Grain, further

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from entity_kit.project_health.scaffold.reader import Reader
    from entity_kit.project_health.scaffold.spec import History, Measure, Table
    from entity_kit.project_health.scaffold.spec_text import Where
    from entity_kit.project_health.scaffold.tables import Tables

_KEYS = ("grain", "name", "source", "timezone", "spine", "measures", "trailing", "attributes")
_ROLLED_UP = ("grain", "name", "from", "measures", "attributes")
_SPINES = ("dense", "sparse")


def read_grains(
    reader: Reader,
    given: Any,
    stem: str,
    tables: Tables,
    table: Table,
    metrics: tuple[Measure, ...],
    history: History | None,
) -> tuple[Grain, ...]:
    """Return the grains; `stem` is how their models' names begin."""
    found: list[Grain] = []
    for place, each in enumerate(reader.listed(("grains",), given)):
        where: Where = ("grains", place)
        rolled_up = isinstance(each, dict) and "from" in each
        known = _ROLLED_UP if rolled_up else _KEYS
        read = reader.mapping(where, each, known, ("grain", "from") if rolled_up else ("grain",))
        if "grain" not in read:
            continue
        grain = reader.choice((*where, "grain"), read["grain"], list(SUFFIXES))
        model = f"{stem}_{SUFFIXES[grain]}"
        if "name" in read:
            model = reader.name((*where, "name"), read["name"])
        if rolled_up:
            found += _rolled_up(reader, where, read, grain, model, found)
        else:
            found.append(
                _counted(reader, where, read, grain, model, tables, table, metrics, history)
            )
    return tuple(found)


def _counted(
    reader: Reader,
    where: Where,
    read: Mapping[str, Any],
    grain: str,
    model: str,
    tables: Tables,
    table: Table,
    metrics: tuple[Measure, ...],
    history: History | None,
) -> Grain:
    events = tables.read((*where, "source"), read["source"], EVENTS) if "source" in read else table
    measures = metrics
    if "measures" in read:
        measures = read_measures(reader, (*where, "measures"), read["measures"])
    trailing = read_measures(reader, (*where, "trailing"), read.get("trailing", []), trailing=True)
    if not measures and not trailing:
        reader.report(where, "This grain has no `measures`, and the spec no `metrics`.")
    attributes = reader.columns((*where, "attributes"), read.get("attributes", []))
    known = history.attributes if history is not None else {}
    if attributes and history is None:
        reader.report(
            (*where, "attributes"),
            "`attributes` of a grain are those of a period's end, so they need a `history`.",
        )
    else:
        _require_known(reader, (*where, "attributes"), attributes, list(known), "the history")
    names = [measure.name for measure in (*measures, *trailing)]
    for name in dict.fromkeys(names):
        if names.count(name) > 1 or name in attributes:
            reader.report(where, f"This grain has `{name}` twice. Rename one of them.")
    return Grain(
        grain,
        model,
        events,
        measures,
        trailing,
        attributes,
        reader.choice((*where, "spine"), read.get("spine", "dense"), _SPINES),
        reader.text((*where, "timezone"), read["timezone"]) if "timezone" in read else "",
    )


def _rolled_up(
    reader: Reader,
    where: Where,
    read: Mapping[str, Any],
    grain: str,
    model: str,
    before: Sequence[Grain],
) -> list[Grain]:
    known = {each.grain: each for each in before if not each.finer}
    finer = known.get(str(read.get("from")))
    order = list(SUFFIXES)
    if finer is None or order.index(finer.grain) >= order.index(grain):
        if "from" in read:
            said = "a finer grain that is listed before, and isn't rolled up itself"
            reader.wrong((*where, "from"), said, read["from"])
        return []
    measures = tuple(measure for measure in finer.measures if further(measure.calculation))
    if "measures" in read:
        measures = chosen(reader, (*where, "measures"), read["measures"], finer.measures)
    for measure in measures:
        if not further(measure.calculation):
            reader.report(
                (*where, "measures"),
                f"`{measure.name}` can't be computed from a finer grain's results. Remove it here, or "
                f"list a grain of its own without `from`.",
            )
    attributes = reader.columns((*where, "attributes"), read.get("attributes", []))
    shown = [*finer.attributes, *(measure.name for measure in finer.trailing)]
    _require_known(reader, (*where, "attributes"), attributes, shown, f"the {finer.grain}s")
    return [
        Grain(
            grain,
            model,
            finer.table,
            measures,
            attributes=attributes,
            spine=finer.spine,
            timezone=finer.timezone,
            finer=finer.model,
        )
    ]


def _require_known(
    reader: Reader, where: Where, given: Sequence[str], known: Sequence[str], of: str
) -> None:
    for column in given:
        if column not in known:
            reader.wrong(where, f"attributes of {of}", column, closest_word(column, known))
