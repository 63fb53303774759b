"""The shop's models agree under every delivery, and equal plain Python over the same logs."""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
import yaml
from load_flights import load as load_flights
from shop import generate, generate_events

from entity_kit import Verdict, verify
from support.dbt_in_process import invoke, let_go
from support.sample_project import PROJECT, copy_sample
from support.verify_project import run

if TYPE_CHECKING:
    from pathlib import Path

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
START = datetime(1, 1, 1)  # noqa: DTZ001  (UTC without a zone, as in the tables)
LINES = ("analytics", "storage", "support")
# The shop's metrics are off by default: not every engine and dbt can build their tables.
METRICS = "{shop_metrics: true}"
FORMULAS = {
    "product_scores_daily": {
        "inventory_on_hand": "stock at the end",
        "units_sold_30d": "last 30 days",
        "revenue_30d": "quantity times unit price",
        "return_rate": "returned / pieces ordered",
        "avg_rating": "ratings / their number",
        "price_elasticity_score": "slope of quantity over price",
        "trending_score": "/ 7) /",
    },
    "team_scores": {
        "team_size": "Members at the end",
        "active_user_percentage": "/ team_size",
        "feature_adoption_score": "/ the 5",
        "collaboration_index": "/ sessions",
        "team_health_score": "+ collaboration_index) / 3",
    },
    "revenue_monthly": {
        "mrr": "sum(mrr)",
        "expansion_mrr": "mrr - mrr_before",
        "contraction_mrr": "mrr_before - mrr",
        "churned_mrr": "sum(mrr_before)",
        "net_revenue_retention": "/ sum(mrr_before)",
    },
    "customer_movements": {
        "cohort": "first month",
        "churned_mrr": "mrr_before where mrr = 0",
        "net_revenue_retention": "mrr / mrr_before",
    },
}
FORMULAS["product_scores_hourly"] = FORMULAS["product_scores_daily"]
FORMULAS["products_weekly"] = FORMULAS["products_monthly"] = FORMULAS["product_scores_daily"]


class Shop:
    """A copy of the project over a warehouse that has the shop's logs, and flights of some days."""

    def __init__(self, folder: Path, days: int = 0) -> None:
        self.folder = copy_sample(folder / "project")
        self.warehouse = folder / "flights.duckdb"
        if days:
            load_flights(self.warehouse, days=days, quiet=True)
        else:
            duckdb.connect(str(self.warehouse)).close()
            generate.load(self.warehouse)

    def dbt(self, *arguments: str) -> None:
        result, messages = invoke(self.folder, *arguments)
        let_go()
        assert result.success, messages

    def query(self, sql: str) -> list[dict[str, Any]]:
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            found = connection.execute(sql)
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def log(self, name: str) -> list[dict[str, Any]]:
        return self.query(f"from shop.{name}")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        made = Shop(tmp_path_factory.mktemp("shop"))
        patch.setenv("FLIGHTS_WAREHOUSE", str(made.warehouse))
        made.dbt("build", "--select", "path:models/shop", "--vars", METRICS)
        made.dbt("compile", "--select", "revenue_by_product_line_and_cohort", "--vars", METRICS)
        yield made


def latest(rows: list[dict[str, Any]], *keys: str) -> list[dict[str, Any]]:
    """Return the last loaded version of each row."""
    found: dict[Any, dict[str, Any]] = {}
    for row in rows:
        key = tuple(row[name] for name in keys)
        known = found.get(key)
        if known is None or row["loaded_at"] > known["loaded_at"]:
            found[key] = row
    return list(found.values())


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    aware = instant if instant.tzinfo else instant.replace(tzinfo=timezone.utc)
    return aware.astimezone(zone).date()


@pytest.mark.slow
def test_the_files_are_what_the_generator_writes(tmp_path: Path) -> None:
    generate_events.write(tmp_path)
    for name in generate_events.COLUMNS:
        made, kept = (
            duckdb.execute(f"from '{folder / name}.parquet'").fetchall()
            for folder in (tmp_path, generate_events.FOLDER)
        )
        assert made == kept, name
        assert len(kept) > 40


