"""Make a sample: plan, ask, read, write, and continue after a break."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.git import is_exposed
from entity_kit.errors import EntityKitError
from entity_kit.replay.progress import Progress
from entity_kit.sampling.opening import open_project
from entity_kit.sampling.options import SampleOptions, read_options
from entity_kit.sampling.plan import make_plan
from entity_kit.sampling.record import PART, Record, forget_parts, open_record, remove_empty

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from entity_kit.sampling.plan import Planned
    from entity_kit.sampling.readers.reader import Reader

    # Is told what will be read, and returns whether to go on.
    Confirm = Callable[[Sequence["Planned"]], bool]

# A secret of the user's, with which values are hashed alike in several samples.
KEY = "ENTITY_KIT_MASK_KEY"
_SHORTEST_KEY = 16


@dataclass(frozen=True, slots=True)
class SampledTable:
    """One table of a sample: `rows` of `of`, `chosen` in words, the rule of each masked column."""

    name: str
    file: Path
    rows: int
    of: int
    chosen: str
    masks: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sample:
    """A samples folder that is complete. `continued` tables were there before this call."""

    folder: Path
    tables: tuple[SampledTable, ...]
    continued: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)


def sample(
    project_dir: str | Path,
    samples: str | Path,
    *,
    profiles_dir: str | Path | None = None,
    target: str | None = None,
    select: Sequence[str] = (),
    exclude: Sequence[str] = (),
    fraction: float | None = None,
    rows: int | None = None,
    keys: Sequence[str] = (),
    whole: Sequence[str] = (),
    mask_default: str | None = None,
    variables: Mapping[str, Any] | None = None,
    dbt: str | None = None,
    confirm: Confirm | None = None,
    progress: Progress | None = None,
) -> Sample:
    """Write a small consistent part of a project's sources into a folder, as Parquet.

    fraction: the share of the entities. Default: 0.01. Or
    rows: about how many rows of each table that no other table chooses.
    keys: `source.table.column`: the column that chooses a table's rows.
    whole: `source.table`: tables of which all rows are taken.
    select, exclude: the models whose sources are wanted. Default: all incremental models.
    mask_default: hash, null, or keep, for columns that need a rule and have none.
    confirm: is told what will be read, and returns whether to go on. Default: go on.

    Raises EntityKitError for bad configuration, and DbtError if dbt itself fails.
    """
    options = read_options(
        project_dir,
        samples,
        profiles_dir=profiles_dir,
        target=target,
        select=select,
        exclude=exclude,
        fraction=fraction,
        rows=rows,
        keys=keys,
        whole=whole,
        mask_default=mask_default,
        variables=variables,
        dbt=dbt,
    )
    return run(options, confirm or (lambda _: True), progress or Progress())


def run(options: SampleOptions, confirm: Confirm, progress: Progress) -> Sample:
    """Make a sample, or finish one. Leaves a table's file only if all of its rows are in it."""
    _refuse_exposed(options.samples)
    key, lasting = _mask_key()
    with open_project(options, key, progress.detail) as opened:
        planned = make_plan(options, opened, progress.detail)
        record = open_record(
            options.samples, _head(opened.reader.adapter), _request(options, opened, planned)
        )
        if not lasting:
            _forget_hashed(record, planned)
        continued = tuple(record.tables)
        missing = [each for each in planned if each.table.name not in record.tables]
        if missing and not confirm(missing):
            raise EntityKitError("Nothing was read.", fix="Choose a smaller --fraction.")
        if missing:
            _write(record, opened.reader, missing, progress)
    return Sample(
        options.samples,
        tuple(_sampled(options.samples, each) for each in record.tables.values()),
        continued,
    )


def _refuse_exposed(folder: Path) -> None:
    root = is_exposed(folder)
    if root is not None:
        line = f"/{folder.relative_to(root).as_posix()}/"
        raise EntityKitError(
            f"{folder} is in the git repository {root}, and not ignored: the sample might be "
            "committed.",
            fix=f"Add this line to {root / '.gitignore'}, or name a folder elsewhere:\n{line}",
        )


def _mask_key() -> tuple[str, bool]:
    """Return the secret for masks, and whether it is the user's. Ours is kept nowhere."""
    given = os.environ.get(KEY, "")
    if given and len(given) < _SHORTEST_KEY:
        raise EntityKitError(
            f"{KEY} has {len(given)} characters, so it could be guessed.",
            fix=f"Use {_SHORTEST_KEY} or more random characters, or unset it.",
        )
    return (given, True) if given else (secrets.token_hex(32), False)


def _head(adapter: str) -> dict[str, Any]:
    created = datetime.now(timezone.utc).isoformat(timespec="seconds")
    return {"created": created, "entity_kit": version("entity-kit"), "adapter": adapter}


def _request(options: SampleOptions, opened: Any, planned: Sequence[Planned]) -> dict[str, Any]:
    """Return what makes two calls ask for the same sample."""
    return {
        "project": str(opened.manifest["metadata"]["project_name"]),
        "fraction": options.fraction if options.rows is None else None,
        "rows": options.rows,
        "keys": sorted(options.keys),
        "whole": sorted(options.whole),
        "tables": [each.table.name for each in planned],
        "masks": {each.table.name: each.masks for each in planned if each.masks},
    }


def _forget_hashed(record: Record, planned: Sequence[Planned]) -> None:
    """Read tables with hashed values again unless all are there: the old call's key is gone."""
    hashed = {
        each.table.name
        for each in planned
        if any(stored.mask.rule == "hash" for stored in each.stored)
    }
    if not hashed <= set(record.tables):
        for name in hashed & set(record.tables):
            del record.tables[name]


def _write(record: Record, reader: Reader, missing: Sequence[Planned], progress: Progress) -> None:
    folder = record.folder
    made = [each for each in (folder, *folder.parents) if not each.exists()][::-1]
    progress.plan(len(missing))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        forget_parts(folder)
        record.write()
        for each in missing:
            name = each.table.name
            progress.run(f"reading {name}")
            file = folder / each.table.node["source_name"] / f"{each.table.node['name']}.parquet"
            file.parent.mkdir(exist_ok=True)
            part = file.with_name(file.name + PART)
            count = reader.save(each.source, each.pages, each.stored, part, name)
            part.replace(file)
            record.add(name, _told(each, count, file.relative_to(folder)))
            progress.done()
    except OSError as error:
        raise EntityKitError(
            f"The sample can't be written to {folder}: {error}",
            fix="Free some space, make it writable, or name another folder with --samples.",
        ) from error
    finally:
        if folder.is_dir():
            forget_parts(folder)
            if not record.tables:
                (folder / "manifest.json").unlink(missing_ok=True)
            remove_empty(folder, made)


def _told(planned: Planned, count: int, file: Path) -> dict[str, Any]:
    return {
        "name": planned.table.name,
        "source": planned.table.node["source_name"],
        "table": planned.table.node["name"],
        "file": file.as_posix(),
        "rows": count,
        "of": planned.of,
        "chosen": planned.choice.told(),
        "fraction": planned.choice.fraction,
        "masks": planned.masks,
        "loaded_at": None
        if planned.first is None
        else {
            "first": str(planned.first),
            "last": str(planned.last),
            "loads": planned.loads,
            "of": planned.of_loads,
        },
    }


def _sampled(folder: Path, told: Mapping[str, Any]) -> SampledTable:
    return SampledTable(
        told["name"],
        folder / told["file"],
        told["rows"],
        told["of"],
        told["chosen"],
        told["masks"],
    )
