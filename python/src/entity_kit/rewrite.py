"""Changes `ref('old')` to `ref('new')` in a project's files, and touches nothing else.

Jinja's own lexer finds the calls, so comments and strings stay as they are. Where an alias renames
columns, a file is only changed if every use of such a column is qualified by the alias of the
relation, so that nothing has to be guessed; otherwise it is left, and the reason given.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import jinja2
import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# Nothing is rendered here; the environment only lexes.
_JINJA = jinja2.Environment(keep_trailing_newline=True, autoescape=True)
_PROSE = {"description", "label", "name", "reason"}


@dataclass(frozen=True, slots=True)
class Model:
    """A model as `ref` knows it; `is_latest` where a ref without a version means it."""

    name: str
    package: str
    version: str | None = None
    is_latest: bool = True


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A file's text after the change, how many references changed, and what was left and why."""

    text: str
    changed: int
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class _Call:
    """One `ref(...)` call: where its arguments are, what it names, where its `{{ }}` ends."""

    start: int
    end: int
    new: str


def rewrite_sql(
    text: str, old: Model, new: Model, renamed: Mapping[str, str | None] | None = None
) -> Rewritten:
    """Rewrite a model, test, snapshot or analysis.

    `renamed` maps old column names to new ones, or to None where it isn't a mere rename.
    """
    try:
        tokens = _tokens(text)
    except jinja2.TemplateSyntaxError as error:
        return Rewritten(text, 0, (f"line {error.lineno}: Jinja can't read it: {error.message}",))
    code = _code_spans(text, tokens)
    calls: list[_Call] = []
    left: list[str] = []
    for found in _calls(tokens, old, new):
        if isinstance(found, _Token):
            left.append(f"line {_line(text, found.start)}: a ref whose arguments are computed")
        elif any(start <= found.start < end for start, end in code):
            calls.append(found)
        else:
            where = _line(text, found.start)
            left.append(f"line {where}: a ref in an SQL comment or string; dbt still counts it")
    left += [
        f"line {_line(text, token.start)}: a string that holds a ref"
        for token in tokens
        if token.kind == "string" and re.search(rf"ref\(\W*{re.escape(old.name)}\W", token.text)
    ]
    edits = [(call.start, call.end, call.new) for call in calls]
    if calls and renamed:
        columns, unclear = _column_edits(text, tokens, calls, renamed)
        if unclear:
            return Rewritten(text, 0, (*left, *unclear))
        edits += columns
    return Rewritten(_applied(text, edits), len(calls), tuple(left))


