"""What changed in the models' contracts since a revision, whether it breaks readers, and whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from entity_kit.project_health.contracts.shape import Shape, Shapes, Type
from entity_kit.project_health.contracts.versions import Pair, pair_models, retired, touched_nodes
from entity_kit.project_health.deprecations import shown_name
from entity_kit.project_health.metrics.impact import EVERY, impact_of
from entity_kit.project_health.metrics.reading import read_metrics

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping

    from entity_kit.project_health.column_lineage import ColumnLineage
    from entity_kit.project_health.metrics.impact import Impact, Reached

    Read = Callable[[Mapping[str, Any]], ColumnLineage]

# Where all of a model's rows change, not the values of one column.
_ALL_ROWS = ("key", "grain", "model")

# Of no use for code that isn't today's.
_COMPILE = "; run dbt compile"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a contract. `what` is model, column, type, nullability, key, or grain.

    `name` is the column or the key, '' for the rest. `before` and `now` are None for nothing.
    `breaks` are those who read it now, and `unknown` the models that may, each with the reason.
    """

    what: str
    name: str
    change: str
    before: str | None
    now: str | None
    is_breaking: bool
    breaks: tuple[Reached, ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ModelChanges:
    """What changed of one model. `unresolved` says what can't be known of it, and why.

    `new_version` is the version that announces its breaking changes, if there is one.
    """

    model: str
    unique_id: str
    path: str
    changes: tuple[Change, ...]
    unresolved: tuple[str, ...]
    new_version: str | None

    @property
    def verdict(self) -> str:
        """Return breaking, additive, or unresolved."""
        if any(each.is_breaking for each in self.changes):
            return "breaking"
        return "additive" if self.changes else "unresolved"

    @property
    def owes_version(self) -> bool:
        """Return whether it has a breaking change without a new version."""
        return self.verdict == "breaking" and self.new_version is None


def compare_contracts(
    before: Mapping[str, Any], now: Mapping[str, Any], read: Read, today: dt.date
) -> list[ModelChanges]:
    """Return what changed of the project's own models, by name. `read` returns a manifest's lineage."""
    old, new = Shapes(before, read(before)), Shapes(now, read(now))
    touched = touched_nodes(before, now)
    pairs = pair_models(before, now)
    shapes = [
        (
            None if pair.before is None else old.read(pair.before["unique_id"]),
            None if pair.now is None else new.read(pair.now["unique_id"]),
        )
        for pair in pairs
    ]
    broken = _Readers(now, pairs, shapes, read)
    found = []
    for pair, (was, given) in zip(pairs, shapes, strict=True):
        node = pair.now or pair.before or {}
        notes: list[str] = []
        changes = [broken.told(pair, each) for each in _changes(pair, was, given, notes, today)]
        if node["unique_id"] not in touched and pair.new_version is None:
            notes = []  # what can't be known of it is what it was
        if changes or notes:
            name = shown_name(node)
            path = str(node["original_file_path"])
            found.append(
                ModelChanges(
                    name, node["unique_id"], path, tuple(changes), tuple(notes), pair.new_version
                )
            )
    return found


def _changes(
    pair: Pair, was: Shape | None, given: Shape | None, notes: list[str], today: dt.date
) -> Iterator[Change]:
    if was is None:
        yield Change("model", "", "added", None, "a new model", is_breaking=False)
    elif given is None:
        gone = pair.before or {}
        is_breaking = not retired(gone, today)
        said = "a model" if is_breaking else "a model past its deprecation_date"
        yield Change("model", "", "removed", said, None, is_breaking=is_breaking)
    else:
        if pair.new_version is not None and pair.before is not None:
            names = shown_name(pair.before), pair.new_version
            yield Change("model", "", "new version", *names, is_breaking=False)
        yield from _columns(was, given, notes)
        yield from _keys(was, given)
        if was.grain != given.grain:
            change = _kind(was.grain, given.grain)
            yield Change("grain", "", change, was.grain, given.grain, was.grain is not None)


def _kind(before: object, now: object) -> str:
    return "added" if before is None else "removed" if now is None else "changed"


def _columns(was: Shape, given: Shape, notes: list[str]) -> Iterator[Change]:
    notes += _unknown_columns(was.unknown.removesuffix(_COMPILE), given.unknown)
    for name, type_ in was.types.items():
        if name not in given.types:
            if given.unknown:
                notes.append(f"whether it still has the column {name} isn't known")
            else:
                yield Change("column", name, "removed", _text(type_), None, is_breaking=True)
    for name, type_ in given.types.items():
        if name in was.types:
            yield from _nullability(name, was, given)
        elif was.unknown:
            notes.append(f"whether it had the column {name} before isn't known")
        else:
            yield Change("column", name, "added", None, _text(type_), is_breaking=False)
    yield from _types(was, given, notes)


def _unknown_columns(before: str, now: str) -> Iterator[str]:
    """Yield why not all columns are known, in one note if the reason is the same on both sides."""
    if before and before == now.removesuffix(_COMPILE):
        yield f"not all of its columns are known: {before}; a contract would name them"
        return
    for side, reason in (("before", before), ("now", now)):
        if reason:
            yield f"not all of its columns are known {side}: {reason}"


def _types(was: Shape, given: Shape, notes: list[str]) -> Iterator[Change]:
    undeclared = []
    for name in (each for each in given.types if each in was.types):
        before, now = was.types[name], given.types[name]
        if before is None or now is None:
            if now is not None:
                notes.append(f"the type of {name} is {now.text}, and isn't known before")
            elif before is not None:
                notes.append(f"the type of {name} was {before.text}, and isn't known now")
            else:
                undeclared.append(name)
        elif before.canonical != now.canonical:
            yield Change("type", name, "changed", before.text, now.text, is_breaking=True)
    if undeclared:
        notes.append(f"types that aren't declared (data_type): {', '.join(undeclared)}")


def _text(type_: Type | None) -> str:
    return "" if type_ is None else type_.text


def _nullability(name: str, was: Shape, given: Shape) -> Iterator[Change]:
    before, now = (name in shape.required for shape in (was, given))
    if before != now:
        said = {True: "not null", False: "may be null"}
        yield Change("nullability", name, "changed", said[before], said[now], is_breaking=before)


def _keys(was: Shape, given: Shape) -> Iterator[Change]:
    for key, by in was.promised.items():
        if key not in given.promised:
            yield Change("key", ", ".join(key), "removed", ", ".join(by), None, is_breaking=True)
    for key, by in given.promised.items():
        if key not in was.promised:
            yield Change("key", ", ".join(key), "added", None, ", ".join(by), is_breaking=False)


class _Readers:
    """Finds who reads what breaks, in the project of today."""

    def __init__(
        self,
        now: Mapping[str, Any],
        pairs: list[Pair],
        shapes: list[tuple[Shape | None, Shape | None]],
        read: Read,
    ) -> None:
        """Let the models have the columns that are gone, so that what still reads them is found."""
        nodes = dict(now["nodes"])
        for pair, (was, given) in zip(pairs, shapes, strict=True):
            if pair.now is None or was is None or given is None or was.unknown or given.unknown:
                continue
            if was.types.keys() - given.types.keys():
                unique_id = pair.now["unique_id"]
                columns = {name: {"name": name} for name in [*given.types, *was.types]}
                config = {**(pair.now.get("config") or {}), "contract": {"enforced": True}}
                nodes[unique_id] = {**pair.now, "columns": columns, "config": config}
        self._manifest = {**now, "nodes": nodes}
        self._metrics = read_metrics(now)
        self._lineage = read(self._manifest)

    def told(self, pair: Pair, change: Change) -> Change:
        """Return the change with those who read it."""
        if not change.is_breaking or pair.now is None:
            return change
        column = EVERY if change.what in _ALL_ROWS else change.name
        start = (pair.now["unique_id"], column)
        found: Impact = impact_of(
            self._manifest, self._metrics, self._lineage, start, shown_name(pair.now)
        )
        return Change(
            *(change.what, change.name, change.change, change.before, change.now),
            is_breaking=True,
            breaks=found.reached,
            unknown=found.unresolved,
        )
