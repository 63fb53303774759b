"""What `init` and `profile` say: lines of text, and plain data for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entity_kit.project_health.onboarding.changes import file_of
from entity_kit.project_health.onboarding.proposal import shown_span
from entity_kit.project_health.onboarding.yaml_edit import as_yaml
from entity_kit.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, timedelta

    from entity_kit.project_health.onboarding.changes import Changes
    from entity_kit.project_health.onboarding.evidence import Evidence
    from entity_kit.project_health.onboarding.project import Looked
    from entity_kit.project_health.onboarding.proposal import Proposal, Reason
    from entity_kit.project_health.onboarding.times import TimeColumn

NO_TRACE = (
    "Hard deletes and split batches leave no trace in a table; if they happen, declare deletes: hard "
    "or split_batches: true."
)


def source_lines(project: str, each: Looked) -> Iterator[str]:
    """Yield what was found for one source."""
    rows = "" if each.evidence is None else f" ({counted(each.evidence.rows, 'row')})"
    yield f"{each.name}{rows}, {file_of(project, each.node)}"
    if each.problem:
        yield f"  ! {each.problem}"
    if each.status == "declared":
        wrong = each.contradictions
        yield "  declared already; left as it is" + (
            "" if wrong else ", and the data agrees with it"
        )
        yield from (f"  ! {said}" for said in wrong)
        if each.additions:
            yield "  could be declared as well:"
            yield from (f"  {line}" for line in _reason_lines(each.additions))
        return
    yield from _proposal_lines(each.proposal)


def _proposal_lines(proposal: Proposal) -> Iterator[str]:
    yield from _reason_lines(proposal.reasons)
    yield from (f"  - {note}" for note in proposal.notes)


def _reason_lines(reasons: Sequence[Reason]) -> Iterator[str]:
    cells = [(reason.key, _value(reason), reason.evidence) for reason in reasons]
    widths = [max((len(row[column]) for row in cells), default=0) for column in (0, 1)]
    for key, value, evidence in cells:
        yield f"  {key.ljust(widths[0])}  {value.ljust(widths[1])}  {evidence}"


def _value(reason: Reason) -> str:
    """Return a text as it is, and what else there is as YAML writes it."""
    if isinstance(reason.value, str):
        return reason.value
    return as_yaml({reason.key: reason.value})[0].partition(": ")[2]


def profile_lines(each: Looked) -> Iterator[str]:
    """Yield the evidence for one relation as tables."""
    seen = each.evidence
    if seen is None:
        return
    columns = counted(len(seen.columns), "column")
    yield f"{each.name}: {counted(seen.rows, 'row')}, {columns}"
    if seen.times:
        yield ""
        yield from _table(_time_cells(seen))
    if each.status == "declared":
        yield ""
        said = "Declared, and the data agrees with it." if not each.contradictions else "Declared."
        yield said
        yield from (f"  ! {wrong}" for wrong in each.contradictions)
    if each.proposal.reasons or each.proposal.notes:
        yield ""
        yield "What the data says:" if each.proposal.reasons else "What the data doesn't say:"
        yield from _proposal_lines(each.proposal)
    if each.proposal.config and each.node.get("resource_type") != "model":
        yield ""
        yield from as_yaml({"config": each.proposal.config})


def _time_cells(seen: Evidence) -> Iterator[tuple[str, ...]]:
    yield (
        "time",
        "type",
        "role",
        "NULL",
        "distinct",
        "first",
        "last",
        "arrives within, half / all",
    )
    for time in seen.times:
        distance = seen.distances.get(time.name)
        late = "-"
        if distance is not None and distance.median is not None and distance.longest is not None:
            late = f"{shown_span(distance.median)} / {shown_span(distance.longest)}"
        yield (
            time.name,
            time.type or time.kind,
            _role(seen, time),
            f"{time.nulls:,}",
            f"{time.distinct:,}",
            _shown(time.first),
            _shown(time.last),
            late,
        )


def _role(seen: Evidence, time: TimeColumn) -> str:
    if seen.arrival is not None and seen.arrival.time == time:
        return "arrival"
    return "event" if seen.event == time else "-"


def _shown(moment: datetime | None) -> str:
    return "-" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}".removesuffix(" 00:00:00")


def _table(cells: Iterator[tuple[str, ...]]) -> Iterator[str]:
    table = list(cells)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        padded = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        yield "  " + "  ".join(padded).rstrip()


def init_json(
    project: str, found: Sequence[Looked], changes: Changes, diffs: dict[str, str], *, written: bool
) -> dict[str, Any]:
    """Return what `init` found as plain data, version 1."""
    return {
        "version": 1,
        "written": written,
        "sources": [
            {
                **as_data(each),
                "file": file_of(project, each.node),
                "left": changes.left.get(each.name),
            }
            for each in found
        ],
        "files": [{"path": path, "diff": diffs[path]} for path in changes.changed],
    }


def as_data(each: Looked) -> dict[str, Any]:
    """Return what was found for one relation as plain data; lengths of time in seconds."""
    return {
        "name": each.name,
        "unique_id": each.node.get("unique_id"),
        "status": each.status,
        "problem": each.problem or None,
        "config": each.proposal.config,
        "reasons": [
            {"key": reason.key, "value": reason.value, "evidence": reason.evidence}
            for reason in each.proposal.reasons
        ],
        "notes": list(each.proposal.notes),
        "contradictions": list(each.contradictions),
        "could_add": [reason.key for reason in each.additions],
        "evidence": None if each.evidence is None else _evidence(each.evidence),
    }


def _evidence(seen: Evidence) -> dict[str, Any]:
    arrival, again, changed = seen.arrival, seen.again, seen.changed
    return {
        "rows": seen.rows,
        "columns": [{"name": name, "type": kind} for name, kind in seen.columns],
        "times": [_time(seen, time) for time in seen.times],
        "arrival": None
        if arrival is None
        else {"column": arrival.time.name, "certainty": arrival.certainty},
        "loads": None
        if seen.loads is None
        else {
            "count": seen.loads.count,
            "first_rows": seen.loads.first_rows,
            "largest_rows": seen.loads.largest_rows,
        },
        "event": None if seen.event is None else seen.event.name,
        "key": None
        if seen.key is None
        else {"columns": list(seen.key.columns), "named": seen.key.named},
        "again": None
        if again is None
        else {
            "key": list(again.key),
            "copies": again.copies,
            "versions": again.versions,
            "extracts": again.extracts,
        },
        "changed": None
        if changed is None
        else {"created": changed.created, "changed": changed.changed, "rows": changed.rows},
        "repeated": seen.repeated,
    }


def _time(seen: Evidence, time: TimeColumn) -> dict[str, Any]:
    distance = seen.distances.get(time.name)
    return {
        "column": time.name,
        "type": time.type,
        "kind": time.kind,
        "declare": time.declared,
        "nulls": time.nulls,
        "distinct": time.distinct,
        "first": None if time.first is None else time.first.isoformat(),
        "last": None if time.last is None else time.last.isoformat(),
        "future": time.future,
        "before_arrival": None
        if distance is None
        else {
            "rows": distance.rows,
            "early": distance.early,
            "first_load": distance.first_load,
            "median_s": _seconds(distance.median),
            "p99_s": _seconds(distance.p99),
            "longest_s": _seconds(distance.longest),
            "correlation": distance.correlation,
        },
    }


def _seconds(length: timedelta | None) -> float | None:
    return None if length is None else length.total_seconds()
