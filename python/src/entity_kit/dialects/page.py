"""The page in the docs about a dialect, from the tables that translate it."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from entity_kit.dialects.constructs import table_of
from entity_kit.dialects.constructs.clauses import SAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TITLES = {
    "snowflake": "Snowflake",
    "bigquery": "BigQuery",
    "redshift": "Redshift",
    "databricks": "Databricks",
    "postgres": "Postgres",
}
PROOF = {
    "snowflake": "Checked against results that the manuals of Snowflake and Snowpark document; no Snowflake "
    "ran.",
    "bigquery": "Checked against results that BigQuery's manual documents; no BigQuery ran.",
    "redshift": "Checked against results that Redshift's manual documents; no Redshift ran.",
    "databricks": "Each line is compared with a local Spark over rows with difficult values; "
    "what only Databricks has is checked against its manual.",
    "postgres": "Each line is compared with Postgres itself over rows with difficult values.",
}
CLOSE = """\
- A quotient, an average, or a variance is not rounded to the scale that a decimal would have there. It has about
  15 digits; in Postgres and Redshift, that of decimals, and `numeric` without a precision, has 12
  after the point.
- Where a sum of decimals meets a decimal with more digits after the point (in `coalesce`, `case`,
  `union`), DuckDB may round to those of the sum.
- The time zone of the session is UTC, and timestamps with a zone keep the instant, not the offset.
- Whole numbers have 64 bits. More is an error, not another number.
- Where the warehouse raises an error, DuckDB may return a value.
- Letters outside of ASCII change case as DuckDB changes them.
- Regular expressions must be written out, and have only what every engine reads alike.
"""
OWN = {
    "snowflake": "- VARIANT, OBJECT, and ARRAY are JSON. What comes out of a path must be cast "
    "before it is compared or kept. A column that is a VARIANT itself and holds plain texts is "
    "read with their quotes where nothing casts it.\n"
    "- The text of a quotient, an average, a variance, or a median is refused in the statement that computes "
    "it. Where another model makes the text, it has DuckDB's digits.\n"
    "- A product of decimals has all its digits. Snowflake keeps 12 after the point, or those of the factor "
    "that has more.\n"
    "- A float is written as text where it has up to nine digits.\n"
    "- A standard deviation may differ from the eighth digit on: Snowflake rounds the variance of whole "
    "numbers first.\n"
    "- `timestamp_type_mapping`, `week_start`, and other parameters are as they are unless set.\n",
    "bigquery": "- NUMERIC has 38 digits, 9 of them after the point. BIGNUMERIC isn't known.\n"
    "- A point of a geography is kept, and can't be read.\n"
    "- A call of a `create temp function` in SQL is its body, where that is an expression in "
    "parentheses.\n",
    "redshift": "- Redshift ignores blanks at the end of texts that are compared, joined, or "
    "grouped; DuckDB doesn't.\n- The quotient of two sums of whole numbers is an error: whether it is whole "
    "depends on the type of the column.\n",
    "databricks": "- ANSI mode is on.\n",
    "postgres": "- The quotient of two sums of whole numbers is an error: whether it is whole "
    "depends on the type of the column.\n",
}


def page(dialect: str) -> str:
    """Return the Markdown of a dialect's page."""
    return "\n".join(lines(dialect))


def lines(dialect: str) -> Iterator[str]:
    table = table_of(dialect)
    title = TITLES[dialect]
    yield f"# {title} on DuckDB\n"
    yield "<!-- Written from the tables in `entity_kit/dialects/constructs`: a test renews it. -->\n"
    yield (
        f"`entity-kit verify --dialect {dialect}` translates these. {PROOF[dialect]} Anything else "
        "makes a model `unsupported`, with the construct and its line.\n"
    )
    yield f"## Where DuckDB differs a little\n\n{CLOSE}{OWN[dialect]}"
    yield from section("Functions", table.scalars)
    yield from section("Aggregates", table.aggregates)
    yield from section("Window functions", table.windows)
    yield "## Types\n"
    yield f"{', '.join(f'`{name}`' for name in sorted(table.types))} (by sqlglot's names).\n"
    yield "## Clauses and operators\n"
    kinds = sorted({spaced(kind) for kind in (*SAME, *table.rules)} - INNER)
    yield f"{', '.join(kinds)}.\n"
    if table.refused:
        yield "## Refused with a reason\n\n| Function | Why |\n| --- | --- |"
        for name, why in sorted(table.refused.items()):
            yield f"| `{name}` | {why} |"
        yield ""


# What no reader looks for.
INNER = {
    "anonymous", "alias", "identifier", "paren", "tuple", "table alias", "column", "literal",
    "null", "boolean", "properties", "schema", "semicolon", "data type", "raw string", "whens",
    "ordered",
}  # fmt: skip


def spaced(kind: type[Any]) -> str:
    """Return the name of a kind of node in words: `GroupingSets` is "grouping sets"."""
    name = "".join(f" {one.lower()}" if one.isupper() else one for one in kind.__name__)
    return kind.__name__.lower() if kind.__name__.isupper() else name.strip()


def section(title: str, entries: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {title}\n\n| {title[:-1]} | In DuckDB |\n| --- | --- |"
    for name, entry in sorted(entries.items()):
        yield f"| `{name}` | {described(entry)} |"
    yield ""


def described(entry: Any) -> str:
    """Return what an entry is in DuckDB: its SQL, or what its function says."""
    if callable(entry):
        text = (inspect.getdoc(entry) or "").split("\n")[0]
        return text.replace("|", "\\|")
    templates = (entry,) if isinstance(entry, str) else entry
    return " or ".join(f"`{shown(one)}`" for one in templates).replace("|", "\\|")


def shown(template: str) -> str:
    for number, name in enumerate("abcdef"):
        template = template.replace(f"{{{number}}}", name)
    text = template.replace("{*}", "…")
    return f"{text[:77]}…" if len(text) > 78 else text
