"""Collect what the page about a project shows, from dbt's manifest and other sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.nodes import parents_of, source_name
from entity_kit.errors import EntityKitError
from entity_kit.project_health import policies as check
from entity_kit.project_health.deprecations import read_deprecations, shown_name
from entity_kit.project_health.lineage import place_nodes
from entity_kit.project_health.metrics.glossary import read_glossary
from entity_kit.verify.results import Verdict

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from entity_kit.project_health.deprecations import Deprecation
    from entity_kit.project_health.lineage import Place
    from entity_kit.project_health.metrics.glossary import Term
    from entity_kit.project_health.metrics.past import Series, VersionEvent
    from entity_kit.project_health.performance import Limits, Performance
    from entity_kit.project_health.policies import Finding, Layer, LayerCoverage
    from entity_kit.project_health.verification import Verification

_SECTIONS = ("nodes", "sources", "exposures", "metrics", "semantic_models", "saved_queries")
_NO_PART = {"test", "operation", "analysis", "sql_operation"}
_PACKAGE = "entity_kit"


@dataclass(frozen=True, slots=True)
class Node:
    """One node of the lineage; `number` counts from 1, `parents` and `children` are numbers."""

    number: int
    unique_id: str
    name: str
    kind: str
    layer: str | None
    path: str
    description: str
    place: Place
    parents: tuple[int, ...]
    children: tuple[int, ...]
    faults: tuple[str, ...]
    remarks: tuple[str, ...]
    leaves: bool = False

    @property
    def state(self) -> str:
        """Return `bad` for a problem, `warn` for a model that leaves, else ``.

        Other remarks, such as a missing test, concern most models of most projects. They would color
        the whole picture.
        """
        return "bad" if self.faults else "warn" if self.leaves else ""


@dataclass(frozen=True, slots=True)
class ProjectReport:
    """Everything on the page. A part that isn't known is None, and `missing` has the reason."""

    project: str
    today: dt.date
    nodes: tuple[Node, ...]
    layers: tuple[LayerCoverage, ...]
    findings: tuple[Finding, ...]
    limits: Limits
    performance: tuple[Performance, ...] | None
    deprecations: tuple[Deprecation, ...]
    verification: Verification | None
    missing: Mapping[str, str]
    # Incremental models of the project that the verification has no verdict on, with the reason if
    # it is known; and models that it has one on, but the project no longer.
    unverified: tuple[tuple[str, str], ...] = ()
    gone: tuple[str, ...] = ()
    metrics: tuple[Term, ...] = ()

    @property
    def incremental(self) -> int:
        """How many incremental models the project has; known if there is a verification."""
        verified = len(self.verification.models) if self.verification is not None else 0
        return verified - len(self.gone) + len(self.unverified)

    @property
    def models(self) -> int:
        return sum(node.kind == "model" for node in self.nodes)

    @property
    def troubled(self) -> list[Performance]:
        """The slow and the failing models, the worst first."""
        found = [each for each in self.performance or () if each.problems(self.limits)]
        return sorted(found, key=_badness)

    @property
    def others(self) -> list[Performance]:
        """The ten slowest of the rest."""
        rest = [each for each in self.performance or () if not each.problems(self.limits)]
        return sorted(rest, key=lambda each: -(each.average_s or 0))[:10]