def rewrite_yaml(text: str, old: Model, new: Model) -> Rewritten:
    """Rewrite the references in a YAML file: of exposures, tests, unit tests, semantic models."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        return Rewritten(text, 0, (f"YAML can't be read: {error}",))
    edits: list[tuple[int, int, str]] = []
    left: list[str] = []
    changed = 0
    for key, node in _scalars(root, ""):
        if key in _PROSE or "ref" not in node.value:
            continue
        start, end = node.start_mark.index, node.end_mark.index
        if node.style in {"'", '"'}:
            start, end = start + 1, end - 1
        whole = not re.search(r"\{\{|\{%", node.value)
        if whole and not re.fullmatch(r"\s*ref\s*\(.*\)\s*", node.value, re.DOTALL):
            continue
        # A bare `ref('old')` is Jinja as well: dbt puts the braces around it.
        before, after = ("{{", "}}") if whole else ("", "")
        meant = rewrite_sql(f"{before}{node.value}{after}", old, new)
        found = rewrite_sql(f"{before}{text[start:end]}{after}", old, new)
        if not meant.changed:
            continue
        if found.changed != meant.changed:
            left.append(f"line {node.start_mark.line + 1}: a ref in an escaped text")
            continue
        changed += found.changed
        edits.append((start, end, found.text[len(before) : len(found.text) - len(after)]))
    return Rewritten(_applied(text, edits), changed, tuple(left))


def diff_lines(path: str, before: str, after: str) -> Iterator[str]:
    """Yield a unified diff of one file."""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{path}", f"b/{path}"
    )
    for line in lines:
        yield line.rstrip("\r\n")


def _applied(text: str, edits: Sequence[tuple[int, int, str]]) -> str:
    for start, end, replacement in sorted(edits, reverse=True):
        text = text[:start] + replacement + text[end:]
    return text


def _line(text: str, position: int) -> int:
    return len(re.findall(r"\r\n|\r|\n", text[:position])) + 1


def _tokens(text: str) -> list[_Token]:
    """Give Jinja's tokens with their places in the text as it is.

    The lexer makes every line end a newline and drops the white space that `{%-` strips, so each
    token is looked for where the last one ended.
    """
    # Where each character of the lexer's text is in ours.
    places = [match.start() for match in re.finditer(r"\r\n|\r|\n|[^\r\n]", text)]
    places.append(len(text))
    plain = re.sub(r"\r\n|\r", "\n", text)
    found = []
    at = 0
    for _, kind, value in _JINJA.lex(plain):
        start = plain.index(value, at)
        at = start + len(value)
        begin, end = places[start], places[at]
        found.append(_Token(kind, text[begin:end], begin))
    return found


def _calls(tokens: Sequence[_Token], old: Model, new: Model) -> Iterator[_Call | _Token]:
    """Yield each call that names the old model, and the name token of calls that can't be read."""
    words = [token for token in tokens if token.kind != "whitespace"]
    for at, token in enumerate(words[:-1]):
        if token.kind != "name" or token.text != "ref" or words[at + 1].text != "(":
            continue
        if at and words[at - 1].text == "." and words[at - 2].text != "builtins":
            continue
        arguments: list[_Token] = []
        for each in words[at + 2 :]:
            if each.text == ")" or each.kind in {"variable_end", "block_end"}:
                break
            arguments.append(each)
        yield from _call(token, arguments, old, new)


def _call(
    name: _Token, arguments: Sequence[_Token], old: Model, new: Model
) -> Iterator[_Call | _Token]:
    written = "".join(argument.text for argument in arguments)
    match = re.fullmatch(
        r"""(?:(['"])(?P<package>[^'"]*)\1,)?(['"])(?P<name>[^'"]*)\3"""
        r"""(?:,(?:v|version)=(?:(['"])(?P<text>[^'"]*)\5|(?P<number>[\d.]+)))?,?""",
        written,
    )
    if match is None:
        literals = [a for a in arguments if a.kind == "string"]
        if not literals or any(a.text[1:-1] == old.name for a in literals):
            yield name
        return
    version = match["text"] or match["number"]
    if match["name"] != old.name or (match["package"] or old.package) != old.package:
        return
    if (version is None and not old.is_latest) or (version is not None and version != old.version):
        return
    mark = match[3]
    said = f"{mark}{new.name}{mark}"
    if match["package"] or new.package != old.package:
        said = f"{mark}{new.package}{mark}, {said}"
    if new.version is not None:
        said += f", v={new.version}"
    yield _Call(arguments[0].start, arguments[-1].end, said)


def _code_spans(text: str, tokens: Sequence[_Token]) -> list[tuple[int, int]]:
    """Give the stretches of the file that are neither SQL comment nor SQL string.

    Jinja between `{{` and `}}` is passed over, so that a quote in it opens nothing.
    """
    spans: list[tuple[int, int]] = []
    state = ""
    began = 0
    for token in (t for t in tokens if t.kind == "data"):
        at = token.start
        while at < token.end:
            two = text[at : at + 2]
            if not state:
                opened = two if two in {"--", "/*"} else text[at] if text[at] == "'" else ""
                if opened:
                    spans.append((began, at))
                    state = opened
                at += max(len(opened), 1)
                continue
            closing = {"--": "\n", "/*": "*/", "'": "'"}[state]
            if text.startswith(closing, at):
                state, began = "", at + len(closing)
                at += len(closing)
            else:
                at += 1
    if not state:
        spans.append((began, len(text)))
    return spans


