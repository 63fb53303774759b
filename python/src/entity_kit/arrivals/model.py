"""An incremental model under test."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from entity_kit.compare.tolerance import Tolerances

if TYPE_CHECKING:
    from entity_kit.warehouse import (
        Relation,
    )


@dataclass(frozen=True, slots=True)
class Model:
    """An incremental model under test. `select` names it and what it is built from, to dbt."""

    unique_id: str
    name: str
    relation: Relation
    key: tuple[str, ...]
    select: tuple[str, ...]
    ancestors: frozenset[str]
    reads_clock: bool = False
    ignore: tuple[str, ...] = ()
    diverges: tuple[str, ...] = ()
    reason: str = ""
    tolerances: Tolerances = field(default_factory=Tolerances)
    # What the metrics are computed from whose table it is, by unique id.
    definitions: frozenset[str] = frozenset()
    # Its file, relative to the project, and the file's text.
    path: str = ""
    text: str = ""
