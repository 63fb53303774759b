"""Check the golden SQL of the warehouses without their adapters, and list the available adapters.

test_compiled.py compiles it anew, where it can. What this sees is as old as the last `nox -s compiled -- --renew`.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import sqlglot
from lacking import RULES, lacking
from main_macros import GOLDEN
from sqlglot import exp
from without_connection import ENGINES

from support import lanes

FOLDER = Path(__file__).parent / "golden"
LONGEST = 120
MOST_LINES = 352
MOST_COPIES = 442
FILES = sorted(FOLDER.rglob("*.sql"))


@pytest.mark.parametrize("engine", ENGINES)
def test_the_adapter_is_at_hand(engine):
    obstacle = lanes.compiled_obstacle(engine)
    if obstacle:
        pytest.skip(obstacle)


@pytest.mark.parametrize("engine", sorted(RULES))
def test_it_parses_and_uses_nothing_that_the_engine_lacks(engine):
    files = sorted((FOLDER / engine).glob("*.sql"))
    assert len(files) == 2 * len(GOLDEN)
    for file in files:
        sql = file.read_text("utf-8")
        (tree,) = sqlglot.parse(sql, read=engine)
        assert not list(tree.find_all(exp.Command)), file
        assert lacking(engine, sql) == [], file


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_it_is_laid_out_to_be_read(file):
    lines = file.read_text("utf-8").split("\n")
    assert [line for line in lines if len(line) > LONGEST] == []
    assert [line for line in lines if line != line.rstrip()] == []
    assert lines[0]
    assert lines[-1] == ""
    assert lines[-2]
    assert "\n\n\n" not in file.read_text("utf-8")


@pytest.mark.parametrize("engine", sorted(RULES))
def test_the_numbers_are_made_once_and_the_largest_model_stays_readable(engine):
    sql = (FOLDER / engine / "hours_of_customers.incremental.sql").read_text("utf-8")
    assert len(sql.splitlines()) <= MOST_LINES
    assert sql.count("union all select 9") <= 1


def test_a_cte_is_not_inlined_without_end():
    """Spark analyzes each CTE anew for each place that names it, and for what that one names in turn."""
    sql = (FOLDER / "databricks" / "hours_of_customers.incremental.sql").read_text("utf-8")
    copies = inlined(sqlglot.parse_one(sql, read="databricks"))
    assert copies.total() <= MOST_COPIES, copies.most_common(5)


def inlined(tree: exp.Expression) -> Counter[str]:
    """Count the copies of each CTE where all are inlined."""
    ctes = [cte.alias for cte in tree.find_all(exp.CTE)]
    names = Counter(
        (place.alias if (place := table.find_ancestor(exp.CTE)) else "", table.name)
        for table in tree.find_all(exp.Table)
    )
    copies = Counter({"": 1})
    for cte in reversed(ctes):  # a CTE is named only after it
        copies[cte] = sum(copies[place] * n for (place, name), n in names.items() if name == cte)
    del copies[""]
    return copies


def test_the_rules_see_what_they_are_for():
    for engine, sql in [
        ("redshift", "select max(a) over (order by b) from t"),
        (
            "redshift",
            "select max(a) over (order by b range between 1 following and 1 following) from t",
        ),
        ("redshift", "select a is not distinct from b from t"),
        ("redshift", "select lag(a) over w from t window w as (order by b)"),
        ("bigquery", "select count(*) filter (where a) from t"),
        (
            "snowflake",
            "select max(a) over (order by b range between current row and current row) from t",
        ),
        ("redshift", "select row_number() over (order by cast(r as varchar)) from t as r"),
        ("trino", "select row_number() over (order by r desc) from t as r"),
        ("trino", "select row_number() over (order by to_json(r)) from t as r"),
        ("trino", "select date_add('microsecond', -1, a) from t"),
        *(
            (engine, f"select {added} from t, (select k - 1 as n from (select power(2, 3) as k))")
            for engine, added in [
                ("bigquery", "datetime_add(a, interval (n * 7) day)"),
                ("redshift", "dateadd(day, n, a)"),
                ("trino", "date_add('day', (n * 7), a)"),
            ]
        ),
    ]:
        assert lacking(engine, sql), sql
    assert lacking("redshift", "select lag(a) over (order by b), sum(a) over () from t") == []
    assert lacking("redshift", "select row_number() over (order by r.a desc) from t as r") == []
    assert lacking("trino", "select date_add('day', cast(power(2, 3) as bigint), a) from t") == []
