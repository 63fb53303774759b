"""What differs between two versions of a project: which nodes, by their code and configuration.

It errs on the safe side. What may have changed is replayed, and the replay says what came of it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.nodes import (
    DBTS_OWN,
    ancestors,
    called_macros,
    has_contract,
    relation_of,
)
from entity_kit.dbt_bridge.profiles import read_project_file
from entity_kit.warehouse import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from entity_kit.dbt_bridge.project import Manifest

# They change no row.
_COSMETIC = {
    *("meta", "tags", "docs", "description", "group", "access", "persist_docs", "enabled"),
    *(
        "packages",
        "freshness",
        "loaded_at_field",
        "loaded_at_query",
        "store_failures",
        "severity",
        "concurrent_batches",
    ),
}
# Of dbt_project.yml: what the parsed nodes show, or what concerns no run.
_SEEN = {
    *("name", "version", "config-version", "profile", "require-dbt-version", "vars", "models"),
    *("seeds", "snapshots", "sources", "tests", "data_tests", "exposures", "metrics"),
    *("semantic-models", "saved-queries", "unit_tests", "analysis-paths", "asset-paths"),
    *("docs-paths", "macro-paths", "model-paths", "seed-paths", "snapshot-paths", "test-paths"),
    *("function-paths", "target-path", "log-path", "clean-targets", "packages-install-path"),
    *("on-run-start", "on-run-end", "query-comment", "quoting", "functions"),
}
# dbt finds these by their names, without a call in a model.
_FOUND_BY_NAME = ("materialization_", "get_incremental_", "get_merge_", "get_delete_insert_")


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the project: where it is, and its manifest."""

    project_dir: Path
    manifest: Manifest

    @property
    def nodes(self) -> dict[str, dict[str, Any]]:
        """All nodes and sources, by unique id."""
        return {**self.manifest["nodes"], **self.manifest["sources"]}

    def name_of(self, macro: Mapping[str, Any]) -> str:
        """Return a macro's name with its package, which is '' for the project's own."""
        package = macro["package_name"]
        own = self.manifest["metadata"].get("project_name")
        return f"{'' if package == own else package}.{macro['name']}"


@dataclass(frozen=True, slots=True)
class Changes:
    """What a change touches.

    `before` has the old node of each new one: of the same id, or else of the same relation. `own`
    are the new nodes whose own code or configuration differs, `touched` also those that are built
    from them. Of `own`, only the text differs in `texts`. `gone` are old models that nothing new
    stands for.
    """

    before: Mapping[str, str]
    own: frozenset[str]
    texts: frozenset[str]
    touched: frozenset[str]
    gone: tuple[str, ...]


def compare_versions(old: Version, new: Version) -> Changes:
    """Return what differs between two versions of a project."""
    before = _counterparts(old, new)
    for_all = _concerns_all(old, new)
    varies = read_vars(old) != read_vars(new)
    own, texts = set(), set()
    for unique_id, node in new.nodes.items():
        if not _replayed(unique_id):
            continue
        if for_all or unique_id not in before or (varies and _reads_variables(new, node)):
            own.add(unique_id)
            continue
        was, now = _made_of(old, before[unique_id]), _made_of(new, unique_id)
        if was != now:
            own.add(unique_id)
            if was[1:] == now[1:]:
                texts.add(unique_id)
    # Upside down, ancestors are what is built from something.
    touched = ancestors({"parent_map": new.manifest["child_map"]}, own)
    stayed = set(before.values())
    gone = tuple(
        unique_id
        for unique_id, node in old.manifest["nodes"].items()
        if unique_id.startswith("model.")
        and unique_id not in stayed
        and node["config"]["materialized"] != "ephemeral"
    )
    return Changes(before, frozenset(own), frozenset(texts), frozenset(touched), gone)


def _replayed(unique_id: str) -> bool:
    return unique_id.startswith(("model.", "seed.", "source.", "snapshot.", "function."))


