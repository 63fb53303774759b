"""What a model's result depends on, and the fingerprint of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from datetime import date, time
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from entity_kit.verify.options import VerifyOptions

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from entity_kit.arrivals.model import Model
    from entity_kit.arrivals.schedules import Schedule
    from entity_kit.dbt_bridge.project import Manifest

# Options without a bearing on the result of a model that is verified to the end, with the reason.
# Any other counts, so that a new one does by itself.
NO_BEARING = {
    "project_dir": "what is in it counts",
    "profiles_dir": "the target that is found there counts",
    "profile": "the target counts",
    "target": "the target counts",
    "jobs": "how many runs there are at once",
    "select": "the steps, the sources, and the schedules count, to which it leads",
    "exclude": "as `select`",
    "changed_since": "as `select`",
    "lateness": "measured each time, and no model's",
    "fail_fast": "a model that wasn't verified to the end isn't kept",
    "cache": "whether results are kept",
    "samples": "what is in them counts",
    "billed": "nothing is kept of a target that bills",
}
# Of a node, what says when and where it was parsed.
_OF_THE_PARSE = {"created_at", "root_path", "build_path", "compiled_path"}
_SECTIONS = (
    *("nodes", "sources", "metrics", "semantic_models", "saved_queries"),
    *("exposures", "groups", "functions"),
)


def digest(value: object) -> str:
    """Return a fingerprint of a value, the same for equal values and in each process."""
    text = json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def options_that_bear(options: VerifyOptions) -> dict[str, Any]:
    """Return the options that count, by name."""
    names = (field.name for field in fields(VerifyOptions))
    return {name: getattr(options, name) for name in names if name not in NO_BEARING}


def own(nodes: Mapping[str, str], model: Model, schedules: Sequence[Schedule]) -> dict[str, Any]:
    """Return what a model's result depends on, of all that differs from model to model.

    `nodes` are the fingerprints of the parsed nodes, by their ids.
    """
    return {
        "model": model.unique_id,
        "built from": {u: nodes[u] for u in model.ancestors | model.definitions if u in nodes},
        "schedules": schedules,
    }


def nodes(manifest: Manifest, unique_ids: Collection[str]) -> dict[str, str]:
    """Return fingerprints of parsed nodes and sources, without what changes at each parse."""
    sections = ("nodes", "sources", "metrics", "semantic_models")
    known = {u: node for name in sections for u, node in (manifest.get(name) or {}).items()}
    return {u: digest(_lasting(known[u])) for u in unique_ids if u in known}


def whole(manifest: Manifest, models: Collection[Model]) -> dict[str, Any]:
    """Return the whole project, for models of which it isn't certain what they read of it."""
    found: dict[str, Any] = {
        section: {u: _lasting(each) for u, each in (manifest.get(section) or {}).items()}
        for section in _SECTIONS
    }
    return {**found, "together": sorted(model.unique_id for model in models)}


def _lasting(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    return {name: value for name, value in node.items() if name not in _OF_THE_PARSE}


def _plain(value: Any) -> Any:
    """Return a value as lists, strings, and numbers, in which different values differ."""
    kind = type(value).__name__
    if value is None or type(value) in {bool, int, float, str}:
        return value
    if is_dataclass(value) and not isinstance(value, type):
        named: Any = [[each.name, _plain(getattr(value, each.name))] for each in fields(value)]
    elif isinstance(value, Mapping):
        pairs = [[_plain(key), _plain(each)] for key, each in value.items()]
        kind, named = "mapping", sorted(pairs, key=lambda pair: json.dumps(pair[0]))
    elif isinstance(value, AbstractSet):
        kind, named = "set", sorted((_plain(each) for each in value), key=json.dumps)
    elif isinstance(value, (list, tuple)):
        kind, named = "list", [_plain(each) for each in value]
    elif isinstance(value, (date, time, PurePath)):
        named = str(value)
    else:
        named = repr(value)
    return [kind, named]
