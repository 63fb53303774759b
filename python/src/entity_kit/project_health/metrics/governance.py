"""What a metric's `config.meta.entity_kit` says: who owns it, its version, its certificate, its end."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.metric_tables import MaterializedIn, read_materialized_in
from entity_kit.errors import EntityKitError, closest_word

if TYPE_CHECKING:
    from collections.abc import Mapping

KEYS = (
    *("business_owner", "technical_owner", "category", "version", "certified"),
    *("deprecation_date", "replacement", "reconciles_with", "synonyms", "filters_differ"),
    *("materialized_in", "loaded_at", "differs_from"),
)
_TEXTS = ("business_owner", "technical_owner", "category", "replacement", "reconciles_with")


@dataclass(frozen=True, slots=True)
class Certificate:
    """Who vouches for a metric's definition, and since when."""

    by: str
    date: dt.date


@dataclass(frozen=True, slots=True)
class Governance:
    """All that a metric's `config.meta.entity_kit` may say."""

    business_owner: str = ""
    technical_owner: str = ""
    category: str = ""
    version: int = 1
    certified: Certificate | None = None
    deprecation_date: dt.date | None = None
    replacement: str = ""
    reconciles_with: str = ""
    synonyms: tuple[str, ...] = ()
    filters_differ: bool = False
    differs_from: tuple[str, ...] = ()
    materialized_in: MaterializedIn | None = None

    @property
    def owner(self) -> str:
        """Return the business owner and the technical one, as far as there are any."""
        owners = dict.fromkeys((self.business_owner, self.technical_owner))
        return ", ".join(owner for owner in owners if owner)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads values, and refuses a wrong one with the place where it was written."""

    where: str

    def refuse(self, key: str, expected: str, given: Any, fix: str) -> EntityKitError:
        return EntityKitError(f"{self.where}.{key} must be {expected}; got {given!r}.", fix=fix)

    def text(self, key: str, given: Any) -> str:
        if not isinstance(given, str) or not given.strip():
            raise self.refuse(key, "a text", given, f"Write {key}: a text, or omit it.")
        return given.strip()

    def date(self, key: str, given: Any) -> dt.date:
        try:
            return dt.date.fromisoformat(str(given))
        except ValueError as error:
            fix = f"Write {key}: 2026-01-31."
            raise self.refuse(key, "a date, as YYYY-MM-DD", given, fix) from error

    def keys(self, key: str, given: Any, known: tuple[str, ...]) -> Mapping[str, Any]:
        place = f".{key}" if key else ""
        if not isinstance(given, dict):
            raise EntityKitError(
                f"{self.where}{place} must be a mapping; got {given!r}.",
                fix=f"It may have {', '.join(known)}.",
            )
        for each in given:
            if each not in known:
                raise EntityKitError(
                    f"{self.where}{place} may have {', '.join(known)}; got `{each}`.",
                    fix=closest_word(each, known),
                )
        return given

    def all_of(self, key: str, given: Any, known: tuple[str, ...]) -> Mapping[str, Any]:
        found = self.keys(key, given, known)
        missing = [each for each in known if each not in found]
        if missing:
            fix = f"Write {key}: {{{', '.join(f'{each}: …' for each in known)}}}."
            raise self.refuse(key, f"a mapping of {', '.join(known)}", given, fix)
        return found

    def version(self, given: Any) -> int:
        if not isinstance(given, int) or isinstance(given, bool) or given < 1:
            raise self.refuse("version", "a whole number from 1", given, "Write version: 1.")
        return given

    def flag(self, key: str, given: Any) -> bool:
        if not isinstance(given, bool):
            raise self.refuse(key, "true or false", given, "Write it without quotes.")
        return given

    def texts(self, key: str, given: Any, example: str) -> tuple[str, ...]:
        if not isinstance(given, list) or not all(isinstance(e, str) and e.strip() for e in given):
            raise self.refuse(key, "a list of texts", given, f"Write {key}: [{example}].")
        return tuple(each.strip() for each in given)


def read_governance(node: Mapping[str, Any], kind: str = "metric") -> Governance:
    """Read a metric's `config.meta.entity_kit`. Raise EntityKitError for an unknown key or value."""
    given = _given(node)
    if given is None:
        return Governance()
    reader = _Reader(where_written(node, kind))
    reader.keys("", given, KEYS)
    certified = materialized = None
    if "certified" in given:
        found = reader.all_of("certified", given["certified"], ("by", "date"))
        certified = Certificate(
            reader.text("certified.by", found["by"]), reader.date("certified.date", found["date"])
        )
    if "materialized_in" in given:
        materialized = read_materialized_in(reader.where, given["materialized_in"])
    texts = {key: reader.text(key, given[key]) for key in _TEXTS if key in given}
    return Governance(
        **texts,
        version=reader.version(given.get("version", 1)),
        certified=certified,
        deprecation_date=(
            reader.date("deprecation_date", given["deprecation_date"])
            if "deprecation_date" in given
            else None
        ),
        synonyms=reader.texts("synonyms", given.get("synonyms", []), "turnover"),
        differs_from=reader.texts("differs_from", given.get("differs_from", []), "revenue"),
        filters_differ=reader.flag("filters_differ", given.get("filters_differ", False)),
        materialized_in=materialized,
    )


def requires_certified(node: Mapping[str, Any], kind: str) -> bool:
    """Return whether an exposure or a saved query accepts certified metrics only."""
    given = _given(node)
    if not isinstance(given, dict) or "requires_certified" not in given:
        return False
    reader = _Reader(where_written(node, kind))
    return reader.flag("requires_certified", given["requires_certified"])


def where_written(node: Mapping[str, Any], kind: str) -> str:
    """Return the file and the name under which a node's `config.meta.entity_kit` is written."""
    path = node.get("original_file_path") or "the project"
    return f"{path}: {kind} {node['name']}: config.meta.entity_kit"


def _given(node: Mapping[str, Any]) -> Any:
    for meta in ((node.get("config") or {}).get("meta"), node.get("meta")):
        if meta and meta.get("entity_kit") is not None:
            return meta["entity_kit"]
    return None
