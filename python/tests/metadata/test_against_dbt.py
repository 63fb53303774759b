"""The metadata models, compared with dbt's own files: on integration_tests/ and on 500 models."""

from __future__ import annotations

import json
from collections import Counter, deque
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from load_flights import load

from support.sample_project import ROOT, copy_sample
from support.scripts import load_script

if TYPE_CHECKING:
    from pathlib import Path

PREFIXES = {
    "stg_": "staging",
    "int_": "intermediate",
    "fct_": "fact",
    "dim_": "dimension",
    "entity_": "entity",
}
KINDS = {
    "unique": "unique",
    "unique_combination": "unique",
    "grain_unique": "unique",
    "scd2_valid": "unique",
    "not_null": "not_null",
    "relationships": "relationships",
    "accepted_values": "values",
    "coverage_policy": "policy",
    "naming_policy": "policy",
    "not_past_sunset": "policy",
    "alias_covers": "policy",
}


def flights(folder: Path, adopt: Any) -> Any:
    """Copy integration_tests/ with two days of flights."""
    copy_sample(folder)
    warehouse = load(folder / "flights.duckdb", days=2, quiet=True)
    profiles = yaml.safe_load((folder / "profiles.yml").read_text())
    profiles["flights"]["outputs"]["dev"]["path"] = str(warehouse)
    (folder / "profiles.yml").write_text(yaml.safe_dump(profiles))
    settings = yaml.safe_load((folder / "dbt_project.yml").read_text())
    settings["vars"] = {"entity_kit_metadata": True}
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(settings))
    return adopt(folder, warehouse)


def generated(folder: Path, adopt: Any) -> Any:
    """Generate the project of 500 models that the benchmark measures."""
    load_script(ROOT / "benchmarks" / "metadata.py").generate(folder, 500)
    return adopt(folder, folder / "w.duckdb")


@pytest.fixture(scope="module", params=[flights, generated], ids=["flights", "500 models"])
def built(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, adopt: Any
) -> Any:
    """Run a project with all models about it, and return it, its manifest and its results."""
    project = request.param(tmp_path_factory.mktemp("project") / "it", adopt)
    project.run("run", "-s", "run_history")
    project.run("run")
    # dbt can't know that this one comes last.
    project.run("run", "--write-json", "-s", "grain_coverage")
    manifest = json.loads((project.folder / "target" / "manifest.json").read_text())
    yield project, manifest
    project.close()


def schema(manifest: dict[str, Any]) -> str:
    return str(manifest["nodes"]["model.entity_kit.run_history"]["schema"])


def query(built: Any, columns: str, table: str) -> list[tuple[Any, ...]]:
    project, manifest = built
    return list(project.query(f"select {columns} from {schema(manifest)}.{table}"))


def own_models(manifest: dict[str, Any]) -> dict[str, Any]:
    return {
        unique_id: node
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and node["package_name"] != "entity_kit"
    }


@pytest.mark.slow
def test_dependencies(built):
    _, manifest = built
    ours = {
        unique_id
        for section in ("nodes", "sources", "exposures", "metrics", "semantic_models")
        for unique_id, node in manifest[section].items()
        if node["resource_type"] not in {"test", "operation"}
        and node["package_name"] != "entity_kit"
    }
    children = {
        unique_id: [child for child in manifest["child_map"].get(unique_id, ()) if child in ours]
        for unique_id in ours
    }
    expected = {}
    for start in ours:
        waiting, depths = deque([start]), {start: 0}
        while waiting:
            here = waiting.popleft()
            for child in children[here]:
                if child not in depths:
                    depths[child] = depths[here] + 1
                    waiting.append(child)
        expected.update(
            {(start, child): depth for child, depth in depths.items() if child != start}
        )
    rows = query(built, "parent, child, depth, is_direct", "model_dependencies")
    assert {(parent, child): depth for parent, child, depth, _ in rows} == expected
    assert len(rows) == len(expected) > 0
    assert all(direct == (depth == 1) for *_, depth, direct in rows)


