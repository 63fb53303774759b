"""The variants for unavailable engines: their SQL parses in the engine's dialect."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

SELECTS = "[{'keys': ['u.a', 'u.b'], 'from': 'up as u', 'where': 'u.l >= w'}]"
DIALECTS = ["snowflake", "bigquery", "redshift", "spark", "databricks", "trino"]


def variant(dialect, text, name):
    """Return the macro that dbt's dispatch picks: the dialect's own, its parent's, or the default."""
    parents = {"redshift": ["postgres"], "databricks": ["spark"]}.get(dialect, [])
    for prefix in [dialect, *parents]:
        if f"macro {prefix}__{name}(" in text:
            return f"{prefix}__{name}"
    return f"default__{name}"


@pytest.fixture(scope="module")
def rendered(make_project):
    """Render each snippet with the macro of each dialect, in one compilation."""
    internal = Path(__file__).resolve().parents[3] / "macros" / "_internal"
    snippets = {
        "_matches_any": f"(['o.a', 'b + 1'], {SELECTS})",
        "_null_safe_equal": "('a', 'b')",
        "_earliest": "()",
        "_zoned_timestamp_type": "()",
        "_in_utc": "('t')",
    }
    pieces = {}
    for name, arguments in snippets.items():
        text = next(internal.rglob(f"{name}.sql")).read_text("utf-8")
        for dialect in DIALECTS:
            macro = variant(dialect, text, name)
            pieces[name, dialect] = "{{ entity_kit." + macro + arguments + " }}"
    parts = make_project().render("\n#####\n".join(pieces.values())).split("\n#####\n")
    return dict(zip(pieces, parts, strict=True))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_matches_any(rendered, dialect):
    sql = f"select * from t as o where {rendered['_matches_any', dialect]} and o.c = 1"
    tree = sqlglot.parse_one(sql, read=dialect)
    condition = tree.args["where"].this
    assert isinstance(condition, exp.And)
    assert isinstance(condition.left, (exp.Exists, exp.In))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_expressions(rendered, dialect):
    for name, template in [
        ("_null_safe_equal", "select {}"),
        ("_earliest", "select coalesce(max(t), {}) from x"),
        ("_zoned_timestamp_type", "select cast('2024-01-01' as {})"),
        ("_in_utc", "select {}"),
    ]:
        tree = sqlglot.parse_one(template.format(rendered[name, dialect]), read=dialect)
        assert not list(tree.find_all(exp.Command))


def test_what_differs(rendered):
    assert rendered["_matches_any", "bigquery"].startswith(
        "to_json_string(struct(o.a as key_1, b + 1 as key_2)) in (\n",
    )
    assert rendered["_matches_any", "redshift"].startswith(
        "(coalesce('=' || cast(o.a as varchar), ''), coalesce('=' || cast(b + 1 as varchar), '')) in (\n",
    )
    assert rendered["_null_safe_equal", "databricks"] == "(a <=> b)"
    assert rendered["_null_safe_equal", "snowflake"] == "(a is not distinct from b)"
