# ruff: noqa: INP001, S311 - a script that tests also import, not a package; nothing here is a secret
"""Writes the events of the shop and of its fleet of devices, beside the change logs of generate.py.

Line items of orders, ratings, stock counts, users' sessions, contracts over two years, devices and
their telemetry: always the same. README-events.md says what the columns mean.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb

FOLDER = Path(__file__).resolve().parent / "data"
SEED = 20240215
START = datetime(2024, 1, 1, tzinfo=timezone.utc)
DAYS = 45
CUSTOMERS, PRODUCTS, TEAMS = 120, 36, 14

COLUMNS = {
    "line_items_log": {
        "line_item_id": "INTEGER",
        "order_id": "INTEGER",
        "customer_id": "INTEGER",
        "product_code": "VARCHAR",
        "variant": "VARCHAR",
        "quantity": "INTEGER",
        "unit_price": "DECIMAL(10, 2)",
        "returned_quantity": "INTEGER",
        "rating": "INTEGER",
        "is_cancelled": "BOOLEAN",
        "ordered_at": "TIMESTAMP",
        "loaded_at": "TIMESTAMP",
    },
    "stock_log": {
        "product_code": "VARCHAR",
        "inventory_on_hand": "INTEGER",
        "list_price": "DECIMAL(10, 2)",
        "category": "VARCHAR",
        "changed_at": "TIMESTAMP",
        "loaded_at": "TIMESTAMP",
    },
    "sessions_log": {
        "session_id": "INTEGER",
        "team_id": "VARCHAR",
        "user_id": "INTEGER",
        "feature": "VARCHAR",
        "shared_with": "INTEGER",
        "minutes": "INTEGER",
        "started_at": "TIMESTAMPTZ",
        "loaded_at": "TIMESTAMP",
    },
    "team_members_log": {
        "team_id": "VARCHAR",
        "customer_id": "INTEGER",
        "team_size": "INTEGER",
        "changed_at": "TIMESTAMP",
        "loaded_at": "TIMESTAMP",
    },
    "contracts_log": {
        "contract_id": "INTEGER",
        "customer_id": "INTEGER",
        "product_line": "VARCHAR",
        "mrr": "INTEGER",
        "is_ended": "BOOLEAN",
        "changed_at": "TIMESTAMP",
        "loaded_at": "TIMESTAMP",
    },
    "devices_log": {
        "device_id": "VARCHAR",
        "location": "VARCHAR",
        "team_id": "VARCHAR",
        "firmware": "VARCHAR",
        "is_retired": "BOOLEAN",
        "changed_at": "TIMESTAMP",
        "loaded_at": "TIMESTAMP",
    },
    "telemetry_log": {
        "reading_id": "INTEGER",
        "device_id": "VARCHAR",
        "temperature": "DECIMAL(6, 2)",
        "error_count": "INTEGER",
        "measured_at": "TIMESTAMP",
        "loaded_at": "TIMESTAMP",
    },
    "marketing_spend_log": {
        "spend_id": "INTEGER",
        "channel": "VARCHAR",
        "amount": "DECIMAL(10, 2)",
        "spent_on": "DATE",
        "loaded_at": "TIMESTAMP",
    },
    "site_visits_log": {
        "visit_id": "INTEGER",
        "customer_id": "INTEGER",
        "visited_at": "TIMESTAMP",
        "loaded_at": "TIMESTAMP",
    },
}
Row = dict[str, Any]


def _arrivals(draw: random.Random, time: datetime, hours: int) -> datetime:
    """Return when a row arrives: with the next batch, or, one time in twelve, up to three days late."""
    late = timedelta(hours=draw.randint(6, 60)) if draw.random() < 0.08 else timedelta(0)
    stamp = (time + late).replace(minute=0, second=0, microsecond=0)
    return stamp.replace(hour=stamp.hour // hours * hours) + timedelta(hours=hours)


def _bring(draw: random.Random, rows: list[Row], row: Row, time: datetime, **restated: Any) -> None:
    """Add a row's versions: mostly one; sometimes it comes again, sometimes restated."""
    arrived = _arrivals(draw, time, 6)
    rows.append(row | {"loaded_at": arrived})
    if draw.random() < 0.03:
        rows.append(row | {"loaded_at": arrived + timedelta(hours=6 * draw.randint(1, 8))})
    if restated and draw.random() < 0.06:
        rows.append(
            row | restated | {"loaded_at": arrived + timedelta(hours=6 * draw.randint(1, 12))}
        )


