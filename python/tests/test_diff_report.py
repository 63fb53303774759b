"""How a comparison is rendered: every kind of value on a line, and as JSON."""

from __future__ import annotations

import json
import math
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest

from entity_kit.compare.difference import Column, Comparison, Diff, SampleRow
from entity_kit.compare.report import (
    diff_json,
    json_value,
    render_change,
    render_diff_text,
    render_value,
)

MOMENT = datetime(2013, 3, 10, 2, 30, tzinfo=timezone.utc)

VALUES = [
    (None, "NULL", None),
    (True, "true", True),
    (False, "false", False),
    (0, "0", 0),
    (2**127, str(2**127), 2**127),
    (1.5, "1.5", 1.5),
    (math.nan, "nan", "nan"),
    (-math.inf, "-inf", "-inf"),
    (Decimal("1.10"), "1.10", "1.10"),
    (Decimal("1E+3"), "1000", "1000"),
    ("plain text", "plain text", "plain text"),
    ("", '""', ""),
    ("NULL", '"NULL"', "NULL"),
    (" padded ", '" padded "', " padded "),
    ("two\nlines\t\x1b[31m", '"two\\nlines\\t\\u001b[31m"', "two\nlines\t\x1b[31m"),
    ("été 🦆", "été 🦆", "été 🦆"),
    (b"\x00\xff", "0x00ff", "00ff"),
    (bytearray(b"a"), "0x61", "61"),
    (date(2013, 3, 10), "2013-03-10", "2013-03-10"),
    (MOMENT, "2013-03-10 02:30:00+00:00", "2013-03-10 02:30:00+00:00"),
    (time(2, 30), "02:30:00", "02:30:00"),
    (timedelta(days=1, hours=2), "1 day, 2:00:00", "1 day, 2:00:00"),
    (UUID(int=1), str(UUID(int=1)), str(UUID(int=1))),
    ([1, None, "x"], "[1, NULL, x]", [1, None, "x"]),
    ((1, Decimal("0.5")), "[1, 0.5]", [1, "0.5"]),
    ({"a": {"b": b"\x01"}, 2: None}, "{a: {b: 0x01}, 2: NULL}", {"a": {"b": "01"}, "2": None}),
]


@pytest.mark.parametrize(("value", "line", "plain"), VALUES)
def test_a_value_on_a_line_and_in_json(value: object, line: str, plain: object) -> None:
    assert render_value(value) == line
    assert json_value(value) == plain
    assert json.loads(json.dumps(json_value(value), allow_nan=False)) == plain


def test_a_long_value_is_cut() -> None:
    assert render_value("x" * 60) == "x" * 60
    assert render_value("x" * 61) == "x" * 59 + "…"


def test_a_change_shows_where_long_values_differ() -> None:
    assert render_change(1, None) == "1 → NULL"
    assert render_change("x" * 80, "short") == "x" * 59 + "… → short"
    assert render_change("x" * 80 + " is old", "x" * 80 + " is new") == (
        "…xxxx is old → …xxxx is new"
    )
    assert render_change("x" * 80, "x" * 80 + "y") == "…xxxxxxxx → …xxxxxxxxy"


def found(**changes: object) -> Diff:
    parts: dict[str, object] = {
        "columns": (Column("id", "BIGINT", "BIGINT"), Column("amount", "DOUBLE", "DOUBLE")),
        "key": ("id",),
        "rows_incremental": 1200,
        "rows_full_refresh": 1201,
        "comparison": Comparison(only_incremental=0, only_full_refresh=0, changed=0),
        "changed_columns": {},
        "rounding": [],
        "sample": (),
    }
    return Diff(**{**parts, **changes})


def test_agreement_takes_one_line() -> None:
    assert list(render_diff_text(found(rows_full_refresh=1200))) == [
        "agrees: 1,200 rows, all equal"
    ]
    assert list(render_diff_text(found(rows_incremental=1, rows_full_refresh=1))) == [
        "agrees: 1 row, all equal"
    ]


