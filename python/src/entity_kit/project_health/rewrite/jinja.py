"""Read a file's Jinja for the rewriter: its tokens, its refs, and the remaining SQL.

Jinja's own lexer finds everything, so that comments and strings stay what they are. Nothing is
rendered: each `{{ … }}` becomes a name of the same length, so that places in the SQL are places in
the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import jinja2

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Nothing is rendered here; the environment only lexes.
_JINJA = jinja2.Environment(keep_trailing_newline=True, autoescape=True)
# These calls add nothing to the SQL.
_SILENT = {"config", "log", "print", "debug"}


@dataclass(frozen=True, slots=True)
class Model:
    """A model as `ref` names it; `is_latest` if a ref without a version means it.

    `relation` is what the table is called in the warehouse; by default the model's name.
    """

    name: str
    package: str
    version: str | None = None
    is_latest: bool = True
    relation: str = ""

    @property
    def table(self) -> str:
        return self.relation or self.name


class UnreadableError(Exception):
    """The text at `position` can't be read; `reason` says why, and what to do."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(reason)
        self.position = position
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Token:
    """A token of Jinja's lexer at its place in the file."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Call:
    """One `ref(...)` call: where its arguments are, what it names, where the word `ref` begins."""

    start: int
    end: int
    new: str
    at: int


@dataclass(frozen=True, slots=True)
class Piece:
    """One `{{ … }}`. `kind` is `old`, `relation` (of `key`), `nothing` or `unknown`."""

    start: int
    end: int
    kind: str
    word: str = ""
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tag:
    """One `{% … %}`."""

    start: int
    end: int
    words: tuple[Token, ...]

    @property
    def name(self) -> str:
        return self.words[0].text if self.words else ""

    @property
    def condition(self) -> str:
        return " ".join(word.text for word in self.words[1:])


@dataclass
class Document:
    """A file's Jinja. `loose` are refs to the old model that are not the whole of a `{{ … }}`."""

    text: str
    tokens: list[Token]
    calls: list[Call] = field(default_factory=list)
    unreadable: list[Token] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)
    comments: list[tuple[int, int]] = field(default_factory=list)
    loose: list[Call] = field(default_factory=list)


def line_of(text: str, position: int) -> int:
    """Return the number of the line that a position is in."""
    return len(re.findall(r"\r\n|\r|\n", text[:position])) + 1


def read_document(text: str, old: Model, new: Model) -> Document:
    """Read a file. Raises jinja2.TemplateSyntaxError."""
    tokens = _tokens(text)
    document = Document(text, tokens)
    for found in _calls(tokens, old, new):
        if isinstance(found, Call):
            document.calls.append(found)
        else:
            document.unreadable.append(found)
    spans = list(_spans(tokens))
    names, plain = _assigned(spans, document.calls)
    for kind, start, end, words in spans:
        if kind == "comment":
            document.comments.append((start, end))
        elif kind == "block":
            document.tags.append(Tag(start, end, tuple(words)))
        else:
            document.pieces.append(_piece(document, start, end, words, names))
    whole = [(p.start, p.end) for p in document.pieces if p.kind == "old"]
    document.loose = [
        call
        for call in document.calls
        if call.at not in plain and not any(start <= call.at < end for start, end in whole)
    ]
    return document


def code_spans(text: str, tokens: Sequence[Token]) -> list[tuple[int, int]]:
    """Return the spans of the file that are neither SQL comments nor SQL strings.

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


def _tokens(text: str) -> list[Token]:
    """Return Jinja's tokens with their positions in the original text.

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
        found.append(Token(kind, text[begin:end], begin))
    return found


def _calls(tokens: Sequence[Token], old: Model, new: Model) -> Iterator[Call | Token]:
    """Yield each call that names the old model, and the name token of calls that can't be read."""
    words = [token for token in tokens if token.kind != "whitespace"]
    for at, token in enumerate(words[:-1]):
        if token.kind != "name" or token.text != "ref" or words[at + 1].text != "(":
            continue
        if at and words[at - 1].text == "." and words[at - 2].text != "builtins":
            continue
        arguments: list[Token] = []
        for each in words[at + 2 :]:
            if each.text == ")" or each.kind in {"variable_end", "block_end"}:
                break
            arguments.append(each)
        yield from _call(token, arguments, old, new)


