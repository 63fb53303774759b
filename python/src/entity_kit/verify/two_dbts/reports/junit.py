"""Write the comparison of two dbts as JUnit XML: one test per model and schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from entity_kit.verify.reports.junit import clean
from entity_kit.verify.two_dbts.reports.words import labels_of, story, verified_lines
from entity_kit.verify.two_dbts.results import Pairing

if TYPE_CHECKING:
    from entity_kit.verify.two_dbts.results import PairedModel, PairedSchedule, TwoDbts

_VERIFY = "verify"


def as_junit(result: TwoDbts) -> str:
    """Return the result as JUnit XML: a case per model and schedule, and one for verify's verdicts."""
    suites = ET.Element("testsuites", name="entity-kit verify --against-dbt")
    for model in result.models:
        suite = ET.SubElement(suites, "testsuite", name=clean(model.name))
        found = {
            **{each.schedule: _child(model, each, result) for each in model.schedules},
            _VERIFY: _verified(model, result),
        }
        counts = {"failure": 0, "error": 0}
        for name, child in found.items():
            case = ET.SubElement(suite, "testcase", classname=clean(model.unique_id), name=name)
            if child is not None:
                case.append(child)
                counts[child.tag] += 1
        suite.set("tests", str(len(found)))
        suite.set("failures", str(counts["failure"]))
        suite.set("errors", str(counts["error"]))
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _child(model: PairedModel, schedule: PairedSchedule, result: TwoDbts) -> ET.Element | None:
    if schedule.verdict is Pairing.SAME:
        return None
    side = schedule.parting
    kind = side.cause.name if side and side.cause else schedule.verdict.value
    tag = "failure" if schedule.verdict is Pairing.PARTS else "error"
    child = ET.Element(tag, type=kind, message=clean(f"{model.name}: {kind}"))
    child.text = clean("\n".join(story(schedule, labels_of(result))))
    return child


def _verified(model: PairedModel, result: TwoDbts) -> ET.Element | None:
    """Return a failure if verify finds a fault under one of the dbts, or under both."""
    told = verified_lines(result, model)
    if not told:
        return None
    said = "; ".join(line for line, _ in told)
    child = ET.Element("failure", type=_VERIFY, message=clean(f"{model.name}: {said}"))
    lines = [each for line, more in told for each in (line, *(f"  {each}" for each in more))]
    child.text = clean("\n".join(lines))
    return child
