"""The metrics whose tables are models under test, and what the metrics are computed from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.metric_tables import find_metric_tables
from entity_kit.dbt_bridge.metric_values import references
from entity_kit.dbt_bridge.nodes import parents_of, selector
from entity_kit.replay.definitions import Definitions
from entity_kit.verify.models import all_ancestors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from entity_kit.arrivals.model import Model
    from entity_kit.dbt_bridge.metric_tables import MetricTable
    from entity_kit.dbt_bridge.project import Manifest
    from entity_kit.verify.session import Session

_COMPUTES = "macro.entity_kit.metric_differences"


def with_definitions(manifest: Manifest, models: Sequence[Model]) -> list[Model]:
    """Return the models, each with what the metrics are computed from whose table it is.

    A run builds that, too, also where the model itself doesn't read it.
    """
    by_model: dict[str, list[MetricTable]] = {}
    for table in find_metric_tables(manifest) if manifest.get("metrics") else ():
        by_model.setdefault(table.unique_id, []).append(table)
    found = []
    for model in models:
        read = _read(manifest, by_model.get(model.unique_id, ()))
        nodes = manifest["nodes"]
        more = [selector(nodes[each]) for each in sorted(read) if each.startswith("model.")]
        select = tuple(dict.fromkeys((*model.select, *more)))
        found.append(replace(model, definitions=frozenset(read), select=select))
    return found


def read_definitions(session: Session, manifest: Manifest, models: Sequence[Model]) -> Definitions:
    """Return the tables of metrics among the models under test."""
    tested = {model.unique_id for model in models}
    found = find_metric_tables(manifest) if manifest.get("metrics") else []
    tables = [table for table in found if table.unique_id in tested]
    if tables and _COMPUTES not in manifest["macros"]:
        session.notes.extend(
            f"Metric {table.metric} isn't compared with {table.name}: the dbt package entity_kit "
            "computes the definition, and the project doesn't have it. Add it to packages.yml."
            for table in tables
        )
        tables = []
    begin = references(manifest) if tables else ""
    return Definitions(session.runner, begin, tables, session.notes.append)


def _read(manifest: Manifest, tables: Sequence[MetricTable]) -> set[str]:
    """Return all that the metrics are computed from, and what may be joined to it."""
    metrics = {each["name"]: u for u, each in manifest["metrics"].items()} if tables else {}
    above = all_ancestors(manifest, [metrics[table.metric] for table in tables])
    if not tables:
        return above
    semantic = manifest["semantic_models"]
    used = {name for u in above & semantic.keys() for name in _entities(semantic[u])}
    joined = [u for u, each in semantic.items() if used & _entities(each)]
    read = [parent for each in joined for parent in parents_of(semantic[each])]
    spines = [u for u, node in manifest["nodes"].items() if node.get("time_spine")]
    return above | all_ancestors(manifest, [*read, *spines])


def _entities(semantic_model: Mapping[str, Any]) -> set[str]:
    return {each["name"] for each in semantic_model.get("entities") or ()}
