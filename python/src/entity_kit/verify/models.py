"""The incremental models under test, read from dbt's manifest with what their YAML says of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from entity_kit.arrivals.model import Model
from entity_kit.arrivals.shared_tables import with_namesakes
from entity_kit.causes.places import model_file
from entity_kit.compare import tolerance
from entity_kit.dbt_bridge import hooks
from entity_kit.dbt_bridge.clock import asks_clock
from entity_kit.dbt_bridge.microbatch import is_microbatch
from entity_kit.dbt_bridge.nodes import ancestors, meta_of, relation_of, selector
from entity_kit.errors import EntityKitError, refuse_unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from entity_kit.dbt_bridge.project import Manifest
    from entity_kit.verify.session import Session

_KNOWN = ("ignore_columns", "diverges", "grain", "sla_hours", tolerance.OPTION)


def parse_models(
    session: Session, select: Sequence[str], exclude: Sequence[str]
) -> tuple[Manifest, list[Model]]:
    """Parse the project, and return its manifest and the selected incremental models.

    Notes in the session which ones can't take part. Raises EntityKitError where none can.
    """
    with session.in_dbt("parsing the project"):
        profiles = session.scratch.create("parse").profiles
        manifest = session.parse_with(profiles)
        nodes = manifest["nodes"]
        # dbt is asked only where it would choose: a selector may be the project's default. The
        # manifest doesn't say so.
        chosen = select or exclude or any(session.project.directory.glob("selectors.y*ml"))
        chosen = chosen or session.runner.executable is not None
        selected = session.runner.select(profiles, select, exclude) if chosen else list(nodes)
    models = []
    for unique_id in sorted(selected):
        node = nodes.get(unique_id)
        if node is None or node["resource_type"] != "model":
            continue
        if node["config"]["materialized"] != "incremental":
            continue
        above = all_ancestors(manifest, [unique_id])
        external = [
            nodes[other]["name"]
            for other in above
            if other in nodes and nodes[other]["config"].get("materialized") == "external"
        ]
        if external:
            reason = f"it is built from the external model {external[0]}, which writes files"
            session.left_out.append((node["name"], reason))
            continue
        root = str(manifest["metadata"].get("project_name") or "")
        path, text = model_file(session.project.directory, root, node)
        models.append(replace(_read_model(node, nodes, above), path=path, text=text))
    if not models:
        _refuse_none(session, nodes, select, exclude)
    beside = _missing_for_hooks(session, manifest)
    return manifest, [replace(each, select=(*each.select, *beside)) for each in models]


def _missing_for_hooks(session: Session, manifest: Manifest) -> list[str]:
    """Return selectors of the models that each run must build for the project's hooks.

    A table that the warehouse has is copied. Without one, a run of other models would end in the hook.
    """
    nodes, scratch = manifest["nodes"], session.scratch
    # A server isn't asked before it is known which models take part.
    lacking = [
        unique_id
        for unique_id in hooks.models_beside_the_runs(manifest)
        if unique_id in nodes
        and not (scratch.dialect == "duckdb" and scratch.holds(relation_of(nodes[unique_id])))
    ]
    return [
        selector(nodes[u])
        for u in sorted(ancestors(manifest, lacking))
        if u in nodes and u.startswith("model.")
    ]


def all_ancestors(manifest: Manifest, unique_ids: Iterable[str]) -> set[str]:
    """Return everything these are built from, and the other names of those tables."""
    return with_namesakes(manifest, ancestors(manifest, unique_ids), relation_of)


def _refuse_none(
    session: Session, nodes: Mapping[str, Any], select: Sequence[str], exclude: Sequence[str]
) -> None:
    chosen = [
        f"--{option} {' '.join(words)}"
        for option, words in (("select", select), ("exclude", exclude))
        if words
    ]
    what = f"`{' '.join(chosen)}` leaves" if chosen else "The project has"
    if session.left_out:
        reasons = "\n".join(f"{name} is left out: {why}." for name, why in session.left_out)
        raise EntityKitError(f"{what} no incremental model to verify.", fix=reasons)
    every = sorted(
        node["name"]
        for node in nodes.values()
        if node["resource_type"] == "model" and node["config"]["materialized"] == "incremental"
    )
    known = f"Incremental models here: {', '.join(every[:20])}." if every else ""
    raise EntityKitError(f"{what} no incremental model.", fix=known or "Nothing to verify.")


def _read_model(node: Mapping[str, Any], nodes: Mapping[str, Any], above: set[str]) -> Model:
    config, name = node["config"], node["name"]
    ours = _read_meta(node)
    diverges = ours.get("diverges") or {}
    columns = diverges.get("columns") if isinstance(diverges, dict) else None
    if diverges and not columns:
        raise EntityKitError(
            f"Model {name}: `diverges` must list its columns; got {diverges!r}.",
            fix='For example: diverges: {columns: [processed_at], reason: "when it ran"}',
        )
    key = config.get("unique_key") or []
    version = node.get("version")
    return Model(
        unique_id=node["unique_id"],
        # In dbt's selector syntax.
        name=name if version is None else f"{name}.v{version}",
        relation=relation_of(node),
        key=(key,) if isinstance(key, str) else tuple(key),
        select=tuple(
            selector(nodes[u]) for u in sorted(above) if u in nodes and u.startswith("model.")
        ),
        ancestors=frozenset(above),
        reads_clock=is_microbatch(node) or asks_clock(node.get("raw_code") or ""),
        ignore=_column_names(name, "ignore_columns", ours.get("ignore_columns")),
        diverges=_column_names(name, "diverges.columns", columns),
        reason=str(diverges.get("reason") or ""),
        tolerances=tolerance.parse(f"Model {name}", ours.get(tolerance.OPTION)),
    )


def _read_meta(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return a model's `meta.entity_kit`, and refuse unknown keys."""
    ours = meta_of(node).get("entity_kit") or {}
    if not isinstance(ours, dict):
        raise EntityKitError(
            f"Model {node['name']}: `meta.entity_kit` must be a mapping; got {ours!r}.",
            fix="For example: entity_kit: {ignore_columns: [processed_at]}",
        )
    refuse_unknown(f"Model {node['name']}: `meta.entity_kit`", ours, _KNOWN)
    return ours


def _column_names(model: str, option: str, given: Any) -> tuple[str, ...]:
    names = [given] if isinstance(given, str) else given or []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise EntityKitError(
            f"Model {model}: `{option}` must be a list of columns; got {given!r}.",
            fix=f"For example: {option.rpartition('.')[2]}: [processed_at]",
        )
    return tuple(names)