def _column_edits(
    text: str, tokens: Sequence[_Token], calls: Sequence[_Call], renamed: Mapping[str, str | None]
) -> tuple[list[tuple[int, int, str]], list[str]]:
    """Give the edits that rename columns, and the uses that nobody can be sure of."""
    data = [(t.start, t.end) for t in tokens if t.kind == "data"]
    code = [
        (max(a, start), min(b, end))
        for start, end in _code_spans(text, tokens)
        for a, b in data
        if max(a, start) < min(b, end)
    ]
    blank = list(" " * len(text))
    for start, end in code:
        blank[start:end] = text[start:end]
    sql = "".join(blank)
    aliases = set()
    for call in calls:
        after = re.compile(r"\s*\)\s*-?\}\}\s+(?:as\s+)?(\w+)", re.IGNORECASE).match(text, call.end)
        word = after[1].lower() if after else ""
        if word and word not in _CLAUSES:
            aliases.add(word)
    unclear = [
        f"line {_line(text, match.start())}: `*` would give the new column names"
        for match in re.finditer(r"(?:\bselect\s+|,\s*|(\w+)\.)\*", sql, re.IGNORECASE)
        if match[1] is None or match[1].lower() in aliases
    ]
    names = "|".join(re.escape(name) for name in renamed)
    lower = {name.lower(): now for name, now in renamed.items()}
    edits = []
    for match in re.finditer(rf'(?<![\w"])(?:(\w+)\.)?({names})(?![\w"(])', sql, re.IGNORECASE):
        table, column = match[1], match[2]
        if table is not None and table.lower() not in aliases:
            continue
        if table is None and re.search(r"\bas\s+$", sql[: match.start()], re.IGNORECASE):
            continue
        if table is None:
            where = _line(text, match.start())
            unclear.append(f"line {where}: `{column}` has no table before it")
            continue
        said = lower[column.lower()]
        if said is None:
            where = _line(text, match.start())
            unclear.append(f"line {where}: `{column}` is no column of the replacement")
            continue
        if _is_select_item(sql, match.start(), match.end()):
            # What this model gives keeps its name.
            said += f" as {column}"
        edits.append((match.start(2), match.end(2), said))
    return edits, unclear


_CLAUSES = {
    *("where", "join", "left", "right", "inner", "outer", "full", "cross", "on", "using", "group"),
    *("order", "having", "limit", "union", "except", "intersect", "qualify", "window", "lateral"),
}


def _is_select_item(sql: str, start: int, end: int) -> bool:
    """Tell whether the column stands alone in a select's list, so that it names an output."""
    if not re.match(r"\s*(?:,|\bfrom\b|$)", sql[end:], re.IGNORECASE):
        return False
    depth = 0
    # Back to the clause that it stands in, at its own depth of parentheses.
    for match in reversed(list(re.finditer(r"[()]|\b\w+\b|,", sql[:start]))):
        word = match[0].lower()
        if word == ")":
            depth += 1
        elif word == "(":
            depth -= 1
            if depth < 0:
                return False
        elif depth == 0 and word in {*_CLAUSES, "by", "from"}:
            return False
        elif depth == 0 and word in {"select", "distinct"}:
            between = sql[match.end() : start]
            return not between.strip() or between.rstrip().endswith(",")
    return False


def _scalars(node: yaml.Node | None, key: str) -> Iterator[tuple[str, yaml.ScalarNode]]:
    if isinstance(node, yaml.ScalarNode):
        yield key, node
    elif isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from _scalars(each, key)
    elif isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            inner = name.value if isinstance(name, yaml.ScalarNode) else ""
            yield from _scalars(value, str(inner))
