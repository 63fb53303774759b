"""Values that DuckDB treats as equal or not, for every type of a key or tracked column.

Each strategy draws SQL of that type. What is equal is never said here: DuckDB is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    Values = SearchStrategy[str]

TEXTS = ["", "a", "A", "b", "é", "e", "É", "e\u0301", "ß", "NULL", "-0.0", "0.0", "nan", ", ", '"']
INTERVALS = [
    *(
        "1 day",
        "24 hours",
        "-1 day",
        "1 day -24 hours",
        "0 days",
        "30 days",
        "1 month",
        "720 hours",
    ),
    *("1 month -1 day", "29 days", "12 months", "1 year", "360 days", "-1 month", "-30 days"),
]
UNION = "union(a integer, b integer, c varchar, d double)"
NUMBERS = ["0.0", "-0.0", "nan", "-nan", "inf", "-inf", "1.5", "-1.5", "1e300", "0.1"]


def _of(kind: str, *texts: str) -> Values:
    return st.sampled_from([f"cast({_text(text)} as {kind})" for text in texts])


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _numbers(kind: str) -> Values:
    texts = [text for text in NUMBERS if kind == "DOUBLE" or text != "1e300"]
    return st.one_of(
        _of(kind, *texts),
        st.floats(width=64 if kind == "DOUBLE" else 32).map(lambda x: f"cast('{x!r}' as {kind})"),
    )


DOUBLES, INTS = _numbers("DOUBLE"), _of("INTEGER", "0", "1", "2")

# By the type's name in a `create table`, and by how it is called here.
TYPES: dict[str, tuple[str, Values]] = {
    "tinyint": ("TINYINT", _of("TINYINT", "0", "1", "-1")),
    "integer": ("INTEGER", INTS),
    "hugeint": ("HUGEINT", _of("HUGEINT", "0", "1", "170141183460469231731687303715884105727")),
    "ubigint": ("UBIGINT", _of("UBIGINT", "0", "1", "18446744073709551615")),
    "decimal": ("DECIMAL(9,2)", _of("DECIMAL(9,2)", "0", "-0.00", "0.0", "1.5", "1.50")),
    "wide": ("DECIMAL(38,10)", _of("DECIMAL(38,10)", "0", "-0.00", "1.5", "1.50")),
    "double": ("DOUBLE", DOUBLES),
    "float": ("FLOAT", _numbers("FLOAT")),
    "varchar": ("VARCHAR", _of("VARCHAR", *TEXTS)),
    "nocase": ("VARCHAR COLLATE NOCASE", _of("VARCHAR", *TEXTS)),
    "noaccent": ("VARCHAR COLLATE NOACCENT", _of("VARCHAR", *TEXTS)),
    "neither": ("VARCHAR COLLATE NOCASE.NOACCENT", _of("VARCHAR", *TEXTS)),
    "nfc": ("VARCHAR COLLATE NFC", _of("VARCHAR", *TEXTS)),
    "blob": ("BLOB", _of("BLOB", "", "a", "A", "\\x00", "\\x5Cx41", "A\\x0A")),
    "boolean": ("BOOLEAN", _of("BOOLEAN", "true", "false")),
    "date": ("DATE", _of("DATE", "2024-01-01", "infinity", "0001-01-01 (BC)")),
    "time": ("TIME", _of("TIME", "00:00:00", "24:00:00", "12:00:00.1", "12:00:00.10")),
    "timestamp": ("TIMESTAMP", _of("TIMESTAMP", "2024-01-01", "2024-01-01 00:00:00.1", "infinity")),
    "nanoseconds": (
        "TIMESTAMP_NS",
        _of("TIMESTAMP_NS", "2024-01-01", "2024-01-01 00:00:00.000000001"),
    ),
    "zoned": (
        "TIMESTAMPTZ",
        _of(
            "TIMESTAMPTZ", "2024-01-01 00:00:00+00", "2024-01-01 02:00:00+02", "2024-01-01 02:00+00"
        ),
    ),
    "interval": ("INTERVAL", _of("INTERVAL", *INTERVALS)),
    "uuid": (
        "UUID",
        _of("UUID", "00000000-0000-0000-0000-00000000000A", "00000000-0000-0000-0000-00000000000a"),
    ),
    "enum": ("ENUM('a', 'A', '')", _of("ENUM('a', 'A', '')", "a", "A", "")),
    "bit": ("BIT", _of("BIT", "1", "01", "0")),
    "json": ("JSON", _of("JSON", "1", "1.0", '{"a":1}', '{"a": 1}', '"1"', "null")),
    "union": (
        UNION,
        st.sampled_from(
            [
                f"union_value({member})::{UNION}"
                for member in ("a := 1", "b := 1", "c := '1'", "d := 0.0::double", "c := '0.0'")
            ]
            + [f"union_value(d := '-0.0'::double)::{UNION}", f"union_value(a := 0)::{UNION}"]
        ),
    ),
}
# DuckDB has them from 1.4 on.
VARIANTS = st.sampled_from(
    [
        *(
            "1::tinyint",
            "1::bigint",
            "1::ubigint",
            "1.0::decimal(2, 1)",
            "1.00::decimal(4, 2)",
            "'1'",
        ),
        *(
            "10::integer",
            "10.50::decimal(4, 2)",
            "10.5::decimal(3, 1)",
            "'-0.0'::double",
            "0.0::float",
        ),
        *(
            "1.0::double",
            "'nan'::double",
            "'nan'::float",
            "interval '1 day'",
            "interval '24 hours'",
        ),
        *(
            "date '2024-01-01'",
            "timestamp '2024-01-01'",
            "'2024-01-01'",
            "true",
            "'true'",
            "[1]",
            "['1']",
        ),
    ]
).map(lambda value: f"({value})::variant")
