"""Keep both sides of a difference as DuckDB files after the scratch warehouses are gone."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from entity_kit.errors import EntityKitError
from entity_kit.warehouse import quote, unquoted

if TYPE_CHECKING:
    from pathlib import Path

    from entity_kit.arrivals.model import Model
    from entity_kit.engines.scratch import Scratch, Warehouse


@dataclass(frozen=True, slots=True)
class Kept:
    """Where both sides of a difference are; `key` are the model's columns, without quotes."""

    folder: Path
    incremental: Path
    full_refresh: Path
    relation: str
    key: tuple[str, ...]

    @property
    def command(self) -> tuple[str, ...]:
        """The command that shows the difference."""
        key = ("--key", ",".join(self.key)) if self.key else ()
        other = f"{self.full_refresh}:{self.relation}"
        return ("entity-kit", "diff", str(self.incremental), self.relation, other, *key)


def require_folder(folder: Path) -> None:
    """Refuse a folder that can't be written to, before the work starts."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EntityKitError(
            f"--keep: {folder} can't be created: {error}", fix="Use another folder."
        ) from error


def keep(
    scratch: Scratch,
    folder: Path,
    model: Model,
    schedule: str,
    incremental: Warehouse,
    full_refresh: Warehouse,
    names: tuple[str, str] = ("incremental", "full_refresh"),
) -> Kept:
    """Copy the files with both tables of a model to `folder`/model/schedule, under these names."""
    place = folder / model.name / schedule
    place.mkdir(parents=True, exist_ok=True)
    for side, warehouse in zip(names, (incremental, full_refresh), strict=True):
        _copy(scratch.files(warehouse, [model])[str(model.relation.database)], place, side)
    schema, name = model.relation.schema, model.relation.name
    key = tuple(map(unquoted, model.key))
    return Kept(
        place,
        place / f"{names[0]}.duckdb",
        place / f"{names[1]}.duckdb",
        relation=f"{_as_typed(schema)}.{_as_typed(name)}",
        # A key that is an expression names no column.
        key=key if all(part.isidentifier() for part in key) else (),
    )


def _copy(file: Path, place: Path, side: str) -> None:
    """Copy a DuckDB file, and its log if it has one; an older copy's log goes."""
    for end in ("", ".wal"):
        copy, original = place / f"{side}.duckdb{end}", file.with_name(f"{file.name}{end}")
        copy.unlink(missing_ok=True)
        if original.exists():
            shutil.copyfile(original, copy)


def _as_typed(name: str) -> str:
    """Return a name as a person types it, in quotes only if it needs them."""
    return name if name.isidentifier() else quote(name)
