"""The files of a project with the proposed declarations in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from entity_kit.project_health.onboarding.yaml_edit import (
    UneditableError,
    add_to_root,
    add_to_table,
    as_yaml,
    nested,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from entity_kit.project_health.onboarding.project import Looked

PROJECT_FILE = "dbt_project.yml"


@dataclass
class Changes:
    """Changed files by their path in the project, before and after; `left` says what to do by hand."""

    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)

    @property
    def changed(self) -> list[str]:
        return [path for path, text in self.after.items() if text != self.before[path]]


def file_of(project: str, node: Mapping[str, Any]) -> str:
    """Return the file of the project in which a source or a seed is declared."""
    is_own = node["package_name"] == project and node["resource_type"] == "source"
    # dbt 1.11 refuses loaded_at_field below `overrides`, but takes it from the project file.
    return str(node["original_file_path"]) if is_own else PROJECT_FILE


def make_changes(project: str, found: Iterable[Looked], read: Callable[[str], str]) -> Changes:
    """Put each proposal into its file. `read` returns the text of a file of the project."""
    changes = Changes()
    for each in found:
        if each.status != "proposed":
            continue
        path = file_of(project, each.node)
        if path not in changes.before:
            changes.before[path] = changes.after[path] = read(path)
        addition = _addition(project, each)
        text = changes.after[path]
        try:
            if path == PROJECT_FILE:
                changes.after[path] = add_to_root(text, addition)
            else:
                node = each.node
                changes.after[path] = add_to_table(
                    text, node["source_name"], node["name"], addition
                )
        except UneditableError as error:
            lines = "\n".join(f"    {line}" for line in as_yaml(addition))
            changes.left[each.name] = f"{path} is left as it is: {error}. Add by hand:\n{lines}"
    return changes


def _addition(project: str, each: Looked) -> dict[str, Any]:
    config = each.proposal.config
    if each.node["resource_type"] == "seed":
        # Neither time is a config of dbt's for seeds.
        ours = {key: value for key, value in config.items() if key != "meta"}
        ours |= config.get("meta", {}).get("entity_kit", {})
        return nested(["seeds", *each.node["fqn"]], {"+meta": {"entity_kit": ours}})
    if each.node["package_name"] == project:
        return {"config": config}
    marked = {f"+{key}": value for key, value in config.items()}
    return nested(["sources", *each.node["fqn"]], marked)
