"""The options of `sample`: read and checked once, then passed on as one value."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.profiles import read_project_file
from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DEFAULT_FRACTION = 0.01
DEFAULT_LIMIT = 1_000_000_000
MASK_DEFAULTS = ("hash", "null", "keep")


@dataclass(frozen=True, slots=True)
class SampleOptions:
    """The options of one sample.

    `rows` is about how many rows to choose of each table that no other table chooses, instead of
    `fraction`. `keys` are `source.table.column`: the columns that choose their tables' rows.
    `whole` are `source.table`. `mask_default` is the rule for columns that need one and have none.
    """

    project_dir: Path
    samples: Path
    profiles_dir: Path | None = None
    target: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    dbt: str | None = None
    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    fraction: float = DEFAULT_FRACTION
    rows: int | None = None
    keys: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    mask_default: str | None = None
    limit_bytes: int = DEFAULT_LIMIT


def read_options(
    project_dir: str | Path,
    samples: str | Path,
    *,
    profiles_dir: str | Path | None = None,
    variables: Mapping[str, Any] | None = None,
    select: Sequence[str] = (),
    exclude: Sequence[str] = (),
    fraction: float | None = None,
    rows: int | None = None,
    keys: Sequence[str] = (),
    whole: Sequence[str] = (),
    **rest: Any,
) -> SampleOptions:
    """Return checked options; `rest` are fields of `SampleOptions` that need no reading."""
    if fraction is not None and rows is not None:
        raise EntityKitError(
            "--fraction and --rows can't be combined: each says how much to read.",
            fix="Use only one of them.",
        )
    if fraction is not None and not 0 < fraction <= 1:
        raise EntityKitError(
            f"--fraction must be more than 0 and at most 1; got {fraction}.",
            fix="For example: --fraction 0.01 for one row in a hundred.",
        )
    if rows is not None and rows < 1:
        raise EntityKitError(f"--rows must be 1 or more; got {rows}.", fix="Use --rows 10000.")
    directory = Path(project_dir).expanduser().resolve()
    found = SampleOptions(
        project_dir=directory,
        samples=Path(samples).expanduser().resolve(),
        profiles_dir=Path(profiles_dir).expanduser().resolve() if profiles_dir else None,
        variables=dict(variables or {}),
        select=tuple(select),
        exclude=tuple(exclude),
        fraction=DEFAULT_FRACTION if fraction is None else fraction,
        rows=rows,
        keys=tuple(dict.fromkeys(keys)),
        whole=tuple(dict.fromkeys(whole)),
        **rest,
    )
    read_project_file(directory)
    return found
