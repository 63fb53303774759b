"""Write a verification's result as JUnit XML: one test per model and schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from entity_kit.verify.reports.text import story
from entity_kit.verify.reports.tree import inherited_text, is_skipped
from entity_kit.verify.reports.words import untried_text
from entity_kit.verify.results import Verdict

if TYPE_CHECKING:
    from entity_kit.verify.results import ModelResult, ScheduleResult, VerifyResult


def as_junit(result: VerifyResult) -> str:
    """Return the result as JUnit XML: one case per model and schedule."""
    names = {model.name for model in result.models}
    suites = ET.Element("testsuites", name="entity-kit verify")
    for model in result.models:
        suite = ET.SubElement(suites, "testsuite", name=clean(model.name))
        told = {}
        if model.verified_at is not None:
            told["verified_at"] = model.verified_at.isoformat()
        if result.synthetic:
            told["synthetic"] = "true"  # the rows of the sources were made up
        if told:
            properties = ET.SubElement(suite, "properties")
            for name, value in told.items():
                ET.SubElement(properties, "property", name=name, value=value)
        counts = {"failure": 0, "error": 0, "skipped": 0}
        for schedule in model.schedules:
            case = ET.SubElement(
                suite, "testcase", classname=clean(model.unique_id), name=schedule.schedule
            )
            child = _junit_child(model, schedule, names)
            if child is not None:
                case.append(child)
                counts[child.tag] += 1
        suite.set("tests", str(len(model.schedules)))
        suite.set("failures", str(counts["failure"]))
        suite.set("errors", str(counts["error"]))
        if counts["skipped"]:
            suite.set("skipped", str(counts["skipped"]))
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _junit_child(
    model: ModelResult, schedule: ScheduleResult, names: set[str]
) -> ET.Element | None:
    """Return a test case's content: a failure, an error, or why it was skipped; None if it passed."""
    if schedule.verdict.agrees:
        if not schedule.untried:
            return None
        return ET.Element("skipped", message=clean(untried_text(schedule)))
    failure = schedule.failure
    # If the failed model has no test case, this one reports the failure.
    if is_skipped(schedule) and failure is not None and failure.behind in names:
        return ET.Element("skipped", message=clean(f"{failure.behind} {failure.word}"))
    tag = "failure" if schedule.verdict is Verdict.DIFFERS else "error"
    cause = schedule.cause.name if schedule.cause else schedule.verdict.value
    said = inherited_text(schedule) or cause
    child = ET.Element(tag, type=cause, message=clean(f"{model.name}: {said}"))
    child.text = clean("\n".join(story(schedule)))
    return child


def clean(text: str) -> str:
    """Remove control characters that XML doesn't allow."""
    return "".join(c for c in text if c in "\n\t" or (c >= " " and c not in "\ufffe\uffff"))
