"""Metrics over generated rows in plain Python, as their definitions read: no SQL, no macro of ours."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Row = dict[str, Any]
# The time spine of the shop.
DAYS = [date(2023, 12, 1) + timedelta(days=number) for number in range(213)]


def day_of(moment: datetime | None) -> date | None:
    """Return the day of a time."""
    return None if moment is None else moment.date()


def month_of(day: date) -> date:
    """Return the first day of a day's month."""
    return day.replace(day=1)


def quarter_of(day: date) -> date:
    """Return the first day of a day's quarter."""
    return day.replace(month=day.month - (day.month - 1) % 3, day=1)


def total(values: list[Any]) -> Any:
    """Return the sum of the values that aren't NULL; NULL if there is none."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def distinct(values: list[Any]) -> int:
    """Return how many different values there are."""
    return len({value for value in values if value is not None})


def first(values: list[Any]) -> Any:
    """Return the first value."""
    return values[0]


def last(values: list[Any]) -> Any:
    """Return the last value."""
    return values[-1]


def average(values: list[Any]) -> Any:
    """Return the mean of the values that aren't NULL."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


@dataclass(frozen=True)
class Cumulative:
    """A cumulative metric: which row counts on a day, and which day's value a longer period has."""

    column: str
    aggregate: Callable[[list[Any]], Any]
    reaches: Callable[[date, date], bool]
    is_done: bool = False
    of_period: Callable[[list[Any]], Any] = first
    fill: int | None = None

    def values(self, rows: Iterable[Row], period_of: Callable[[date], date]) -> dict[Any, Any]:
        """Return the value of each period and customer."""
        known = [row for row in rows if row["ordered_at"] is not None]
        counted = [row for row in known if not self.is_done or row["status"] == "done"]
        found: dict[Any, list[Any]] = defaultdict(list)
        for day in DAYS:
            groups: dict[Any, list[Any]] = defaultdict(list)
            for row in counted:
                if self.reaches(row["ordered_at"].date(), day):
                    groups[row["customer_id"]].append(row[self.column])
            for customer, values in groups.items():
                value = self.aggregate(values)
                found[period_of(day), customer].append(self.fill if value is None else value)
        return {key: self.of_period(values) for key, values in found.items()}


def _within(days: int) -> Callable[[date, date], bool]:
    return lambda own, shown: own <= shown < own + timedelta(days=days)


def _is_done(row: Row) -> bool:
    return bool(row["status"] == "done")


def balances(
    rows: Iterable[Row], choose: Callable[..., date], group: str | None, by: str
) -> dict[Any, Any]:
    """Return by month and `by` the sum over the rows of the chosen day, of the month and the group.

    Rows whose group is NULL are in no group.
    """
    days: dict[Any, date] = {}
    known = [row for row in rows if row["ordered_at"] and (not group or row[group] is not None)]

    def unit(row: Row) -> Any:
        return month_of(row["ordered_at"].date()), row[group] if group else None

    for row in known:
        day = row["ordered_at"].date()
        days[unit(row)] = choose(days.get(unit(row), day), day)
    found: dict[Any, list[Any]] = defaultdict(list)
    for row in known:
        if row["ordered_at"].date() == days[unit(row)]:
            found[unit(row)[0], row[by]].append(row["amount"])
    return {key: total(values) for key, values in found.items()}


def spined_done(rows: Iterable[Row]) -> dict[Any, Any]:
    """Return by month and customer what is done, and 0 for the months of the time spine without."""
    found: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        if _is_done(row) and row["ordered_at"]:
            found[month_of(row["ordered_at"].date()), row["customer_id"]].append(row["amount"])
    months = {month for month, _ in found}
    return {key: total(values) or 0 for key, values in found.items()} | {
        (month_of(day), None): 0 for day in DAYS if month_of(day) not in months
    }


CUMULATIVE = {
    "last_7_days": Cumulative("amount", total, _within(7)),
    "month_to_date": Cumulative(
        "amount", total, lambda own, shown: month_of(shown) <= own <= shown
    ),
    "active_buyers": Cumulative("customer_id", distinct, _within(14), is_done=True),
    "ends_with": Cumulative("amount", total, _within(7), is_done=True, of_period=last, fill=0),
    "on_average": Cumulative(
        "amount",
        total,
        lambda own, shown: quarter_of(shown) <= own <= shown,
        is_done=True,
        of_period=average,
        fill=0,
    ),
}


def change_since(rows: Iterable[Row], earlier: Callable[[date], date]) -> dict[date, Any]:
    """Return by month the sum less that of an earlier month, where both are known."""
    months: dict[date, list[Any]] = defaultdict(list)
    for row in rows:
        if row["ordered_at"] is not None:
            months[month_of(row["ordered_at"].date())].append(row["amount"])
    sums = {month: total(values) for month, values in months.items()}
    changes = {}
    for month in {month_of(day) for day in DAYS}:
        now, before = sums.get(month), sums.get(earlier(month))
        if now is not None and before is not None:
            changes[month] = now - before
    return changes


def days_before(day: date, days: int) -> date:
    """Return the day that many days earlier."""
    return day - timedelta(days=days)


def month_before(day: date) -> date:
    """Return the same day of the month before, or the last one that it has."""
    end = day.replace(day=1) - timedelta(days=1)
    return end.replace(day=min(day.day, end.day))


def conversions(
    visits: Iterable[Row], orders: Iterable[Row], start: Callable[[date], date]
) -> dict[Any, list[Row]]:
    """Return the orders by month and channel of the latest visit before each, by the same customer.

    It is later than `start` of the day of the order. Of several on a day it is the one whose channel comes first.
    """
    found: dict[Any, list[Row]] = defaultdict(list)
    for order in orders:
        if order["ordered_at"] is None:
            continue
        day = order["ordered_at"].date()
        candidates = [
            visit
            for visit in visits
            if visit["customer_id"] is not None
            and visit["customer_id"] == order["customer_id"]
            and visit["visited_at"] is not None
            and start(day) < visit["visited_at"].date() <= day
        ]
        if candidates:
            latest = max(visit["visited_at"].date() for visit in candidates)
            names = [v["channel"] for v in candidates if v["visited_at"].date() == latest]
            first_name = min(names, key=lambda name: (name is None, name or ""))
            found[month_of(latest), first_name].append(order)
    return found
