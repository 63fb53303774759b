"""Alerts, whatever check they come from: what they say, whose they are, and where to look."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.nodes import meta_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that needs attention, and why. Alerts are equal if they say the same.

    `check` is what found it, `about` the unique id of what was checked, and `rule` tells several
    problems of one thing apart; none of them changes while the problem lasts. `level` grows when the
    problem gets worse or happens again, so that it is told again.
    """

    model: str
    reason: str
    check: str = field(default="", compare=False)
    about: str = field(default="", compare=False)
    rule: str = field(default="", compare=False)
    level: str = field(default="", compare=False)
    expected: str = field(default="", compare=False)
    actual: str = field(default="", compare=False)
    owner: str = field(default="", compare=False)
    link: str = field(default="", compare=False)

    @property
    def key(self) -> str:
        """The problem's identity in a state file."""
        return json.dumps([self.check, self.about, self.rule], ensure_ascii=False)

    def at(self, owner: str, link: str) -> Alert:
        """Return the alert with whose it is, and where to look."""
        return replace(self, owner=owner, link=link)


@dataclass(frozen=True, slots=True)
class Checked:
    """What checks found.

    `judged` has what was checked, as pairs of check and unique id, and `unjudged` what couldn't be
    checked this time; there the unique id is empty if that is all of a check.
    """

    alerts: tuple[Alert, ...] = ()
    judged: frozenset[tuple[str, str]] = frozenset()
    unjudged: frozenset[tuple[str, str]] = frozenset()

    def __add__(self, other: Checked) -> Checked:
        return Checked(
            self.alerts + other.alerts,
            self.judged | other.judged,
            self.unjudged | other.unjudged,
        )


def owner_of(manifest: Mapping[str, Any], *nodes: Mapping[str, Any]) -> str:
    """Return the owner that the first of the nodes names, in `meta.owner` or by its group; or ''."""
    groups = {each["name"]: each for each in (manifest.get("groups") or {}).values()}
    for node in nodes:
        owner = meta_of(node).get("owner")
        if not owner and (group := groups.get(node.get("group") or "")) is not None:
            named = group.get("owner") or {}
            owner = named.get("name") or named.get("email") or group["name"]
        if owner:
            return owner if isinstance(owner, str) else json.dumps(owner, ensure_ascii=False)
    return ""


def link_to(node: Mapping[str, Any], docs_url: str) -> str:
    """Return the node's page in dbt's docs, or without an address of these, the path of its file."""
    if docs_url:
        return f"{docs_url.rstrip('/')}/#!/{node['resource_type']}/{node['unique_id']}"
    return str(node.get("original_file_path") or "")


def in_order(alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    """Return alerts by what they are about."""
    return tuple(sorted(alerts, key=lambda alert: (alert.about, alert.rule)))
