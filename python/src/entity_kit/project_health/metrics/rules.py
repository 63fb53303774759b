"""The rules that `entity-kit metrics --check` holds metrics to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from entity_kit.project_health.metrics.changes import owed_reasons
from entity_kit.project_health.metrics.computable import obstacles
from entity_kit.project_health.metrics.leaves import leaves
from entity_kit.project_health.metrics.meaning import Meanings
from entity_kit.project_health.metrics.usage import uses

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence

    from entity_kit.project_health.column_lineage import ColumnLineage
    from entity_kit.project_health.metrics.changes import Change
    from entity_kit.project_health.metrics.definitions import Metric, Metrics, User


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says about a metric, or about what uses it."""

    unique_id: str
    name: str
    path: str
    rule: str
    reason: str

    @property
    def key(self) -> str:
        """The finding's identity in a baseline, independent of its file."""
        return f"{self.rule}: {self.name}: {self.reason}"


def check_metrics(
    metrics: Metrics,
    lineage: ColumnLineage,
    ends: Mapping[tuple[str, str], str],
    today: dt.date,
    changes: Sequence[Change] = (),
    logged: Mapping[str, int] | None = None,
) -> list[Finding]:
    """Return what the rules find in the project's own metrics.

    `ends` says until when deprecated models (with column '') and columns stay, by unique id and name.
    `logged` has the version of metrics, by unique id, whose meaning the log saw change under it.
    """
    meanings = Meanings(metrics)
    found = [
        *_same_meaning(metrics, meanings),
        *_same_name(metrics, meanings),
        *_users(metrics),
        *_changed(changes),
        *_logged(metrics, changes, logged or {}),
    ]
    lacking = {
        metric.name: obstacles(metrics, meanings, metric, lineage)
        for metric in metrics.metrics.values()
    }
    for metric in metrics.own:
        # What its inputs lack is said of them.
        below = {
            each for _, i in metric.inputs for each in lacking.get(i.name, ()) if not i.is_measure
        }
        found += (
            Finding(metric.unique_id, metric.name, metric.path, rule, reason)
            for rule, reason in (
                *_described(metric),
                *_ratio(metrics, meanings, metric),
                *_ending(metrics, meanings, metric, ends, today),
                *(
                    ("not_computable", reason)
                    for reason in lacking[metric.name]
                    if reason not in below
                ),
            )
        )
    return found


def _same_meaning(metrics: Metrics, meanings: Meanings) -> Iterator[Finding]:
    first: dict[str, Metric] = {}
    for metric in {each.name: each for each in (*metrics.own, *metrics.metrics.values())}.values():
        other = first.setdefault(meanings.identity(metric.name), metric)
        names = {metric.governance.replacement, other.governance.replacement}
        if (
            other is metric
            or metric.package != metrics.project
            or names & {metric.name, other.name}
        ):
            continue
        reason = (
            f"it means the same as {other.name}; keep one, or name it as the other's replacement"
        )
        yield Finding(metric.unique_id, metric.name, metric.path, "same_meaning", reason)


def _same_name(metrics: Metrics, meanings: Meanings) -> Iterator[Finding]:
    first: dict[str, Metric] = {}
    for metric in metrics.own:
        said = [metric.name, metric.label, *metric.governance.synonyms]
        for name in dict.fromkeys(" ".join(each.split()).casefold() for each in said if each):
            other = first.setdefault(name.replace("_", " "), metric)
            if meanings.identity(other.name) != meanings.identity(metric.name):
                reason = f"`{name}` also stands for {other.name}, which means something else"
                yield Finding(metric.unique_id, metric.name, metric.path, "same_name", reason)


def _users(metrics: Metrics) -> Iterator[Finding]:
    for user in metrics.users:
        if not user.requires_certified or user.package != metrics.project:
            continue
        for name in user.metrics:
            metric = metrics.metrics.get(name)
            if metric is not None and metric.governance.certified is None:
                reason = f"it requires certified metrics, and {name} isn't certified"
                yield Finding(_id_of(user), user.name, user.path, "requires_certified", reason)


def _id_of(user: User) -> str:
    return f"{user.kind.replace(' ', '_')}.{user.package}.{user.name}"


def _changed(changes: Sequence[Change]) -> Iterator[Finding]:
    for each in changes:
        if each.now is not None:
            for rule, reason in owed_reasons(each):
                yield Finding(each.now.unique_id, each.name, each.now.path, rule, reason)


def _logged(
    metrics: Metrics, changes: Sequence[Change], logged: Mapping[str, int]
) -> Iterator[Finding]:
    compared = {each.name for each in changes}
    for metric in metrics.own:
        version = logged.get(metric.unique_id)
        if version is None or metric.name in compared or metric.governance.version > version:
            continue
        reason = (
            f"metric_versions has a change of its meaning under version {version}; write "
            f"version: {version + 1}"
        )
        yield Finding(metric.unique_id, metric.name, metric.path, "version", reason)


def _described(metric: Metric) -> Iterator[tuple[str, str]]:
    if not metric.governance.owner:
        yield "owner", "it has no owner; set business_owner or technical_owner"
    if not metric.description:
        yield "description", "it has no description"


def _ratio(metrics: Metrics, meanings: Meanings, metric: Metric) -> Iterator[tuple[str, str]]:
    """Yield a ratio whose parts filter differently without saying so."""
    if metric.type != "ratio" or metric.governance.filters_differ:
        return
    parts: dict[str, set[str]] = {"numerator": set(), "denominator": set()}
    for role, given in metric.inputs:
        below = metrics.metrics.get(given.name)
        if below is not None and role in parts:
            filters = {each for leaf in leaves(metrics, below) for each in leaf.filters}
            parts[role] = {form.text for form in meanings.forms(filters | {*given.filters})}
    only = {
        role: sorted(parts[role] - parts[other])
        for role, other in (("numerator", "denominator"), ("denominator", "numerator"))
    }
    said = [f"only its {role} has {' and '.join(texts)}" for role, texts in only.items() if texts]
    if said:
        yield "ratio_filters", f"{', and '.join(said)}; if that is meant, set filters_differ: true"


def _ending(
    metrics: Metrics,
    meanings: Meanings,
    metric: Metric,
    ends: Mapping[tuple[str, str], str],
    today: dt.date,
) -> Iterator[tuple[str, str]]:
    """Yield what a metric reads although it is deprecated: metrics, models, and columns."""
    for name in dict.fromkeys(given.name for _, given in metric.inputs if not given.is_measure):
        below = metrics.metrics.get(name)
        end = below.governance.deprecation_date if below is not None else None
        if below is not None and end is not None and end <= today:
            use = below.governance.replacement
            yield "deprecated", f"metric {name} is deprecated" + (f"; use {use}" if use else "")
    read = uses(metrics, meanings, metric)
    for model_id in dict.fromkeys(use.model_id for use in read):
        if (model_id, "") in ends:
            yield "deprecated", f"model {_shown(model_id)} {ends[model_id, '']}"
    for model_id, column in dict.fromkeys((use.model_id, use.column) for use in read):
        if (model_id, column) in ends:
            said = ends[model_id, column]
            yield "deprecated", f"column {column} of model {_shown(model_id)} {said}"


def _shown(model_id: str) -> str:
    return model_id.split(".", 2)[-1]