@pytest.mark.slow
def test_inventory(built):
    _, manifest = built
    expected = {
        (
            unique_id,
            node["name"],
            next((layer for p, layer in PREFIXES.items() if node["name"].startswith(p)), None),
            node["config"]["materialized"],
            node["access"],
            node["contract"]["enforced"],
            bool(node["description"]),
            len(node["columns"]),
            sum(bool(column["description"]) for column in node["columns"].values()),
            len(node["raw_code"].split("\n")),
        )
        for unique_id, node in own_models(manifest).items()
    }
    rows = query(
        built,
        "unique_id, model_name, layer, materialized, access, has_contract, is_described, "
        "declared_columns, described_columns, lines",
        "model_inventory",
    )
    assert set(rows) == expected
    assert len(rows) == len(expected)


@pytest.mark.slow
def test_coverage(built):
    _, manifest = built
    expected: Counter[tuple[str, str | None, str]] = Counter()
    for node in manifest["nodes"].values():
        if node["resource_type"] != "test":
            continue
        kind = KINDS.get((node["test_metadata"] or {}).get("name"), "business")
        attached = node["attached_node"]
        for unique_id in [attached] if attached else node["depends_on"]["nodes"]:
            expected[unique_id, None, kind] += 1
            if node["column_name"]:
                expected[unique_id, node["column_name"], kind] += 1
    kinds = ["unique", "not_null", "relationships", "values", "business"]
    rows = query(
        built,
        f"unique_id, column_name, {', '.join(f'{kind}_tests' for kind in kinds)}",
        "test_coverage",
    )
    found = {
        (unique_id, column, kind): count
        for unique_id, column, *counts in rows
        for kind, count in zip(kinds, counts, strict=True)
    }
    models = own_models(manifest)
    assert {key: count for key, count in found.items() if count} == {
        key: count for key, count in expected.items() if key[0] in models and key[2] in kinds
    }
    # A row for each model and for each column that is declared or tested.
    assert {(unique_id, column) for unique_id, column, *_ in rows} >= {
        (unique_id, column)
        for unique_id, node in models.items()
        for column in [None, *(each["name"] for each in node["columns"].values())]
    }
    assert len(rows) == len({row[:2] for row in rows})


@pytest.mark.slow
def test_grain_tables(built):
    project, manifest = built
    noted = {
        unique_id: node
        for unique_id, node in own_models(manifest).items()
        if {"entity_kit_grain", "entity_kit_rollup"} & set(node["config"]["meta"])
    }
    counts = {
        unique_id: project.query(f"select count(*) from {node['relation_name']}")[0][0]
        for unique_id, node in noted.items()
    }
    assert dict(query(built, "unique_id, row_count", "grain_coverage")) == counts
    if "flights" in manifest["metadata"]["project_name"]:
        assert len(counts) > 10


@pytest.mark.slow
def test_nothing_is_deprecated(built):
    for table in ("deprecated_models", "deprecation_log", "deprecated_model_usage"):
        assert query(built, "*", table) == []


@pytest.mark.slow
def test_runs(built):
    project, manifest = built
    before = query(built, "*", "run_history")
    names = [node["name"] for node in own_models(manifest).values()]
    project.run("run", "--write-json", "--full-refresh", "-s", *names[:40])
    results = json.loads((project.folder / "target" / "run_results.json").read_text())
    rows = query(
        built,
        "invocation_id, unique_id, status, seconds, rows_affected, is_full_refresh, message",
        "run_history",
    )
    invocation = results["metadata"]["invocation_id"]
    assert sorted(row[1:] for row in rows if row[0] == invocation) == sorted(
        (
            each["unique_id"],
            each["status"],
            each["execution_time"],
            each["adapter_response"].get("rows_affected"),
            True,
            None,
        )
        for each in results["results"]
        if each["unique_id"].startswith("model.")
    )
    assert len(rows) == len(before) + 40
    # The run before this one, of everything, left a row for each model as well.
    first = {row[1] for row in before}
    assert first >= set(own_models(manifest))
