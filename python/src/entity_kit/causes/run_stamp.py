"""run-stamp: a column's value comes from the run that wrote the row, not from the row's data.

Experiment: build the model whole from small parts of its sources. Evidence: the column has one
value in all rows each time, whatever they hold; and it is all that differs where the same rows come
in other batches.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import expressions as exp
from sqlglot.errors import SqlglotError

from entity_kit.causes.cause import Cause
from entity_kit.causes.experiment import NOT_TRIED, Experiment, RuledOut
from entity_kit.compare.sql_columns import columns_made_by
from entity_kit.warehouse import fold, quote
from entity_kit.wording import verb

if TYPE_CHECKING:
    from entity_kit.arrivals.model import Model
    from entity_kit.arrivals.sources import Source
    from entity_kit.causes.differing import Differing
    from entity_kit.causes.laboratory import Laboratory

CODE = "run-stamp"
_PARTS = 2  # builds of each source's rows


def stamped(laboratory: Laboratory, differing: Differing) -> tuple[str, ...]:
    """Return the differing columns with one value in all rows that a run writes."""
    facts = differing.facts
    grouped = _of_groups(facts.full_refresh_sql, facts.dialect)
    found = tuple(name for name in facts.constants if fold(name) not in grouped)
    built = 0
    for source in laboratory.read_by(differing):
        for number in range(_PARTS):
            if not found:
                return ()
            count, constant = _from_a_part(laboratory, differing, source, number, found)
            if count > 1:
                built += 1
                found = constant
    return found if built else ()


def _from_a_part(
    laboratory: Laboratory,
    differing: Differing,
    source: Source,
    number: int,
    names: tuple[str, ...],
) -> tuple[int, tuple[str, ...]]:
    """Build the model from part of a source's rows, and return its row count and constant columns.

    The part is so small that what a group of rows has in common isn't common to all groups.
    """
    facts, model, together = differing.facts, differing.model, laboratory.together
    view = differing.world.view(source, facts.state)
    (arrived,) = laboratory.ask(f"select count(*) from ({view})")
    shares = max(3, arrived // (2 * max(facts.diff.rows_full_refresh, 4)))
    columns = ", ".join(quote(name) for name in laboratory.columns(source))
    rule = f"hash({columns}) % {shares} <> {number % shares}"
    world = replace(differing.world, late={source.unique_id: (rule,)})
    with laboratory.built(world, facts.state, model) as warehouse:
        return (
            (0, ()) if warehouse is None else together.comparer.constants(warehouse, model, names)
        )


def _of_groups(sql: str, dialect: str) -> frozenset[str]:
    """Return the columns computed by aggregates over groups or windows over parts."""
    try:
        tree = sqlglot.parse_one(sql, dialect=dialect)
    except SqlglotError:
        return frozenset()
    return columns_made_by(tree, _is_of_a_group)


def _is_of_a_group(node: exp.Expr) -> bool:
    if isinstance(node, exp.Window):
        return bool(node.args.get("partition_by") or node.args.get("order"))
    if not isinstance(node, exp.AggFunc) or isinstance(node.parent, exp.Window):
        return False
    select = node.find_ancestor(exp.Select)
    return select is not None and select.args.get("group") is not None


def _look(laboratory: Laboratory, differing: Differing) -> Cause | RuledOut:
    facts = differing.facts
    if not facts.constants or not set(facts.diff.changed_columns) <= set(facts.constants):
        return NOT_TRIED
    found = stamped(laboratory, differing)
    if not found or not set(facts.diff.changed_columns) <= set(found):
        return (CODE,)
    return Cause(
        CODE,
        f"{_depend(found)} on the run and not on the data: all rows that a run writes have the same "
        "value, which changes when the same rows arrive in other batches. All other columns agree at "
        "every step.",
        fix=declaration(differing.model, found),
    )


def drawn(model: Model, columns: tuple[str, ...], *, pasted: bool) -> Cause:
    """Return the cause if two full refreshes differ in a value of the run.

    All of their rows share it, or the model's Jinja has `pasted` it into the SQL.
    """
    why = (
        "the model's Jinja writes something of the run into the SQL, such as invocation_id, so the next "
        "full refresh of the same rows has other values"
        if pasted
        else "all rows of a full refresh have the same value, and the next full refresh has another"
    )
    return Cause(
        CODE,
        f"{_depend(columns)} on the run and not on the data: {why}. All other columns agree at every "
        "step.",
        fix=declaration(model, columns),
    )


def note(columns: tuple[str, ...]) -> str:
    """Return a note that these columns were ignored, and how to declare them."""
    return (
        f"{_depend(columns)} on the run that wrote a row and not on its data (run-stamp), and "
        f"{verb(len(columns), 'was')} ignored here. Declare {'it' if len(columns) == 1 else 'them'}: "
        f"{_ignoring(columns)}"
    )


def _depend(columns: tuple[str, ...]) -> str:
    return f"{', '.join(columns)} {verb(len(columns), 'depends')}"


def _ignoring(columns: tuple[str, ...]) -> str:
    return f"config: {{meta: {{entity_kit: {{ignore_columns: [{', '.join(columns)}]}}}}}}"


def declaration(model: Model, columns: tuple[str, ...]) -> str:
    """Return the YAML that declares these columns: ignored, or known to diverge."""
    names = ", ".join(columns)
    return (
        f"models:\n  - name: {model.name.partition('.')[0]}\n"
        f"    {_ignoring(columns)}\n"
        "or, to report it as declared and check that nothing else differs:\n"
        f"    config: {{meta: {{entity_kit: {{diverges: "
        f'{{columns: [{names}], reason: "the run that wrote the row"}}}}}}}}'
    )


EXPERIMENT = Experiment(
    "A column has the same value in all rows that a run writes.",
    (CODE,),
    _look,
    explains=frozenset({"changed"}),
)
