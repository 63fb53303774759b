"""The shop's change logs: as generated, and with every problem that they should contain."""

from __future__ import annotations

import itertools
from collections import Counter

import duckdb
import pytest
from shop import generate

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    generate.write(folder)
    return {
        name: (read(folder / f"{name}.parquet"), read(generate.FOLDER / f"{name}.parquet"))
        for name in generate.COLUMNS
    }


def read(file):
    return duckdb.execute(f"from '{file}'").fetchall()


@pytest.mark.parametrize("name", generate.COLUMNS)
def test_the_files_are_what_the_generator_writes(name, rows):
    made, kept = rows[name]
    assert made == kept
    assert len(kept) > 100


def test_the_logs_have_late_tied_restated_and_redelivered_rows(rows):
    log = [
        dict(zip(generate.COLUMNS["customers_log"], row, strict=True))
        for row in rows["customers_log"][1]
    ]
    placed = [row for row in log if row["customer_id"] and row["changed_at"]]
    assert len(log) - len(placed) == 2
    hours = [(row["loaded_at"] - row["changed_at"]).total_seconds() / 3600 for row in placed]
    assert min(hours) >= 0
    assert sum(hour > 12 for hour in hours) > 20
    assert max(hours) <= 4 * 24 + 80
    content = Counter(tuple(v for k, v in row.items() if k != "loaded_at") for row in placed)
    assert sum(count > 1 for count in content.values()) > 10, "redelivered"
    instants = Counter((row["customer_id"], row["changed_at"], row["revision"]) for row in placed)
    assert sum(instants.values()) - len(content) > 10
    assert len(content) > len(instants), "restated"
    assert sum(row["revision"] == 2 for row in placed) > 10, "tied"
    ends = [row["customer_id"] for row in placed if row["operation"] == "delete"]
    assert len(set(ends)) > 10, "deleted"


def test_some_products_go_and_come_back(rows):
    nights = {}
    for row in rows["products_extract"][1]:
        nights.setdefault(row[-1], set()).add(row[0])
    in_order = [nights[night] for night in sorted(nights)]
    seen, back = set(), set()
    for before, now in itertools.pairwise(in_order):
        back |= (now - before) & seen
        seen |= before
    assert back
