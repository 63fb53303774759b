"""Read the names that a profile has for another adapter: neither the adapter nor a secret is needed."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.profiles import (
    Renderer,
    Target,
    profiles_file,
    read_project_file,
    read_yaml,
)
from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# The names that adapters have for the two, as Jinja's `target` shows them, too.
_DATABASE = ("database", "dbname", "catalog", "project")
_SCHEMA = ("schema", "dataset")
_NO_DATABASE, _NO_SCHEMA, _NO_TARGET = "analytics", "dbt", "dev"
# What an adapter may be asked for by Jinja, and is no secret. One that isn't known says its own
# name, because a project computes with it where it is parsed.
_SHOWN = (
    *("account", "warehouse", "role", "user", "region", "location", "host", "http_path"),
    *("execution_project", "maximum_bytes_billed", "priority", "port"),
)
# Databases on other machines, and DuckDB's own, have such names.
_UNFIT = re.compile(r"[./\\:]|\A(?:memory|system|temp)\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ForeignTarget:
    """A target on DuckDB with the names of another adapter's.

    `shown` is what Jinja's `target` has beside what dbt-duckdb's has.
    """

    target: Target
    shown: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_foreign(
    project_dir: Path,
    dialect: str,
    *,
    profiles_dir: Path | None = None,
    profile: str | None = None,
    target: str | None = None,
    variables: dict[str, Any] | None = None,
) -> ForeignTarget | None:
    """Return a DuckDB target for a profile's output of another type, or None if it is DuckDB's own.

    There need be no profile. What the profile takes from a variable of the environment that isn't
    set has a name of ours.
    """
    project = read_project_file(project_dir)
    render = _Lenient(variables or {})
    name = profile or os.environ.get("DBT_PROFILE") or render(project.get("profile"))
    name = str(name or project.get("name") or "profile")
    wanted = target or os.environ.get("DBT_TARGET")
    output: dict[str, Any] = {}
    file = profiles_file(project_dir, profiles_dir, required=profiles_dir is not None)
    given = read_yaml(file).get(name) if file is not None else None
    if isinstance(given, dict):
        outputs = given.get("outputs") or {}
        wanted = wanted or render(given.get("target")) or next(iter(outputs), None)
        found = outputs.get(wanted)
        if found is None and outputs and (target or given.get("target")):
            raise EntityKitError(
                f"Profile `{name}` in {file} has no target `{wanted}`. Targets: "
                f"{', '.join(sorted(outputs))}.",
                fix="Pass one of them with --target.",
            )
        output = {key: render(value) for key, value in (found or {}).items()}
    kind = output.get("type")
    if kind == "duckdb":
        return None
    _refuse_another(kind, dialect, str(wanted), name)
    return _on_duckdb(name, str(wanted or _NO_TARGET), output, render.unset)


def _on_duckdb(
    profile: str, name: str, output: Mapping[str, Any], unset: list[str]
) -> ForeignTarget:
    database = str(next((output[k] for k in _DATABASE if output.get(k)), _NO_DATABASE))
    schema = str(next((output[k] for k in _SCHEMA if output.get(k)), _NO_SCHEMA))
    if _UNFIT.search(database):
        raise EntityKitError(
            f"Target `{name}` of profile `{profile}` has the database {database!r}, which DuckDB "
            "can't have.",
            fix="Add a target with another name for it, and choose it with --target.",
        )
    threads = output.get("threads")
    made = {
        "type": "duckdb",
        "path": f"{database}.duckdb",
        "schema": schema,
        "threads": threads if isinstance(threads, int) and threads > 0 else 1,
    }
    shown = {key: key if output.get(key) is None else output[key] for key in _SHOWN}
    shown |= dict.fromkeys(_DATABASE, database) | dict.fromkeys(_SCHEMA, schema)
    notes = []
    if unset:
        notes.append(
            f"The profile needs {', '.join(dict.fromkeys(unset))}, not set here. The target's "
            f"database is {database}, its schema {schema}."
        )
    return ForeignTarget(Target(profile, name, made), shown, tuple(notes))


def _refuse_another(kind: object, dialect: str, target: str, profile: str) -> None:
    """Refuse a target of another warehouse than the dialect's."""
    alike = {dialect, *{"redshift": ("postgres",), "databricks": ("spark",)}.get(dialect, ())}
    known = ("snowflake", "bigquery", "redshift", "databricks", "spark", "postgres")
    if kind in known and kind not in alike:
        raise EntityKitError(
            f"--dialect is {dialect}, but target `{target}` of profile `{profile}` is of type {kind}.",
            fix=f"Use --dialect {kind if kind != 'spark' else 'databricks'}, or name another target "
            "with --target.",
        )


class _Lenient:
    """Renders values of a profile; what can't be rendered is None, and told in `unset`."""

    def __init__(self, variables: dict[str, Any]) -> None:
        self._render = Renderer(variables)
        self.unset: list[str] = []

    def __call__(self, value: Any) -> Any:
        try:
            return self._render(value)
        except EntityKitError as error:
            named = re.search(r"environment variable (\w+)", error.message)
            if named is not None:
                self.unset.append(named[1])
            return None
