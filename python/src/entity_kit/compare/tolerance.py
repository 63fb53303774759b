"""How far apart two floats may be and still be the same value.

Floats are rounded after every operation, so that a sum depends on the order of its terms. Two sums
of the same rows are therefore the same value where they differ by no more than

- `relative` times the larger of the two, or
- `absolute`. Unless it is given, that is `relative` times the column's largest value, but at most
  `NEAR_ZERO`: what is left where large terms cancel out has the size of their rounding, not of its
  own.

NULL, NaN and the infinities are only ever equal to themselves. docs/decisions/float-tolerance.md
says how the numbers were found.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from entity_kit.errors import EntityKitError
from entity_kit.warehouse import FLOATS, Parts, closest, fold, literal, parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

# By type: well above the rounding of a sum of millions of terms, well below a cent in a billion.
# A FLOAT has seven digits, and where its last one falls depends on the rounding of the DOUBLE that
# it was made from.
RELATIVE = {"DOUBLE": 1e-12, "FLOAT": 1e-6}

# So that one huge value doesn't make all others of its column equal.
NEAR_ZERO = 1e-6

OPTION = "float_tolerance"
_EXAMPLE = f"For example: {OPTION}: 1e-9, or {OPTION}: {{amount: 1e-9}}"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far apart two floats of a column may be; the module explains the numbers."""

    relative: float
    absolute: float | None = None

    @property
    def exact(self) -> bool:
        return not self.relative and not self.absolute

    def near_zero(self, largest: float) -> float:
        """Return the absolute tolerance in a column whose largest value is given."""
        if self.absolute is not None:
            return self.absolute
        return min(self.relative * largest, NEAR_ZERO)


@dataclass(frozen=True, slots=True)
class Tolerances:
    """The tolerances of a model or a command: for all DOUBLE columns, and for some by name."""

    general: float | None = None
    named: tuple[tuple[str, Tolerance], ...] = ()

    def of(self, column: str, kind: str) -> Tolerance:
        """Return the tolerance of a column; its type holds floats."""
        for name, tolerance in self.named:
            if fold(name) == fold(column):
                return tolerance
        usual = RELATIVE["FLOAT" if "FLOAT" in kind else "DOUBLE"]
        if self.general is None:
            return Tolerance(usual)
        # A tolerance for all columns is meant for DOUBLE: a FLOAT has only seven digits.
        narrow = "FLOAT" in kind and self.general > 0
        return Tolerance(max(usual, self.general) if narrow else self.general)

    def require(self, columns: Iterable[tuple[str, str | None]]) -> None:
        """Refuse names that no column has, and columns without floats."""
        known: dict[str, list[tuple[str, str]]] = {}
        for column, kind in columns:
            if kind is not None:
                known.setdefault(fold(column), []).append((column, kind))
        for name, _ in self.named:
            if fold(name) not in known:
                given = [each[0][0] for each in known.values()]
                raise EntityKitError(
                    f"`{OPTION}` names the column `{name}`, which doesn't exist.",
                    fix=closest(name, given),
                )
            found = known[fold(name)]
            if not any(has_floats(kind) for _, kind in found):
                raise EntityKitError(
                    f"`{OPTION}` names `{name}`, which is {found[0][1]}: only FLOAT and DOUBLE are "
                    "rounded; everything else is compared exactly.",
                    fix=f"Remove `{name}`.",
                )


def parse(where: str, given: Any) -> Tolerances:
    """Read a `float_tolerance`: a number, or a number (or its parts) for each column."""
    if isinstance(given, Tolerances):
        return given
    if given is None:
        return Tolerances()
    if not isinstance(given, dict):
        return Tolerances(general=_number(where, OPTION, given, below=1))
    return Tolerances(
        named=tuple((str(n), _tolerance(where, n, each)) for n, each in given.items())
    )