def _moments(draw: random.Random, count: int) -> list[datetime]:
    return sorted(START + timedelta(seconds=draw.randint(0, DAYS * 86_400)) for _ in range(count))


def line_items(draw: random.Random) -> list[Row]:
    """Return line items; a restated one may be cancelled, returned, or moved to another day."""
    rows: list[Row] = []
    number = 0
    for order_id, ordered_at in enumerate(_moments(draw, 700), 1):
        customer_id = draw.randint(1, CUSTOMERS)
        for _ in range(draw.randint(1, 3)):
            number += 1
            quantity = draw.randint(1, 4)
            row: Row = {
                "line_item_id": number,
                "order_id": order_id,
                "customer_id": customer_id,
                "product_code": f"P{draw.randint(1, PRODUCTS):02}",
                "variant": draw.choice(["small", "large", None]),
                "quantity": quantity,
                "unit_price": draw.randint(300, 9_900) / 100,
                "returned_quantity": 0,
                "rating": draw.choice([None, 1, 3, 4, 5, 5]),
                "is_cancelled": False,
                "ordered_at": ordered_at,
            }
            changes = draw.choice(
                [
                    {"returned_quantity": draw.randint(1, quantity)},
                    {"is_cancelled": True},
                    {"ordered_at": ordered_at - timedelta(days=1)},
                    {"product_code": f"P{draw.randint(1, PRODUCTS):02}"},
                ],
            )
            _bring(draw, rows, row, ordered_at, **changes)
    return rows


def stock(draw: random.Random) -> list[Row]:
    """Return counts of the stock, with price and category, when one of them changed."""
    rows: list[Row] = []
    for product in range(1, PRODUCTS + 1):
        price, category = (
            draw.randint(300, 9_900) / 100,
            draw.choice(["books", "games", "garden"]),
        )
        for changed_at in _moments(draw, draw.randint(1, 9)):
            if draw.random() < 0.4:
                price = draw.randint(300, 9_900) / 100
            row = {
                "product_code": f"P{product:02}",
                "inventory_on_hand": draw.randint(0, 200),
                "list_price": price,
                "category": category,
                "changed_at": changed_at,
            }
            _bring(draw, rows, row, changed_at, inventory_on_hand=draw.randint(0, 200))
    return rows


def sessions(draw: random.Random) -> list[Row]:
    """Return sessions of the teams' users."""
    rows: list[Row] = []
    for session_id, started_at in enumerate(_moments(draw, 1_500), 1):
        team = draw.randint(1, TEAMS)
        user_id = team * 100 + draw.randint(1, 8)
        row = {
            "session_id": session_id,
            "team_id": f"team-{team}",
            "user_id": user_id,
            "feature": draw.choice(["boards", "files", "search", "reports", "export"]),
            "shared_with": draw.choice([None, None, team * 100 + draw.randint(1, 8)]),
            "minutes": draw.randint(1, 90),
            "started_at": started_at,
        }
        _bring(draw, rows, row, started_at, minutes=draw.randint(1, 90))
    return rows


def team_members(draw: random.Random) -> list[Row]:
    """Return the size of each team, and the customer that it belongs to."""
    rows: list[Row] = []
    for team in range(1, TEAMS + 1):
        size = draw.randint(2, 8)
        for changed_at in _moments(draw, draw.randint(1, 6)):
            row = {
                "team_id": f"team-{team}",
                "customer_id": team * 3,
                "team_size": size,
                "changed_at": changed_at,
            }
            _bring(draw, rows, row, changed_at, team_size=size + 1)
            size = max(1, size + draw.randint(-1, 2))
    return rows


