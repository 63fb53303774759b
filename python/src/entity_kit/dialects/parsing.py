"""Parse a dialect's SQL with every function call kept as it is written.

sqlglot gives many functions a common meaning while it parses. Here a name and its arguments are
looked up in our own tables instead, so nothing can change its meaning unseen.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlglot import ErrorLevel, Token, TokenType
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ParseError, TokenError

from entity_kit.dialects.unsupported import UnsupportedError

if TYPE_CHECKING:
    from sqlglot import exp

# Calls that need a grammar of their own: `cast(a as b)`, `extract(a from b)`.
GRAMMARS = {
    "": {"CAST", "TRY_CAST", "SAFE_CAST", "EXTRACT", "POSITION"},
    "snowflake": set(),
    "bigquery": {"ARRAY"},
    "redshift": {"TRIM", "SUBSTRING", "OVERLAY", "CONVERT"},
    "postgres": {"TRIM", "SUBSTRING", "OVERLAY"},
    "databricks": {"TRIM"},
}
BACKSLASHES = ("snowflake", "bigquery", "databricks", "redshift")
# What a backslash may stand before in a text literal, where the dialect reads backslashes.
ESCAPES = re.compile(r"\\(?:[\\'\"`nrt/bdDsSwW.\[\](){}+*?^$|%_-]|(?P<odd>.))", re.DOTALL)


# Where `\\u2006` in a text literal is a character.
UNICODE = ("snowflake", "bigquery", "databricks")
CHARACTER = re.compile(r"\\(?:u(?P<code>[0-9a-fA-F]{4})|.)", re.DOTALL)
KEPT = "\\'\"`\n\r\0"  # what would mean something else if it stood there itself


def with_characters(sql: str, language: Dialect) -> str:
    """Write the characters that text literals give by their codes."""

    def character(found: re.Match[str]) -> str:
        made = chr(int(found["code"], 16)) if found["code"] else KEPT[0]
        surrogate = 0xD800 <= ord(made) <= 0xDFFF
        return found[0] if made in KEPT or surrogate else made

    made, at = "", 0
    for token in language.tokenize(sql):
        if token.token_type == TokenType.STRING:
            made += sql[at : token.start] + CHARACTER.sub(
                character, sql[token.start : token.end + 1]
            )
            at = token.end + 1
    return made + sql[at:]


# sqlglot reads `date '2020-01-01'::text` as `date ('2020-01-01'::text)`.
TYPED = {
    *(TokenType.DATE, TokenType.TIME, TokenType.TIMETZ, TokenType.DATETIME, TokenType.TIMESTAMP),
    *(TokenType.TIMESTAMPTZ, TokenType.TIMESTAMPLTZ, TokenType.TIMESTAMPNTZ),
}


def with_literals(tokens: list[Token]) -> list[Token]:
    """Put parentheses around a literal with its type, where a cast follows."""
    made: list[Token] = []
    for place, token in enumerate(tokens):
        cast = place + 1 < len(tokens) and tokens[place + 1].token_type == TokenType.DCOLON
        if not (cast and token.token_type == TokenType.STRING and made):
            made.append(token)
            continue
        kind = made[-1]
        if kind.token_type in TYPED:
            made[-1:] = [like(kind, TokenType.L_PAREN, "("), kind]
            made += [token, like(token, TokenType.R_PAREN, ")")]
        elif kind.token_type == TokenType.INTERVAL or kind.text.upper() == "ZONE":
            why = "Put parentheses around the literal and its type, before the cast."
            raise UnsupportedError("cast of a literal with a type", token.line, why)
        else:
            made.append(token)
    return made


def like(token: Token, kind: TokenType, text: str) -> Token:
    return Token(kind, text, token.line, token.col, token.start, token.end)


@cache
def parser(dialect: str) -> tuple[Dialect, type[Any]]:
    language = Dialect.get_or_raise(dialect)
    base = language.parser_class
    kept = GRAMMARS[""] | GRAMMARS[dialect]
    grammars = {name: read for name, read in base.FUNCTION_PARSERS.items() if name in kept}
    body = {"FUNCTIONS": {}, "FUNCTION_PARSERS": grammars}
    return language, type(f"{base.__name__}OfNames", (base,), body)


def parse(sql: str, dialect: str) -> list[exp.Expr]:
    """Return the statements of a text. Raise UnsupportedError for what can't be parsed."""
    language, reader = parser(dialect)
    try:
        sql = with_characters(sql, language) if "\\u" in sql and dialect in UNICODE else sql
        tokens = language.tokenize(sql)
        found = reader(dialect=language, error_level=ErrorLevel.RAISE).parse(
            with_literals(tokens), sql
        )
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        near = f" near `{first['highlight']}`" if first.get("highlight") else ""
        why = f"{first.get('description') or error}{near}; sqlglot can't parse it as {dialect}."
        raise UnsupportedError("syntax", first.get("line") or 1, why) from error
    except TokenError as error:
        raise UnsupportedError(
            "syntax", 1, f"sqlglot can't read it as {dialect}: {error}"
        ) from error
    for token in tokens:
        numeral = token.token_type == TokenType.NUMBER and dialect != "bigquery"
        if numeral and sql[token.end + 1 : token.end + 2] == "_":  # BigQuery: `my-project-1_a`
            why = "Engines differ in whether `1_000` is a number. Write it without the underscore."
            raise UnsupportedError("number", token.line, why)
        if token.token_type == TokenType.PIPE_GT:
            why = "A query in pipe syntax isn't known: write it with SELECT."
            raise UnsupportedError("operator |>", token.line, why)
        escapes = ESCAPES.finditer(sql, token.start, token.end + 1)
        odd = next((each for each in escapes if each["odd"]), None)
        if token.token_type == TokenType.STRING and odd and dialect in BACKSLASHES:
            why = f"The escape `{odd.group()}` in a text literal may be read otherwise there."
            raise UnsupportedError("text literal", token.line, why)
    return [statement for statement in found if statement is not None]
