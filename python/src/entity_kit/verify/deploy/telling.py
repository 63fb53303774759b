"""What is said of a change beside its verdicts: how it reaches a model, and what it takes away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entity_kit.dbt_bridge.nodes import relation_of
from entity_kit.verify.deploy.results import DeployedModel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from entity_kit.arrivals.model import Model
    from entity_kit.dbt_bridge.revision import Revision
    from entity_kit.verify.deploy.changes import Changes, Version


def notes_of(old: Version, new: Version, changes: Changes, exported: Revision) -> Iterator[str]:
    """Yield what the reader of a result should know of the change as a whole."""
    if exported.moved_from is not None:
        yield f"At {exported.name} the project is in the folder {exported.moved_from}."
    for unique_id in changes.gone:
        node = old.manifest["nodes"][unique_id]
        relation = relation_of(node)
        yield (
            f"The change removes {node['name']}. What it built stays in the warehouse until "
            f"somebody drops it: {relation.schema}.{relation.name}."
        )
    for unique_id in sorted(changes.own):
        if unique_id.startswith("snapshot."):
            name = new.nodes[unique_id]["name"]
            yield f"The change touches the snapshot {name}, which isn't replayed."
    for unique_id, before in changes.before.items():
        one, other = old.nodes[before], new.nodes[unique_id]
        if not unique_id.startswith("model."):
            continue
        if one["name"] != other["name"]:
            yield f"{other['name']} goes on in the table of {one['name']}."
        if one.get("relation_name") and one["relation_name"] != other.get("relation_name"):
            relation = relation_of(one)
            yield (
                f"{other['name']} is no longer built in {relation.schema}.{relation.name}, which "
                "stays in the warehouse until somebody drops it."
            )


def untouched(changes: Changes, models: Sequence[Model]) -> tuple[DeployedModel, ...]:
    """Return the models that the change doesn't reach."""
    return tuple(
        DeployedModel(model.name, model.unique_id, model.path, same_form=True)
        for model in models
        if model.unique_id not in changes.touched
    )


def built_whole(old: Version, new: Version, changes: Changes) -> tuple[DeployedModel, ...]:
    """Return the models that were incremental and aren't any more."""
    found = []
    for unique_id, before in changes.before.items():
        node = new.nodes[unique_id]
        kind = node["config"].get("materialized")
        was = old.nodes[before]["config"].get("materialized")
        if unique_id.startswith("model.") and was == "incremental" != kind:
            why = f"it is a {kind} now, which every run builds whole"
            path = str(node.get("original_file_path") or "")
            found.append(DeployedModel(node["name"], unique_id, path, why=why))
    return tuple(found)


def reason(new: Version, changes: Changes, model: Model) -> str:
    """Say how a change reaches a model."""
    if model.unique_id not in changes.before:
        return "it is new"
    if model.unique_id in changes.own:
        return "its code or configuration changes"
    names = sorted(new.nodes[u]["name"] for u in changes.own & model.ancestors if u in new.nodes)
    shown = ", ".join(names[:3]) + (f", and {len(names) - 3} more" if len(names) > 3 else "")
    return f"it is built from {shown}"
