"""What a project is written in, and the target on which it is verified."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING

from entity_kit.dbt_bridge.dialect import Dialect
from entity_kit.dbt_bridge.dialect_nodes import noted
from entity_kit.dbt_bridge.foreign import read_foreign
from entity_kit.dbt_bridge.profiles import load_target
from entity_kit.dbt_bridge.project import has_dbt_core
from entity_kit.dialects import prelude
from entity_kit.engines.dialect_macros import check_macros, read_macros
from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from entity_kit.dbt_bridge.profiles import Target
    from entity_kit.dbt_bridge.project import Manifest
    from entity_kit.verify.options import VerifyOptions

# On older ones, wrong and right models of integration_tests/dialects fail.
_OLDEST = {"dbt-core": (1, 11), "duckdb": (1, 5)}
_ASKS_TYPE = re.compile(r"\btarget\s*(?:\.\s*type\b|\[\s*(['\"])type\1\s*\])")


def find_target(options: VerifyOptions) -> tuple[Target, Dialect | None, list[str]]:
    """Return the target to verify on, the dialect of the project if it is another, and notes."""
    variables = dict(options.variables)
    if options.dialect is not None:
        _require_dbt_core()
        _require_versions()
        ours = prelude(options.dialect)
        theirs, known = read_macros(options.dialect_macros)
        check_macros(ours, theirs)
        dialect = Dialect(options.dialect, options.target_type, known, macros=(*ours, *theirs))
        found = read_foreign(
            options.project_dir,
            options.dialect,
            profiles_dir=options.profiles_dir,
            profile=options.profile,
            target=options.target,
            variables=variables,
        )
        if found is not None:
            _require_rows(options, found.target)
            return found.target, replace(dialect, target=found.shown), list(found.notes)
    target = load_target(
        options.project_dir,
        profiles_dir=options.profiles_dir,
        profile=options.profile,
        target=options.target,
        variables=variables,
    )
    return target, None if options.dialect is None else dialect, []


def _require_dbt_core() -> None:
    if not has_dbt_core():
        raise EntityKitError(
            "--dialect needs dbt-core and dbt-duckdb in this Python: the SQL is translated inside of "
            "dbt-core.",
            fix="pip install 'entity-kit[dbt]'",
        )


def _require_versions() -> None:
    """Refuse versions whose macros write another SQL, or that can't merge as a warehouse does."""
    found = {name: version(name) for name in _OLDEST}
    if any(_numbers(found[name]) < oldest for name, oldest in _OLDEST.items()):
        wanted = " and ".join(
            f"{name} {'.'.join(map(str, oldest))}" for name, oldest in _OLDEST.items()
        )
        here = " and ".join(f"{name} {each}" for name, each in found.items())
        raise EntityKitError(
            f"--dialect needs {wanted} or later; here are {here}.",
            fix="pip install --upgrade dbt-core dbt-duckdb duckdb",
        )


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:2])


def _require_rows(options: VerifyOptions, target: Target) -> None:
    if options.samples is None and not options.synthetic:
        raise EntityKitError(
            f"Target `{target.name}` isn't on DuckDB, and --dialect doesn't say where the sources' "
            "rows are.",
            fix="Add --samples DIR; `entity-kit sample` makes the folder from the warehouse. Or add "
            "--synthetic, which makes rows up from the YAML.",
        )


def dialect_notes(manifest: Manifest, dialect: Dialect, needed: set[str]) -> list[str]:
    """Return notes about what the models and macros of a project ask for, and don't get on DuckDB."""
    nodes = [manifest["nodes"][u] for u in sorted(needed) if u in manifest["nodes"]]
    notes = noted(nodes)
    root = manifest["metadata"].get("project_name")
    asking = sorted(set(_asking(manifest, str(root))))
    if asking and dialect.target_type is None:
        notes.append(
            f"target.type is duckdb, not {dialect.name}, at {', '.join(asking)}. "
            f"--target-type {dialect.name} shows it that name."
        )
    return notes


def _asking(manifest: Manifest, root: str) -> Iterator[str]:
    """Yield the places in the project's own models and macros that ask for the target's type."""
    every = [*manifest["nodes"].values(), *manifest["macros"].values()]
    for each in every:
        if each.get("package_name") != root:
            continue
        text = each.get("raw_code") or each.get("macro_sql") or ""
        for found in _ASKS_TYPE.finditer(text):
            path = str(each.get("original_file_path")).replace("\\", "/")
            # Of a macro it is only known in which file it is.
            line = f":{text.count(chr(10), 0, found.start()) + 1}" if "raw_code" in each else ""
            yield f"{path}{line}"