def parse_words(words: Sequence[str]) -> Tolerances:
    """Read the command line's: `1e-9` for all columns, `amount=1e-9` for one."""
    option = "--float-tolerance"
    general: float | None = None
    named = []
    for word in words:
        column, is_named, number = word.rpartition("=")
        if is_named:
            named.append((column, Tolerance(_number(option, column, number, below=1))))
        else:
            general = _number(option, "all columns", number, below=1)
    return Tolerances(general, tuple(named))


def _tolerance(where: str, column: Any, given: Any) -> Tolerance:
    what = f"{OPTION}.{column}"
    if not isinstance(given, dict):
        return Tolerance(_number(where, what, given, below=1))
    for key in given:
        if key not in ("relative", "absolute"):
            raise EntityKitError(
                f"{where}: `{what}` knows relative, absolute; got `{key}`.", fix=_EXAMPLE
            )
    relative = _number(
        where, f"{what}.relative", given.get("relative", RELATIVE["DOUBLE"]), below=1
    )
    if given.get("absolute") is None:
        return Tolerance(relative)
    return Tolerance(
        relative, _number(where, f"{what}.absolute", given["absolute"], below=math.inf)
    )


def _number(where: str, what: str, given: Any, *, below: float) -> float:
    # YAML 1.1, which dbt reads, takes 1e-9 without a point for text.
    try:
        number = math.nan if isinstance(given, bool) else float(given)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 <= number < below:
        limit = "" if below == math.inf else f" and below {below}"
        raise EntityKitError(
            f"{where}: the tolerance `{what}` must be a number from 0{limit}; got {given!r}.",
            fix=f"{_EXAMPLE}; 0 compares exactly.",
        )
    return number


@dataclass(frozen=True, slots=True)
class Rounding:
    """Cells of a column that differ only by rounding.

    `largest` is the greatest difference; `relative` the greatest in proportion to its value, None
    where all are near zero.
    """

    column: str
    cells: int
    largest: float
    relative: float | None
    tolerance: float
    near_zero: float

    def __str__(self) -> str:
        many = self.cells != 1
        share = "" if self.relative is None else f" ({self.relative:.2g} relative)"
        return (
            f"{self.column}: {self.cells:,} cell{'s' if many else ''} "
            f"differ{'' if many else 's'} by rounding only, at most {self.largest:.2g}{share}; "
            f"tolerance {self.tolerance:g} (near zero {self.near_zero:.2g})"
        )


def merged(roundings: Iterable[Rounding]) -> tuple[Rounding, ...]:
    """Merge into one per column, with the greatest of each number."""
    found: dict[str, Rounding] = {}
    for each in roundings:
        known = found.get(each.column, each)
        shares = [r for r in (known.relative, each.relative) if r is not None]
        found[each.column] = Rounding(
            each.column,
            max(known.cells, each.cells),
            max(known.largest, each.largest),
            max(shares, default=None),
            max(known.tolerance, each.tolerance),
            max(known.near_zero, each.near_zero),
        )
    return tuple(found[name] for name in sorted(found))


def added(roundings: Iterable[Rounding]) -> tuple[Rounding, ...]:
    """Merge into one per column, adding up the cells."""
    listed = list(roundings)
    cells: dict[str, int] = {}
    for each in listed:
        cells[each.column] = cells.get(each.column, 0) + each.cells
    return tuple(
        Rounding(r.column, cells[r.column], r.largest, r.relative, r.tolerance, r.near_zero)
        for r in merged(listed)
    )


def as_json(roundings: Iterable[Rounding]) -> list[dict[str, Any]]:
    """Return the numbers as plain data."""
    return [
        {
            "column": each.column,
            "cells": each.cells,
            "largest": each.largest,
            "largest_relative": each.relative,
            "tolerance": each.tolerance,
            "near_zero": each.near_zero,
        }
        for each in roundings
    ]


def has_floats(kind: str) -> bool:
    """Return whether a type is FLOAT or DOUBLE, or a list or struct that contains one."""
    return _floats(parts(kind))


