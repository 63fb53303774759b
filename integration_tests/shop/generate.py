# ruff: noqa: INP001, S311 - a script that tests also import, not a package; nothing here is a secret
"""Writes the change logs of a small shop: customers, subscriptions, products and teams.

`python generate.py` writes one Parquet file a table beside itself, always the same; README.md says
what the columns mean. `load(path)` puts the files into a DuckDB file as schema `shop`.
"""

from __future__ import annotations

import hashlib
import random
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb

FOLDER = Path(__file__).resolve().parent / "data"
SEED = 20240101
START = datetime(2024, 1, 1, tzinfo=timezone.utc)
DAYS = 45
CUSTOMERS = 120
PRODUCTS = 36
TEAMS = 14

COLUMNS = {
    "customers_log": {
        "customer_id": "INTEGER",
        "full_name": "VARCHAR",
        "city": "VARCHAR",
        "segment": "VARCHAR",
        "credit_limit": "DECIMAL(10, 2)",
        "email": "VARCHAR",
        "operation": "VARCHAR",
        "revision": "INTEGER",
        "changed_at": "TIMESTAMP",
        "loaded_at": "TIMESTAMP",
    },
    "subscriptions_log": {
        "customer_id": "INTEGER",
        "product_code": "VARCHAR",
        "add_on": "VARCHAR",
        "plan": "VARCHAR",
        "seats": "INTEGER",
        "monthly_price": "DECIMAL(10, 2)",
        "is_cancelled": "BOOLEAN",
        "changed_at": "TIMESTAMPTZ",
        "loaded_at": "TIMESTAMP",
    },
    "products_extract": {
        "product_code": "VARCHAR",
        "title": "VARCHAR",
        "category": "VARCHAR",
        "price": "DECIMAL(10, 2)",
        "updated_at": "TIMESTAMP",
        "extracted_at": "TIMESTAMP",
    },
    "teams_log": {
        "team_id": "VARCHAR",
        "team_name": "VARCHAR",
        "region": "VARCHAR",
        "captain_id": "INTEGER",
        "is_disbanded": "BOOLEAN",
        "change_number": "INTEGER",
        "changed_on": "DATE",
        "loaded_at": "TIMESTAMP",
    },
}

CITIES = ["Bergen", "Gent", "Kyoto", "Lima", "Oslo", "Porto", "Tartu", "Turin", None, ""]
NAMES = ["Ada", "Ben", "Chloé", "Dag", "Eve", "Finn", "Gül", "Håkon", "Ines", "Jo"]
SEGMENTS = ["private", "business", "public", "null", None]
PLANS = {"basic": 10, "plus": 18, "pro": 32}
ADD_ONS = [None, None, "backup", "support"]
CATEGORIES = ["books", "games", "garden", "kitchen"]
REGIONS = ["north", "south", "east", "west"]

Row = dict[str, Any]