def gather(
    manifest: Mapping[str, Any],
    layers: Mapping[str, Layer],
    today: dt.date,
    limits: Limits,
    performance: Sequence[Performance] | None = None,
    verification: Verification | None = None,
    missing: Mapping[str, str] | None = None,
    series: Mapping[str, Series] | None = None,
    versions: Mapping[str, tuple[VersionEvent, ...]] | None = None,
) -> ProjectReport:
    """Collect the report. Raise EntityKitError for an invalid chain of replacements.

    `series` has the last values of metrics, and `versions` the changes of their definitions.
    """
    findings = check.check_policies(manifest, layers)
    deprecations = read_deprecations(manifest)
    faults: dict[str, list[str]] = {}
    remarks: dict[str, list[str]] = {}
    for each in performance or ():
        faults.setdefault(each.unique_id, []).extend(each.problems(limits))
    for model in verification.models if verification is not None else ():
        if not model.verdict.agrees:
            said = (
                "not verified"
                if model.verdict in {Verdict.FAILED, Verdict.UNSUPPORTED, Verdict.SKIPPED}
                else model.verdict.value
            )
            faults.setdefault(model.unique_id, []).append(said)
    for gone in deprecations:
        stage = gone.stage(today)
        where = faults if gone.overdue(today) else remarks
        where.setdefault(gone.unique_id, []).append(
            "past its sunset" if stage == "sunset" else stage
        )
    for finding in findings:
        if finding.policy == "naming":
            remarks.setdefault(finding.unique_id, []).append(finding.reason)
    for unique_id, kinds in check.missing_tests(manifest, layers).items():
        if kinds:
            said = f"lacks a test: {', '.join(kinds)}"
            remarks.setdefault(unique_id, []).append(said)
    nodes = tuple(
        _nodes(manifest, layers, faults, remarks, {each.unique_id for each in deprecations})
    )
    missing = dict(missing or {})
    terms: tuple[Term, ...] = ()
    try:
        numbers = {node.unique_id: node.number for node in nodes}
        terms = read_glossary(manifest, numbers, series or {}, versions or {})
    except EntityKitError as error:
        missing["metrics"] = str(error)
    return ProjectReport(
        str(manifest["metadata"]["project_name"]),
        today,
        nodes,
        tuple(check.coverage_by_layer(manifest, layers)),
        tuple(findings),
        limits,
        None if performance is None else tuple(performance),
        tuple(deprecations),
        verification,
        missing,
        *(_uncovered(manifest, verification) if verification is not None else ((), ())),
        terms,
    )


def _uncovered(
    manifest: Mapping[str, Any], verification: Verification
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Return the incremental models without a verdict, and the verdicts without a model."""
    verified = {model.unique_id: model.name for model in verification.models}
    reasons = dict(verification.left_out)
    incremental = {
        unique_id: shown_name(node)
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
        and node["config"].get("materialized") == "incremental"
        and node.get("package_name") != _PACKAGE
    }
    unverified = sorted(name for each, name in incremental.items() if each not in verified)
    gone = sorted(name for each, name in verified.items() if each not in manifest["nodes"])
    return tuple((name, reasons.get(name, "")) for name in unverified), tuple(gone)


def _nodes(
    manifest: Mapping[str, Any],
    layers: Mapping[str, Layer],
    faults: Mapping[str, Sequence[str]],
    remarks: Mapping[str, Sequence[str]],
    leaving: Collection[str],
) -> Iterator[Node]:
    found = {
        node["unique_id"]: node
        for section in _SECTIONS
        for node in (manifest.get(section) or {}).values()
        if node["resource_type"] not in _NO_PART and node.get("package_name") != _PACKAGE
    }
    ordered = sorted(found, key=lambda unique_id: (found[unique_id]["name"], unique_id))
    edges = [
        (parent, unique_id)
        for unique_id in ordered
        for parent in parents_of(found[unique_id])
        if parent in found
    ]
    places = place_nodes(ordered, edges)
    numbers = {unique_id: number for number, unique_id in enumerate(ordered, 1)}
    parents: dict[str, dict[int, None]] = {unique_id: {} for unique_id in ordered}
    children: dict[str, dict[int, None]] = {unique_id: {} for unique_id in ordered}
    for parent, child in edges:
        parents[child][numbers[parent]] = None
        children[parent][numbers[child]] = None
    for unique_id in ordered:
        node = found[unique_id]
        kind = str(node["resource_type"])
        yield Node(
            numbers[unique_id],
            unique_id,
            source_name(node) if kind == "source" else shown_name(node),
            kind.replace("_", " "),
            check.layer_of(node, layers) if kind == "model" else None,
            node.get("original_file_path") or "",
            " ".join((node.get("description") or "").split()),
            places[unique_id],
            tuple(parents[unique_id]),
            tuple(children[unique_id]),
            tuple(faults.get(unique_id, ())),
            tuple(remarks.get(unique_id, ())),
            unique_id in leaving,
        )


def _badness(each: Performance) -> tuple[float, float, str]:
    return -each.failure_rate, -(each.average_s or 0), each.unique_id
