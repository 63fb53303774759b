"""Formats of dates and times, as DuckDB's strftime and strptime have them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

from entity_kit.dialects.writing import filled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from entity_kit.dialects.calls import Call

# Snowflake's, Redshift's and Postgres' elements; "Date and time input and output formats".
SNOWFLAKE = {
    "YYYY": "%Y", "YY": "%y", "MM": "%m", "MON": "%b", "MMMM": "%B", "DD": "%d", "DY": "%a",
    "HH24": "%H", "HH12": "%I", "AM": "%p", "PM": "%p", "MI": "%M", "SS": "%S", "FF3": "%g",
    "FF6": "%f",
}  # fmt: skip
# "Data Type Formatting Functions" of Postgres' manual: names follow the case of the element.
POSTGRES = {
    "YYYY": "%Y", "MM": "%m", "DD": "%d", "HH24": "%H", "HH12": "%I", "MI": "%M", "SS": "%S",
    "MS": "%g", "US": "%f", "AM": "%p", "PM": "%p", "DDD": "%j", "IYYY": "%G", "IW": "%V",
    "YY": "%y", "Mon": "%b", "Dy": "%a",
}  # fmt: skip
# "Datetime patterns" of Spark's manual.
SPARK = {
    "yyyy": "%Y", "yy": "%y", "MM": "%m", "MMM": "%b", "MMMM": "%B", "dd": "%d", "HH": "%H",
    "hh": "%I", "mm": "%M", "ss": "%S", "a": "%p", "SSS": "%g", "SSSSSS": "%f", "EEE": "%a",
    "EEEE": "%A", "E": "%a", "DDD": "%j",
}  # fmt: skip
# "Format elements for date and time parts" of BigQuery's manual.
BIGQUERY = set("YmdHMSBbAajIyGVuwFp") | {"T"}  # not %e, which has a space before one digit
OF_BIGQUERY = {"%F": "%Y-%m-%d", "%T": "%H:%M:%S", "%E3S": "%S.%g", "%E6S": "%S.%f"}


def elements(call: Call, text: str, known: Mapping[str, str], *, fold: bool) -> str:
    """Return a format of words (`YYYY-MM-DD`) as DuckDB's."""
    words = re.compile("|".join(sorted(known, key=len, reverse=True)), re.IGNORECASE if fold else 0)
    made, at = "", 0
    while at < len(text):
        word = words.match(text, at)
        quoted = re.compile(r'"([^"]*)"|\'([^\']*)\'').match(text, at)
        if word:
            made += known[word.group().upper() if fold else word.group()]
            at = word.end()
        elif quoted:
            made += (quoted.group(1) or quoted.group(2) or "").replace("%", "%%")
            at = quoted.end()
        elif text[at].isalnum():
            raise call.refuse(f"The format `{text}` has `{text[at:]}`, which isn't known.")
        else:
            made += text[at].replace("%", "%%")
            at += 1
    return made


def format_of(call: Call, place: int) -> str:
    """Return the format that an argument writes out, as DuckDB's."""
    text = call.text(place)
    dialect = call.walk.dialect
    if dialect == "bigquery":
        return percents(call, text)
    if dialect == "databricks":
        made = elements(call, text, SPARK, fold=False)
        if re.search(r"([a-zA-Z])\1{4,}", text):
            raise call.refuse(f"The format `{text}` isn't known.")
        return made
    known = SNOWFLAKE if dialect == "snowflake" else POSTGRES
    return elements(call, text, known, fold=dialect == "snowflake")


def percents(call: Call, text: str) -> str:
    made = ""
    for piece in re.findall(r"%E\d?S|%.|[^%]+|%", text):
        if piece.startswith("%") and piece != "%%":
            if piece not in OF_BIGQUERY and piece[1:] not in BIGQUERY:
                raise call.refuse(f"The format `{text}` has `{piece}`, which isn't known.")
            if piece == "%p" and isinstance(call.node.parent, exp.SafeFunc):
                raise call.refuse("Whether `SAFE.` reads a lower-case `pm` isn't documented.")
            made += OF_BIGQUERY.get(piece, piece)
        else:
            made += piece
    return made


def written(call: Call, value: exp.Expr, place: int) -> exp.Expr:
    """Write a date or a time in a format."""
    how = exp.Literal.string(format_of(call, place))
    return filled("strftime(CAST({0} AS TIMESTAMP), {1})", value, how)


def read(call: Call, value: exp.Expr, place: int, to: str, *, attempt: bool = False) -> exp.Expr:
    """Read text in a format as a type; NULL instead of an error if it is an attempt."""
    how = exp.Literal.string(format_of(call, place))
    name = "try_strptime" if attempt else "strptime"
    return filled(f"CAST({name}(ek_text({{0}}), {{1}}) AS {to})", value, how)
