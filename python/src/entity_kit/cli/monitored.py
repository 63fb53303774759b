"""What `monitor` asks of a project: its run history, its data tests, the ages of its tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from entity_kit import warehouse
from entity_kit.cli.parsed import HISTORY, run_history, warehouse_file
from entity_kit.errors import DbtError
from entity_kit.project_health.monitor import ages, anomalies, runs
from entity_kit.project_health.monitor.alerts import Checked, link_to, owner_of
from entity_kit.project_health.monitor.questions import ask_each, lookup, together

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from entity_kit.cli.asking import Asked
    from entity_kit.project_health.monitor.questions import Rows

_COLUMNS = ("model_name", "status", "seconds", "unique_id", "started_at")


@dataclass(frozen=True, slots=True)
class Limits:
    """When a run is slow, and how often it must fail."""

    threshold_s: float
    factor: float
    failures: int


def check_project(
    asked: Asked, project_dir: Path, limits: Limits, docs_url: str, now: dt.datetime
) -> tuple[Checked, list[str]]:
    """Check everything in one pass, and return the alerts and notes on what wasn't checked.

    Raises EntityKitError where a project without a run history has nothing else to check.
    """
    manifest = asked.manifest
    file = warehouse_file(project_dir, asked.target)
    if file is not None:
        with warehouse.connect(file, read_only=True):
            pass  # it refuses what is no warehouse, with a way out
    sources, notes = ages.fresh_sources(manifest)
    parts = {**sources, **ages.models_with_sla(manifest)}
    tests, tables = anomalies.anomaly_tests(manifest), anomalies.untested_tables(manifest)
    if HISTORY in manifest["nodes"] or not (parts or tests or tables):
        history = _read_history(asked, project_dir)
        found = _judge_runs(asked, history, limits, docs_url)
    else:
        history, found = [], Checked(unjudged=frozenset({(runs.CHECK, "")}))
        notes.append(
            "The runs weren't checked: the project has no run history. "
            "Set the variable entity_kit_run_history to true, and run the project."
        )
    answers = _ask_tests(asked, tests) | _ask_tables(asked, tables)
    found += anomalies.judge(manifest, answers, docs_url)
    old = ask_each(partial(_ask_ages, asked, parts), list(parts), partial(_probe, asked))
    found += ages.judge(manifest, old, _builds(history), now, docs_url)
    return found, notes


def _read_history(asked: Asked, project_dir: Path) -> list[tuple[Any, ...]]:
    """Return the runs of the nodes that the project still has, the oldest first."""
    manifest, target = asked.manifest, asked.target
    node = manifest["nodes"].get(HISTORY)
    columns = "model_name, status, seconds, unique_id, cast(started_at as {text}) as started_at"
    order = "order by history.started_at, history.invocation_id"
    if node is None or target.output.get("type") == "duckdb":
        query = f"select {columns.format(text='text')} from history {order}"
        rows = run_history(project_dir, manifest, target, query)
    else:
        columns = columns.format(text="{{ dbt.type_string() }}")
        query = f"select {columns} from {{{{ {lookup(node)} }}}} as history {order}"
        rows = [tuple(row[column] for column in _COLUMNS) for row in asked.query(query)]
    return [row for row in rows if not row[3] or row[3] in manifest["nodes"]]


def _judge_runs(
    asked: Asked, history: Sequence[tuple[Any, ...]], limits: Limits, docs_url: str
) -> Checked:
    nodes = asked.manifest["nodes"]
    found = runs.judge(
        (runs.Run(*row[:4]) for row in history),
        threshold_s=limits.threshold_s,
        factor=limits.factor,
        failures=limits.failures,
    )
    placed = [
        alert.at(
            owner_of(asked.manifest, nodes[alert.about]), link_to(nodes[alert.about], docs_url)
        )
        if alert.about in nodes
        else alert
        for alert in found
    ]
    return Checked(tuple(placed), frozenset((runs.CHECK, row[3] or row[0]) for row in history))


def _builds(history: Sequence[tuple[Any, ...]]) -> dict[str, dt.datetime]:
    """Return when each node's newest successful build began."""
    found = {}
    for _, status, _, unique_id, started_at in history:
        time = ages.read_time(str(started_at))
        if status == "success" and time is not None:
            found[unique_id] = time  # the oldest come first
    return found


def _ask_tests(asked: Asked, tests: Sequence[Mapping[str, Any]]) -> dict[str, Rows | str]:
    by_id = {test["unique_id"]: test for test in tests}

    def ask(keys: Sequence[str]) -> dict[str, Rows]:
        results = {each.unique_id: each for each in asked.show([by_id[key] for key in keys])}
        failed = [key for key in keys if key not in results or not results[key].ok]
        if failed:
            said = results[failed[0]].message if failed[0] in results else "it wasn't run"
            raise DbtError(said)
        return {key: results[key].rows for key in keys}

    return ask_each(ask, list(by_id), partial(_probe, asked))


def _ask_tables(asked: Asked, tables: Sequence[Mapping[str, Any]]) -> dict[str, Rows | str]:
    queries = {table["unique_id"]: anomalies.table_query(table) for table in tables}

    def ask(keys: Sequence[str]) -> dict[str, Rows]:
        return {key: asked.query(queries[key]) for key in keys}

    return ask_each(ask, list(queries), partial(_probe, asked))


def _ask_ages(asked: Asked, parts: Mapping[str, str], keys: Sequence[str]) -> dict[str, Rows]:
    rows = asked.query(together(parts, keys))
    return {
        key: [row for row in rows if int(row["part"]) == number] for number, key in enumerate(keys)
    }


def _probe(asked: Asked) -> object:
    """Have the warehouse answer anything; it raises DbtError where dbt can't reach it."""
    return asked.query("select 1 as entity_kit_probe")
