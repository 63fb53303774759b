"""Tell what a spec becomes: the tree of its files, a summary, JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entity_kit.project_health.scaffold.plan import DIFFERS, EXTENDED, NEW, SAME
from entity_kit.wording import counted, verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from entity_kit.project_health.scaffold.plan import Plan

_SAID = {NEW: "new", SAME: "", DIFFERS: "differs", EXTENDED: "gets what it lacks"}


def tree_lines(plan: Plan) -> Iterator[str]:
    """Yield the files by folder, each with what would become of it."""
    folder = None
    width = max((len(each.path.rpartition("/")[2]) for each in plan.files), default=0)
    for each in sorted(plan.files, key=lambda each: each.path.rpartition("/")[::2]):
        place, _, name = each.path.rpartition("/")
        if place != folder:
            folder = place
            yield f"{place}/"
        yield f"  {name:<{width}}  {_SAID[each.status]}".rstrip()


def summary_lines(plan: Plan, *, write: bool) -> Iterator[str]:
    """Yield what was done, or would be, and what to do next."""
    differing = [each.path for each in plan.having(DIFFERS)]
    count = len(plan.having(NEW, EXTENDED))
    if differing:
        said = "Nothing was written, because" if write else "Nothing would be written, because"
        yield f"{said} {_differing(differing)}"
        yield (
            "Files that are there are never replaced. Apply the differences that you want "
            "(entity-kit new SPEC.yml | git apply), or delete the files, and run again with --write."
        )
    elif not count:
        yield "There is nothing to write."
    elif write:
        yield f"Wrote {counted(count, 'file')}. Next: dbt build, entity-kit check, entity-kit verify"
    else:
        yield f"Would write {counted(count, 'file')}. Nothing is written without --write."


def _differing(paths: list[str]) -> str:
    count = len(paths)
    return f"{counted(count, 'file')} {verb(count, 'differs')} from the spec: {', '.join(paths)}"


def plan_json(plan: Plan, *, written: bool) -> dict[str, Any]:
    """Return version 1 of the JSON."""
    return {
        "version": 1,
        "written": written,
        "files": [
            {"path": each.path, "status": each.status, "diff": each.diff} for each in plan.files
        ],
        "notes": list(plan.notes),
    }