class Loader:
    """The pipeline that brings changes to the warehouse: every six hours, and not always well."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self.rows: list[Row] = []

    def bring(self, row: Row, changed_at: datetime, **restated: Any) -> None:
        """Load a change, mostly with the next batch; it may be late, come again or be restated."""
        arrived = self._batch(changed_at)
        if self._draw.random() < 0.08:
            arrived = self._batch(changed_at + timedelta(hours=self._draw.randint(8, 90)))
        self.rows.append(row | {"loaded_at": arrived})
        if self._draw.random() < 0.06:
            again = self._batch(arrived + timedelta(hours=self._draw.randint(1, 40)))
            self.rows.append(row | {"loaded_at": again})
        if restated and self._draw.random() < 0.07:
            mended = self._batch(arrived + timedelta(hours=self._draw.randint(1, 72)))
            self.rows.append(row | restated | {"loaded_at": mended})

    @staticmethod
    def _batch(time: datetime) -> datetime:
        return time.replace(hour=time.hour // 6 * 6, minute=0, second=0) + timedelta(hours=6)


def customers(draw: random.Random) -> list[Row]:
    """Return the log of customers: deletions that some come back from, and revisions that tie."""
    loader = Loader(draw)
    for customer_id in range(1, CUSTOMERS + 1):
        state: Row = {
            "customer_id": customer_id,
            "full_name": f"{draw.choice(NAMES)} {draw.choice('ABCDEFGHIJ')}.",
            "city": draw.choice(CITIES),
            "segment": draw.choice(SEGMENTS),
            "credit_limit": draw.choice([None, 0, 100, 250, 1000]),
            "email": f"c{customer_id}@example.org",
            "operation": "upsert",
            "revision": 1,
        }
        time = START + timedelta(seconds=draw.randint(0, 15 * 86_400))
        while time < START + timedelta(days=DAYS):
            row = state | {"changed_at": time}
            loader.bring(row, time, city=draw.choice(CITIES))
            if draw.random() < 0.06:
                # Two changes of one instant: the source counts them, and the count decides.
                state = state | {"city": draw.choice(CITIES)}
                loader.bring(row | state | {"revision": 2}, time)
            is_gone = state["operation"] == "delete"
            change = "upsert" if is_gone else draw.choice(_CUSTOMER_CHANGES)
            state = state | {
                "city": {"city": draw.choice(CITIES)},
                "segment": {"segment": draw.choice(SEGMENTS)},
                "credit_limit": {"credit_limit": draw.choice([None, 0, 100, 250, 1000])},
                "email": {"email": draw.choice([None, f"new{time.day}.{customer_id}@example.org"])},
                "delete": {"operation": "delete"},
                "upsert": {"operation": "upsert"},
            }.get(change, {})
            if is_gone and draw.random() < 0.4:
                break
            time += timedelta(seconds=draw.randint(3_600, 12 * 86_400))
    return loader.rows


_CUSTOMER_CHANGES = ["city", "city", "segment", "credit_limit", "email", "delete", "nothing"]


def subscriptions(draw: random.Random) -> list[Row]:
    """Return the log of subscriptions, whose key has a part that may be NULL."""
    loader = Loader(draw)
    keys = sorted(
        {
            (draw.randint(1, CUSTOMERS), f"P{draw.randint(1, 8):02}", draw.choice(ADD_ONS))
            for _ in range(150)
        },
        key=str,
    )
    for customer_id, product_code, add_on in keys:
        time = START + timedelta(minutes=draw.randint(0, 25 * 1_440))
        seats = draw.randint(1, 5)
        plan = draw.choice(list(PLANS))
        is_cancelled = False
        for _ in range(draw.randint(1, 7)):
            loader.bring(
                {
                    "customer_id": customer_id,
                    "product_code": product_code,
                    "add_on": add_on,
                    "plan": plan,
                    "seats": seats,
                    "monthly_price": PLANS[plan] * seats,
                    "is_cancelled": is_cancelled,
                    "changed_at": time,
                },
                time,
                seats=seats + 1,
            )
            plan = draw.choice(list(PLANS))
            seats = draw.choice([seats, draw.randint(1, 5)])
            is_cancelled = not is_cancelled and draw.random() < 0.2
            time += timedelta(minutes=draw.randint(60, 9 * 1_440))
    return loader.rows


def products(draw: random.Random) -> list[Row]:
    """Return a complete extract of the products a day; what is missing from one is gone."""
    shelf: dict[str, Row] = {}
    rows: list[Row] = []
    for day in range(DAYS):
        night = START + timedelta(days=day, hours=2)
        for number in range(1, PRODUCTS + 1):
            code = f"P{number:02}"
            updated = night - timedelta(minutes=draw.randint(1, 1_300))
            if code not in shelf:
                if draw.random() < (0.5 if day == 0 else 0.05):
                    shelf[code] = {
                        "product_code": code,
                        "title": f"Product {number}",
                        "category": draw.choice(CATEGORIES),
                        "price": draw.randint(300, 9_900) / 100,
                        "updated_at": updated,
                    }
            elif draw.random() < 0.04:
                shelf[code] = shelf[code] | {
                    "price": draw.randint(300, 9_900) / 100,
                    "updated_at": updated,
                }
            elif draw.random() < 0.01:
                del shelf[code]
        # An extract that broke off lacks a product that the next has again, unchanged.
        missing = {draw.choice(list(shelf))} if day % 11 == 7 else set()
        rows += [
            row | {"extracted_at": night} for code, row in shelf.items() if code not in missing
        ]
    return rows


def teams(draw: random.Random) -> list[Row]:
    """Return the log of teams: whole days only, so the change number orders the changes of a day."""
    loader = Loader(draw)
    for number in range(1, TEAMS + 1):
        state: Row = {
            "team_id": f"team-{number}",
            "team_name": f"Team {number}",
            "region": draw.choice(REGIONS),
            "captain_id": draw.randint(1, CUSTOMERS),
            "is_disbanded": False,
        }
        time = START + timedelta(hours=draw.randint(0, 200))
        for change_number in range(1, draw.randint(4, 14)):
            row = state | {"change_number": change_number, "changed_on": time.date()}
            loader.bring(row, time, captain_id=draw.randint(1, CUSTOMERS))
            change = draw.choice(["region", "captain_id", "captain_id", "is_disbanded"])
            state = (
                state
                | {
                    "region": {"region": draw.choice(REGIONS)},
                    "captain_id": {"captain_id": draw.choice([None, draw.randint(1, CUSTOMERS)])},
                    "is_disbanded": {"is_disbanded": not state["is_disbanded"]},
                }[change]
            )
            time += timedelta(hours=draw.choice([2, 5, 20, 50, 120]))
    return loader.rows


def unplaceable(draw: random.Random) -> list[Row]:
    """Return rows of the customers' log that can't be placed: no time of change, or no key."""
    row = dict.fromkeys(COLUMNS["customers_log"]) | {"operation": "upsert", "revision": 1}
    time = START + timedelta(days=draw.randint(5, 20))
    return [
        row | {"customer_id": 1, "loaded_at": time},
        row | {"full_name": "nobody", "changed_at": time, "loaded_at": time + timedelta(days=1)},
    ]


def tables() -> dict[str, list[Row]]:
    """Return the rows of each table, in the order in which they arrived."""
    made = {
        "customers_log": customers(random.Random(SEED)) + unplaceable(random.Random(SEED + 1)),
        "subscriptions_log": subscriptions(random.Random(SEED + 2)),
        "products_extract": products(random.Random(SEED + 3)),
        "teams_log": teams(random.Random(SEED + 4)),
    }
    for rows in made.values():
        rows.sort(key=lambda row: (row.get("loaded_at") or row["extracted_at"], str(row)))
    return made


def write(folder: Path = FOLDER) -> None:
    """Write one Parquet file a table."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for name, rows in tables().items():
            columns = COLUMNS[name]
            kinds = ", ".join(f"{column} {kind}" for column, kind in columns.items())
            connection.execute(f"create table {name} ({kinds})")
            places = ", ".join("?" for _ in columns)
            connection.executemany(
                f"insert into {name} values ({places})",
                [[_value(row[column], kind) for column, kind in columns.items()] for row in rows],
            )
            connection.execute(f"copy {name} to '{folder / name}.parquet' (format parquet)")


def _value(value: Any, kind: str) -> Any:
    """Take the zone from a plain timestamp: everything here happens in UTC."""
    if kind == "TIMESTAMP" and value is not None:
        return value.replace(tzinfo=None)
    return value


def load(path: Path, folder: Path = FOLDER) -> None:
    """Put the files of the folder into a DuckDB file as schema `shop`, unless they are there already."""
    files = sorted(folder.glob("*.parquet"))
    contents = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    with duckdb.connect(str(path), read_only=True) as connection:
        known = connection.execute(
            "select comment from duckdb_tables() where schema_name = 'shop'"
        ).fetchall()
    if {(contents,)} == set(known) and len(known) == len(files):
        return
    with duckdb.connect(str(path)) as connection:
        connection.execute("drop schema if exists shop cascade; create schema shop")
        for file in files:
            connection.execute(f"create table shop.{file.stem} as from '{file}'")
            connection.execute(f"comment on table shop.{file.stem} is '{contents}'")


if __name__ == "__main__":
    write()
