"""The files of a samples folder: `<source>/<table>.parquet`, or `.csv`, or a folder of Parquet files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.nodes import source_name
from entity_kit.errors import EntityKitError
from entity_kit.warehouse import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

MANIFEST, VERSION = "manifest.json", 1
_CSV = ".csv"
_SUFFIXES = (".parquet", _CSV)


@dataclass(frozen=True, slots=True)
class SampleFile:
    """The rows of one source: a file, or a folder of Parquet files."""

    path: Path
    parts: tuple[Path, ...]

    @property
    def is_csv(self) -> bool:
        return self.path.suffix.casefold() == _CSV

    def reader(self, texts: Iterable[str] = ()) -> str:
        """Return the SQL that reads all rows; columns in `texts` of a CSV file are read as text."""
        files = ", ".join(literal(str(part)) for part in self.parts)
        if not self.is_csv:
            return f"read_parquet([{files}], union_by_name = true)"
        types = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in texts)
        given = f", types = {{{types}}}" if types else ""
        return f"read_csv([{files}], header = true, sample_size = -1{given})"


def require_samples(folder: Path) -> None:
    """Refuse a folder that isn't there, or whose manifest is of a version that we don't know."""
    if not folder.is_dir():
        raise EntityKitError(
            f"There is no folder {folder} with samples.",
            fix="Correct --samples. `entity-kit sample` makes such a folder from the warehouse.",
        )
    file = folder / MANIFEST
    if not file.exists():
        return  # made by hand
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
        version = manifest.get("version")
    except (OSError, ValueError, AttributeError) as error:
        raise EntityKitError(
            f"{file} can't be read: {error}",
            fix="Make the samples again. If you made them by hand, remove the file.",
        ) from error
    if version != VERSION:
        newer = isinstance(version, int) and version > VERSION
        raise EntityKitError(
            f"{file} is of version {version!r}; this entity-kit reads version {VERSION}. The samples "
            f"were made by {'a newer' if newer else 'an older'} version.",
            fix="Update entity-kit." if newer else "Make the samples again.",
        )
    if manifest.get("complete") is False:
        raise EntityKitError(
            f"{folder} is incomplete: `entity-kit sample` was stopped.",
            fix="Repeat the command that made it, which reads what is missing.",
        )


def find_files(
    folder: Path, sources: Iterable[Mapping[str, Any]], needed: Iterable[str]
) -> dict[str, SampleFile]:
    """Return the file of each source that has one, by unique id. Refuse if a needed one has none."""
    found = {}
    missing = []
    wanted = frozenset(needed)
    for node in sources:
        file = _find(folder, node["source_name"], node["name"])
        if file is not None:
            found[node["unique_id"]] = file
        elif node["unique_id"] in wanted:
            missing.append(node)
    if missing:
        raise EntityKitError(_missing(folder, missing), fix=_FIX)
    return found


_FIX = (
    "`entity-kit sample` writes them from the warehouse. Or write them yourself: the names are "
    "those in the sources' YAML, in any case."
)


def _missing(folder: Path, nodes: list[Mapping[str, Any]]) -> str:
    what = "a source" if len(nodes) == 1 else f"{len(nodes)} sources"
    lines = [f"{folder} has no file for {what} that the models read:"]
    for node in sorted(nodes, key=source_name):
        place = f"{node['source_name']}/{node['name']}"
        lines.append(f"  {source_name(node)}: {place}.parquet, {place}.csv, or {place}/*.parquet")
    return "\n".join(lines)


def _find(folder: Path, source: str, table: str) -> SampleFile | None:
    entries = [
        entry
        for above in _named(folder, (source,))
        if above.is_dir()
        for entry in _named(above, (table, *(table + suffix for suffix in _SUFFIXES)))
        if entry.is_dir() or entry.suffix.casefold() in _SUFFIXES
    ]
    if len(entries) > 1:
        names = " and ".join(str(entry.relative_to(folder)) for entry in entries)
        raise EntityKitError(
            f"{folder} has several files for source {source}.{table}: {names}.",
            fix="Keep one of them. Upper and lower case don't count.",
        )
    if not entries:
        return None
    path = entries[0]
    if not path.is_dir():
        return SampleFile(path, (path,))
    parts = tuple(sorted(each for each in path.iterdir() if each.suffix == ".parquet"))
    if not parts:
        raise EntityKitError(
            f"{path} has no Parquet file.", fix="Put some there, or remove the folder."
        )
    return SampleFile(path, parts)


def _named(folder: Path, names: Iterable[str]) -> list[Path]:
    wanted = {name.casefold() for name in names}
    return sorted(entry for entry in folder.iterdir() if entry.name.casefold() in wanted)
