# ruff: noqa: INP001, T201 - a script whose output is the result
"""Print every claim of these benchmarks in one table: value, goal, rival, and the command to repeat it.

    python benchmarks/table.py            # the claimed sizes: about an hour
    python benchmarks/table.py --quick    # small sizes, in three minutes; not what is claimed

Runs the other scripts one after another. The table goes to stdout, the scripts' output to stderr.
`--chart FILE.svg` draws the ratios of this run.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import jinja2
from claims import FILE, machine, met

HERE = Path(__file__).resolve().parent
FULL = (
    ("verify.py", "one", "--repeat", "5"),
    ("verify.py", "small", "shop", "wide", "flights", "--repeat", "1"),
    ("verify.py", "--memory"),
    ("diff.py",),
    ("scd2.py", "--entities", "5000000", "--sqlmesh"),
    ("grain.py", "--rows", "50000000"),
    ("metadata.py",),
    ("metric_table.py", "--rows", "50000000"),
    ("metric_governance.py",),
)
QUICK = (
    ("verify.py", "one", "small", "--repeat", "1"),
    ("diff.py", "--rows", "1000000", "--repeat", "1"),
    ("scd2.py", "--entities", "500000"),
    ("grain.py", "--rows", "2000000"),
    ("metadata.py", "--models", "100", "--repeat", "1"),
    ("metric_table.py", "--rows", "1000000"),
    ("metric_governance.py", "--models", "100", "--metrics", "60", "--repeat", "1"),
)
CHART = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {{ 64 + 26 * bars|length }}" role="img"
     font-family="system-ui, sans-serif" font-size="13">
  <title>How many times as fast, in one run</title>
  <rect width="100%" height="100%" fill="#fff"/>
  <text x="8" y="18" fill="#222">Times as fast as its rival, in one run; the line is the goal</text>
{%- for bar in bars %}
  {%- set y = 34 + 26 * loop.index0 %}
  <text x="292" y="{{ y + 14 }}" text-anchor="end" fill="#222">{{ bar.claim | e }}</text>
  <rect x="300" y="{{ y }}" width="{{ (400 * bar.value / most) | round(1) }}" height="18"
        fill="{{ '#2f6f4f' if bar.met else '#b5651d' }}"/>
  <line x1="{{ (300 + 400 * bar.goal / most) | round(1) }}" x2="{{ (300 + 400 * bar.goal / most) | round(1) }}"
        y1="{{ y - 3 }}" y2="{{ y + 21 }}" stroke="#222" stroke-width="2"/>
  <text x="{{ (306 + 400 * [bar.value, bar.goal] | max / most) | round(1) }}" y="{{ y + 14 }}" fill="#222">
    {{- '%.1f' | format(bar.value) }}</text>
{%- endfor %}
  <text x="8" y="{{ 52 + 26 * bars|length }}" fill="#666" font-size="10">{{ machine | e }}</text>
</svg>
"""


def run(script: str, *arguments: str) -> list[dict[str, Any]]:
    """Run a script, and return its claims, each with its command."""
    command = [sys.executable, str(HERE / script), *arguments]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "claims.jsonl"
        done = subprocess.run(  # noqa: S603 - a script of ours, no shell
            command, stdout=sys.stderr, env={**os.environ, FILE: str(file)}, check=False
        )
        if done.returncode:
            sys.exit(f"{script} ended with {done.returncode}")
        lines = file.read_text(encoding="utf-8").splitlines()
    shown = " ".join(["python", f"benchmarks/{script}", *arguments])
    return [{**json.loads(line), "command": shown} for line in lines]


def draw(told: list[dict[str, Any]], on: str) -> str:
    """Draw the ratios for which more is better as bars."""
    bars = [
        {**each, "goal": float(each["goal"].split()[1]), "met": met(each)}
        for each in told
        if each["goal"].startswith(">=")
    ]
    most = max(max(bar["value"], bar["goal"]) for bar in bars)
    return jinja2.Template(CHART).render(bars=bars, most=most, machine=on) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--chart", type=Path)
    arguments = parser.parse_args()
    on = machine()
    told = [each for args in (QUICK if arguments.quick else FULL) for each in run(*args)]
    print(on)
    print("\n| | measured | goal | compared with | command |\n|---|---:|---:|---|---|")
    for each in told:
        # The goals are for the full sizes.
        mark = "" if arguments.quick or met(each) else " (missed)"
        print(
            f"| {each['claim']} | {each['value']:.1f} {each['unit']}{mark} | {each['goal']}"
            f" | {each['rival']} | `{each['command']}` |"
        )
    if arguments.chart:
        arguments.chart.write_text(draw(told, on), encoding="utf-8")


if __name__ == "__main__":
    main()
