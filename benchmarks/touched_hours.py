# ruff: noqa: INP001, T201 - a script whose output is the result
"""Measure the cost of one touched device-hour, and extrapolate to a fleet too large for one machine.

    python benchmarks/touched_hours.py --devices 1000,4000,8000 --days 7,14

A reading every five minutes from each device, in the order of arrival, becomes one row per device and
hour (`grain_table`, sparse). Each size is built up to its last hour; then that hour arrives from all
devices. The CPU seconds of this run at the two smallest sizes give the cost of a touched hour. From
it the script extrapolates the other sizes, compares them with the measurements, and then
extrapolates to `--fleet` devices over a year.
"""

from __future__ import annotations

import argparse
import tempfile
from itertools import product
from pathlib import Path
from typing import NamedTuple

from claims import machine

from grain import Bench

MODEL = """
{{ entity_kit.grain_table(
    'hour', 'device_id', source('raw', 'hours_seen'), 'measured_at', 'loaded_at', spine='sparse',
    measures=[
        {'name': 'readings', 'calculation': 'count(*)', 'description': '.'},
        {'name': 'max_temperature', 'calculation': 'max(temperature)', 'description': '.'},
        {'name': 'errors', 'calculation': 'sum(error_count)', 'description': '.'},
    ]
) }}
"""
READINGS = """
create or replace table hours as
select
    device as device_id,
    cast(hash(device + minute) % 5500 / 100 - 10 as decimal(6, 2)) as temperature,
    cast(hash(device * minute) % 20 = 0 as integer) as error_count,
    timestamp '2024-01-01' + to_minutes(cast(minute as integer)) as measured_at,
    timestamp '2024-01-01' + to_hours(cast(minute // 60 + 1 as integer)) as loaded_at
from range(0, {minutes}, 5) as minutes (minute), range({devices}) as devices (device)
"""
LAST_HOUR = "timestamp '2024-01-01' + to_days({days})"


class Size(NamedTuple):
    """A fleet, and the CPU seconds of its first build and its last hour."""

    devices: int
    days: int
    first: float
    hour: float


def measure(devices: int, days: int, parent: Path | None) -> Size:
    """Build all but the last hour, then run for it."""
    with tempfile.TemporaryDirectory(dir=parent) as folder:
        bench = Bench(Path(folder), "6GB", {"hours": MODEL})
        bench.execute(READINGS.format(minutes=days * 1440, devices=devices))
        seconds = []
        for shown in (f"loaded_at < {LAST_HOUR.format(days=days)}", "true"):
            bench.execute(f"create or replace view hours_seen as from hours where {shown}")
            seconds.append(bench.run("hours", "incremental")[1])
        return Size(devices, days, *seconds)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--devices", default="1000,4000,8000", help="N,N,...")
    parser.add_argument("--days", default="7,14", help="N,N,...")
    parser.add_argument("--fleet", type=int, default=180_000)
    parser.add_argument("--folder", type=Path, help="where to make the data, for a roomy disk")
    arguments = parser.parse_args()
    print(machine())
    print("CPU seconds:")
    print(f"{'devices':>9}{'days':>6}{'rows':>12}{'first build':>13}{'last hour':>11}")
    found = []
    days, devices = (
        sorted(map(int, text.split(","))) for text in (arguments.days, arguments.devices)
    )
    for each_days, each_devices in product(days, devices):
        size = measure(each_devices, each_days, arguments.folder)
        found.append(size)
        print(
            f"{size.devices:>9,}{size.days:>6}{size.devices * size.days * 24:>12,}"
            f"{size.first:>13.2f}{size.hour:>11.2f}",
            flush=True,
        )
    small, larger = found[:2]
    hour = (larger.hour - small.hour) / (larger.devices - small.devices)
    print(f"from the first two: {1000 * hour:.3f} ms a touched hour")
    for size in found[2:]:
        expected = larger.hour + hour * (size.devices - larger.devices)
        print(
            f"{size.devices:,} devices, {size.days} days: {expected:.2f} s expected,"
            f" {size.hour:.2f} s measured"
        )
    fleet, last = arguments.fleet, found[-1]
    rows_a_second = last.devices * last.days * 24 / last.first
    print(
        f"{fleet:,} devices: {hour * fleet:.0f} s for an hour of all of them;"
        f" {fleet * 24 * 365 / rows_a_second / 3600:.1f} h for the first build of a year"
        f" ({fleet * 24 * 365:,} rows)"
    )


if __name__ == "__main__":
    main()