def test_every_score_has_its_formula_in_its_description() -> None:
    described = {
        model["name"]: {
            column["name"]: column.get("description", "") for column in model.get("columns", [])
        }
        for file in (PROJECT / "models" / "shop").rglob("*.yml")
        for model in yaml.safe_load(file.read_text("utf-8")).get("models", [])
    }
    for model, scores in FORMULAS.items():
        for score, formula in scores.items():
            assert formula in described[model][score], (model, score)


def test_every_model_is_described() -> None:
    for folder in ("shop", "flights"):
        files = list((PROJECT / "models" / folder).rglob("*.yml"))
        described = {
            model["name"]
            for file in files
            for model in yaml.safe_load(file.read_text("utf-8")).get("models", [])
            if model.get("description")
        }
        assert {file.stem for file in (PROJECT / "models" / folder).rglob("*.sql")} == described


@pytest.mark.slow
def test_the_products_scores_are_their_formulas(shop: Shop) -> None:
    items = latest(shop.log("line_items_log"), "line_item_id")
    stock = latest(shop.log("stock_log"), "product_code", "changed_at")
    sold: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in items:
        if not row["is_cancelled"]:
            sold[row["product_code"]].append(
                row
                | {
                    "day": local_day(row["ordered_at"], BERLIN),
                    "cents": int(row["unit_price"] * 100),
                }
            )
    rows = shop.query("from analytics.product_scores_daily")
    assert len(rows) > 1000
    scored = 0
    for row in rows:
        window = [
            item
            for item in sold[row["product_code"]]
            if row["period_start"] - timedelta(days=30) < item["day"] <= row["period_start"]
        ]
        week = [i for i in window if i["day"] > row["period_start"] - timedelta(days=7)]
        units = sum(item["quantity"] for item in window)
        assert row["units_sold_30d"] == units
        assert row["revenue_30d"] == sum(item["quantity"] * item["unit_price"] for item in window)
        ratings = [item["rating"] for item in window if item["rating"] is not None]
        returned = sum(item["returned_quantity"] for item in window)
        close(row["return_rate"], returned / units if units else None)
        close(row["avg_rating"], sum(ratings) / len(ratings) if ratings else None)
        close(
            row["trending_score"],
            (sum(item["quantity"] for item in week) / 7) / (units / 30) if units else None,
        )
        close(row["price_elasticity_score"], elasticity(window))
        scored += row["price_elasticity_score"] is not None
        seen = [
            change
            for change in stock
            if change["product_code"] == row["product_code"]
            and local_day(change["changed_at"], BERLIN) <= row["period_start"]
        ]
        on_hand = (
            max(seen, key=lambda change: change["changed_at"])["inventory_on_hand"]
            if seen
            else None
        )
        assert row["inventory_on_hand"] == on_hand
    assert scored > 1000


def close(given: float | None, expected: float | None) -> None:
    assert (given is None) == (expected is None)
    assert given is None or math.isclose(given, expected or 0, rel_tol=1e-9, abs_tol=1e-9)


def elasticity(items: list[dict[str, Any]]) -> float | None:
    """Return the least-squares slope of quantity over price, by the means: not as the model has it."""
    if not items:
        return None
    price = sum(item["cents"] for item in items) / len(items)
    quantity = sum(item["quantity"] for item in items) / len(items)
    spread = sum((item["cents"] - price) ** 2 for item in items)
    if not spread:
        return None
    together = sum((item["cents"] - price) * (item["quantity"] - quantity) for item in items)
    return together / spread * price / quantity


@pytest.mark.slow
def test_the_teams_scores_are_their_formulas(shop: Shop) -> None:
    sessions: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in latest(shop.log("sessions_log"), "session_id"):
        sessions[row["team_id"]].append(row | {"day": local_day(row["started_at"], NEW_YORK)})
    sizes = latest(shop.log("team_members_log"), "team_id", "changed_at")
    rows = shop.query("from analytics.team_scores")
    assert len(rows) > 500
    for row in rows:
        window = [
            session
            for session in sessions[row["team_id"]]
            if row["period_start"] - timedelta(days=28) < session["day"] <= row["period_start"]
        ]
        seen = [
            change
            for change in sizes
            if change["team_id"] == row["team_id"]
            and local_day(change["changed_at"], NEW_YORK) <= row["period_start"]
        ]
        size = max(seen, key=lambda change: change["changed_at"])["team_size"] if seen else None
        assert row["team_size"] == size
        active = min(len({s["user_id"] for s in window}) / size, 1) if size else None
        adopted = len({s["feature"] for s in window}) / 5
        shared = sum(s["shared_with"] is not None for s in window) / len(window) if window else 0
        close(row["active_user_percentage"], active)
        close(row["feature_adoption_score"], adopted)
        close(row["collaboration_index"], shared)
        close(row["team_health_score"], None if active is None else (active + adopted + shared) / 3)