def _floats(of: Parts) -> bool:
    return of.kind in FLOATS or any(_floats(child) for _, child in of.children)


def same(kind: str, one: str, other: str, tolerance: Tolerance, near_zero: float) -> str:
    """Return the SQL that checks whether two values are equal within the tolerance; never NULL."""

    def scalar(a: str, b: str) -> str:
        a, b = f"{a}::double", f"{b}::double"
        # Halved, so that the difference of two huge numbers isn't infinite.
        return (
            f"isfinite({a}) and isfinite({b}) and abs({a} / 2 - {b} / 2) <= greatest("
            f"{tolerance.relative!r}::double * greatest(abs({a}), abs({b})), "
            f"{near_zero!r}::double) / 2"
        )

    return _same(parts(kind), one, other, scalar, 0)


def _same(of: Parts, one: str, other: str, scalar: Callable[[str, str], str], depth: int) -> str:
    equal = f"{one} is not distinct from {other}"
    if not _floats(of):
        return f"({equal})"
    if of.kind in FLOATS:
        within = scalar(one, other)
    elif of.kind == "STRUCT":
        fields = (
            _same(child, f"{one}[{literal(name)}]", f"{other}[{literal(name)}]", scalar, depth)
            for name, child in of.children
        )
        within = f"{one} is not null and {other} is not null and {' and '.join(fields)}"
    else:
        pair = f"pair_{depth}"
        element = _same(of.children[0][1], f"{pair}[1]", f"{pair}[2]", scalar, depth + 1)
        zipped = f"list_zip({_as_list(of, one)}, {_as_list(of, other)})"
        within = (
            f"len({_as_list(of, one)}) = len({_as_list(of, other)}) "
            f"and len(list_filter({zipped}, lambda {pair}: not {element})) = 0"
        )
    return f"({equal} or coalesce({within}, false))"


def gap(kind: str, one: str, other: str) -> str:
    """Return the SQL for the greatest difference of two values that are the same."""

    def scalar(each: Sequence[str]) -> str:
        a, b = (f"{value}::double" for value in each)
        return f"case when isfinite({a}) and isfinite({b}) then abs({a} - {b}) end"

    return _greatest(parts(kind), (one, other), scalar, 0)


def share(kind: str, one: str, other: str, tolerance: Tolerance) -> str:
    """Return the SQL for the greatest difference in proportion, of those that the share allows."""

    def scalar(each: Sequence[str]) -> str:
        a, b = (f"{value}::double" for value in each)
        part = f"abs({a} - {b}) / greatest(abs({a}), abs({b}))"
        return f"case when {part} <= {tolerance.relative!r}::double then {part} end"

    return _greatest(parts(kind), (one, other), scalar, 0)


def size(kind: str, value: str) -> str:
    """Return the SQL for the greatest finite number in a value, without its sign."""
    return _greatest(
        parts(kind),
        (value,),
        lambda each: f"case when isfinite({each[0]}) then abs({each[0]}::double) end",
        0,
    )


def _greatest(
    of: Parts, values: Sequence[str], scalar: Callable[[Sequence[str]], str], depth: int
) -> str:
    """Return the SQL for the greatest of what `scalar` makes of the floats in one or two values."""
    if of.kind in FLOATS:
        return scalar(values)
    if of.kind == "STRUCT":
        fields = [
            _greatest(child, [f"{value}[{literal(name)}]" for value in values], scalar, depth)
            for name, child in of.children
            if _floats(child)
        ]
        return f"greatest({', '.join(fields)})"
    item = f"item_{depth}"
    lists = ", ".join(_as_list(of, value) for value in values)
    places = [f"{item}[{place}]" for place in range(1, len(values) + 1)]
    inner = _greatest(of.children[0][1], places, scalar, depth + 1)
    return f"list_max(list_transform(list_zip({lists}), lambda {item}: {inner}))"


def _as_list(of: Parts, value: str) -> str:
    return f"{value}::{of.children[0][1].text}[]" if of.kind == "ARRAY" else value
