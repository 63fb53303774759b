"""Read the metrics and measures of a spec."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entity_kit.errors import closest_word
from entity_kit.project_health.scaffold.spec import Measure, further

if TYPE_CHECKING:
    from collections.abc import Mapping

    from entity_kit.project_health.scaffold.reader import Reader
    from entity_kit.project_health.scaffold.spec_text import Where

_KEYS = ("name", "calculation", "description", "label", "unit", "owner", "fill", "agg", "tolerance")
_REQUIRED = ("name", "calculation", "description")
_AGGREGATIONS = ("sum", "min", "max", "average", "none")


def read_measures(
    reader: Reader, where: Where, given: Any, *, trailing: bool = False
) -> tuple[Measure, ...]:
    """Return a list of measures; those that are `trailing` have `periods`."""
    known = (*_KEYS, "periods") if trailing else _KEYS
    required = (*_REQUIRED, "periods") if trailing else _REQUIRED
    found: list[Measure] = []
    for place, each in enumerate(reader.listed(where, given)):
        here = (*where, place)
        read = reader.mapping(here, each, known, required)
        if all(key in read for key in required):
            found.append(_measure(reader, here, read))
    names = [measure.name for measure in found]
    for place, name in enumerate(names):
        if name in names[:place]:
            reader.report((*where, place), f"`{name}` is there twice. Rename one of them.")
    return tuple(found)


def _measure(reader: Reader, where: Where, read: Mapping[str, Any]) -> Measure:
    texts = {
        key: reader.text((*where, key), read[key]) if key in read else ""
        for key in ("calculation", "description", "label", "unit", "owner")
    }
    name = reader.name((*where, "name"), read["name"])
    fill = read.get("fill")
    if not (fill is None or isinstance(fill, (bool, int, float, str))):
        reader.wrong((*where, "fill"), "a value, not SQL", fill)
    agg = further(texts["calculation"])
    if "agg" in read:
        agg = reader.choice((*where, "agg"), read["agg"], _AGGREGATIONS)
    tolerance = read.get("tolerance")
    if tolerance is not None and (
        isinstance(tolerance, bool) or not isinstance(tolerance, (int, float)) or tolerance < 0
    ):
        reader.wrong((*where, "tolerance"), "a number from 0", tolerance)
        tolerance = None
    texts["label"] = texts["label"] or name.replace("_", " ").capitalize()
    return Measure(
        name,
        fill=fill,
        agg="" if agg == "none" else agg,
        tolerance=tolerance,
        periods=reader.number((*where, "periods"), read["periods"]) if "periods" in read else None,
        **texts,
    )


def chosen(
    reader: Reader, where: Where, given: Any, known: tuple[Measure, ...]
) -> tuple[Measure, ...]:
    """Return those of the known measures that a list names."""
    by_name = {measure.name: measure for measure in known}
    found = []
    for place, name in enumerate(reader.listed(where, given)):
        if isinstance(name, str) and name in by_name:
            found.append(by_name[name])
        else:
            expected = "the name of a measure of the finer grain"
            reader.wrong((*where, place), expected, name, closest_word(name, by_name))
    return tuple(found)