_ARGUMENTS = re.compile(
    r"""(?:(['"])(?P<package>[^'"]*)\1,)?(['"])(?P<name>[^'"]*)\3"""
    r"""(?:,(?:v|version)=(?:(['"])(?P<text>[^'"]*)\5|(?P<number>[\d.]+)))?,?"""
)


def _call(
    name: Token, arguments: Sequence[Token], old: Model, new: Model
) -> Iterator[Call | Token]:
    match = _ARGUMENTS.fullmatch("".join(argument.text for argument in arguments))
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
    yield Call(arguments[0].start, arguments[-1].end, said, name.start)


def _spans(tokens: Sequence[Token]) -> Iterator[tuple[str, int, int, list[Token]]]:
    """Yield each `{{ }}`, `{% %}` and `{# #}` with its words."""
    begun: Token | None = None
    words: list[Token] = []
    for token in tokens:
        if token.kind.endswith("_begin"):
            begun, words = token, []
            if token.kind == "raw_begin":
                yield "block", token.start, token.end, [Token("name", "raw", token.start)]
        elif token.kind == "raw_end":
            yield "block", token.start, token.end, [Token("name", "endraw", token.start)]
        elif token.kind.endswith("_end") and begun is not None:
            yield token.kind[: -len("_end")], begun.start, token.end, words
            begun = None
        elif begun is not None and token.kind != "whitespace":
            words.append(token)


def _assigned(
    spans: Sequence[tuple[str, int, int, list[Token]]], calls: Sequence[Call]
) -> tuple[set[str], set[int]]:
    """Return the variables that are set to a ref of the old model, once, and where those refs are."""
    sets: dict[str, list[int | None]] = {}
    for kind, _, _, words in spans:
        texts = [word.text for word in words]
        if kind != "block" or texts[:1] != ["set"] or len(texts) < 3 or texts[2] != "=":
            continue
        call = _whole_call(words[3:], calls)
        sets.setdefault(texts[1], []).append(None if call is None else call.at)
    once = {name: found[0] for name, found in sets.items() if len(found) == 1}
    return (
        {name for name, at in once.items() if at is not None},
        {at for at in once.values() if at is not None},
    )


def _whole_call(words: Sequence[Token], calls: Sequence[Call]) -> Call | None:
    """Return the call of the old model if these words contain nothing else."""
    texts = [word.text for word in words]
    rest = words[2:] if texts[:2] == ["builtins", "."] else words
    if len(rest) < 4 or rest[-1].text != ")":
        return None
    for call in calls:
        # Nothing may be between the end of the arguments and the closing parenthesis.
        if call.at == rest[0].start and rest[-2].end == call.end:
            return call
    return None


def _piece(
    document: Document, start: int, end: int, words: Sequence[Token], names: set[str]
) -> Piece:
    # Padded to the full length, so that `a_{{ b }}_c` stays one unknown name.
    word = f"j{len(document.pieces):03d}".ljust(end - start, "_")
    texts = [each.text for each in words]
    if _whole_call(words, document.calls) or (len(texts) == 1 and texts[0] in names):
        return Piece(start, end, "old", word)
    if texts == ["this"]:
        return Piece(start, end, "relation", word, ("this",))
    if len(texts) > 2 and texts[0] in {"ref", "source"} and texts[1] == "(":
        inner = [each for each in words[2:-1] if each.text != ","]
        if texts[-1] == ")" and all(each.kind == "string" for each in inner):
            return Piece(
                start, end, "relation", word, (texts[0], *(each.text[1:-1] for each in inner))
            )
        return Piece(start, end, "relation" if texts[-1] == ")" else "unknown", word)
    if len(texts) > 1 and texts[0] in _SILENT and texts[1] == "(":
        return Piece(start, end, "nothing")
    return Piece(start, end, "unknown", word)
