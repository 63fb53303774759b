"""What changed in the meaning of metrics between two versions of a project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.table import Table

from entity_kit.project_health.metrics.meaning import Meanings
from entity_kit.project_health.metrics.telling import computed_as, ingredients
from entity_kit.verify.reports.comment import escaped, table_row
from entity_kit.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from entity_kit.project_health.metrics.definitions import Metric, Metrics

JSON_VERSION = 1
_COLUMNS = ("metric", "change", "what", "before", "now", "version")
NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Difference:
    """One ingredient of a definition, before and now; '' if there was none."""

    what: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class Change:
    """A metric that was added, removed, renamed, or changed its meaning.

    `through` are the metrics that it is computed from and that changed.
    """

    name: str
    kind: str
    before: Metric | None
    now: Metric | None
    differences: tuple[Difference, ...] = ()
    through: tuple[str, ...] = ()

    @property
    def version_owed(self) -> int | None:
        """Return the version that the metric must have now, or None if it needs no new one."""
        if self.kind != "changed" or self.before is None or self.now is None:
            return None
        owed = self.before.governance.version + 1
        return None if self.now.governance.version >= owed else owed

    @property
    def certificate_lost(self) -> bool:
        """Return whether it still shows the certificate that its earlier meaning had."""
        if self.kind != "changed" or self.before is None or self.now is None:
            return False
        given = self.now.governance.certified
        return given is not None and given == self.before.governance.certified

    @property
    def said(self) -> str:
        """Return what changed, in a few words."""
        what = [each.what for each in self.differences]
        return ", ".join([*what, *(f"through {name}" for name in self.through)])


def compare(before: Metrics, now: Metrics) -> list[Change]:
    """Return the changes in meaning, by metric. Only the projects' own metrics count."""
    old, new = Meanings(before), Meanings(now)
    were = {each.name: each for each in before.own}
    are = {each.name: each for each in now.own}
    gone = {old.identity(name): name for name in sorted(were.keys() - are.keys(), reverse=True)}
    found: list[Change] = []
    for name in sorted(are.keys() - were.keys()):
        earlier = gone.pop(new.identity(name), None)
        if earlier is None:
            said = computed_as(now, new, are[name])
            found.append(Change(name, "added", None, are[name], (Difference("all", "", said),)))
        else:
            renamed = Difference("name", earlier, name)
            found.append(Change(name, "renamed", were[earlier], are[name], (renamed,)))
    for name in sorted(gone.values()):
        said = computed_as(before, old, were[name])
        found.append(Change(name, "removed", were[name], None, (Difference("all", said, ""),)))
    found += [
        _changed(before, old, were[name], now, new, are[name])
        for name in were.keys() & are.keys()
        if old.identity(name) != new.identity(name)
    ]
    return sorted(found, key=lambda each: each.name)


def _changed(
    before: Metrics, old: Meanings, was: Metric, now: Metrics, new: Meanings, given: Metric
) -> Change:
    through = [
        each.name
        for _, each in given.inputs
        if not each.is_measure
        and each.name in before.metrics
        and old.identity(each.name) != new.identity(each.name)
    ]
    differences = different(ingredients(before, old, was), ingredients(now, new, given))
    return Change(given.name, "changed", was, given, differences, tuple(dict.fromkeys(through)))


def different(parts: Mapping[str, str], others: Mapping[str, str]) -> tuple[Difference, ...]:
    """Return the ingredients in which two definitions differ."""
    return tuple(
        Difference(what, parts.get(what, ""), others.get(what, ""))
        for what in dict.fromkeys([*parts, *others])
        if parts.get(what, "") != others.get(what, "")
    )


def as_table(changes: Sequence[Change]) -> Table:
    """Return the changes for a terminal, one line per difference."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in _COLUMNS:
        table.add_column(name, overflow="fold")
    for each in changes:
        for row in _rows(each):
            # Expressions are text, not rich's markup.
            table.add_row(*(cell.replace("[", r"\[") for cell in row))
    return table


def _rows(each: Change) -> Iterator[list[str]]:
    first = [each.name, each.kind]
    for difference in each.differences:
        what = "" if difference.what == "all" else difference.what
        now = difference.now or NOTHING
        yield [*first, what, difference.before or NOTHING, now, _version(each) if first[0] else ""]
        first = ["", ""]
    for name in each.through:
        yield [*first, f"through {name}", "", "", _version(each) if first[0] else ""]
        first = ["", ""]


def _version(each: Change) -> str:
    was = each.before.governance.version if each.before is not None else None
    now = each.now.governance.version if each.now is not None else None
    if each.version_owed is not None:
        return f"{now}, owes {each.version_owed}"
    if was is None or now is None or was == now:
        return str(now if was is None else was)
    return f"{was} → {now}"


def markdown_lines(changes: Sequence[Change], revision: str) -> Iterator[str]:
    """Yield a comment for a pull request: the table, and what the author still owes."""
    yield f"### Metrics that mean something else than at {escaped(revision)}"
    yield ""
    if not changes:
        yield "None."
        return
    yield table_row(*_COLUMNS)
    yield "|---|---|---|---|---|---|"
    for each in changes:
        for row in _rows(each):
            yield table_row(*row)
    owed = [each for each in changes if each.version_owed is not None or each.certificate_lost]
    if owed:
        yield ""
    for each in owed:
        for _, reason in owed_reasons(each):
            yield f"- {escaped(each.name)}: {escaped(reason)}"


def owed_reasons(each: Change) -> Iterator[tuple[str, str]]:
    """Yield what a changed metric still lacks, and how to provide it, by rule."""
    what = f"its meaning changed ({each.said})"
    if each.version_owed is not None:
        yield "version", f"{what}, but not its version; write version: {each.version_owed}"
    if each.certificate_lost:
        again = "certify it again with a new date, or remove certified"
        yield "certificate", f"{what}, so its certificate no longer holds; {again}"


def summary(changes: Sequence[Change]) -> str:
    """Return the counts of changes, and of the versions that are owed."""
    owed = sum(each.version_owed is not None for each in changes)
    said = f"{counted(len(changes), 'change')} of meaning"
    return f"{said}, {counted(owed, 'metric')} without the version owed." if owed else f"{said}."


def as_json(changes: Sequence[Change], revision: str) -> dict[str, Any]:
    """Return the changes as plain data, version 1."""
    return {
        "version": JSON_VERSION,
        "since": revision,
        "changes": [
            {
                "metric": each.name,
                "change": each.kind,
                "differences": [
                    {"what": d.what, "before": d.before or None, "now": d.now or None}
                    for d in each.differences
                ],
                "through": list(each.through),
                "version_before": each.before.governance.version if each.before else None,
                "version_now": each.now.governance.version if each.now else None,
                "version_owed": each.version_owed,
                "certificate_lost": each.certificate_lost,
            }
            for each in changes
        ],
    }
