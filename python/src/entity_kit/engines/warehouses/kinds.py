"""What differs from warehouse to warehouse: types, literals, and a few statements.

None of these warehouses was run, and not each fact was looked up in its manual.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Row = Sequence[str | None]

_DECIMAL = re.compile(r"(?:number|numeric|decimal|dec)\((\d+), ?(\d+)\)")
_LIMITED_TEXT = re.compile(r"(?:character varying|varchar|character|char|string|text)\((\d+)\)")
_SIZE = re.compile(r"\([\d, ]*\)")
_WHOLE = {
    **dict.fromkeys(("smallint", "int2"), "SMALLINT"),
    **dict.fromkeys(("integer", "int", "int4"), "INTEGER"),
    **dict.fromkeys(("bigint", "int8", "int64"), "BIGINT"),
    **dict.fromkeys(("boolean", "bool"), "BOOLEAN"),
    "date": "DATE",
}
_TEXT = dict.fromkeys(("text", "string", "varchar", "character varying", "char"), "VARCHAR")


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of warehouse, by its adapter's and sqlglot's name.

    `types` are DuckDB's for its own, where that loses nothing. `out` and `back` turn a value into a
    text and the text into the value again, by the type's first word, or by DuckDB's type; a type
    with neither of the three can be compared as a text, but not written back. `{0}` is the value,
    `{1}` the declared type.
    `rows` makes a relation of texts, with the columns c0, c1, …; `escaped` quotes one. A schema is
    created and dropped by its name alone where `bare_schemas`. `zone` is a query for the time zone of
    the session, and the column of its answer; without, it is UTC.
    """

    name: str
    types: Mapping[str, str]
    rows: Callable[[Sequence[Row], Callable[[str], str]], str]
    escaped: Callable[[str], str]
    grant: str
    out: Mapping[str, str] = field(default_factory=dict)
    back: Mapping[str, str] = field(default_factory=dict)
    as_text: str = "cast({0} as string)"
    create_schema: str = "create schema if not exists {0}"
    bare_schemas: bool = False
    zone: tuple[str, int] | None = None
    settings: tuple[str, ...] = ()
    capitals: bool = False
    functions: frozenset[str] = frozenset()

    def duckdb_type(self, declared: str) -> str | None:
        """Return DuckDB's type for one of the warehouse's, or None."""
        decimal = _DECIMAL.fullmatch(declared.casefold())
        if decimal and int(decimal[2]) <= int(decimal[1]) <= 38:
            return f"DECIMAL({decimal[1]},{decimal[2]})"
        return self.types.get(" ".join(_SIZE.sub("", declared.casefold()).split()))

    def reads(self, name: str, declared: str) -> str:
        """Return the expression that reads a column."""
        if self.duckdb_type(declared) is not None:
            return name
        return self.out.get(_first(declared), self.as_text).format(name)

    def writes(self, text: str, declared: str) -> str | None:
        """Return the expression for a value of this type from its text; None if there is none."""
        kind, first = self.duckdb_type(declared), _first(declared)
        found = self.back.get(kind or "") or self.back.get(first)
        if found is not None:
            return found.format(text, declared)
        if kind is None and first in _NESTED:
            return None
        return text if kind == "VARCHAR" else f"cast({text} as {declared})"


_NESTED = {"array", "struct", "map", "object", "variant", "json", "super", "geography", "geometry"}


def longest(declared: str) -> int | None:
    """Return how long a text of this type may be, if its type says so."""
    found = _LIMITED_TEXT.fullmatch(declared.casefold())
    return int(found[1]) if found else None


def _first(declared: str) -> str:
    return re.split(r"[<( ]", declared.casefold(), maxsplit=1)[0]


def with_backslashes(text: str) -> str:
    for plain, escaped in (("\\", r"\\"), ("'", r"\'"), ("\n", r"\n"), ("\r", r"\r")):
        text = text.replace(plain, escaped)
    return f"'{text}'"


def without_backslashes(text: str) -> str:
    r"""Quote a text for an engine of which it isn't sure what `\` means in one."""
    found = "'" + text.replace("'", "''") + "'"
    return found.replace("\\", "' || chr(92) || '")


def by_values(rows: Sequence[Row], escaped: Callable[[str], str]) -> str:
    names = ", ".join(f"c{n}" for n in range(len(rows[0])))
    return f"(values {', '.join(f'({_listed(row, escaped)})' for row in rows)}) as given ({names})"


def by_union(rows: Sequence[Row], escaped: Callable[[str], str]) -> str:
    """Write rows for an engine that takes no `values` there."""
    first, *rest = rows
    named = ", ".join(
        f"cast({_literal(value, escaped)} as varchar(max)) as c{n}" for n, value in enumerate(first)
    )
    return (
        " union all ".join(
            [f"(select {named}", *(f"select {_listed(row, escaped)}" for row in rest)]
        )
        + ") as given"
    )


