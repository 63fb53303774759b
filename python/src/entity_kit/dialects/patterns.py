"""Regular expressions: the part that every engine here reads as DuckDB's RE2 does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

from entity_kit.dialects.calls import Call
from entity_kit.dialects.macros import failed, macro
from entity_kit.dialects.writing import filled

if TYPE_CHECKING:
    from entity_kit.dialects.calls import Walk

# One piece of a pattern, in the order in which they are tried.
PIECE = re.compile(
    r"""(?P<escape>\\.)|(?P<class>\[\^?\]?(?:\[:\w+:\]|\\.|[^\]\\])*\])|(?P<group>\(\?:|\((?!\?)|\))
    |(?P<lazy>(?:[*+?]|\{\d+(?:,\d*)?\})[?+])|(?P<count>[*+?]|\{\d+(?:,\d*)?\})
    |(?P<or>\|)|(?P<end>\$)|(?P<start>\^)|(?P<literal>[^\\\[\](){}*+?|^$])""",
    re.VERBOSE | re.DOTALL,
)
SIGNS = set(".\\/-+*?()[]{}^$|'\",:;=<>!@#%&~`_ ")
# RE2's `.` is any character but a line feed, and its `\\s` has no vertical tab. Java knows more line
# ends; in Postgres `.` is any character at all.
SPACES = {"\\s": "[\\s\\x0b]", "\\S": "[^\\s\\x0b]"}
KINDS_OF = {
    "databricks": {**SPACES, ".": "[^\\n\\r\\x{85}\\x{2028}\\x{2029}]"},
    "postgres": SPACES,
}
# RE2 is BigQuery's own engine. Where alternatives compete, Java takes the first as RE2 does; the
# others take the longest, or don't say.
FIRST_WINS = ("bigquery", "databricks")
# What is found where a pattern matches no character isn't documented of these.
EMPTY_UNKNOWN = ("snowflake", "redshift")
# Word characters are those of ASCII here, and those of the locale in Postgres.
ASCII_ONLY = ("postgres", "redshift")


def checked(call: Call, place: int, *, found: bool = False) -> str:
    """Return a literal pattern that means the same in RE2.

    `found` says that it matters which text is matched, not only whether one is.
    """
    dialect = call.walk.dialect
    pattern = call.text(place)
    if dialect == "bigquery":
        return pattern
    pieces: list[re.Match[str]] = []
    while (at := pieces[-1].end() if pieces else 0) < len(pattern):
        piece = PIECE.match(pattern, at)
        if piece is None:
            why = f"The pattern `{pattern}` has what RE2 may read otherwise, at {at + 1}."
            raise call.refuse(why)
        pieces.append(piece)
    if found and dialect in EMPTY_UNKNOWN and matches_nothing(pattern):
        raise call.refuse(f"Where `{pattern}` matches no character isn't documented.")
    found = found and not all_single(pieces)
    for piece in pieces:
        odd = oddity(piece, dialect, found=found)
        if odd:
            raise call.refuse(f"The pattern `{pattern}` has {odd}, which RE2 may read otherwise.")
    kinds = KINDS_OF.get(dialect, {})
    written = "".join(kinds.get(piece.group(), piece.group()) for piece in pieces)
    dots = dialect == "postgres" and any(piece.group() == "." for piece in pieces)
    return f"(?s){written}" if dots else written


def all_single(pieces: list[re.Match[str]]) -> bool:
    """Whether a pattern is alternatives of one character each, which don't compete."""
    kinds = [piece.lastgroup for piece in pieces]
    signs = "".join(
        piece.group()[0] if piece.lastgroup in ("or", "group") else "x" for piece in pieces
    )
    one_each = not re.search(r"[^|(][^|)]", signs)
    return one_each and set(kinds) <= {"escape", "class", "literal", "or", "group"}


def oddity(piece: re.Match[str], dialect: str, *, found: bool) -> str:
    """Say what is wrong with a piece of a pattern, or nothing."""
    kind, text = piece.lastgroup, piece.group()
    if kind == "escape":
        known = text[1] in SIGNS or text[1] in "dDsS" or text[1] in "nrt"
        words = text[1] in "wWbB" and dialect not in ASCII_ONLY
        return "" if known or words else f"`{text}`"
    if kind == "class":
        words = dialect in ASCII_ONLY and ("[:al" in text or "[:word" in text or "\\w" in text)
        return f"`{text}`" if words or "\\b" in text else ""
    if kind == "lazy":
        return "" if dialect == "databricks" and text.endswith("?") else f"`{text}`"
    if kind == "or" and found and dialect not in FIRST_WINS:
        return "alternatives"
    return ""


def matches_nothing(pattern: str) -> bool:
    """Whether a pattern may match without a character: `x*`."""
    try:
        return re.fullmatch(re.sub(r"\[:\w+:\]", "a", pattern), "") is not None
    except re.error:
        return True


def options(call: Call, place: int) -> str:
    """Return DuckDB's option for the parameters of a match: `i` or nothing."""
    if len(call.arguments) <= place:
        return ""
    given = call.text(place)
    if set(given) - set("ice") or {"i", "c"} <= set(given):
        raise call.refuse(f"The parameters `{given}` aren't known.")
    return "i" if "i" in given else ""


def subject(call: Call) -> exp.Expr:
    pattern = call.arguments[1]
    bare = re.sub(r"\\.|\[[^\]]*\]", "", pattern.name)
    if call.walk.dialect == "databricks" and "$" in bare:
        # Java's also stands before a last line end.
        return filled("ek_ended(ek_text({0}))", call.arguments[0])
    if call.walk.dialect == "redshift" and "." in bare:
        # Whether `.` is a line feed, too, isn't documented.
        return filled("ek_line(ek_text({0}))", call.arguments[0])
    if call.walk.dialect in ASCII_ONLY and re.search(r"\\[sS]|\[:space:", pattern.name):
        return filled("ek_spaced(ek_text({0}))", call.arguments[0])
    return filled("ek_text({0})", call.arguments[0])


def contains(call: Call) -> exp.Expr:
    """Whether the pattern is found anywhere."""
    call.count(2)
    return filled("regexp_matches({0}, {1})", subject(call), exp.Literal.string(checked(call, 1)))


def whole(call: Call) -> exp.Expr:
    """Whether the pattern matches the whole text."""
    call.count(2, 3)
    pattern, flag = exp.Literal.string(checked(call, 1)), exp.Literal.string(options(call, 2))
    if flag.name:
        return filled("regexp_full_match({0}, {1}, {2})", subject(call), pattern, flag)
    return filled("regexp_full_match({0}, {1})", subject(call), pattern)


def replaced(call: Call) -> exp.Expr:
    """Every match replaced; the replacement may name groups."""
    call.count(2, 3)
    by = call.text(2) if len(call.arguments) == 3 else ""
    if "$" in by and call.walk.dialect == "databricks":
        by = re.sub(r"\$(\d)", r"\\\1", by)
    if re.search(r"\\(?!\d|\\)", by) or "$" in by or "&" in by:
        raise call.refuse(f"The replacement `{by}` may be read otherwise.")
    pattern = exp.Literal.string(checked(call, 1, found=True))
    return filled(
        "regexp_replace({0}, {1}, {2}, 'g')", subject(call), pattern, exp.Literal.string(by)
    )


LINES = "'A text of several lines: whether `.` is a line feed is not known'"
LINE = macro("ek_line(x)", f"case when contains(x, chr(10)) then {failed(LINES)} else x end")
LINE_END = "'A text that ends with a line end, and a pattern with $: ' || x"
ENDED = macro(
    "ek_ended(x)",
    "case when regexp_matches(x, '[\\n\\r\\x{85}\\x{2028}\\x{2029}]\\z') "
    f"then {failed(LINE_END)} else x end",
)
# Which of these are spaces depends on the locale of the server.
ODD_SPACES = (
    "'[\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}]'"
)
SPACED = macro(
    "ek_spaced(x)",
    f"case when regexp_matches(x, {ODD_SPACES}) "
    "then " + failed("'A space outside of ASCII, for a pattern: ' || x") + " else x end",
)


def may_be_left_out(pattern: str) -> bool:
    """Whether a group may take part in no match: it is NULL then, and empty in DuckDB."""
    # Of each open parenthesis: whether it captures, holds one that does, and has alternatives.
    open_ = [[False, False, False]]
    for found in re.finditer(r"\\.|\[[^\]]*\]|\((?:\?:)?|\)(?P<option>[?*]|\{0)?|\|", pattern):
        text = found.group()
        if text.startswith("("):
            open_.append([text == "(", False, False])
        elif text.startswith(")") and len(open_) > 1:
            captures, holds, parted = open_.pop()
            if (holds and parted) or ((captures or holds) and found["option"]):
                return True
            open_[-1][1] = open_[-1][1] or captures or holds
        elif text == "|":
            open_[-1][2] = True
    return open_[0][1] and open_[0][2]


def extracted(call: Call) -> exp.Expr:
    """The first match, or its group; NULL where there is none."""
    call.count(2)
    pattern = checked(call, 1, found=True)
    groups = re.compile(r"\\.|\[[^\]]*\]|(\((?!\?))").findall(pattern)
    group = 1 if any(groups) else 0
    return found_text(call, pattern, group, "")


def found_text(call: Call, pattern: str, group: int, option: str) -> exp.Expr:
    if group and may_be_left_out(pattern):
        raise call.refuse(f"A group of `{pattern}` may take part in no match.")
    flag = f", '{option}'" if option else ""
    template = (
        f"CASE WHEN regexp_matches({{0}}, {{1}}{flag}) "
        f"THEN regexp_extract({{0}}, {{1}}, {group}{flag}) END"
    )
    return filled(template, subject(call), exp.Literal.string(pattern))


def snowflake_substr(call: Call) -> exp.Expr:
    """`regexp_substr(text, pattern[, 1, n, parameters, group])`: the nth match, or NULL."""
    pattern, nth, group, option = sought(call)
    if nth == 1:
        return found_text(call, pattern, group, option)
    flag = f", '{option}'" if option else ""
    template = f"(regexp_extract_all({{0}}, {{1}}, {group}{flag}))[{nth}]"
    return filled(template, subject(call), exp.Literal.string(pattern))


def snowflake_substr_all(call: Call) -> exp.Expr:
    """`regexp_substr_all(text, pattern[, 1, n, parameters, group])`: an array of the matches from the nth on."""
    pattern, nth, group, option = sought(call)
    if group and may_be_left_out(pattern):
        raise call.refuse(f"A group of `{pattern}` may take part in no match.")
    flag = f", '{option}'" if option else ""
    rest = f"[{nth}:]" if nth > 1 else ""
    template = f"CASE WHEN {{0}} IS NOT NULL THEN to_json((regexp_extract_all({{0}}, {{1}}, {group}{flag})){rest}) END"
    return filled(template, subject(call), exp.Literal.string(pattern))


def sought(call: Call) -> tuple[str, int, int, str]:
    """Return the pattern that a call looks for, from which match on, its group, and its option."""
    call.count(2, 3, 4, 5, 6)
    numbers = [call.number(place) for place in (2, 3, 5) if place < len(call.arguments)]
    start = numbers[0] if numbers else 1
    nth = numbers[1] if len(numbers) > 1 else 1
    option = options(call, 4)
    group = numbers[2] if len(numbers) > 2 else 0
    if len(call.arguments) > 4 and "e" in call.text(4):
        group = group or 1
    elif group:
        raise call.refuse("A group without the parameter `e` isn't known.")
    if start != 1:
        raise call.refuse("A start other than 1 isn't known.")
    if nth < 1:
        raise call.refuse("Its fourth argument counts from 1.")
    return checked(call, 1, found=True), nth, group, option


def counted(call: Call) -> exp.Expr:
    """How often the pattern matches."""
    call.count(2)
    template = "len(regexp_extract_all({0}, {1}))"
    return filled(template, subject(call), exp.Literal.string(checked(call, 1, found=True)))


SQL_PIECE = re.compile(
    r"""(?P<escape>\\.)|(?P<class>\[\^?\]?(?:\[:\w+:\]|[^\]\\\[])*\])|(?P<group>\((?!\?)|\))
    |(?P<lazy>(?:[*+?]|\{\d+(?:,\d*)?\})[?+*{])|(?P<count>[*+?]|\{\d+(?:,\d*)?\})
    |(?P<or>\|)|(?P<any>[%_])|(?P<literal>[^\\\[\](){}*+?|%_])""",
    re.VERBOSE | re.DOTALL,
)


def similar(walk: Walk, node: exp.SimilarTo) -> exp.Expr:
    """`a similar to '%(b|c)'`: SQL's patterns, of the whole text."""
    walk.only_parts(node, {"this", "expression", "negate"})
    call = Call("SIMILAR TO", node, walk, [walk.visit(node.this), walk.visit(node.expression)])
    if isinstance(node.parent, exp.Escape):
        raise call.refuse("With ESCAPE it isn't known.")
    pattern = call.text(1)
    made, at = "", 0
    while at < len(pattern):
        piece = SQL_PIECE.match(pattern, at)
        kind, text = (piece.lastgroup, piece.group()) if piece else ("", "")
        odd = kind == "class" and oddity(piece, walk.dialect, found=False) if piece else "it"
        if piece is None or odd or kind == "lazy" or (kind == "escape" and text[1] not in SIGNS):
            raise call.refuse(f"The pattern `{pattern}` isn't known, at {at + 1}.")
        if kind == "any":
            text = ".*" if text == "%" else "."
        elif kind in ("escape", "literal"):
            text = re.escape(text[-1])
        made, at = made + text, piece.end()
    value = as_text_of(walk, call.arguments[0], any_character="%" in pattern or "_" in pattern)
    whole_text = filled("regexp_full_match({0}, {1})", value, exp.Literal.string(f"(?s){made}"))
    return filled("(NOT {0})", whole_text) if node.args.get("negate") else whole_text


def as_text_of(walk: Walk, value: exp.Expr, *, any_character: bool) -> exp.Expr:
    """Return the text of a value; whether `.` is a line feed isn't documented of Redshift."""
    lines = walk.dialect == "redshift" and any_character
    return filled("ek_line(ek_text({0}))" if lines else "ek_text({0})", value)


def place(call: Call) -> exp.Expr:
    """Where the pattern first matches: from 1, and 0 where it doesn't."""
    call.count(2)
    pattern = checked(call, 1)
    if matches_nothing(pattern):
        raise call.refuse(f"Where `{pattern}` matches no character isn't documented.")
    template = (
        "CASE WHEN regexp_matches({0}, {1}) "
        "THEN length(string_split_regex({0}, {1})[1]) + 1 WHEN {0} IS NOT NULL THEN 0 END"
    )
    return filled(template, subject(call), exp.Literal.string(pattern))


def operator(walk: Walk, node: exp.RegexpLike | exp.RegexpILike) -> exp.Expr:
    """`a rlike b`, `a ~ b`."""
    walk.only_parts(node, {"this", "expression", "full_match"})
    call = Call(node.key.upper(), node, walk, [walk.visit(node.this), walk.visit(node.expression)])
    if isinstance(node, exp.RegexpILike):
        pattern = exp.Literal.string(checked(call, 1))
        return filled("regexp_matches({0}, {1}, 'i')", subject(call), pattern)
    return whole(call) if node.args.get("full_match") else contains(call)


def position(walk: Walk, node: exp.StrPosition) -> exp.Expr:
    """`position(a in b)`: from 1, and 0 where it isn't."""
    walk.only_parts(node, {"this", "substr", "clamp_position"})
    value, sought = walk.visit(node.this), walk.visit(node.args["substr"])
    return filled("strpos({0}, {1})", value, sought)
