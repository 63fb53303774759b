# ruff: noqa: INP001, T201 - a script whose output is the result; its SQL is its own
"""Count what each method of `anomalies` finds in series with known faults, and what it takes for one wrongly.

    python benchmarks/anomalies.py [--series 200] [--days 120] [--seed 7]

Each series is a daily number of orders with noise, a weekly shape, or both, and has one fault: a spike, a day without
rows (a zero, as a dense grain table has it), a day that was loaded twice, a level that shifts, or one that drifts slowly. A fault
is found if one of its days is an anomaly. Every anomaly on a day without a fault is a false alarm; the week after a fault
counts as neither, because there the baselines contain it.

`plain` is the z-score that people write first: the point itself is in the mean and the deviation of its last 7 (or 28) days.

`elementary` is the rule that elementary's documentation gives as its default, in SQL of our own: each day, the last two days
are judged (detection_period) by the mean and the standard deviation of the last 14 (training_period), themselves included,
and a score of 3 or more is an anomaly (anomaly_sensitivity). `elementary_excluding` is the same with its option
exclude_detection_period_from_training: the two days aren't among the 14. Days without a full training period aren't judged.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import random
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import yaml

PACKAGE = Path(__file__).resolve().parents[1]
FAULTS = ("spike", "missing day", "double load", "level shift", "slow drift")
METHODS: dict[str, dict[str, Any]] = {
    "zscore": {},
    "zscore_28": {"window": 28},
    "zscore_weekday": {"window": 6, "min_history": 4, "season": "weekday"},
    "robust": {"method": "robust"},
    "robust_28": {"method": "robust", "window": 28, "threshold": 4},
    "robust_weekday": {
        "method": "robust",
        "window": 8,
        "min_history": 4,
        "season": "weekday",
        "threshold": 4,
    },
    "zscore_28_without": {"window": 28, "min_history": 7, "exclude_anomalies": True},
}
PLAIN = """
select series, day, abs(value - avg(value) over last_days) > 2.5 * stddev_samp(value) over last_days as is_anomaly
from points
window last_days as (partition by series order by day rows between {before} preceding and current row)
"""
# A point is judged twice: on its own day, and on the day after it.
ELEMENTARY = """
select series, day, coalesce(
    count(*) over today = {days} and abs(value - avg(value) over today) >= 3 * stddev_samp(value) over today, false
) or coalesce(
    count(*) over tomorrow = {days} and abs(value - avg(value) over tomorrow) >= 3 * stddev_samp(value) over tomorrow, false
) as is_anomaly
from points
window
    today as (partition by series order by day rows between 13 preceding and {today}),
    tomorrow as (partition by series order by day rows between 12 preceding and {tomorrow})
