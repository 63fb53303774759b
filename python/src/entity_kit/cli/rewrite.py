"""`entity-kit deprecations --rewrite`: read the consumers' files, print the changes, write them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click
import jinja2

from entity_kit.cli.files import read_text, write_text
from entity_kit.errors import EntityKitError
from entity_kit.project_health import deprecations as register
from entity_kit.project_health.rewrite import rewrite
from entity_kit.project_health.rewrite.jinja import line_of, read_document
from entity_kit.project_health.rewrite.plan import read_columns, read_known
from entity_kit.project_health.rewrite.yaml import blocked_models, rewrite_yaml
from entity_kit.project_health.sql_dialect import sql_dialect

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from entity_kit.dbt_bridge.profiles import Target
    from entity_kit.project_health.deprecations import Deprecation
    from entity_kit.project_health.rewrite.columns import Columns

_YAML = (".yml", ".yaml")


@dataclass
class _Work:
    """Everything that one rewrite needs; `texts` has the unchanged files."""

    project_dir: Path
    manifest: Mapping[str, Any]
    deprecation: Deprecation
    old: rewrite.Model
    new: rewrite.Model
    columns: Columns
    dialect: str
    texts: dict[str, str] = field(default_factory=dict)
    results: dict[str, rewrite.Rewritten] = field(default_factory=dict)


def rewrite_consumers(
    project_dir: Path,
    manifest: Mapping[str, Any],
    target: Target,
    deprecation: Deprecation,
    *,
    write: bool,
) -> None:
    """Show or write each consumer's file with the replacement; report what is left unchanged and why."""
    if deprecation.final_id is None:
        raise EntityKitError(
            f"Nothing replaces {deprecation.name}.", fix="Remove it from its consumers."
        )
    work = _Work(
        project_dir,
        manifest,
        deprecation,
        _as_ref(manifest["nodes"][deprecation.unique_id], pinned=True),
        _as_ref(manifest["nodes"][deprecation.final_id], pinned=False),
        read_columns(manifest, deprecation, read_known(project_dir, manifest, target)),
        sql_dialect(manifest),
    )
    _rewrite(work)
    changes: dict[Path, str] = {}
    for path, result in work.results.items():
        for reason in result.left:
            click.echo(f"{path}: left: {reason}", err=True)
        if result.changed:
            changes[project_dir / path] = result.text
            for line in rewrite.diff_lines(path, work.texts[path], result.text):
                click.echo(line)
        elif not result.left and not path.endswith(_YAML):
            click.echo(f"{path}: left: this file has no ref to it.", err=True)
    for said in _macros(work):
        click.echo(said, err=True)
    if write:
        for file, text in changes.items():
            write_text(file, text)
    done = "Changed" if write else "Would change"
    said = f"{done} {len(changes)} file{'' if len(changes) == 1 else 's'}."
    click.echo(said + ("" if write else " Nothing is written without --write."), err=True)


def _rewrite(work: _Work) -> None:
    """Rewrite SQL first, then YAML, because a unit test's rows change with the model that it tests."""
    successor = work.manifest["nodes"][work.deprecation.final_id]
    paths = register.files_of_consumers(work.manifest, work.deprecation)
    blocked: dict[str, str] = {}
    for path in paths:
        if path == successor["original_file_path"]:
            said = "the replacement itself is built from it."
            work.results[path] = rewrite.Rewritten("", 0, (said,))
            continue
        text = work.texts[path] = read_text(work.project_dir / path)
        if path.endswith(_YAML):
            found = blocked_models(text, work.old, work.new, work.columns, work.dialect)
            blocked.update({model: f"{path}: {reason}" for model, reason in found.items()})
        elif path.endswith(".py"):
            said = f"a Python model; change dbt.ref('{work.old.name}') and its columns by hand"
            work.results[path] = rewrite.Rewritten(text, 0, (said,))
        else:
            work.results[path] = rewrite.rewrite_sql(
                text, work.old, work.new, work.columns, work.dialect
            )
    left = set()
    for consumer in work.deprecation.consumers:
        result = work.results.get(consumer.path)
        name = consumer.unique_id.split(".")[2]
        if result is not None and result.changed and name in blocked:
            said = f"its unit test can't follow: {blocked[name]}"
            result = rewrite.Rewritten(work.texts[consumer.path], 0, (*result.left, said))
            work.results[consumer.path] = result
        if result is not None and not result.changed:
            left.add(name)
    for path in paths:
        if path.endswith(_YAML) and path not in work.results:
            work.results[path] = rewrite_yaml(
                work.texts[path], work.old, work.new, work.columns, work.dialect, frozenset(left)
            )


def _macros(work: _Work) -> Iterator[str]:
    """Yield the project's macros that name the model, which aren't rewritten."""
    project = work.manifest["metadata"]["project_name"]
    paths = {
        macro["original_file_path"]
        for macro in work.manifest["macros"].values()
        if macro["package_name"] == project
        and re.search(rf"ref\s*\([^)]*['\"]{re.escape(work.old.name)}['\"]", macro["macro_sql"])
    }
    for path in sorted(paths - set(work.results)):
        text = read_text(work.project_dir / path)
        try:
            document = read_document(text, work.old, work.new)
        except jinja2.TemplateSyntaxError:
            continue
        for call in document.calls:
            where = line_of(text, call.start)
            yield f"{path}: left: line {where}: a macro reads it; rewrite the ref and its columns by hand"


def _as_ref(node: Mapping[str, Any], *, pinned: bool) -> rewrite.Model:
    """Return a node as `ref` names it. Unless pinned, the latest version needs no number."""
    version = node.get("version")
    latest = version == node.get("latest_version")
    number = None if version is None or (latest and not pinned) else str(version)
    relation = str(node.get("alias") or node["name"])
    return rewrite.Model(node["name"], node["package_name"], number, latest, relation)
