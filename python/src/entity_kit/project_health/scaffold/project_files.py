"""What a project's files have already: models, declared sources, a time spine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

_OLDER_SPINE = "metricflow_time_spine"


@dataclass(frozen=True, slots=True)
class Declared:
    """The entry of a source's table, that of its source, and the file that has both."""

    path: str
    source: Mapping[str, Any]
    table: Mapping[str, Any]

    def value(self, key: str) -> Any:
        """Return a setting: the table's own, or its source's, as a config or beside it."""
        for entry in (self.table, self.source):
            for place in (entry.get("config") or {}, entry):
                if place.get(key) is not None:
                    return place[key]
        return None

    def ours(self, key: str) -> Any:
        """Return what `config.meta.entity_kit` has, or `meta.entity_kit`."""
        for entry in (self.table, self.source):
            for place in (entry.get("config") or {}, entry):
                found = ((place.get("meta") or {}).get("entity_kit") or {}).get(key)
                if found is not None:
                    return found
        return None


@dataclass
class ProjectFiles:
    """A project's folders, and what is declared in which file. Paths are relative to the project."""

    folder: Path
    model_folder: str = "models"
    test_folder: str = "tests"
    model_folders: tuple[str, ...] = ("models",)
    models: dict[str, str] = field(default_factory=dict)
    sources: dict[tuple[str, str], Declared] = field(default_factory=dict)
    spines: set[str] = field(default_factory=set)

    def text(self, path: str) -> str | None:
        """Return a file's text, or None if there is no file."""
        file = self.folder / path
        try:
            return file.read_bytes().decode("utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise EntityKitError(f"{file} can't be read: {error}", fix="Fix the file.") from error


def read_project_files(
    folder: Path, project: Mapping[str, Any], without: Collection[str] = ()
) -> ProjectFiles:
    """Look into all files below the project's model paths.

    Raise EntityKitError for YAML that can't be read.
    """
    model_folders = tuple(map(str, project.get("model-paths") or ["models"]))
    test_folder = next(iter(map(str, project.get("test-paths") or ["tests"])), "tests")
    found = ProjectFiles(folder, model_folders[0], test_folder, model_folders)
    for file in _files(folder, model_folders):
        path = file.relative_to(folder).as_posix()
        if path in without:
            continue
        if file.suffix in (".sql", ".py"):
            found.models.setdefault(file.stem, path)
            if file.stem == _OLDER_SPINE:
                found.spines.add(path)
        else:
            _read_properties(found, path, file)
    return found


def _files(folder: Path, model_folders: Collection[str]) -> Iterator[Path]:
    for each in model_folders:
        files = sorted((folder / each).rglob("*"))
        yield from (
            f for f in files if f.suffix in (".sql", ".py", ".yml", ".yaml") and f.is_file()
        )


def _read_properties(found: ProjectFiles, path: str, file: Path) -> None:
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, OSError, ValueError) as error:
        raise EntityKitError(
            f"{path} can't be read, so it isn't known what it declares.\n{error}",
            fix="Fix the file.",
        ) from error
    if not isinstance(data, dict):
        return
    for source in _entries(data, "sources"):
        for table in _entries(source, "tables"):
            key = (str(source.get("name")), str(table.get("name")))
            found.sources.setdefault(key, Declared(path, source, table))
    if any(model.get("time_spine") for model in _entries(data, "models")):
        found.spines.add(path)


def _entries(data: Mapping[str, Any], key: str) -> Iterator[dict[str, Any]]:
    yield from (each for each in data.get(key) or () if isinstance(each, dict))
