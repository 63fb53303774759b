"""Write made-up sources as a samples folder, which verify then reads as any other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from entity_kit.engines.sample_files import MANIFEST, VERSION
from entity_kit.errors import EntityKitError
from entity_kit.sampling.columns import Column
from entity_kit.sampling.parquet import line, write_parquet
from entity_kit.sampling.stored import Stored
from entity_kit.synthetic.declared import read_specs
from entity_kit.synthetic.reading import undeclared_columns
from entity_kit.synthetic.tables import make_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from entity_kit.synthetic.declared import Spec


def write_synthetic(
    manifest: Mapping[str, Any], needed: Collection[str], folder: Path, *, seed: int, dialect: str
) -> Path:
    """Make up the needed sources of a parsed project. Return the folder."""
    nodes = [node for u, node in sorted(manifest["sources"].items()) if u in needed]
    if not nodes:
        raise EntityKitError(
            "The models read no source, so there is nothing to make up.", fix="Omit --synthetic."
        )
    models = [
        node
        for u, node in manifest["nodes"].items()
        if u in needed and node["resource_type"] == "model"
    ]
    specs = read_specs(manifest, nodes, dialect, undeclared_columns(models, nodes, dialect))
    rows = make_rows(specs, seed)
    folder.mkdir(parents=True, exist_ok=True)
    for spec in specs:
        _write(spec, rows[spec.name], folder)
    told = {"version": VERSION, "synthetic": True, "seed": seed, "complete": True}
    (folder / MANIFEST).write_text(json.dumps(told) + "\n", encoding="utf-8")
    return folder


def _write(spec: Spec, rows: list[dict[str, str | None]], folder: Path) -> None:
    stored = [Stored(Column(each.name, each.type or "VARCHAR")) for each in spec.fields]
    exchange = folder / "exchange.ndjson"
    with exchange.open("w", encoding="utf-8") as out:
        out.writelines(line([row[each.name] for each in spec.fields]) for row in rows)
    file = folder / spec.source / f"{spec.table}.parquet"
    file.parent.mkdir(exist_ok=True)
    write_parquet(exchange, stored, file)
    exchange.unlink()
