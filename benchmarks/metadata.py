# ruff: noqa: INP001, T201, PLC0415 - a script whose output is the result; dbt loads slowly
"""Measure the cost of the metadata models on a generated project of 500 models.

    python benchmarks/metadata.py [--models 500] [--repeat 3]

Each model reads one to three earlier ones and has two tests. The output has the time of a full
parse, the time of each of our models as dbt reports it, and the time of the hook that records the
run history after a run of the whole project. The best of the repetitions counts.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml
from claims import claim

PACKAGE = Path(__file__).resolve().parents[1]
OURS = (
    "model_dependencies",
    "model_inventory",
    "test_coverage",
    "run_history",
    "model_performance",
    "grain_coverage",
    "deprecated_models",
    "deprecation_log",
    "deprecated_model_usage",
)


def generate(folder: Path, models: int) -> None:
    """Write a project with a number of models, each with columns, descriptions, and tests."""
    dice = random.Random(0)  # noqa: S311 - the same project each time
    entries = []
    (folder / "models").mkdir(parents=True)
    for number in range(models):
        parents = dice.sample(range(number), k=min(number, dice.randint(1, 3)))
        reads = " union all ".join(f"select x from {{{{ ref('m_{each}') }}}}" for each in parents)
        sql = reads or "select 1 as x"
        (folder / f"models/m_{number}.sql").write_text(f"select 1 as x from ({sql}) as t limit 1")
        entries.append(
            {
                "name": f"m_{number}",
                "description": "it's a model",
                "columns": [{"name": "x", "data_tests": ["unique", "not_null"]}],
            }
        )
    (folder / "models/schema.yml").write_text(yaml.safe_dump({"models": entries}))
    (folder / "dbt_packages").mkdir()
    (folder / "dbt_packages/entity_kit").symlink_to(PACKAGE, target_is_directory=True)
    settings = {
        "name": "generated",
        "version": "1.0",
        "config-version": 2,
        "profile": "generated",
        "models": {"+materialized": "table"},
        "vars": {"entity_kit_metadata": True},
    }
    output = {"type": "duckdb", "path": str(folder / "w.duckdb"), "threads": 1}
    profile = {"generated": {"target": "dev", "outputs": {"dev": output}}}
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(settings))
    (folder / "profiles.yml").write_text(yaml.safe_dump(profile))
    (folder / "packages.yml").write_text(
        yaml.safe_dump({"packages": [{"local": str(PACKAGE)}]}),
    )


def invoke(folder: Path, *words: str) -> Any:
    """Run dbt in this process; return its result and the seconds it took."""
    from dbt.cli.main import dbtRunner

    started = time.perf_counter()
    places = ["--project-dir", str(folder), "--profiles-dir", str(folder)]
    outcome = dbtRunner().invoke(["--quiet", "--no-send-anonymous-usage-stats", *words, *places])
    if not outcome.success:
        raise SystemExit(f"dbt {words[0]} failed: {outcome.exception or outcome.result}")
    return outcome.result, time.perf_counter() - started


def count_processor_time() -> dict[str, float]:
    """Make dbt record the CPU time of compiling and building each model."""
    from dbt.task.run import ModelRunner

    spent: dict[str, float] = {}

    def counted(method: Any) -> Any:
        def run(self: Any, *args: Any, **options: Any) -> Any:
            started = time.process_time()
            try:
                return method(self, *args, **options)
            finally:
                name = self.node.name
                spent[name] = spent.get(name, 0.0) + time.process_time() - started

        return run

    for name in ("compile", "execute"):
        setattr(ModelRunner, name, counted(getattr(ModelRunner, name)))
    return spent


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--models", type=int, default=500)
    options.add_argument("--repeat", type=int, default=3)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "project"
        generate(folder, given.models)
        invoke(folder, "parse", "--no-partial-parse")  # what dbt loads once isn't counted
        parse_wall = parse = float("inf")
        for _ in range(given.repeat):
            started = time.process_time()
            _, wall = invoke(folder, "parse", "--no-partial-parse")
            parse = min(parse, time.process_time() - started)
            parse_wall = min(parse_wall, wall)
        best: dict[str, float] = {}
        best_wall: dict[str, float] = {}
        spent = count_processor_time()
        for _ in range(given.repeat):
            spent.clear()
            result, _ = invoke(folder, "run", "-s", "package:entity_kit")
            for each in result.results:
                node = each.node.name
                if node in spent:
                    best[node] = min(spent[node], best.get(node, spent[node]))
                    wall = each.execution_time
                    best_wall[node] = min(wall, best_wall.get(node, wall))
        result, _ = invoke(folder, "run")
        hook = next(each for each in result.results if each.node.resource_type == "operation")
        # What dbt gives as the time of a hook leaves out the rendering, where most of the work is.
        spans = [t.completed_at - t.started_at for t in hook.timing if t.completed_at]
        seconds = sum(span.total_seconds() for span in spans)
    print(f"{given.models} models, {2 * given.models} tests")
    print(f"{'':22}       CPU      wall")
    print(f"{'full parse':22} {parse:7.2f} s {parse_wall:7.2f} s")
    for model in OURS:
        print(f"{model:22} {best[model]:7.2f} s {best_wall[model]:7.2f} s")
    total, total_wall = sum(best[model] for model in OURS), sum(best_wall[model] for model in OURS)
    print(f"{'all of them':22} {total:7.2f} s {total_wall:7.2f} s")
    print(f"{'of the parse':22} {total / parse:7.0%}   {total_wall / parse_wall:7.0%}")
    claim(f"metadata of {given.models} models", 100 * total / parse, "<= 10", "", "% of the parse")
    print(f"{'on-run-end hook':22} {'':9} {seconds:7.2f} s")


if __name__ == "__main__":
    main()
