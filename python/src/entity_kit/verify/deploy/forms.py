"""Whether what dbt compiles differs in more than its form."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from entity_kit.dbt_bridge.microbatch import is_microbatch
from entity_kit.verify.deploy.changes import plain_config
from entity_kit.verify.sql_text import is_same

if TYPE_CHECKING:
    from collections.abc import Mapping

    from entity_kit.dbt_bridge.project import NodeResult, RunResult
    from entity_kit.verify.deploy.changes import Changes, Version


@dataclass(frozen=True, slots=True)
class Compiled:
    """What one version compiled at the last step: with a full refresh, and in an incremental run."""

    version: Version
    full_refresh: RunResult
    incremental: RunResult


def same_form(
    old: Compiled, new: Compiled, changes: Changes, above: frozenset[str], dialect: str
) -> bool:
    """Return whether a model, and all that it is built from (`above`), differs only in form."""
    return all(
        _node_is_same(old, new, changes, unique_id, dialect) for unique_id in above & changes.own
    )


def _node_is_same(
    old: Compiled, new: Compiled, changes: Changes, unique_id: str, dialect: str
) -> bool:
    before = changes.before.get(unique_id)
    if before is None or not unique_id.startswith("model."):
        return False
    one, other = old.version.nodes[before], new.version.nodes[unique_id]
    if one.get("relation_name") != other.get("relation_name"):
        return False
    if _config(one) != _config(other) or _has_hooks(other):
        return False
    if one["config"]["materialized"] == "ephemeral":
        return True  # it is part of what its children compile to
    if is_microbatch(other):  # dbt shows no SQL of its batches
        was, now = (without_jinja(node["raw_code"]) for node in (one, other))
        return unique_id in changes.texts and is_same(was, now, dialect)
    return _same_sql(
        old.full_refresh.nodes.get(before), new.full_refresh.nodes.get(unique_id), dialect
    ) and (
        one["config"]["materialized"] != "incremental"
        or _same_sql(
            old.incremental.nodes.get(before), new.incremental.nodes.get(unique_id), dialect
        )
    )


def without_jinja(text: str) -> str:
    """Return a model's text with a name for each expression of Jinja, and without comments of Jinja.

    The call of `config` goes, too. A text with statements of Jinja stays as it is.
    """
    plain = re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)
    if "{%" in plain:
        return text
    plain = re.sub(r"\{\{-?\s*config\(.*?\)\s*-?\}\}", "", plain, flags=re.DOTALL)
    return re.sub(r"\{\{(.*?)\}\}", _name_of, plain, flags=re.DOTALL)


def _name_of(expression: re.Match[str]) -> str:
    text = expression[1].strip("- \n\t")
    return f"jinja_{hashlib.sha256(text.encode()).hexdigest()}"


def _config(node: Mapping[str, object]) -> dict[str, object]:
    """Return a configuration in which one word is a list of it."""
    return {
        name: [value] if isinstance(value, str) else value
        for name, value in plain_config(node).items()
    }


def _has_hooks(node: Mapping[str, dict[str, object]]) -> bool:
    return bool(node["config"].get("pre-hook") or node["config"].get("post-hook"))


def _same_sql(one: NodeResult | None, other: NodeResult | None, dialect: str) -> bool:
    if one is None or other is None or not (one.ok and other.ok and one.sql and other.sql):
        return False
    return is_same(one.sql, other.sql, dialect)
