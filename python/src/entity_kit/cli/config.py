"""Options from a file: `entity_kit.toml` beside dbt_project.yml, or `[tool.entity_kit]`.

The file sets the defaults; the command line wins.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import yaml

from entity_kit.errors import EntityKitError, closest_word

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found]

if TYPE_CHECKING:
    from collections.abc import Iterator

_OWN, _SHARED = "entity_kit.toml", "pyproject.toml"
# They are for this call only, or say where the file itself is.
_NOT_HERE = {"project-dir", "help", "write"}
_COMMAS = {"schedules", "at"}
# `select` in the file names models, so it is no default for the option that names metrics.
_OTHER_MEANING = {"metric_names"}


def read_config(context: click.Context, _: click.Parameter, project_dir: Path) -> Path:
    """Let the project's file set the defaults of a command's options; for `--project-dir`."""
    found = _find(project_dir.expanduser().resolve())
    if found is not None:
        file, given = found
        known = _options(context)
        for key in given:
            if key.replace("_", "-") not in known:
                raise EntityKitError(
                    f"{file}: there is no option `{key}`.", fix=closest_word(key, sorted(known))
                )
        own = {parameter.name for parameter in context.command.params}
        defaults = {
            str(option.name): _value(file, key, given[key], option)
            for key in given
            if (option := known[key.replace("_", "-")]).name in own
        }
        context.default_map = {**defaults, **(context.default_map or {})}
    return project_dir


def _options(context: click.Context) -> dict[str, click.Option]:
    """Return the options that a file may set, by long name: this command's and those of `verify`."""
    commands = [context.command]
    root = context.find_root().command
    if isinstance(root, click.Group):
        found = root.get_command(context, "verify")
        commands += [found] if found is not None else []
    return {
        name: parameter
        for command in reversed(commands)
        for parameter in command.params
        if isinstance(parameter, click.Option) and parameter.name not in _OTHER_MEANING
        for name in (opt.removeprefix("--") for opt in parameter.opts if opt.startswith("--"))
        if name not in _NOT_HERE
    }


def _find(project_dir: Path) -> tuple[Path, dict[str, Any]] | None:
    """Return the file with our options, and them: beside the project, or above it in the repository."""
    own = project_dir / _OWN
    shared = next(_shared(project_dir), None)
    if own.is_file():
        if shared is not None and shared[0].parent == project_dir:
            raise EntityKitError(
                f"Both {own} and {shared[0]} have options for entity-kit.", fix="Keep one of them."
            )
        return own, _read(own)
    return shared


def _shared(project_dir: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    for folder in (project_dir, *project_dir.parents):
        file = folder / _SHARED
        if file.is_file():
            given = _read(file).get("tool", {}).get("entity_kit")
            if given is not None:
                yield file, given
        if (folder / ".git").exists():
            return


def _read(file: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise EntityKitError(f"{file} can't be read: {error}", fix="Fix the file.") from error
    return found


def _value(file: Path, key: str, given: Any, option: click.Option) -> Any:
    """Return a value as the command line would give it; paths are relative to the file."""
    if key == "vars" and isinstance(given, dict):
        return yaml.safe_dump(given, default_flow_style=True)
    if key in _COMMAS and isinstance(given, list):
        return ",".join(map(str, given))
    many = given if isinstance(given, list) and option.multiple else [given]
    wanted: type | tuple[type, ...] = bool if option.is_flag else (str, int, float)
    if not all(
        isinstance(each, wanted) and isinstance(each, bool) == option.is_flag for each in many
    ):
        expected = "true or false" if option.is_flag else "a string or a number"
        raise EntityKitError(
            f"{file}: `{key}` must be {expected}; got {given!r}.",
            fix="Use the same values as on the command line.",
        )
    if isinstance(option.type, click.Path):
        many = [str(file.parent / Path(str(each)).expanduser()) for each in many]
    return many if option.multiple else many[0]
