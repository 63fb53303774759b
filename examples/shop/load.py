# ruff: noqa: INP001 - a script, not a package
"""Load the shop's logs into the example's warehouse: `python load.py`, then `dbt build`."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parents[1] / "integration_tests"))

from shop import generate  # noqa: E402  (found by the line above)

if __name__ == "__main__":
    warehouse = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "warehouse.duckdb"
    duckdb.connect(str(warehouse)).close()
    generate.load(warehouse)
