"""Write calls of macros, as they stand in a model's file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_WIDTH = 116
_INDENT = "    "
_EXPRESSION = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)


class Code(str):
    """Jinja that stands in a call as it is, such as `ref('orders')`."""

    __slots__ = ()


class Sql(str):
    """SQL for a macro's argument. The Jinja expressions in it are evaluated."""

    __slots__ = ()


def macro_call(macro: str, first: Iterable[Any], named: Mapping[str, Any]) -> str:
    """Return a call of one of the package's macros, an argument a line."""
    arguments = [_value(each) for each in first]
    arguments += [f"{name}={_value(value, len(name) + 1)}" for name, value in named.items()]
    inside = ",\n".join(f"{_INDENT}{each}" for each in arguments)
    return f"{{{{ entity_kit.{macro}(\n{inside}\n) }}}}\n"


def columns(names: Iterable[str]) -> Any:
    """Return columns as the macros take them: a single one as a text."""
    found = list(names)
    return found[0] if len(found) == 1 else found


def _value(value: Any, before: int = 0) -> str:
    """Return a value as Jinja, on one line where it fits after the `before` characters there."""
    short = _inline(value)
    if len(_INDENT) + before + len(short) <= _WIDTH and not _holds_mappings(value):
        return short
    if not isinstance(value, list):
        return short
    lines = [
        _item(each) if isinstance(each, dict) else f"{_INDENT * 2}{_inline(each)},"
        for each in value
    ]
    return "[\n" + "\n".join(lines) + f"\n{_INDENT}]"


def _holds_mappings(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(each, dict) for each in value)


def _item(value: dict[str, Any]) -> str:
    short = f"{_INDENT * 2}{_inline(value)},"
    if len(short) <= _WIDTH:
        return short
    inside = "\n".join(f"{_INDENT * 3}{_inline(k)}: {_inline(v)}," for k, v in value.items())
    return f"{_INDENT * 2}{{\n{inside}\n{_INDENT * 2}}},"


def _inline(value: Any) -> str:
    if isinstance(value, Code):
        return str(value)
    if isinstance(value, Sql):
        return _sql(value)
    if isinstance(value, str):
        return literal(" ".join(value.split()))
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_inline(k)}: {_inline(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return str(value).lower() if isinstance(value, bool) or value is None else repr(value)


def _sql(text: str) -> str:
    parts = [
        part if number % 2 else literal(part)
        for number, part in enumerate(_EXPRESSION.split(text.strip()))
        if part
    ]
    return " ~ ".join(parts)


def literal(text: str) -> str:
    """Return a text as a literal of Jinja, in the quotes that need no escape."""
    plain = text.replace("\\", "\\\\").replace("\n", "\\n")
    if "'" not in plain:
        return f"'{plain}'"
    if '"' not in plain:
        return f'"{plain}"'
    return "'" + plain.replace("'", "\\'") + "'"
