"""Read a dbt profile without dbt, so that it works with any dbt."""

from __future__ import annotations

import ast
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from jinja2 import StrictUndefined, Undefined
from jinja2.exceptions import TemplateError, TemplateRuntimeError
from jinja2.nativetypes import NativeEnvironment, NativeTemplate

from entity_kit.errors import EntityKitError
from entity_kit.warehouse import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True)
class Target:
    """One rendered output of a dbt profile: `output` is the mapping that dbt's adapter gets."""

    profile: str
    name: str
    output: dict[str, Any]


def read_project_file(project_dir: Path) -> dict[str, Any]:
    """Return dbt_project.yml as a mapping. Refuse a folder without a dbt project."""
    file = project_dir / "dbt_project.yml"
    if not file.is_file():
        raise EntityKitError(
            f"There is no dbt project in {project_dir}: dbt_project.yml is missing.",
            fix="Name the project's folder with --project-dir.",
        )
    return read_yaml(file)


def for_all_models(project_file: Any, option: str) -> frozenset[str]:
    """Return the columns that dbt_project.yml names under an option, for models by the folder."""

    def found(given: Any) -> Iterator[str]:
        for key, value in given.items() if isinstance(given, dict) else ():
            if key == option:
                yield from map(fold, [value] if isinstance(value, str) else map(str, value or []))
            else:
                yield from found(value)

    return frozenset(found((project_file or {}).get("models")))


def load_target(
    project_dir: Path,
    *,
    profiles_dir: Path | None = None,
    profile: str | None = None,
    target: str | None = None,
    variables: dict[str, Any] | None = None,
) -> Target:
    """Find and render the target as dbt would: option, environment variable, then the files."""
    project = read_project_file(project_dir)
    render = Renderer(variables or {})
    profile_name = profile or os.environ.get("DBT_PROFILE") or render(project.get("profile"))
    if not profile_name:
        raise EntityKitError(
            f"{project_dir / 'dbt_project.yml'} has no profile.",
            fix="Add `profile: NAME` to it, or pass --profile NAME.",
        )
    file = profiles_file(project_dir, profiles_dir)
    assert file is not None  # noqa: S101  (or it was refused)
    profiles = read_yaml(file)
    if profile_name not in profiles:
        known = ", ".join(sorted(name for name in profiles if name != "config")) or "none"
        raise EntityKitError(
            f"{file} has no profile `{profile_name}`. Profiles: {known}.",
            fix="Correct `profile:` in dbt_project.yml, or pass --profiles-dir.",
        )
    chosen = _mapping(profiles[profile_name])
    outputs = _mapping(chosen.get("outputs"))
    name = target or os.environ.get("DBT_TARGET") or render(chosen.get("target")) or "default"
    if name not in outputs:
        known = ", ".join(sorted(outputs)) or "none"
        raise EntityKitError(
            f"Profile `{profile_name}` in {file} has no target `{name}`. Targets: {known}.",
            fix="Pass one of them with --target.",
        )
    if not isinstance(outputs[name], dict):
        raise EntityKitError(
            f"Target `{name}` of profile `{profile_name}` in {file} must be a mapping; "
            f"got {outputs[name]!r}.",
            fix="Fix the profile.",
        )
    return Target(profile_name, name, render(outputs[name]))


def write_profile(chosen: Target, folder: Path) -> None:
    """Write a target as the only one of a profiles.yml."""
    profile = {"target": chosen.name, "outputs": {chosen.name: chosen.output}}
    text = yaml.safe_dump({chosen.profile: profile})
    (folder / "profiles.yml").write_text(text, encoding="utf-8")


def _mapping(given: Any) -> dict[str, Any]:
    return given if isinstance(given, dict) else {}


def profiles_file(
    project_dir: Path, profiles_dir: Path | None, *, required: bool = True
) -> Path | None:
    """Return where the profiles are. Raise EntityKitError, or return None, if there are none."""
    if profiles_dir is None and os.environ.get("DBT_PROFILES_DIR"):
        profiles_dir = Path(os.environ["DBT_PROFILES_DIR"])
    if profiles_dir is not None:
        folders = [profiles_dir]
    else:
        folders = [Path.cwd(), project_dir, Path.home() / ".dbt"]
    for folder in folders:
        if (folder / "profiles.yml").is_file():
            return folder / "profiles.yml"
    if not required:
        return None
    looked = ", ".join(str(folder) for folder in folders)
    raise EntityKitError(
        f"No profiles.yml was found; looked in {looked}.",
        fix="Name its folder with --profiles-dir.",
    )


def read_yaml(file: Path) -> dict[str, Any]:
    """Read a file that contains a mapping."""
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise EntityKitError(f"{file} can't be read.\n{error}", fix="Fix the file.") from error
    if not isinstance(content, dict):
        raise EntityKitError(f"{file} must contain a mapping.", fix="Fix the file.")
    return content


def _concat(values: Iterable[Any]) -> Any:
    """Join a template's values. As in dbt, a single value keeps its type, and text stays text."""
    parts = list(values)
    if any(isinstance(part, Undefined) for part in parts):
        "".join(map(str, parts))  # raises, naming what is undefined
    return parts[0] if len(parts) == 1 else "".join(map(str, parts))


class _Template(NativeTemplate):
    def render(self, *args: Any, **kwargs: Any) -> Any:
        context = self.new_context(dict(*args, **kwargs))
        return _concat(self.root_render_func(context))


class _Environment(NativeEnvironment):
    template_class = _Template


def _number(value: Any) -> float:
    try:
        return int(value)
    except ValueError:
        pass
    try:
        return float(value)
    except ValueError as error:
        raise TemplateRuntimeError(f"could not convert {value!r} to a number") from error


def _native(value: Any) -> Any:
    try:
        return ast.literal_eval(str(value))
    except (ValueError, SyntaxError):
        return value


class Renderer:
    """Render the Jinja that dbt allows in profiles: env_var, var, and the as_… filters."""

    def __init__(self, variables: dict[str, Any]) -> None:
        def env_var(name: str, default: str | None = None) -> str:
            value = os.environ.get(name, default)
            if value is None:
                raise EntityKitError(
                    f"The profile needs the environment variable {name}, which is not set.",
                    fix=f"Set {name}, or give env_var() a default.",
                )
            return str(value)

        def var(name: str, default: Any = None) -> Any:
            return variables.get(name, default)

        text = _Environment(undefined=StrictUndefined)
        text.globals.update(env_var=env_var, var=var, target={})
        text.filters.update(
            as_text=str,
            as_number=_number,
            as_bool=lambda value: str(value).strip().lower() in {"true", "1", "yes"},
            as_native=_native,
        )
        self._environment = text

    def __call__(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self(item) for item in value]
        if isinstance(value, str) and ("{{" in value or "{%" in value):
            try:
                return self._environment.from_string(value).render()
            except TemplateError as error:
                raise EntityKitError(
                    f"The profile's `{value}` can't be rendered.\n{error}", fix="Fix the profile."
                ) from error
        return value
