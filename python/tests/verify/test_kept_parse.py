"""dbt's parse, kept from one verification to the next: what is parsed again, and that nothing is stale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from entity_kit.verify.cache.store import Store
from entity_kit.verify.models import parse_models
from entity_kit.verify.options import read_options
from entity_kit.verify.session import open_session
from support.verify_project import FCT, write_project

if TYPE_CHECKING:
    from pathlib import Path

MACRO = "{% macro doubled(x) %}2 * {{ x }}{% endmacro %}"
MODELS = {
    "fct.sql": FCT,
    "twice.sql": "{{ config(materialized='table', tags=[target.name, env_var('SHOP_REGION', 'at')]) }}\n"
    "select {{ doubled('amount') }} as amount "
    "from {{ ref('fct') }}",
}
# Times, and the numbers of the invocation.
PASSING = {"created_at", "metadata", "patched_at"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_project(tmp_path, tmp_path, MODELS, files={"macros/doubled.sql": MACRO}).folder


@pytest.fixture
def parsed_macros(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return how many files of macros dbt parses each time: hundreds in a whole parse."""
    from dbt.parser.manifest import ManifestLoader

    found: list[int] = []
    load = ManifestLoader.load_and_parse_macros

    def counting(loader: Any, files: Any) -> Any:
        found.append(sum(len(kinds.get("MacroParser", ())) for kinds in files.values()))
        return load(loader, files)

    monkeypatch.setattr(ManifestLoader, "load_and_parse_macros", counting)
    return found


def parse(folder: Path, *, cache: bool = True, **given: Any) -> Any:
    options = read_options(folder, profiles_dir=folder, cache=cache, **given)
    with open_session(options) as session:
        return lasting(parse_models(session, (), ())[0])


def lasting(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: lasting(each) for key, each in value.items() if key not in PASSING}
    return [lasting(each) for each in value] if isinstance(value, list) else value


def test_what_has_not_changed_is_not_parsed_again(
    folder: Path, parsed_macros: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = parse(folder)
    assert parse(folder) == first
    assert [count > 100 for count in parsed_macros] == [True]

    changes = {
        "models/fct.sql": FCT + "\n-- changed",
        "models/new.sql": "select 1 as one",
        "macros/doubled.sql": MACRO.replace("2 *", "3 *"),
        "models/sources.yml": (folder / "models/sources.yml").read_text()
        + "    description: Ours\n",
    }
    for name, text in changes.items():
        (folder / name).write_text(text)
    kept = parse(folder)
    assert kept != first
    assert parsed_macros[1:] == [1]
    assert kept == parse(folder, cache=False)
    (folder / "models/new.sql").unlink()
    assert "model.consumer.new" not in parse(folder)["nodes"]
    monkeypatch.setenv("SHOP_REGION", "de")
    assert parse(folder) == parse(folder, cache=False)


def test_what_dbt_can_not_take_up_is_parsed_again(folder: Path, parsed_macros: list[int]) -> None:
    parse(folder)
    parse(folder, variables={"factor": 2})
    assert len(parsed_macros) == 2
    project = folder / "dbt_project.yml"
    project.write_text(project.read_text() + "vars: {factor: 3}\n")
    parse(folder, variables={"factor": 2})
    assert len(parsed_macros) == 3
    # Not in another place, under another schema, or with the option.
    profiles = folder / "profiles.yml"
    profiles.write_text(
        profiles.read_text().replace("type: duckdb", "type: duckdb\n      schema: other")
    )
    parse(folder, variables={"factor": 2})
    assert len(parsed_macros) == 4
    moved = folder.rename(folder.with_name("moved"))
    parse(moved, variables={"factor": 2})
    assert len(parsed_macros) == 5
    parse(moved, variables={"factor": 2}, cache=False)
    assert len(parsed_macros) == 6


def test_a_broken_file_and_a_parse_with_our_folders_name_are_not_taken_up(
    folder: Path, parsed_macros: list[int]
) -> None:
    first = parse(folder)
    kept = Store(folder).parse
    kept.write_bytes(kept.read_bytes()[:-100])
    assert parse(folder) == first
    assert len(parsed_macros) == 2
    kept.unlink()
    (folder / "models/where.sql").write_text(
        "{{ config(meta={'file': target.path}) }} select 1 as one"
    )
    parse(folder)
    assert not kept.exists()