def test_a_difference_shows_counts_columns_and_rows() -> None:
    diff = found(
        columns=(
            Column("id", "BIGINT", "BIGINT"),
            Column("amount", "INTEGER", "DOUBLE"),
            Column("note", None, "VARCHAR"),
        ),
        comparison=Comparison(only_incremental=1, only_full_refresh=2, changed=1500),
        changed_columns={"note": 20, "amount": 1499},
        sample=(
            SampleRow(
                "changed", {"id": 7, "amount": 71, "note": "x"}, {"amount": 70, "note": None}
            ),
            SampleRow("changed", {"id": 8, "amount": 80, "note": None}, {"note": ""}),
            SampleRow("only_incremental", {"amount": 90, "id": 9, "note": None}, {}),
            SampleRow("only_full_refresh", {"id": None, "amount": 1, "note": "NULL"}, {}),
        ),
    )
    assert list(render_diff_text(diff)) == [
        "differs: 1,200 rows in incremental, 1,201 in full_refresh",
        "columns that differ (incremental → full_refresh)",
        "  amount: INTEGER → DOUBLE",
        "  note (VARCHAR) is only in full_refresh",
        "rows that differ: 1,500 changed, 1 only_incremental, 2 only_full_refresh",
        "changed in: amount (1,499), note (20)",
        "changed (incremental → full_refresh)",
        "  id=7  amount: 70 → 71  note: NULL → x",
        '  id=8  note: "" → NULL',
        "only_incremental",
        "  id=9  amount=90  note=NULL",
        "only_full_refresh",
        '  id=NULL  amount=1  note="NULL"',
    ]


def test_columns_alone_can_differ() -> None:
    diff = found(columns=(Column("id", "BIGINT", "INTEGER"),), rows_full_refresh=1200)
    assert list(render_diff_text(diff)) == [
        "differs: 1,200 rows in incremental, 1,200 in full_refresh",
        "columns that differ (incremental → full_refresh)",
        "  id: BIGINT → INTEGER",
        "the rows agree in the columns that both sides have",
    ]


def test_a_wide_row_is_cut() -> None:
    row = {f"c{n}": n for n in range(12)}
    comparison = Comparison(only_incremental=1, only_full_refresh=0, changed=0)
    diff = found(comparison=comparison, sample=(SampleRow("only_incremental", row, {}),), key=())
    assert list(render_diff_text(diff))[-1] == (
        "  c0=0  c1=1  c2=2  c3=3  c4=4  c5=5  c6=6  c7=7  … 4 more cells"
    )


def test_no_name_of_a_column_breaks_a_line() -> None:
    name = "a\nb\x1b[2J"
    diff = found(
        columns=(Column(name, "INTEGER", None),),
        comparison=Comparison(only_incremental=1, only_full_refresh=0, changed=1),
        changed_columns={name: 1},
        sample=(
            SampleRow("changed", {name: 1}, {name: 2}),
            SampleRow("only_incremental", {name: 1}, {}),
        ),
    )
    assert all(line.isprintable() for line in render_diff_text(diff))


def test_json_tells_everything() -> None:
    diff = found(
        columns=(Column("id", "BIGINT", "BIGINT"), Column("note", None, "VARCHAR")),
        comparison=Comparison(only_incremental=0, only_full_refresh=0, changed=1),
        changed_columns={"amount": 1},
        sample=(SampleRow("changed", {"id": 7, "amount": Decimal("71.0")}, {"amount": math.nan}),),
    )
    assert json.loads(json.dumps(diff_json(diff), allow_nan=False)) == {
        "version": 1,
        "verdict": "differs",
        "rows": {"incremental": 1200, "full_refresh": 1201},
        "only_incremental": 0,
        "only_full_refresh": 0,
        "changed": 1,
        "key": ["id"],
        "columns": [
            {"name": "id", "incremental": "BIGINT", "full_refresh": "BIGINT"},
            {"name": "note", "incremental": None, "full_refresh": "VARCHAR"},
        ],
        "schema_changes": ["note (VARCHAR) is only in full_refresh"],
        "changed_columns": {"amount": 1},
        "rounding": [],
        "sample": [
            {"kind": "changed", "row": {"id": 7, "amount": "71.0"}, "before": {"amount": "nan"}}
        ],
    }
    assert diff_json(found())["verdict"] == "agrees"
