"""Group models by their roots: wrong only because a parent is, or skipped because one failed.

Such a model is one line under the model that is to blame, in every format.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from entity_kit.verify.results import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from entity_kit.replay.outcome import Failure
    from entity_kit.verify.results import ModelResult, ScheduleResult, VerifyResult


@dataclass(frozen=True, slots=True)
class Root:
    """The model to blame; `model` is its own result, or None if it isn't under test.

    `heirs` differ only because it does, `skipped` never ran because it failed.
    """

    name: str
    model: ModelResult | None
    heirs: tuple[ModelResult, ...] = ()
    skipped: tuple[ModelResult, ...] = ()

    @property
    def failure(self) -> tuple[ScheduleResult, Failure] | None:
        """The first schedule in which it failed, as reported by what was skipped because of it."""
        return next(
            (
                (schedule, schedule.failure)
                for model in self.skipped
                for schedule in model.schedules
                if schedule.failure is not None
            ),
            None,
        )

    @property
    def word(self) -> str:
        """What kept the skipped models from running."""
        return self.failure[1].word if self.failure else "failed"


def roots(result: VerifyResult) -> tuple[Root, ...]:
    """Return the models in order, without those that are reported under another one.

    Models that aren't under test but kept others from running are among them.
    """
    by_name = {model.name: model for model in result.models}
    above = {model.name: _above(model) for model in result.models}
    missing = dict.fromkeys(
        model.skipped_behind
        for model in result.models
        if model.skipped_behind and model.skipped_behind not in by_name
    )
    # Under a model with its own entry, or one that isn't under test at all.
    under = {
        name: other
        for name, other in above.items()
        if other in missing or (other in by_name and not above[other])
    }
    # A model that isn't under test appears in place of the first model that it kept from running.
    named = dict.fromkeys(
        under[name] if under.get(name) in missing else name
        for name in by_name
        if name not in under or under[name] in missing
    )
    return tuple(
        Root(
            name,
            by_name.get(name),
            tuple(m for m in result.models if under.get(m.name) == name and m.inherited_from),
            tuple(m for m in result.models if under.get(m.name) == name and m.skipped_behind),
        )
        for name in named
    )


def _above(model: ModelResult) -> str:
    """Return the name of the model under which this one is reported, or '' if it has its own entry."""
    return model.skipped_behind or next(iter(model.inherited_from), "")


def dependent_lines(root: Root) -> list[str]:
    """Return a line for what inherits a root's difference, and one for what it kept from running."""
    lines = []
    if root.heirs:
        lines.append(f"{_names(root.heirs)}: wrong only because {_because(root)}{_chains(root)}")
    if root.skipped:
        lines.append(f"{_names(root.skipped)}: skipped, because {root.name} {root.word}")
    return lines


def _names(models: Iterable[ModelResult]) -> str:
    return ", ".join(model.name for model in models)


def _because(root: Root) -> str:
    others = dict.fromkeys(
        name for model in root.heirs for name in model.inherited_from if name != root.name
    )
    return f"{root.name} is" if not others else f"{' and '.join((root.name, *others))} are"


def _chains(root: Root) -> str:
    """Say through which other models an heir reads the root."""
    chains = [
        f"{model.name} reads {root.name} through {' and '.join(model.through)}"
        for model in root.heirs
        if model.through
    ]
    return f" ({'; '.join(chains)})" if chains else ""


def inherited_text(schedule: ScheduleResult) -> str:
    """Say that a schedule's difference is inherited, or return ''."""
    cause = schedule.cause
    if cause is None or not cause.inherited_from:
        return ""
    through = f", read through {' and '.join(cause.through)}" if cause.through else ""
    verb = "is" if len(cause.inherited_from) == 1 else "are"
    return f"wrong only because {' and '.join(cause.inherited_from)} {verb}{through}"


def is_skipped(schedule: ScheduleResult) -> bool:
    """Return whether the model never ran because another one failed."""
    return schedule.verdict is Verdict.SKIPPED
