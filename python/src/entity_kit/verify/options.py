"""The options of `verify`: read and checked once, then passed on as one value."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from entity_kit.arrivals import deliveries, schedules
from entity_kit.arrivals.pace import ALL, Pace
from entity_kit.dbt_bridge.profiles import read_project_file
from entity_kit.dialects import DIALECTS
from entity_kit.errors import EntityKitError, closest_word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MOST_JOBS = 4  # unless told otherwise


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """The options of one verification, for one project.

    `pace` says when the project runs; `schedules` is None for all that the deliveries allow;
    `examples` is how many random variations to try; `cases` are files to replay, and nothing else;
    `lateness` also measures how late rows arrive; `changed_since` is a git revision;
    `against` is another dbt's executable, to compare with; `deploy_from` is the git revision whose
    code runs up to the step `deploy_at`, which is None for each in turn; `fail_fast` stops at the
    first difference; `keep` is a folder for both sides of each one; `cache` takes what an earlier
    verification found of models that didn't change since, and keeps what this one finds. `samples` is
    a folder with files of the sources' rows, which are read instead of the warehouse. `dialect` is what
    the project's SQL is written in, if not in that of its target; `target_type` is what Jinja's
    `target.type` says then, and `dialect_macros` are files with macros of the user's for DuckDB.
    `synthetic` makes the rows of the sources up from their YAML, with the seed. `billed` agrees to
    what a target costs that bills for what runs there.
    """

    project_dir: Path
    profiles_dir: Path | None = None
    profile: str | None = None
    target: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    dbt: str | None = None
    against: str | None = None
    deploy_from: str | None = None
    deploy_at: int | None = None
    jobs: int = 1
    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    pace: Pace = field(default_factory=Pace)
    schedules: tuple[str, ...] | None = None
    seed: int = 0
    examples: int = 0
    cases: tuple[Path, ...] = ()
    lateness: bool = False
    changed_since: str | None = None
    fail_fast: bool = False
    keep: Path | None = None
    cache: bool = False
    samples: Path | None = None
    synthetic: bool = False
    dialect: str | None = None
    target_type: str | None = None
    dialect_macros: tuple[Path, ...] = ()
    billed: bool = False


def read_options(
    project_dir: str | Path,
    *,
    profiles_dir: str | Path | None = None,
    variables: Mapping[str, Any] | None = None,
    jobs: int | None = 1,
    select: Sequence[str] = (),
    exclude: Sequence[str] = (),
    schedules: Sequence[str] | None = None,
    examples: int = 0,
    cases: Sequence[str | Path] = (),
    keep: str | Path | None = None,
    samples: str | Path | None = None,
    dialect_macros: Sequence[str | Path] = (),
    **rest: Any,
) -> VerifyOptions:
    """Return checked options; `rest` are fields of `VerifyOptions` that need no reading.

    Raises EntityKitError for an invalid value, or a folder without a dbt project.
    """
    if examples < 0:
        raise EntityKitError(
            f"`examples` must be 0 or more; got {examples}.", fix="Use --examples 20."
        )
    directory = Path(project_dir).expanduser().resolve()
    found = VerifyOptions(
        project_dir=directory,
        profiles_dir=Path(profiles_dir).expanduser().resolve() if profiles_dir else None,
        variables=dict(variables or {}),
        jobs=_read_jobs(jobs),
        select=tuple(select),
        exclude=tuple(exclude),
        schedules=_read_schedules(schedules),
        examples=examples,
        cases=tuple(map(Path, cases)),
        keep=Path(keep).expanduser().resolve() if keep is not None else None,
        samples=Path(samples).expanduser().resolve() if samples is not None else None,
        dialect_macros=tuple(Path(file).expanduser().resolve() for file in dialect_macros),
        **rest,
    )
    read_project_file(directory)
    _check_dialect(found)
    _check_synthetic(found)
    return found


def _check_synthetic(found: VerifyOptions) -> None:
    """Refuse options that say where real rows are, or replay code that isn't here."""
    for option, value in (
        ("--samples", found.samples),
        ("--replay", found.cases),
        ("--against-dbt", found.against),
        ("--deploy-from", found.deploy_from),
    ):
        if found.synthetic and value:
            raise EntityKitError(
                f"--synthetic can't be combined with {option}.", fix="Omit one of them."
            )


def _check_dialect(found: VerifyOptions) -> None:
    """Refuse a dialect that isn't known, and options that don't go with one or without one."""
    if found.dialect is None:
        for option, value in (
            ("--target-type", found.target_type),
            ("--dialect-macro", found.dialect_macros),
        ):
            if value:
                raise EntityKitError(
                    f"{option} is for projects that are written in another dialect.",
                    fix="Add --dialect, or omit it.",
                )
        return
    if found.dialect not in DIALECTS:
        raise EntityKitError(
            f"--dialect must be one of {', '.join(DIALECTS)}; got {found.dialect!r}.",
            fix=closest_word(found.dialect, DIALECTS),
        )
    for option, given in (("--dbt", found.dbt), ("--against-dbt", found.against)):
        if given is not None:
            raise EntityKitError(
                f"--dialect can't be combined with {option}: the SQL is translated inside of dbt-core, "
                "which must run in this process.",
                fix=f"Omit {option}.",
            )


def _read_schedules(given: Sequence[str] | None) -> tuple[str, ...] | None:
    if given is None:
        return None
    chosen = tuple(dict.fromkeys(given))
    if not chosen:
        raise EntityKitError("`schedules` is empty.", fix="Omit --schedules to run all of them.")
    schedules.check_names(chosen, (*schedules.RECORDED, *deliveries.NAMES, schedules.CRASH, ALL))
    return chosen


def _read_jobs(wanted: int | None) -> int:
    if wanted is not None and wanted < 1:
        raise EntityKitError(f"`jobs` must be at least 1; got {wanted}.", fix="Use --jobs 1.")
    return wanted or min(_MOST_JOBS, os.cpu_count() or 1)
