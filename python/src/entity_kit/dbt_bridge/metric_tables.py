"""The tables in which a project keeps its metrics, as `config.meta.entity_kit.materialized_in` says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from entity_kit.compare.tolerance import RELATIVE
from entity_kit.dbt_bridge.nodes import meta_of
from entity_kit.errors import EntityKitError, closest_word, refuse_unknown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_REQUIRED = ("model", "column", "grain")
_TEXTS = (*_REQUIRED, "period", "timezone")
_NUMBERS = ("tolerance", "relative_tolerance")
_KEYS = (*_TEXTS, *_NUMBERS, "dimensions")
GRAINS = ("hour", "day", "week", "month", "quarter", "year")
# What `metric_table` says of its model; see macros/metrics/_parts/_metric_config.sql.
OURS = "entity_kit_metric_table"


@dataclass(frozen=True, slots=True)
class MaterializedIn:
    """Where a metric's table is: a model of the project, its column, and its grain.

    `dimensions` are those of its rows, each with its column; None if the metric doesn't say.
    """

    model: str
    column: str
    grain: str
    period: str = "period_start"
    dimensions: tuple[tuple[str, str], ...] | None = None
    timezone: str | None = None
    tolerance: float = 0.0
    relative_tolerance: float = RELATIVE["DOUBLE"]


@dataclass(frozen=True, slots=True)
class MetricTable:
    """A metric, and the node in whose table it is, with its name as `ref` takes it."""

    metric: str
    unique_id: str
    name: str
    reference: str
    place: MaterializedIn

    @property
    def dimensions(self) -> tuple[tuple[str, str], ...]:
        return self.place.dimensions or ()


def read_materialized_in(where: str, given: Any) -> MaterializedIn:
    """Read a metric's `materialized_in`. Raise EntityKitError for an unknown key or a wrong value."""
    what = f"{where}.materialized_in"
    example = f"Write materialized_in: {{{', '.join(f'{key}: …' for key in _REQUIRED)}}}."
    if not isinstance(given, dict) or not set(_REQUIRED) <= set(given):
        raise EntityKitError(
            f"{what} must be a mapping of {', '.join(_REQUIRED)}; got {given!r}.", fix=example
        )
    refuse_unknown(what, given, _KEYS)
    found: dict[str, Any] = {}
    for key in (key for key in _TEXTS if key in given):
        if not isinstance(given[key], str) or not given[key].strip():
            raise EntityKitError(
                f"{what}.{key} must be a text; got {given[key]!r}.", fix=f"Write {key}: a text."
            )
        found[key] = given[key].strip()
    if found["grain"] not in GRAINS:
        raise EntityKitError(
            f"{what}.grain must be one of {', '.join(GRAINS)}; got {found['grain']!r}.",
            fix=closest_word(found["grain"], GRAINS),
        )
    for key in (key for key in _NUMBERS if key in given):
        number = given[key]
        if isinstance(number, bool) or not isinstance(number, (int, float)) or number < 0:
            raise EntityKitError(
                f"{what}.{key} must be a number, zero or more; got {number!r}.",
                fix=f"Write {key}: 0.01.",
            )
        found[key] = number
    if "dimensions" in given:
        found["dimensions"] = _dimensions(what, given["dimensions"])
    return MaterializedIn(**found)


def _dimensions(what: str, given: Any) -> tuple[tuple[str, str], ...]:
    named = given if isinstance(given, dict) else {n: n for n in given} if _texts(given) else None
    if named is None or not _texts([*named, *named.values()]):
        raise EntityKitError(
            f"{what}.dimensions must be a list of dimensions, or a mapping of them to columns; "
            f"got {given!r}.",
            fix="For example: dimensions: {customer__tier: tier}",
        )
    return tuple(named.items())


def _texts(given: Any) -> bool:
    return isinstance(given, list) and all(isinstance(each, str) and each for each in given)


def find_metric_tables(
    manifest: Mapping[str, Any], names: Collection[str] = ()
) -> list[MetricTable]:
    """Return the tables of the project's own metrics, or of the named ones that have one.

    Raises EntityKitError where a metric names a table that the project doesn't have, or not so.
    """
    own = str((manifest.get("metadata") or {}).get("project_name") or "")
    found = []
    for metric in sorted(manifest["metrics"].values(), key=lambda each: each["name"]):
        where = f"{metric.get('original_file_path')}: metric {metric['name']}"
        given = meta_of(metric).get("entity_kit")
        chosen = metric["name"] in names if names else metric["package_name"] == own
        if not chosen or not isinstance(given, dict) or "materialized_in" not in given:
            continue
        where += ": config.meta.entity_kit"
        place = read_materialized_in(where, given["materialized_in"])
        node = _node(manifest, f"{where}.materialized_in.model", place.model)
        resolved = _resolved(f"{where}.materialized_in", metric["name"], place, node)
        found.append(
            MetricTable(metric["name"], node["unique_id"], place.model, _reference(node), resolved)
        )
    return found


def _node(manifest: Mapping[str, Any], where: str, name: str) -> Mapping[str, Any]:
    own = str((manifest.get("metadata") or {}).get("project_name") or "")
    known: dict[str, Mapping[str, Any]] = {}
    # Those of the project itself last, because they win.
    for node in sorted(manifest["nodes"].values(), key=lambda each: each["package_name"] == own):
        known |= dict.fromkeys(_names(node), node)
    if name not in known:
        raise EntityKitError(
            f"{where} must be a model, seed, or snapshot of the project; got {name!r}.",
            fix=closest_word(name, known),
        )
    if known[name]["config"].get("materialized") == "ephemeral":
        raise EntityKitError(
            f"{where} must have a table; {name} is ephemeral.",
            fix="Materialize it as a table or a view.",
        )
    return known[name]


def _names(node: Mapping[str, Any]) -> Iterator[str]:
    if node["resource_type"] not in {"model", "seed", "snapshot"}:
        return
    version = node.get("version")
    if version is not None:
        yield f"{node['name']}.v{version}"
    if version is None or version == node.get("latest_version"):
        yield node["name"]


def _reference(node: Mapping[str, Any]) -> str:
    version = node.get("version")
    more = "" if version is None else f", v={version!r}"
    return f"ref({node['package_name']!r}, {node['name']!r}{more})"


def _resolved(
    where: str, metric: str, place: MaterializedIn, node: Mapping[str, Any]
) -> MaterializedIn:
    """Return the place with what a table of `metric_table` says of itself."""
    ours = meta_of(node).get(OURS)
    if not isinstance(ours, dict):
        return place
    if place.grain != ours["grain"]:
        raise EntityKitError(
            f"{where}.grain must be that of {place.model}, {ours['grain']}; got {place.grain}.",
            fix=f"Write grain: {ours['grain']}.",
        )
    if place.column == metric and metric not in ours["metrics"]:
        raise EntityKitError(
            f"{where}: {place.model} is a metric table without {metric}; it has "
            f"{', '.join(ours['metrics'])}.",
            fix=f"Add {metric} to its metrics.",
        )
    dimensions = place.dimensions
    if dimensions is None:
        dimensions = tuple((name, name) for name in ours["dimensions"])
    return replace(place, dimensions=dimensions, timezone=place.timezone or ours["timezone"])
