"""Tell why two dbts part: from their messages, their configuration, and what they compiled."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from entity_kit.causes.cause import Cause, Place
from entity_kit.causes.places import locate
from entity_kit.dbt_bridge.microbatch import lookback_of
from entity_kit.verify.sql_text import is_same
from entity_kit.verify.two_dbts.results import EMPTY_RUN, INCREMENTAL, CompiledSql
from entity_kit.wording import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from entity_kit.arrivals.model import Model
    from entity_kit.verify.two_dbts.beside import Nodes
    from entity_kit.verify.two_dbts.results import Dbt, PairedSide

_OUT_OF_SYNC = re.compile(r"out of sync|on_schema_change", re.IGNORECASE)
_STRATEGY = "incremental_strategy"


@dataclass(frozen=True, slots=True)
class Parted:
    """A model that two dbts part on: on which side, with what each compiled and read of it.

    `configs` are its configurations as each dbt parsed them; `above` are the models that it reads
    and on which the two part, too, each with whether it does so by itself. `batches` says which
    batches each dbt builds, if it does so in batches; `strategies` are the incremental ones.
    """

    model: Model
    side: PairedSide
    nodes: tuple[Nodes, Nodes]
    configs: tuple[Mapping[str, Any], Mapping[str, Any]]
    above: Sequence[tuple[str, bool]]
    batches: tuple[str, str]
    strategies: tuple[str, str]
    dialect: str


def tell(parted: Parted, dbts: tuple[Dbt, Dbt]) -> tuple[Cause, tuple[CompiledSql, ...]]:
    """Return the cause, and what was compiled to different SQL: the model's first."""
    sql = _different_sql(parted)
    for look in (_failed, _inherited, _empty, _microbatch, _strategy, _schema, _compiled):
        cause = look(parted, dbts, sql)
        if cause is not None:
            return _placed(cause, parted.model), sql
    return _placed(_unknown(parted), parted.model), sql


def _different_sql(parted: Parted) -> tuple[CompiledSql, ...]:
    ours, theirs = parted.nodes
    model = parted.model
    ids = [model.unique_id, *sorted(model.ancestors - {model.unique_id})]
    return tuple(
        CompiledSql(u.rpartition(".")[2] if u != model.unique_id else model.name, one, other)
        for u in ids
        if u in ours and u in theirs
        if (one := ours[u].sql) and (other := theirs[u].sql)
        if not is_same(one, other, parted.dialect)
    )


def _failed(parted: Parted, dbts: tuple[Dbt, Dbt], _sql: Sequence[CompiledSql]) -> Cause | None:
    which = parted.side.failed_on
    if which is None or parted.side.divergence is not None:
        return None
    failed, other = dbts[which], dbts[1 - which]
    failure = parted.side.failures[which]
    assert failure is not None  # noqa: S101  (failed_on says so)
    if failure.behind:
        return Cause(
            "skipped",
            f"{failed.label} didn't build it, because {failure.behind} failed there; "
            f"{other.label} built both.",
            inherited_from=(failure.behind,),
        )
    mode = parted.configs[which].get("on_schema_change") or "ignore"
    if parted.side.side == INCREMENTAL and _OUT_OF_SYNC.search(failure.message):
        return Cause(
            "on_schema_change",
            f"With `on_schema_change: {mode}`, {failed.label} finds that the columns of the table "
            f"and of the query differ; {other.label} doesn't.",
            about="on_schema_change",
        )
    return Cause("failed", f"{failed.label} couldn't build it; {other.label} could.")


def _inherited(parted: Parted, _dbts: tuple[Dbt, Dbt], _sql: Sequence[CompiledSql]) -> Cause | None:
    if not parted.above:
        return None
    roots = tuple(name for name, is_root in parted.above if is_root)
    through = tuple(name for name, is_root in parted.above if not is_root)
    names = " and ".join(roots)
    return Cause(
        "inherited",
        f"The two part on {names}, which it reads; look there first.",
        inherited_from=roots,
        through=through,
    )