"""
QUERIES = {
    "plain": PLAIN.format(before=6),
    "plain_28": PLAIN.format(before=27),
    "elementary": ELEMENTARY.format(days=14, today="current row", tomorrow="1 following"),
    "elementary_excluding": ELEMENTARY.format(days=12, today="2 preceding", tomorrow="1 preceding"),
}


def make(number: int, days: int, chance: random.Random) -> tuple[list[tuple[Any, ...]], str]:
    """Return a series as (series, day, value, label) with its fault; labels are fault, after, and fine."""
    fault = FAULTS[number % len(FAULTS)]
    level = chance.choice([50, 200, 1000])
    noise = chance.choice([0.03, 0.06, 0.1])
    weekly = chance.choice([0, 0.3])
    begin = chance.randrange(days // 2, days - 25)
    rows = []
    for day in range(days):
        value = level * (1 - weekly * (day % 7 >= 5)) * chance.gauss(1, noise)
        label = "fine"
        length = {"level shift": 7, "slow drift": 21}.get(fault, 1)
        if begin <= day < begin + length:
            label = "fault"
        elif begin + length <= day < begin + length + 7 or (day > begin and length > 1):
            label = "after"
        if label == "fault" and fault in ("spike", "double load"):
            value *= chance.uniform(1.6, 3) if fault == "spike" else 2
        elif label == "fault" and fault == "missing day":
            value = 0
        elif fault == "level shift" and day >= begin:
            value *= 1.5
        elif fault == "slow drift" and day >= begin:
            value *= 1 + 0.02 * min(day - begin, 20)
        rows.append((number, day, max(0, round(value)), label))
    return rows, fault


def judge(folder: Path, rows: list[tuple[Any, ...]]) -> dict[str, set[tuple[int, int]]]:
    """Build a table of anomalies by each method with dbt; return the points that are one."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # noqa: PLC0415
    from dbt.cli.main import dbtRunner  # noqa: PLC0415

    database = folder / "warehouse.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "create table points (series integer, day integer, value integer, label varchar)"
        )
        connection.executemany("insert into points values (?, ?, ?, ?)", rows)
        connection.execute(
            "create table daily as select *, date '2026-01-05' + day as period_start from points"
        )
        found = {}
        for name, query in QUERIES.items():
            anomalies = f"select series, day from ({query}) where is_anomaly"
            found[name] = set(connection.execute(anomalies).fetchall())
    project = {
        "name": "bench",
        "profile": "bench",
        "config-version": 2,
        "flags": {"send_anonymous_usage_stats": False},
    }
    output = {"type": "duckdb", "path": str(database), "threads": 1}
    files = {
        "dbt_project.yml": yaml.safe_dump(project),
        "profiles.yml": yaml.safe_dump({"bench": {"target": "dev", "outputs": {"dev": output}}}),
        "packages.yml": yaml.safe_dump({"packages": [{"local": str(PACKAGE)}]}),
        "models/sources.yml": "sources: [{name: raw, schema: main, tables: [{name: daily}]}]",
    }
    for name, arguments in METHODS.items():
        written = "".join(f", {key}={value!r}" for key, value in arguments.items())
        files[f"models/{name}.sql"] = (
            "{{ entity_kit.anomalies(source('raw', 'daily'), 'value', by='series'"
            + written
            + ") }}"
        )
    for path, text in files.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    (folder / "dbt_packages").mkdir()
    (folder / "dbt_packages" / "entity_kit").symlink_to(PACKAGE, target_is_directory=True)
    messages = io.StringIO()
    with contextlib.redirect_stdout(messages):
        result = dbtRunner().invoke(
            ["run", "--project-dir", str(folder), "--profiles-dir", str(folder)]
        )
    if not result.success:
        raise SystemExit(messages.getvalue())
    DuckDBConnectionManager.close_all_connections()
    with duckdb.connect(str(database), read_only=True) as connection:
        for name in METHODS:
            query = f"select series, period_start - date '2026-01-05' from {name} where is_anomaly"
            found[name] = set(connection.execute(query).fetchall())
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--series", type=int, default=200)
    parser.add_argument("--days", type=int, default=120)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    chance = random.Random(given.seed)  # noqa: S311 - series, not secrets
    made = [make(number, given.days, chance) for number in range(given.series)]
    rows = [row for own, _ in made for row in own]
    labels = {(series, day): label for series, day, _, label in rows}
    with tempfile.TemporaryDirectory() as folder:
        found = judge(Path(folder), rows)
    fine = sum(label == "fine" for label in labels.values())
    print(
        f"{given.series} series of {given.days} days, seed {given.seed}; {fine} days without a fault\n"
    )
    print(
        "| method | precision | recall | " + " | ".join(FAULTS) + " | false alarms per 1,000 days |"
    )
    print("|---|" + "---:|" * (len(FAULTS) + 3))
    for name, points in found.items():
        hit = {series for series, day in points if labels[series, day] == "fault"}
        wrong = sum(labels[point] == "fine" for point in points)
        cells = [f"{len(hit) / max(1, len(hit) + wrong):.0%}", f"{len(hit) / len(made):.0%}"]
        for fault in FAULTS:
            own = {number for number, (_, each) in enumerate(made) if each == fault}
            cells.append(f"{len(hit & own) / max(1, len(own)):.0%}")
        print(f"| {name} | " + " | ".join(cells) + f" | {1000 * wrong / fine:.1f} |")


if __name__ == "__main__":
    main()
