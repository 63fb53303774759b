"""What a model reads besides what it names with `ref` and `source`, as far as texts tell.

A verdict can be kept only if all that it depends on is known. Texts can't prove that a model reads
nothing else, so the words here are many: one too many costs a verification, one too few a wrong
verdict. docs/decisions/result-cache.md says what follows from each answer.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.hooks import writes_to
from entity_kit.dbt_bridge.nodes import DBTS_OWN, ancestors, called_macros

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    # A text, and names of models in it.
    _Named = tuple[str, set[str]]

OURS = "entity_kit"
# Many nodes call the same macros, so that each text is looked through once.
_TEXTS = 10_000
_BUILT = {"view", "table", "incremental", "ephemeral"}

# Chance, the machine's clock, and files: nothing that we could compare with what it was.
_UNKNOWN = re.compile(
    r"""
    \b(?:
        random | rand | setseed | uuid(?:v\d|_string)? | gen_random_uuid | nextval | currval
        | age | getenv | getvariable | txid_current
        | reservoir_\w+ | http_\w+ | (?!run_)\w+_query
        | read_\w+ | parquet_\w+ | glob | sniff_csv | \w+_scan | scan_\w+ | st_read\w*
    )\s*\(
    | \|\s*random\b                                        # Jinja's filter
    | \b(?:tablesample|using\s+sample|invocation_id|thread_id|attach)\b
    | \b(?:datetime|date)\s*\.\s*(?:now|utcnow|today)\b
    | \benv_var\s*\(\s*[^'"\s]                            # its name is put together
    | \b(?:from|join)\s+'
    | ['"][^'"\n]*\.(?:csv|tsv|parquet|json|ndjson|jsonl|xlsx|avro|db|duckdb)(?:\.\w+)?['"]
    """,
    re.IGNORECASE | re.VERBOSE,
)
# Relations that are found in a catalog, or whose names are put together; and what other models may
# see, too: views, macros, temporary tables, and settings of the session.
_NAMING = re.compile(
    r"""
    \b(?:
        graph | selected_resources | information_schema | sqlite_master | pragma\w* | pg_\w+
        | api\.Relation
    )\b
    | \b(?:duckdb_\w+ | query | query_table | get_relation | list_relations\w*
        | list_schemas | get_tables_by\w* )\s*\(
    | \b(?:target|this|model)\s*\.\s*(?:schema|database|dataset|catalog|identifier|table|alias)\b
    | \.\s*(?:incorporate|replace_path|create_from\w*)\s*\(
    | \bshow\s+(?:all\s+)?tables\b
    | \bcreate\s+(?:or\s+replace\s+)?(?:temp|temporary)\b
    | \b(?:create|drop|alter)\s+(?:or\s+replace\s+)?(?:view|schema|macro|function|sequence|type)\b
    | (?:^|;|%\}|["'])\s*(?:set|reset|use|load)\s+\w
    | \b(?:from|join)\s+['"]\s*~
    | \b(?:from|join)\s+(?:[\w."]*[\w."]\{\{ | [\w."]*\{\{[^{}]*\}\}[\w."])
    """,
    re.IGNORECASE | re.VERBOSE,
)
# Of SQL's comments only those that take whole lines, because a dash may stand in a string, and none
# with Jinja, which runs in a comment, too.
_COMMENT = re.compile(r"\{#.*?#\}|^[ \t]*--(?![^\n]*\{[{%])[^\n]*", re.DOTALL | re.MULTILINE)
_GRAPH = re.compile(r"\bgraph\b")
_REFERENCE = re.compile(r"\b(?:ref|source)\s*\([^()]*\)")
# dbt finds these by their names.
_ADDED = re.compile(r"materialization_|get_incremental_\w+_sql$|\w+__get_incremental_\w+_sql$")
# These run while the project is parsed; what they return is in the parsed project.
_PARSED = re.compile(r"^(?:\w+__)?generate_(?:schema|alias|database)_name$|^ref$|^source$")


def unknown(manifest: Mapping[str, Any], needed: Iterable[str]) -> dict[str, str]:
    """Return what in the code of these models reads something that can't be known, by their ids."""
    found = {}
    for node in _models(manifest, needed):
        if node.get("language", "sql") != "sql":
            found[node["unique_id"]] = f"{node['name']} is a Python model"
            continue
        why = next(filter(None, map(unknown_in, node_texts(manifest, node))), "")
        if why:
            found[node["unique_id"]] = why
    return found


@lru_cache(_TEXTS)
def unknown_in(text: str) -> str:
    """Return what in a text reads something that can't be known, or ''."""
    found = _UNKNOWN.search(text)
    return "" if found is None else f"`{' '.join(found[0].split())}`"


def are_apart(
    manifest: Mapping[str, Any], needed: Collection[str], models: Iterable[str], variables: str
) -> bool:
    """Return whether each model depends on nothing but its own ancestors, and so can run without the others.

    `models` are those under test, by their ids; `needed` has their ancestors, too. `variables` is
    the text of all variables, which may name relations.
    """
    nodes = manifest["nodes"]
    if any(
        u.startswith("operation.") and node["package_name"] != OURS for u, node in nodes.items()
    ):
        return False
    if any(map(_finds_or_writes, _replaced(manifest))):
        return False
    if not all(_is_apart(manifest, node) for node in _models(manifest, needed)):
        return False
    names = {name for u, node in nodes.items() if u.startswith("model.") for name in _names(node)}
    written = {
        node["unique_id"]: [
            (text, found)
            for text in (_REFERENCE.sub(" ", each) for each in node_texts(manifest, node))
            if (found := names & _words(text))
        ]
        for node in _models(manifest, needed)
    }
    everywhere = [(variables, names & _words(variables))]
    return not any(_names_others(manifest, u, written, everywhere) for u in models)


def common_texts(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield the code that may run for any model: hooks beside the runs, and macros that dbt calls itself."""
    yield from _replaced(manifest)
    for unique_id, node in manifest["nodes"].items():
        if unique_id.startswith("operation.") and node["package_name"] != OURS:
            yield from node_texts(manifest, node)


def node_texts(manifest: Mapping[str, Any], node: Mapping[str, Any]) -> Iterator[str]:
    """Yield a node's code, its hooks, and the macros that it calls; not those of dbt and of ours."""
    yield _code(node.get("raw_code") or "")
    config = node.get("config") or {}
    for kind in ("pre-hook", "post-hook"):
        yield from (_code(str(hook["sql"])) for hook in config.get(kind) or ())
    for _, macro in called_macros(manifest, node, into=_is_not_dbts):
        if macro is not None and _is_theirs(macro):
            yield _code(macro["macro_sql"])


def _code(text: str) -> str:
    return _COMMENT.sub(" ", text)


def _models(manifest: Mapping[str, Any], ids: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    return (manifest["nodes"][u] for u in sorted(ids) if u.startswith("model."))


def _is_theirs(macro: Mapping[str, Any]) -> bool:
    """Return whether a macro is the project's or of another package."""
    return macro["package_name"] not in {*DBTS_OWN, OURS} and not _PARSED.match(macro["name"])


def _is_apart(manifest: Mapping[str, Any], node: Mapping[str, Any]) -> bool:
    if node["config"].get("materialized") not in _BUILT or node["package_name"] == OURS:
        return False
    if any(
        macro is None or (macro["package_name"] == OURS and _GRAPH.search(macro["macro_sql"]))
        for _, macro in called_macros(manifest, node, into=_is_not_dbts)
    ):
        return False
    return not any(map(_finds_or_writes, node_texts(manifest, node)))


@lru_cache(_TEXTS)
def _finds_or_writes(text: str) -> bool:
    """Return whether code finds relations other than by `ref`, or writes to others than its own."""
    return _NAMING.search(text) is not None or bool(writes_to(text) - {"this"})


def _is_not_dbts(macro: Mapping[str, Any]) -> bool:
    return macro["package_name"] not in DBTS_OWN


def _replaced(manifest: Mapping[str, Any]) -> list[str]:
    """Return the macros that replace dbt's own or add to them, and so run without being called by name."""
    macros = manifest["macros"].values()
    theirs = {macro["name"] for macro in macros if not _is_not_dbts(macro)}
    return [
        _code(macro["macro_sql"])
        for macro in macros
        if _is_theirs(macro) and (macro["name"] in theirs or _ADDED.match(macro["name"]))
    ]


def _names_others(
    manifest: Mapping[str, Any],
    unique_id: str,
    written: Mapping[str, Sequence[_Named]],
    everywhere: Sequence[_Named],
) -> bool:
    """Return whether a model, or one that it is built from, writes the name of another model by hand.

    `written` has the texts of each model that name one, with the names; `everywhere` is in each.
    """
    above = ancestors(manifest, [unique_id])
    nodes = manifest["nodes"]
    others = {
        name
        for u, node in nodes.items()
        if u.startswith("model.") and u not in above
        for name in _names(node)
    }
    texts = (each for u in above for each in written.get(u, ()))
    return any(
        _reads(text, name) for text, names in (*texts, *everywhere) for name in names & others
    )


def _names(node: Mapping[str, Any]) -> tuple[str, str]:
    return str(node["name"]).casefold(), str(node.get("alias") or node["name"]).casefold()


@lru_cache(_TEXTS)
def _words(text: str) -> frozenset[str]:
    """Return the names in a text, in lower case: words, and whatever stands in quotes."""
    return frozenset(re.findall(r"\w+", text.casefold())) | frozenset(
        re.findall(r'"([^"\n]+)"', text.casefold())
    )


def _reads(text: str, name: str) -> bool:
    """Return whether a text may read a relation of this name, and not its own common table expression."""
    word = re.compile(rf'(?<!\w)"?{re.escape(name)}"?(?!\w)', re.IGNORECASE)
    defined = re.compile(rf"{word.pattern}\s+as\s+(?:(?:not\s+)?materialized\s+)?\(", re.IGNORECASE)
    qualified = rf'(?:\b(?:from|join)\s+|,\s*)(?:[\w"]+\s*\.\s*)+{word.pattern}'
    first = defined.search(text)
    if first is None:
        return word.search(text) is not None
    before = text[: first.start()]
    return (
        word.search(before) is not None
        or before.count("(") != before.count(")")  # it is known in a subquery only
        or any(word.search(_body(text, each.end())) for each in defined.finditer(text))
        or re.search(qualified, text, re.IGNORECASE) is not None
    )


def _body(text: str, start: int) -> str:
    """Return what stands in the parentheses that open before a position."""
    depth = 1
    for at in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return text[start:at]
    return text[start:]