def month_after(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def revenue_by_hand(log: list[dict[str, Any]]) -> dict[tuple[str, date, date], dict[str, int]]:
    """Walk through each contract's changes, month by month, and record the movements."""
    changes: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in latest(log, "contract_id", "changed_at"):
        changes[row["contract_id"]].append(row)
    last = max(row["changed_at"] for row in log).date().replace(day=1)
    found: dict[tuple[str, date, date], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for states in changes.values():
        states.sort(key=lambda row: row["changed_at"])
        before, cohort = 0, None
        month = states[0]["changed_at"].date().replace(day=1)
        while month <= last:
            end = datetime.combine(month_after(month), START.time())
            state = [row for row in states if row["changed_at"] < end][-1]
            now = 0 if state["is_ended"] else state["mrr"]
            cohort = cohort or (month if now else None)
            if cohort and (now or before):
                cell = found[state["product_line"], cohort, month]
                cell["mrr"] += now
                cell["new_mrr"] += now if not before else 0
                cell["expansion_mrr"] += max(now - before, 0) if before else 0
                cell["contraction_mrr"] += max(before - now, 0) if now else 0
                cell["churned_mrr"] += before if not now else 0
                cell["live_subscriptions"] += bool(now)
                cell["churned_subscriptions"] += bool(before and not now)
                cell["before"] += before
            before, month = now, month_after(month)
    return found


@pytest.mark.slow
def test_two_years_of_revenue_by_product_line_and_cohort_are_one_query(shop: Shop) -> None:
    name = "revenue_by_product_line_and_cohort"
    file = next((shop.folder / "target" / "compiled").rglob(f"{name}.sql"))
    answered = shop.query(file.read_text("utf-8"))
    by_hand = revenue_by_hand(shop.log("contracts_log"))
    months = sorted({row["period_start"] for row in answered})
    assert len(months) == 24
    assert (months[0], months[-1]) == (date(2022, 3, 1), date(2024, 2, 1))
    assert {row["product_line"] for row in answered} == set(LINES)
    expected = {key: cell for key, cell in by_hand.items() if key[2] >= months[0]}
    said = {
        (row["product_line"], row["cohort"], row["period_start"]): row
        for row in answered
        # A cohort whose contracts have all ended has months of zeros until the spine's end.
        if row["mrr"] or row["churned_mrr"]
    }
    assert set(said) == set(expected)
    counts = ("mrr", "new_mrr", "expansion_mrr", "contraction_mrr", "churned_mrr")
    counts += ("live_subscriptions", "churned_subscriptions")
    for key, cell in expected.items():
        assert {name: said[key][name] for name in counts} == {name: cell[name] for name in counts}
        kept = (
            cell["before"] + cell["expansion_mrr"] - cell["contraction_mrr"] - cell["churned_mrr"]
        )
        close(said[key]["net_revenue_retention"], kept / cell["before"] if cell["before"] else None)
        age = (key[2].year - key[1].year) * 12 + key[2].month - key[1].month
        assert said[key]["cohort_age"] == age
        first = by_hand[key[0], key[1], key[1]]["mrr"]
        if key[1] >= months[0]:
            close(said[key]["share_of_first_month"], cell["mrr"] / first)
    # What it is for: each line's revenue over two years, with what churned of it.
    assert sum(row["churned_mrr"] for row in answered) > 10_000
    totals = {
        line: {
            row["product_line_mrr"]
            for row in answered
            if row["product_line"] == line and row["period_start"] == months[-1]
        }
        for line in LINES
    }
    assert totals == {
        line: {
            sum(
                cell["mrr"]
                for key, cell in by_hand.items()
                if (key[0], key[2]) == (line, months[-1])
            )
        }
        for line in LINES
    }


@pytest.mark.slow
def test_customers_revenue_is_that_of_their_subscriptions(shop: Shop) -> None:
    by_hand: dict[date, int] = defaultdict(int)
    for (_, _, month), cell in revenue_by_hand(shop.log("contracts_log")).items():
        by_hand[month] += cell["mrr"]
    rows = shop.query("from analytics.customer_movements order by customer_id, period_start")
    total: dict[date, int] = defaultdict(int)
    for row in rows:
        total[row["period_start"]] += row["mrr"]
        moved = row["new_mrr"] + row["expansion_mrr"] - row["contraction_mrr"] - row["churned_mrr"]
        assert row["mrr"] == row["mrr_before"] + moved
    assert {month: mrr for month, mrr in total.items() if mrr} == by_hand
    assert sum(row["churned_mrr"] > 0 for row in rows) > 10


@pytest.mark.slow
def test_the_circles_are_those_that_long_sessions_connect(shop: Shop) -> None:
    sessions = latest(shop.log("sessions_log"), "session_id")
    circles = {str(row["user_id"]): {str(row["user_id"])} for row in shop.log("sessions_log")}
    for row in sessions:
        if row["shared_with"] is not None and row["minutes"] >= 80:
            joined = circles[str(row["user_id"])] | circles[str(row["shared_with"])]
            circles.update(dict.fromkeys(joined, joined))
    built: dict[str, set[str]] = defaultdict(set)
    rows = shop.query("from analytics.user_circles")
    for row in rows:
        built[row["person_id"]].add(row["node"])
    large = {user for user, circle in circles.items() if len(circle) > 6}
    assert {row["node"] for row in rows if row["reason"] == "max_members"} == large
    assert len(large) == 14
    for row in rows:
        expected = {row["node"]} if row["node"] in large else circles[row["node"]]
        assert built[row["person_id"]] == expected


@pytest.mark.slow
def test_customers_and_teams_are_as_their_logs_last_say(shop: Shop) -> None:
    log = [row for row in shop.log("customers_log") if row["customer_id"] is not None]
    last: dict[int, dict[str, Any]] = {}
    for row in log:
        key = (row["changed_at"] or START, row["revision"], row["loaded_at"])
        known = last.get(row["customer_id"])
        if known is None or key > known["key"]:
            last[row["customer_id"]] = row | {"key": key}
    current = shop.query("from analytics.customers_current")
    names = ("full_name", "city", "segment", "credit_limit", "email")
    assert {row["customer_id"]: row["is_deleted"] for row in current} == {
        customer: row["operation"] == "delete" for customer, row in last.items()
    }
    for row in current:
        assert [row[name] for name in names] == [last[row["customer_id"]][name] for name in names]
    assert 0 < sum(row["is_deleted"] for row in current) < len(current)

    sizes: dict[str, dict[str, Any]] = {}
    for row in sorted(
        latest(shop.log("team_members_log"), "team_id", "changed_at"), key=lambda r: r["changed_at"]
    ):
        sizes[row["team_id"]] = row
    teams = shop.query("from analytics.teams_overview")
    assert {row["team_id"]: (row["customer_id"], row["team_size"]) for row in teams} == {
        team: (row["customer_id"], row["team_size"]) for team, row in sizes.items()
    }
    assert sum(row["users"] for row in teams) == len(
        {row["user_id"] for row in shop.log("sessions_log")}
    )
    assert (
        sum(row["devices"] for row in teams)
        == shop.query(
            "select count(*) as devices from analytics.devices_current where not is_deleted"
        )[0]["devices"]
    )


@pytest.mark.slow
def test_every_model_agrees_under_every_schedule(shop: Shop) -> None:
    result = verify(shop.folder, profiles_dir=shop.folder, select=["path:models/shop"], steps=3)
    assert {model.name: model.verdict for model in result.models} == dict.fromkeys(
        [model.name for model in result.models], Verdict.AGREES
    )
    assert len(result.models) == 24
    # The logs' deliveries say nothing of updates and deletes: a restated row is a further row.
    assert {each.schedule for model in result.models for each in model.schedules} == {
        *("arrival", "rerun", "empty", "gap", "late", "redelivers", "split_batches", "storm"),
    }


@pytest.mark.slow
def test_the_flights_models_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flights = Shop(tmp_path, days=4)
    monkeypatch.setenv("FLIGHTS_WAREHOUSE", str(flights.warehouse))
    result = verify(
        flights.folder,
        profiles_dir=flights.folder,
        select=["path:models/flights"],
        steps=3,
        # A storm is all that the deliveries allow at once.
        schedules=["arrival", "storm"],
    )
    assert {model.name: model.verdict for model in result.models} == dict.fromkeys(
        [model.name for model in result.models], Verdict.AGREES
    )
    assert len(result.models) == 10


def metrics_of(shop: Shop, *words: str) -> Any:
    """Run `entity-kit metrics` on the shop, and return its exit code and its JSON."""
    places = ["--project-dir", str(shop.folder), "--profiles-dir", str(shop.folder)]
    finished = run(["metrics", *places, "--vars", METRICS, *words, "--format", "json"])
    return finished.exit_code, json.loads(finished.stdout)


def as_of(versions: list[dict[str, Any]], instant: datetime) -> Any:
    """Return the key of the version that was valid; before the first one, that of the first."""
    versions = sorted(versions, key=lambda each: each["valid_from"])
    if versions and instant < versions[0]["valid_from"]:
        return versions[0]["surrogate_key"]
    for each in versions:
        if each["valid_from"] <= instant and not (each["valid_to"] and each["valid_to"] <= instant):
            return each["surrogate_key"]
    return None


@pytest.mark.slow
def test_each_fact_has_the_dimensions_of_its_time(shop: Shop) -> None:
    """The star's transaction fact and its factless fact, looked up in plain Python."""
    versions: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for key, table in (("customer_id", "customers_history"), ("product_code", "products_history")):
        for each in shop.query(f"from analytics.{table}"):
            versions[each[key]].append(each)
    flags = {row["order_flags_key"]: row for row in shop.query("from analytics.dim_order_flags")}
    assert len(flags) == 12
    lines = {row["line_item_id"]: row for row in shop.query("from analytics.fct_order_lines")}
    logged = latest(shop.log("line_items_log"), "line_item_id")
    assert len(logged) == len(lines) > 1_000
    for each in logged:
        row, at = lines[each["line_item_id"]], each["ordered_at"]
        assert row["customer_key"] == as_of(versions[each["customer_id"]], at)
        assert row["product_key"] == as_of(versions[each["product_code"]], at)
        assert (row["ordered_on"], row["amount"]) == (
            at.date(),
            each["quantity"] * each["unit_price"],
        )
        rating = each["rating"]
        band = "none" if rating is None else "good" if rating >= 4 else "poor"
        junk = flags[row["order_flags_key"]]
        assert (junk["is_canceled"], junk["is_returned"], junk["rating_band"]) == (
            each["is_cancelled"],
            each["returned_quantity"] > 0,
            band,
        )
    visits = latest(shop.log("site_visits_log"), "visit_id")
    assert sorted(
        shop.query("select visit_id, customer_key, visited_on from analytics.fct_site_visits"),
        key=lambda row: row["visit_id"],
    ) == [
        {
            "visit_id": each["visit_id"],
            "customer_key": as_of(versions[each["customer_id"]], each["visited_at"]),
            "visited_on": each["visited_at"].date(),
        }
        for each in sorted(visits, key=lambda row: row["visit_id"])
    ]


@pytest.mark.slow
def test_contracts_reach_their_milestones_and_weights_add_up(shop: Shop) -> None:
    """The star's accumulating snapshot and its bridge, from the log in plain Python."""
    changes: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for each in latest(shop.log("contracts_log"), "contract_id", "changed_at"):
        changes[each["contract_id"]].append(each)
    rows = shop.query("from analytics.fct_contracts")
    assert len(rows) == len(changes) > 100
    for row in rows:
        log = sorted(changes[row["contract_id"]], key=lambda each: each["changed_at"])
        when = [(each["changed_at"], each["is_ended"], each["mrr"] >= 100) for each in log]
        signed = min((at for at, is_ended, _ in when if not is_ended), default=None)
        large = min((at for at, _, is_large in when if is_large), default=None)
        expected = (signed, large, when[-1][0] if when[-1][1] else None)
        assert (row["signed_at"], row["large_at"], row["ended_at"]) == expected
        for name, at in (("days_to_large", large), ("days_to_end", expected[2])):
            # Whole days, cut towards zero.
            days = None if None in (signed, at) else int((at - signed).total_seconds() / 86_400)
            assert row[name] == days
    minutes: dict[Any, int] = defaultdict(int)
    for each in latest(shop.log("sessions_log"), "session_id"):
        minutes[each["user_id"], each["feature"]] += each["minutes"]
    bridge = shop.query("from analytics.bridge_user_features")
    assert {(row["user_id"], row["feature"]): row["minutes"] for row in bridge} == minutes
    weights: dict[Any, float] = defaultdict(float)
    for row in bridge:
        weights[row["user_id"]] += row["weight"]
    assert list(weights.values()) == [pytest.approx(1)] * len(weights)
    assert len(bridge) > len(weights) > 50


@pytest.mark.slow
def test_the_metrics_are_their_formulas(shop: Shop) -> None:
    """The orders' metrics by hour, day, and week, and what a customer costs, from the logs in plain Python."""
    lines = [
        each
        for each in latest(shop.log("line_items_log"), "line_item_id")
        if not each["is_cancelled"]
    ]
    hours: dict[Any, list[Any]] = defaultdict(list)
    days: dict[Any, list[Any]] = defaultdict(list)
    first: dict[Any, datetime] = {}
    for each in lines:
        hours[each["ordered_at"].replace(minute=0, second=0)].append(each)
        days[each["ordered_at"].date()].append(each)
        customer = each["customer_id"]
        first[customer] = min(first.get(customer, each["ordered_at"]), each["ordered_at"])
    assert {
        row["period_start"]: (row["revenue"], row["orders"])
        for row in shop.query("from analytics.revenue_by_hour where orders > 0")
    } == {
        hour: (
            sum(e["quantity"] * e["unit_price"] for e in some),
            len({e["order_id"] for e in some}),
        )
        for hour, some in hours.items()
    }
    starts = [each["started_at"].date() for each in latest(shop.log("sessions_log"), "session_id")]
    users = [each["user_id"] for each in latest(shop.log("sessions_log"), "session_id")]
    for row in shop.query("from analytics.activity_by_day"):
        day = row["period_start"]
        some = days.get(day, [])
        revenue = sum(float(e["quantity"] * e["unit_price"]) for e in some)
        returned = sum(float(e["returned_quantity"] * e["unit_price"]) for e in some)
        assert row["return_rate"] == (pytest.approx(returned / revenue) if revenue else None), day
        window = {
            u for u, on in zip(users, starts, strict=True) if day - timedelta(27) <= on <= day
        }
        assert (row["active_users_28_days"] or 0) == len(window), day
    bills = latest(shop.log("marketing_spend_log"), "spend_id")
    for row in shop.query("from analytics.acquisition_by_month where new_customers > 0"):
        month = row["period_start"]
        spent = sum(e["amount"] for e in bills if e["spent_on"].replace(day=1) == month)
        new = sum(at.date().replace(day=1) == month for at in first.values())
        # Where nothing was spent there is no bill, and so no cost.
        assert (row["spend"] or 0, row["new_customers"]) == (spent, new)
        assert row["customer_acquisition_cost"] == (
            pytest.approx(float(spent) / new) if spent else None
        )


@pytest.mark.slow
def test_the_first_visits_convert_as_counted_by_hand(shop: Shop) -> None:
    """A first order converts the customer's first visit if it came on its day or within the six that follow."""
    tiers = {row["customer_id"]: row["tier"] for row in shop.query("from analytics.shop_customers")}
    first: dict[str, dict[Any, Any]] = {"visited_at": {}, "ordered_at": {}}
    for table, key, name in (
        ("site_visits_log", "visit_id", "visited_at"),
        ("line_items_log", "line_item_id", "ordered_at"),
    ):
        for each in latest(shop.log(table), key):
            if not each.get("is_cancelled"):
                customer, day = each["customer_id"], each[name].date()
                first[name][customer] = min(first[name].get(customer, day), day)
    orders = first["ordered_at"]
    found: dict[Any, list[bool]] = defaultdict(list)
    for customer, day in first["visited_at"].items():
        week = day - timedelta(days=day.weekday())
        converts = customer in orders and timedelta(0) <= orders[customer] - day < timedelta(days=7)
        found[week, tiers.get(customer)].append(converts)
    rows = {
        (row["period_start"], row["customer__tier"]): (row["first_visits"], row["visit_to_order_rate"])
        for row in shop.query("from analytics.conversion_by_week where first_visits > 0")
    }  # fmt: skip
    assert len(rows) > 10
    assert 10 < sum(map(sum, found.values())) < len(first["visited_at"]) - 10
    assert rows == {
        group: (len(some), pytest.approx(sum(some) / len(some))) for group, some in found.items()
    }


@pytest.mark.slow
def test_the_metrics_of_recurring_revenue_are_those_of_the_movements(shop: Shop) -> None:
    tiers = {row["customer_id"]: row["tier"] for row in shop.query("from analytics.shop_customers")}
    found: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in shop.query("from analytics.subscription_movements"):
        group = found[row["period_start"], row["product_line"], tiers.get(row["customer_id"])]
        for name in ("mrr", "expansion_mrr", "contraction_mrr", "churned_mrr"):
            group[name] += row[name]
        if row["cohort"] is not None and row["cohort"].year < 2024:
            group["kept"] += row["mrr"] if row["mrr_before"] > 0 else 0
            group["before"] += row["mrr_before"]
    rows = shop.query("from analytics.mrr_by_month")
    assert len(rows) == len(found) > 300
    for row in rows:
        group = found[row["period_start"], row["product_line"], row["customer__tier"]]
        for name in ("mrr", "expansion_mrr", "contraction_mrr", "churned_mrr"):
            assert row[name] == group[name]
        assert row["analytics_mrr"] == (
            group["mrr"] if row["product_line"] == "analytics" else None
        )
        kept = pytest.approx(group["kept"] / group["before"]) if group["before"] else None
        assert row["net_revenue_retention"] == kept


@pytest.mark.slow
def test_metrics_that_conflict_are_caught(shop: Shop) -> None:
    """The wrong ones are kept apart, in examples/. What is right has no finding."""
    wrong = PROJECT.parent / "examples" / "wrong_metrics" / "acquisition_costs.yml"
    added = shop.folder / "models" / "shop" / "metrics" / wrong.name
    added.write_text(wrong.read_text("utf-8"), "utf-8")
    try:
        code, found = metrics_of(shop, "--check", "--conflicts")
    finally:
        added.unlink()
    assert code == 1
    assert [(each["rule"], each["name"]) for each in found["findings"]] == [
        ("conflict", "customer_acquisition_cost")
    ]
    bills = latest(shop.log("marketing_spend_log"), "spend_id")
    january = [each for each in bills if each["spent_on"].month == 1]
    [row] = shop.query("from analytics.acquisition_by_month where period_start = '2024-01-01'")
    new = row["new_customers"]
    costs = [
        sum(float(each["amount"]) for each in some) / new
        for some in (january, [each for each in january if each["channel"] in ("search", "social")])
    ]
    reason = found["findings"][0]["reason"]
    values = re.search(r"2024-01-01: customer_acquisition_cost ([\d.]+), marketing_acquisition_cost ([\d.]+)\.", reason)  # fmt: skip
    assert values is not None, reason
    assert [float(each) for each in values.groups()] == pytest.approx(costs)
    assert "filter below: nothing / {{ Dimension('bill__channel') }} <> 'print'" in reason


@pytest.mark.slow
def test_the_metric_tables_agree_in_a_storm(shop: Shop) -> None:
    """With their full refresh, and with the definitions of the metrics whose tables they are."""
    result = verify(
        shop.folder,
        profiles_dir=shop.folder,
        select=["path:models/shop/metrics"],
        variables={"shop_metrics": True},
        steps=2,
        schedules=["storm"],
    )
    assert {model.name: model.verdict for model in result.models} == dict.fromkeys(
        [model.name for model in result.models], Verdict.AGREES
    )
    assert len(result.models) == 8
