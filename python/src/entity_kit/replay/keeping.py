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
) -> Kept:
    """Copy the files with both tables of a model to `folder`/model/schedule."""
    place = folder / model.name / schedule
    place.mkdir(parents=True, exist_ok=True)
    copies = []
    for side, warehouse in (("incremental", incremental), ("full_refresh", full_refresh)):
        file = scratch.files(warehouse, [model])[str(model.relation.database)]
        copies.append(place / f"{side}.duckdb")
        shutil.copyfile(file, copies[-1])
        log = file.with_name(f"{file.name}.wal")
        if log.exists():
            shutil.copyfile(log, copies[-1].with_name(f"{copies[-1].name}.wal"))
    relation = f"{quote(model.relation.schema)}.{quote(model.relation.name)}"
    plain = all(part.isidentifier() for part in (model.relation.schema, model.relation.name))
    if plain:
        relation = f"{model.relation.schema}.{model.relation.name}"
    key = tuple(map(unquoted, model.key))
    # A key that is an expression names no column.
    named = key if all(part.isidentifier() for part in key) else ()
    return Kept(place, copies[0], copies[1], relation, named)