def _empty(parted: Parted, dbts: tuple[Dbt, Dbt], _sql: Sequence[CompiledSql]) -> Cause | None:
    """Blame the dbt that reads rows although it is told to read none."""
    step = parted.side.divergence
    if parted.side.side != EMPTY_RUN or step is None or step.comparison.changed:
        return None
    counts = (step.comparison.only_incremental, step.comparison.only_full_refresh)
    if all(counts) or not any(counts):
        return None
    which = 0 if counts[0] else 1
    return Cause(
        "empty",
        f"{dbts[which].label} reads rows with `--empty`, and writes {counted(counts[which], 'row')}; "
        f"{dbts[1 - which].label} reads none.",
    )


def _microbatch(parted: Parted, dbts: tuple[Dbt, Dbt], _sql: Sequence[CompiledSql]) -> Cause | None:
    ours, theirs = parted.batches
    if ours == theirs or not (ours and theirs):
        return None
    config = parted.configs[0]
    return Cause(
        "microbatch",
        f"With `batch_size: {config['batch_size']}` and `lookback: {lookback_of(config)}`, "
        f"{dbts[0].label} builds {ours}, and {dbts[1].label} {theirs}.",
        about="lookback",
    )


def _strategy(parted: Parted, dbts: tuple[Dbt, Dbt], _sql: Sequence[CompiledSql]) -> Cause | None:
    ours, theirs = parted.strategies
    if parted.side.side != INCREMENTAL or ours == theirs:
        return None
    said = " and ".join(
        f"{dbt.label} uses {f'`{each}`' if each else 'a default'}"
        for dbt, each in zip(dbts, parted.strategies, strict=True)
    )
    return Cause("strategy", f"The incremental strategy differs: {said}.", about=_STRATEGY)


def _schema(parted: Parted, dbts: tuple[Dbt, Dbt], sql: Sequence[CompiledSql]) -> Cause | None:
    """Blame `on_schema_change` where the columns differ after an incremental run alone."""
    step = parted.side.divergence
    modes = [config.get("on_schema_change") or "ignore" for config in parted.configs]
    if step is None or not step.schema_changes or parted.side.side != INCREMENTAL:
        return None
    if modes[0] == modes[1] and (modes[0] == "ignore" or sql):
        return None
    said = " and ".join(f"{d.label} has `{m}`" for d, m in zip(dbts, modes, strict=True))
    what = (
        f"`on_schema_change: {modes[0]}`" if modes[0] == modes[1] else f"on_schema_change ({said})"
    )
    return Cause(
        "on_schema_change",
        f"The full refreshes have the same columns. With {what}, incremental runs change the "
        f"table's columns in other ways: {'; '.join(step.schema_changes)} "
        f"({dbts[0].label} → {dbts[1].label}).",
        about="on_schema_change",
    )


def _compiled(parted: Parted, _dbts: tuple[Dbt, Dbt], sql: Sequence[CompiledSql]) -> Cause | None:
    if not sql:
        return None
    own = sql[0].model == parted.model.name
    what = "It was" if own else f"{sql[0].model}, which it reads, was"
    return Cause("sql", f"{what} compiled to different SQL.")


def _unknown(parted: Parted) -> Cause:
    ours, theirs = (nodes.get(parted.model.unique_id) for nodes in parted.nodes)
    if not (ours and theirs and ours.sql and theirs.sql):
        return Cause("unknown", "There is no compiled SQL of both to compare.")
    return Cause(
        "unknown",
        "The compiled SQL is the same. What differs is how each dbt writes the rows, or the "
        "database that it brings along.",
    )


def _placed(cause: Cause, model: Model) -> Cause:
    """Return a cause with the model's file, and the line of the word that it is about."""
    named = cause.about and cause.about in model.text
    place = locate(model.text, model.path, cause.name, cause.about) if named else Place(model.path)
    return replace(cause, place=place)
