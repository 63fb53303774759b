"""Read a spec: every key, and what the parts must be to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entity_kit.errors import closest_word
from entity_kit.project_health.scaffold.grains import read_grains
from entity_kit.project_health.scaffold.measures import read_measures
from entity_kit.project_health.scaffold.reader import Reader
from entity_kit.project_health.scaffold.spec import (
    CHANGES,
    EVENTS,
    KINDS,
    SNAPSHOTS,
    History,
    Relationship,
    Spec,
)
from entity_kit.project_health.scaffold.tables import Tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from entity_kit.project_health.scaffold.spec_text import SpecText, Where

_KEYS = (
    *("name", "description", "kind", "owner", "sla_hours", "prefix", "folder", "source", "keys"),
    *("attributes", "metrics", "history", "grains", "relationships"),
)
_REQUIRED = ("name", "description", "kind", "owner", "source", "keys")
_HISTORY = ("source", "kind", "attributes", "overwrite", "hard_deletes")
_DELETES = ("invalidate", "new_record", "ignore")


def read_spec(text: SpecText) -> Spec:
    """Return what a spec says. Raise EntityKitError with everything that is wrong, and where."""
    reader = Reader(text)
    given = reader.mapping((), text.data, _KEYS, _REQUIRED)
    if not given:
        reader.finish()
    spec = _Spec(reader, given).read()
    reader.finish()
    return spec


class _Spec:
    def __init__(self, reader: Reader, given: Mapping[str, Any]) -> None:
        self.reader = reader
        self.given = given

    def read(self) -> Spec:
        reader, given = self.reader, self.given
        kind = reader.choice(("kind",), given.get("kind", EVENTS), KINDS)
        keys = reader.described(("keys",), given.get("keys", []))
        if "keys" in given and not keys:
            reader.report(("keys",), "`keys` names no column that identifies the entity.")
        name = reader.name(("name",), given["name"]) if "name" in given else ""
        prefix = self._prefix()
        business, technical = self._owner()
        tables = Tables(reader, tuple(keys))
        table = tables.read(("source",), given.get("source"), kind)
        attributes = reader.described(("attributes",), given.get("attributes", []))
        metrics = read_measures(reader, ("metrics",), given.get("metrics", []))
        history = self._history(kind, tables, attributes)
        self._require_kind(kind, table.deleted_when, metrics, history)
        grains = read_grains(
            reader,
            given.get("grains", []),
            f"{prefix}{name}",
            tables,
            table,
            metrics,
            history,
        )
        spec = Spec(
            name=name,
            description=self._text("description"),
            kind=kind,
            table=table,
            keys=keys,
            business_owner=business,
            technical_owner=technical,
            attributes=attributes,
            metrics=metrics,
            history=history,
            grains=grains,
            relationships=self._relationships(attributes),
            sla_hours=(
                reader.number(("sla_hours",), given["sla_hours"]) if "sla_hours" in given else None
            ),
            prefix=prefix,
            folder=self._folder(),
        )
        self._require_own_names(spec)
        return spec

    def _text(self, key: str) -> str:
        return self.reader.text((key,), self.given[key]) if key in self.given else ""

    def _prefix(self) -> str:
        given = self.given.get("prefix", "entity_")
        return "" if given == "" else self.reader.name(("prefix",), given)

    def _folder(self) -> str:
        if "folder" not in self.given:
            return ""
        folder = self.reader.text(("folder",), self.given["folder"]).replace("\\", "/").strip("/")
        if ".." in folder.split("/") or ":" in folder:
            self.reader.wrong(("folder",), "a folder of the project", folder)
        return folder

    def _owner(self) -> tuple[str, str]:
        given = self.given.get("owner")
        if given is None or isinstance(given, str):
            owner = self._text("owner")
            return owner, owner
        parts = ("business", "technical")
        read = self.reader.mapping(("owner",), given, parts)
        if not read:
            self.reader.report(("owner",), "`owner` names nobody.")
        found = [
            self.reader.text(("owner", part), read[part]) if part in read else "" for part in parts
        ]
        return found[0], found[1]

    def _history(self, kind: str, tables: Tables, attributes: Mapping[str, str]) -> History | None:
        given = self.given.get("history", False)
        if given is False:
            return None
        where: Where = ("history",)
        if given is True:
            given = {}
        read = self.reader.mapping(where, given, _HISTORY)
        own = self.reader.choice((*where, "kind"), read.get("kind", CHANGES), KINDS[:2])
        if "source" in read:
            table = tables.read((*where, "source"), read["source"], own)
        elif kind == EVENTS:
            self.reader.report(
                where,
                "`history` lacks `source`: a source of kind events has no states of the entity. "
                "Name the table that records its changes.",
            )
            return None
        else:
            table, own = tables.main, kind
        tracked = attributes
        if "attributes" in read:
            tracked = self.reader.described((*where, "attributes"), read["attributes"])
        if not tracked:
            self.reader.report(where, "`history` has no attributes whose versions it could keep.")
        overwrite = self.reader.columns((*where, "overwrite"), read.get("overwrite", []))
        for column in overwrite:
            if column not in tracked:
                self.reader.wrong(
                    (*where, "overwrite"),
                    "some of the history's attributes",
                    column,
                    closest_word(column, tracked),
                )
        deletes = read.get("hard_deletes")
        return History(
            table,
            own,
            tracked,
            overwrite,
            ""
            if deletes is None
            else self.reader.choice((*where, "hard_deletes"), deletes, _DELETES),
        )

    def _require_kind(
        self, kind: str, deleted_when: str, metrics: tuple[Any, ...], history: History | None
    ) -> None:
        if kind == CHANGES and metrics and deleted_when:
            self.reader.report(
                ("metrics",),
                "`metrics` can't be counted over changes of which `deleted_when` ends the entity: its "
                "earlier changes would go on counting. Remove one of them, or count in `grains`.",
            )
        if kind == SNAPSHOTS and metrics:
            self.reader.report(
                ("metrics",),
                "`metrics` can't be counted over snapshots, which repeat each entity. Count in "
                "`grains`, over a source of events.",
            )
        if kind == SNAPSHOTS and (history is None or history.kind != SNAPSHOTS):
            self.reader.report(
                ("kind",),
                "A source of snapshots needs `history: true`: only the history knows which entities "
                "are gone.",
            )

    def _relationships(self, attributes: Mapping[str, str]) -> tuple[Relationship, ...]:
        reader, found = self.reader, []
        where: Where = ("relationships",)
        for place, each in enumerate(reader.listed(where, self.given.get("relationships", []))):
            here = (*where, place)
            read = reader.mapping(here, each, ("column", "to", "field", "entity"), ("column", "to"))
            if "column" not in read or "to" not in read:
                continue
            column = reader.column((*here, "column"), read["column"])
            if column not in attributes:
                known = closest_word(column, attributes)
                reader.wrong((*here, "column"), "one of the attributes", column, known)
            to = reader.text((*here, "to"), read["to"])
            for part in to.split(".", 1):
                reader.name((*here, "to"), part, "a model, or a source's `source.table`,")
            field = reader.column((*here, "field"), read.get("field", column))
            entity = reader.name((*here, "entity"), read.get("entity", column))
            found.append(Relationship(column, to, field, entity))
        return tuple(found)

    def _require_own_names(self, spec: Spec) -> None:
        """Refuse a name that two columns of a table would have."""
        for key in spec.keys:
            if key in spec.attributes:
                self.reader.report(("attributes", key), f"`{key}` is a key, too. Remove it here.")
        for place, metric in enumerate(spec.metrics):
            if metric.name in {*spec.keys, *spec.attributes}:
                self.reader.report(
                    ("metrics", place), f"`{metric.name}` is a column already. Rename the metric."
                )
        models = [grain.model for grain in spec.grains]
        for place, model in enumerate(models):
            if model in models[:place]:
                self.reader.report(
                    ("grains", place), f"Two grains would be {model}. Set `name` of one of them."
                )
