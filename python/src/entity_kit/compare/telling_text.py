"""A text for each value that distinguishes all values that DuckDB distinguishes.

Of a union the plain text leaves the member out, and of a variant the type.
"""

from __future__ import annotations


def telling_text(value: str, kind: str) -> str:
    """Return the SQL of a value's text, with its member or its type where those are part of it."""
    if kind.startswith("UNION(") and not kind.endswith("]"):
        return f"union_tag({value})::varchar || ': ' || {value}::varchar"
    if kind == "VARIANT":
        # A variant's lists and objects contain variants, whose texts only JSON distinguishes.
        nested = f"regexp_matches(variant_typeof({value}), '^(ARRAY|OBJECT)')"
        text = f"case when {nested} then to_json({value})::varchar else {value}::varchar end"
        return f"{text} || ' (' || variant_typeof({value}) || ')'"
    if "UNION(" in kind:
        return f"to_json({value})::varchar"
    return f"{value}::varchar"
