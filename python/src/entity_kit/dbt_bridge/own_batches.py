"""Which batches of a microbatch model a dbt builds by itself, found out by letting it do so.

A dbt whose clock can't be set gets told which batches to build, at a replayed time. What it would
choose at that time follows from what it chooses now: a small project of ours has a source with a row
in each of some batches around now, and one model per batch size and lookback. The rows that arrive in
a model are the batches that were built.
"""

from __future__ import annotations

import os
import subprocess
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import yaml

from entity_kit.dbt_bridge.invocation import Project, arguments_of, failure_of, prepare
from entity_kit.dbt_bridge.microbatch import (
    MOST_LOOKBACK,
    OwnBatches,
    Shift,
    lookback_of,
    offset,
)
from entity_kit.warehouse import connect, rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

# How many batches before and after those that dbt v1 builds have a row.
_BEYOND = 3
_WITHIN = {"hour": timedelta(minutes=1), "day": timedelta(hours=1)}
_A_DAY = timedelta(days=1)

_MODEL = """{{{{ config(materialized='incremental', incremental_strategy='microbatch',
    event_time='moment', begin='{begin}', batch_size='{size}', lookback={lookback}) }}}}
select moment, batch from {{{{ source('entity_kit', '{size}') }}}}
"""
_SEVERAL = 2


def measure(executable: str, folder: Path, configs: Iterable[Mapping[str, Any]]) -> OwnBatches:
    """Run our small project in `folder`, and return what its models read."""
    wanted = {
        (str(config["batch_size"]), min(lookback_of(config), MOST_LOOKBACK)) for config in configs
    }
    if not wanted:
        return OwnBatches()
    while True:
        now = datetime.now(timezone.utc)
        _write(folder, wanted, now)
        _run(executable, folder)
        if offset(now, "hour", 0) == offset(datetime.now(timezone.utc), "hour", 0):
            break  # no batch ended meanwhile
    with connect(folder / "probe.duckdb", read_only=True) as connection:

        def shift(model: str, first: int) -> Shift | None:
            built = rows(connection, f"select min(batch), max(batch) from main.{model}")[0]
            return None if built[0] is None else Shift(built[0] - first, built[1])

        return OwnBatches(
            {(s, n): shift(f"{s}_{n}", -n) for s, n in wanted},
            {size: shift(f"whole_{size}", -_SEVERAL) for size, _ in wanted},
        )


def _write(folder: Path, wanted: Collection[tuple[str, int]], now: datetime) -> None:
    """Write the project: sources with rows, and tables that exist for the incremental models."""
    models = folder / "models"
    models.mkdir(parents=True, exist_ok=True)
    file = folder / "probe.duckdb"
    file.unlink(missing_ok=True)
    sizes = sorted({size for size, _ in wanted})
    with connect(file, create=True, portable=True) as connection:
        for size in sizes:
            values = ", ".join(
                f"(timestamp '{moment:%Y-%m-%d %H:%M:%S}', {batch})"
                for batch in range(-MOST_LOOKBACK - _BEYOND, _BEYOND + 1)
                for moment in [offset(now, size, batch) + _WITHIN.get(size, _A_DAY)]
            )
            rows(connection, f"create table main.source_{size} (moment timestamp, batch integer)")
            rows(connection, f"insert into main.source_{size} values {values}")
            begin = offset(now, size, -_SEVERAL)
            text = _MODEL.format(begin=f"{begin:%Y-%m-%dT%H:%M:%S}", size=size, lookback=1)
            (models / f"whole_{size}.sql").write_text(text, encoding="utf-8")
        for size, lookback in wanted:
            name = f"{size}_{lookback}"
            rows(connection, f"create table main.{name} as from main.source_{size} where false")
            begin = offset(now, size, -MOST_LOOKBACK - _BEYOND)
            text = _MODEL.format(begin=f"{begin:%Y-%m-%dT%H:%M:%S}", size=size, lookback=lookback)
            (models / f"{name}.sql").write_text(text, encoding="utf-8")
    tables = [
        {"name": size, "identifier": f"source_{size}", "config": {"event_time": "moment"}}
        for size in sizes
    ]
    output = {"type": "duckdb", "path": str(file), "schema": "main", "threads": 1}
    about = {"name": "probe", "version": "1.0.0", "config-version": 2, "profile": "probe"}
    for name, content in (
        ("models/sources.yml", {"sources": [{"name": "entity_kit", "schema": "main", "tables": tables}]}),
        ("dbt_project.yml", about),
        ("profiles.yml", {"probe": {"target": "probe", "outputs": {"probe": output}}}),
    ):  # fmt: skip
        (folder / name).write_text(yaml.safe_dump(content), encoding="utf-8")


def _run(executable: str, folder: Path) -> None:
    environment = dict(os.environ)
    prepare(environment)
    done = subprocess.run(  # noqa: S603  (the user named the executable; no shell)
        [executable, *arguments_of(Project(folder, folder, "probe", "probe"), folder, "run")],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise failure_of("run", f"{done.stdout}{done.stderr}".strip())
