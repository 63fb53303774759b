# ruff: noqa: INP001 - a script, not a package
"""Run `make demo`: verify a project over a year of real flights, then catch one mistake."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console

ROOT = Path(__file__).resolve().parent.parent
RIGHT = ROOT / "integration_tests"
WRONG = ROOT / "examples" / "wrong_models"
MISTAKE = "total_of_new_rows"

sys.path.insert(0, str(RIGHT))

from load_flights import load  # noqa: E402  (the loader lives with the project that it loads for)

# Enough for every model to run incrementally several times, and to meet all that the sources'
# deliveries allow at once (the storm); few enough for two minutes. The tests run the other schedules.
MODELS = "marts"
STEPS = "3"
SCHEDULES = "arrival,empty,gap,storm"

console = Console(stderr=True, highlight=False)


def main() -> int:
    """Run the demo, and return 0 if the right models agree and the wrong one is caught."""
    started = time.monotonic()
    # The demo is about these projects, whatever the machine's own dbt settings are.
    environment = {name: os.environ[name] for name in os.environ if not name.startswith("DBT_")}
    environment.pop("FLIGHTS_WAREHOUSE", None)

    def run(folder: Path, *command: str | Path) -> int:
        line = [str(part) for part in command]
        shown = f"$ cd {folder.relative_to(ROOT)}; {Path(line[0]).name} {' '.join(line[1:])}"
        console.print(shown, style="dim", markup=False, soft_wrap=True)
        return subprocess.run(line, cwd=folder, env=environment, check=False).returncode  # noqa: S603

    dbt = Path(sys.executable).with_name("dbt")
    entity_kit = Path(sys.executable).with_name("entity-kit")

    console.rule("1. The flights out of New York in 2013", align="left")
    load()

    console.rule("2. A dbt project over them, built as usual", align="left")
    for command in (("deps",), ("build", "--select", f"+{MODELS}")):
        if code := run(RIGHT, dbt, *command):
            return _failed(f"dbt {command[0]} ended with {code}")

    console.rule("3. Does each incremental model equal its full refresh?", align="left")
    console.print(
        f"The {MODELS} over all flights of the year, at {STEPS} steps, under 4 of the 9 schedules that the sources\n"
        "allow. Without these options, verify uses every model, 5 steps, and every schedule.",
        soft_wrap=True,
    )
    code = run(
        *(RIGHT, entity_kit, "verify", "--select", MODELS),
        *("--steps", STEPS, "--schedules", SCHEDULES, "--no-cache"),
    )
    if code:
        return _failed(f"the right models should agree, but verify exited with {code} instead of 0")

    console.rule("4. A common mistake, caught", align="left")
    model = (WRONG / "models" / f"{MISTAKE}.sql").read_text()
    console.print(model, style="dim", markup=False, soft_wrap=True)
    code = run(
        *(WRONG, entity_kit, "verify", "--select", MISTAKE),
        *("--steps", STEPS, "--schedules", "arrival", "--no-cache"),
    )
    if code != 1:
        return _failed(f"{MISTAKE} should differ, but verify exited with {code} instead of 1")

    command = entity_kit.relative_to(ROOT) if entity_kit.is_relative_to(ROOT) else entity_kit
    console.rule(align="left")
    console.print(
        f"""\
What you saw, in {time.monotonic() - started:.0f} seconds: a year of flights arrived step by step, as late as they
really were. At each step the project ran incrementally in one scratch warehouse and from scratch in
another, and every incremental model was compared with its full refresh, row by row. The {MODELS} of
integration_tests/ agree. {MISTAKE} doesn't; the lines above show where, with which rows, and why.

For your own project (verify never writes to the warehouse):
  1. {command} init --project-dir YOUR_PROJECT
     proposes the YAML that says when rows arrive. With --write it edits your files.
  2. {command} verify --project-dir YOUR_PROJECT

More mistakes: examples/wrong_models/. The data: docs/sample-data.md.""",
        markup=False,
        soft_wrap=True,
    )
    return 0


def _failed(reason: str) -> int:
    console.print(f"The demo failed: {reason}.", style="bold red")
    return 1


if __name__ == "__main__":
    sys.exit(main())
