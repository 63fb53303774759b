"""The DuckDB files that a project's target names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from entity_kit.engines.scratch import Catalog
from entity_kit.errors import EntityKitError
from entity_kit.warehouse import connect, quote, rows, unquoted

if TYPE_CHECKING:
    from entity_kit.dbt_bridge.profiles import Target

_REMOTE = ("md:", "motherduck:", "ducklake:", "http:", "https:", "s3:", "gs:", "gcs:", "az:")


def read_catalogs(
    target: Target, project_dir: Path, *, absent: bool
) -> tuple[list[Catalog], list[dict[str, Any]]]:
    """Return the local files that a target names, and the attachments that aren't local files.

    The target's own file needn't exist: the sources may all be elsewhere. If it is `absent`, the
    attached files don't count either.
    """
    output = target.output
    if output.get("type") != "duckdb":
        raise EntityKitError(
            f"Target `{target.name}` of profile `{target.profile}` is of type "
            f"{output.get('type')!r}; verify replays projects on DuckDB.",
            fix="Add a duckdb output to the profile and name it with --target. A DuckDB file "
            "with a sample of the source rows is enough.",
        )
    main = str(output.get("path") or ":memory:")
    if main.startswith(_REMOTE):
        raise EntityKitError(
            f"Target `{target.name}` is at {main}; verify reads only local DuckDB files.",
            fix="Copy the sources into a local DuckDB file, and add a target for it.",
        )
    if main == ":memory:":
        catalogs = [Catalog("memory", None, "", "memory.duckdb")]
    else:
        file = _resolve(project_dir, main)
        if file.exists():
            catalogs = [Catalog(_catalog_name(file), file, "entity_kit_original_0", file.name)]
        else:
            name = file.name.split(".")[0]
            catalogs = [Catalog(name, None, "", file.name, missing=None if absent else file)]
        if absent and not file.exists():
            return catalogs, []
    foreign = []
    for given in output.get("attach") or []:
        path = str(given.get("path", ""))
        if path.startswith(_REMOTE) or given.get("type", "duckdb") != "duckdb":
            foreign.append({**given, "read_only": True})
            continue
        file = _resolve(project_dir, path)
        inferred = file.name.lstrip(".").split(".")[0]
        attached_as = str(given.get("alias") or quote(inferred))
        catalogs.append(
            Catalog(
                name=unquoted(attached_as),
                original=file,
                alias=f"entity_kit_original_{len(catalogs)}",
                file_name=f"{len(catalogs)}_{file.name}",
                attached_as=attached_as,
            )
        )
    return catalogs, foreign


def _resolve(project_dir: Path, path: str) -> Path:
    # dbt runs in the project's folder, so that is what a relative path is relative to.
    return (project_dir / Path(path).expanduser()).resolve()


def _catalog_name(file: Path) -> str:
    with connect(file, read_only=True) as connection:
        return str(rows(connection, "select current_database()")[0][0])