def contracts(draw: random.Random) -> list[Row]:
    """Return two years of contracts: new, expanded, contracted, ended, some begun again."""
    rows: list[Row] = []
    for contract_id in range(1, 161):
        time = datetime(2022, 2, 1, tzinfo=timezone.utc) + timedelta(hours=draw.randint(0, 16_000))
        mrr = draw.choice([20, 50, 120, 400])
        is_ended = False
        for _ in range(draw.randint(1, 7)):
            if time >= START + timedelta(days=DAYS):
                break
            row = {
                "contract_id": contract_id,
                "customer_id": contract_id % CUSTOMERS + 1,
                "product_line": ["analytics", "storage", "support"][contract_id % 3],
                "mrr": mrr,
                "is_ended": is_ended,
                "changed_at": time,
            }
            _bring(draw, rows, row, time, mrr=mrr + 10)
            is_ended = not is_ended and draw.random() < 0.25
            mrr = max(10, mrr + draw.choice([-30, 20, 50, 80]))
            time += timedelta(hours=draw.randint(200, 5_000))
    return rows


def devices(draw: random.Random) -> list[Row]:
    """Return changes of the devices: where they stand, whose they are, what runs on them."""
    rows: list[Row] = []
    for device in range(1, 25):
        state: Row = {
            "device_id": f"d-{device:02}",
            "location": draw.choice(["hall", "yard", "roof"]),
            "team_id": f"team-{draw.randint(1, TEAMS)}",
            "firmware": "1.0",
            "is_retired": False,
        }
        for changed_at in _moments(draw, draw.randint(1, 5)):
            _bring(
                draw,
                rows,
                state | {"changed_at": changed_at},
                changed_at,
                location="store",
            )
            state = state | draw.choice(
                [
                    {"location": draw.choice(["hall", "yard", "roof"])},
                    {"firmware": f"1.{draw.randint(1, 9)}"},
                    {"is_retired": not state["is_retired"]},
                ],
            )
    return rows


def telemetry(draw: random.Random) -> list[Row]:
    """Return readings of the devices, some of them days late."""
    rows: list[Row] = []
    for reading_id, measured_at in enumerate(_moments(draw, 3_000), 1):
        row = {
            "reading_id": reading_id,
            "device_id": f"d-{draw.randint(1, 24):02}",
            "temperature": draw.randint(-1_000, 4_500) / 100,
            "error_count": draw.choice([0, 0, 0, 1, 3]),
            "measured_at": measured_at,
        }
        _bring(draw, rows, row, measured_at)
    return rows


def marketing_spend(draw: random.Random) -> list[Row]:
    """Return what was spent on each day and channel; a bill may be corrected."""
    rows: list[Row] = []
    channels = ["search", "social", "print", None]
    for day in range(DAYS):
        spent_at = START + timedelta(days=day, hours=20)
        for place, channel in enumerate(channels):
            row = {
                "spend_id": day * len(channels) + place + 1,
                "channel": channel,
                "amount": draw.randint(1_000, 20_000) / 100,
                "spent_on": spent_at.date(),
            }
            _bring(draw, rows, row, spent_at, amount=draw.randint(1_000, 20_000) / 100)
    return rows


def site_visits(draw: random.Random) -> list[Row]:
    """Return the customers' visits of the site; a clock that was wrong is put right afterwards."""
    rows: list[Row] = []
    for visit_id, visited_at in enumerate(_moments(draw, 400), 1):
        row = {
            "visit_id": visit_id,
            "customer_id": draw.randint(1, CUSTOMERS),
            "visited_at": visited_at,
        }
        _bring(draw, rows, row, visited_at, visited_at=visited_at - timedelta(hours=30))
    return rows


def tables() -> dict[str, list[Row]]:
    """Return the rows of each table, in the order in which they arrived."""
    makers = [
        *(line_items, stock, sessions, team_members, contracts, devices, telemetry),
        *(marketing_spend, site_visits),
    ]
    made = {
        name: maker(random.Random(SEED + number))
        for number, (name, maker) in enumerate(zip(COLUMNS, makers, strict=True))
    }
    for rows in made.values():
        rows.sort(key=lambda row: (row["loaded_at"], str(row)))
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


if __name__ == "__main__":
    write()