def _counterparts(old: Version, new: Version) -> dict[str, str]:
    """Return the old node of each new one. A relation goes before a name: its rows are what stays."""
    by_relation = {
        _key(node): unique_id for unique_id, node in old.nodes.items() if _has_relation(node)
    }
    found = {}
    for unique_id, node in new.nodes.items():
        other = by_relation.get(_key(node)) if _has_relation(node) else None
        if other is None and unique_id in old.nodes:
            other = unique_id
        if other is not None and other.partition(".")[0] == unique_id.partition(".")[0]:
            found[unique_id] = other
    return found


def _has_relation(node: Mapping[str, Any]) -> bool:
    return bool(node.get("relation_name"))


def _key(node: Mapping[str, Any]) -> tuple[str, ...]:
    relation = relation_of(node)
    return tuple(fold(str(part)) for part in (relation.database, relation.schema, relation.name))


def _made_of(version: Version, unique_id: str) -> tuple[Any, str]:
    """Return all that a node's rows depend on, but for its parents' rows: its text, and the rest."""
    node = version.nodes[unique_id]
    macros = {
        # Texts are long, and many models call the same.
        version.name_of(macro): hash(macro["macro_sql"])
        for _, macro in called_macros(version.manifest, node)
        if macro is not None
    }
    columns = {
        name: (column.get("data_type"), column.get("constraints"))
        for name, column in (node.get("columns") or {}).items()
    }
    made_of = {
        "rows": _seed_rows(node) if unique_id.startswith("seed.") else None,
        "language": node.get("language"),
        "relation": _key(node) if _has_relation(node) else None,
        "config": plain_config(node),
        "columns": columns if has_contract(node) or unique_id.startswith("seed.") else None,
        "macros": macros,
        "external": node.get("external"),
    }
    return node.get("raw_code"), json.dumps(made_of, sort_keys=True, default=str)


def _seed_rows(node: Mapping[str, Any]) -> Any:
    """Return what tells a seed's rows. Of a large file, dbt's checksum is its path."""
    checksum = node.get("checksum") or {}
    file = Path(node.get("root_path") or "") / str(node.get("original_file_path"))
    if checksum.get("name") == "path" and file.is_file():
        return hashlib.sha256(file.read_bytes()).hexdigest()
    return checksum


def plain_config(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return a node's configuration without what changes no row."""
    return {name: value for name, value in node["config"].items() if name not in _COSMETIC}


def _concerns_all(old: Version, new: Version) -> bool:
    """Return whether something differs that any node might depend on."""
    one, other = (read_project_file(version.project_dir) for version in (old, new))
    if any(one.get(key) != other.get(key) for key in {*one, *other} - _SEEN):
        return True
    return _by_name(old) != _by_name(new)


def _by_name(version: Version) -> dict[str, Any]:
    """Return what runs without being called in a model: hooks, and macros that replace dbt's own."""
    macros = version.manifest["macros"]
    dbts = {m["name"] for m in macros.values() if m["package_name"] in DBTS_OWN}
    found = {
        version.name_of(macro): macro["macro_sql"]
        for macro in macros.values()
        if macro["package_name"] not in DBTS_OWN
        and (macro["name"] in dbts or any(part in macro["name"] for part in _FOUND_BY_NAME))
        and not macro["name"].startswith(("test_", "generate_"))
    }
    hooks = {
        unique_id: _made_of(version, unique_id)
        for unique_id in version.manifest["nodes"]
        if unique_id.startswith("operation.")
    }
    return {**found, **hooks}


def read_vars(version: Version) -> Any:
    """Return the variables that dbt_project.yml sets."""
    return read_project_file(version.project_dir).get("vars") or {}


def _reads_variables(version: Version, node: Mapping[str, Any]) -> bool:
    """Return whether a node's code calls `var`. Of a called name that is put together, nothing is known."""
    texts = [node.get("raw_code") or ""]
    texts += [
        macro["macro_sql"]
        for _, macro in called_macros(version.manifest, node)
        if macro is not None and macro["package_name"] not in DBTS_OWN
    ]
    return any("var(" in text or "var (" in text for text in texts)