def by_structs(rows: Sequence[Row], escaped: Callable[[str], str]) -> str:
    names = ", ".join(f"c{n} string" for n in range(len(rows[0])))
    first, *rest = (f"({_listed(row, escaped)})" for row in rows)
    return f"unnest([{', '.join([f'struct<{names}>{first}', *rest])}])"


def _listed(row: Row, escaped: Callable[[str], str]) -> str:
    return ", ".join(_literal(value, escaped) for value in row)


def _literal(value: str | None, escaped: Callable[[str], str]) -> str:
    return "null" if value is None else escaped(value)


_SNOWFLAKE = Kind(
    name="snowflake",
    types={
        **_TEXT,
        "boolean": "BOOLEAN",
        "date": "DATE",
        **dict.fromkeys(("float", "double", "real", "double precision"), "DOUBLE"),
        "binary": "BLOB",
        "time": "TIME",
        **dict.fromkeys(("timestamp_ntz", "datetime"), "TIMESTAMP"),
        **dict.fromkeys(("timestamp_ltz", "timestamp_tz"), "TIMESTAMP WITH TIME ZONE"),
    },
    out={
        "variant": "to_json({0})",
        **dict.fromkeys(("object", "array"), "to_json(to_variant({0}))"),
    },
    back={
        "BLOB": "to_binary({0}, 'HEX')",
        "variant": "parse_json({0})",
        "object": "cast(parse_json({0}) as object)",
        "array": "cast(parse_json({0}) as array)",
    },
    as_text="cast({0} as varchar)",
    rows=by_values,
    escaped=with_backslashes,
    create_schema="create transient schema if not exists {0}",
    grant="grant create schema on database {0} to role …",
    zone=("show parameters like 'TIMEZONE' in session", 1),
    settings=(
        "alter session set timestamp_input_format = 'AUTO'",
        "alter session set date_input_format = 'AUTO'",
        "alter session set time_input_format = 'AUTO'",
    ),
    capitals=True,
)
_BIGQUERY = Kind(
    name="bigquery",
    types={
        **_WHOLE,
        **_TEXT,
        "numeric": "DECIMAL(38,9)",
        "float64": "DOUBLE",
        "bytes": "BLOB",
        "time": "TIME",
        "datetime": "TIMESTAMP",
        "timestamp": "TIMESTAMP WITH TIME ZONE",
    },
    out=dict.fromkeys(("json", "array", "struct", "record"), "to_json_string({0})"),
    back={"BLOB": "from_hex({0})", "json": "parse_json({0})"},
    rows=by_structs,
    escaped=with_backslashes,
    grant="give it the role roles/bigquery.user on the project {0}, which allows "
    "bigquery.datasets.create",
)
_REDSHIFT = Kind(
    name="redshift",
    types={
        **_WHOLE,
        **_TEXT,
        **dict.fromkeys(("real", "float4"), "FLOAT"),
        **dict.fromkeys(("double precision", "float8", "float"), "DOUBLE"),
        **dict.fromkeys(("time without time zone", "time"), "TIME"),
        **dict.fromkeys(("timestamp without time zone", "timestamp"), "TIMESTAMP"),
        **dict.fromkeys(("timestamp with time zone", "timestamptz"), "TIMESTAMP WITH TIME ZONE"),
    },
    out={"super": "json_serialize({0})", "varbyte": "to_hex({0})"},
    back={
        "BOOLEAN": "({0} = 'true')",
        "super": "json_parse({0})",
        "varbyte": "from_hex({0})",
        "binary": "from_hex({0})",
    },
    as_text="cast({0} as varchar(max))",
    rows=by_union,
    escaped=without_backslashes,
    grant="grant create on database {0} to …",
    bare_schemas=True,
    zone=("show timezone", 0),
)
_DATABRICKS = Kind(
    name="databricks",
    types={
        **_WHOLE,
        **_TEXT,
        **dict.fromkeys(("tinyint", "byte"), "TINYINT"),
        "float": "FLOAT",
        "double": "DOUBLE",
        "binary": "BLOB",
        "timestamp": "TIMESTAMP WITH TIME ZONE",
        "timestamp_ntz": "TIMESTAMP",
    },
    out=dict.fromkeys(("array", "map", "struct", "variant"), "to_json({0})"),
    back={
        "BLOB": "unhex({0})",
        "variant": "parse_json({0})",
        **dict.fromkeys(("array", "map", "struct"), "from_json({0}, '{1}')"),
    },
    rows=by_values,
    escaped=with_backslashes,
    grant="grant create schema on catalog {0} to …",
    zone=("select current_timezone()", 0),
    functions=frozenset({"http_request", "reflect", "java_method", "try_reflect"}),
)
KINDS = {kind.name: kind for kind in (_SNOWFLAKE, _BIGQUERY, _REDSHIFT, _DATABRICKS)}
