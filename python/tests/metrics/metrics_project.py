"""A shop whose metrics are of every kind, as one dbt project: orders and returns, each with its own times."""

from __future__ import annotations

import farther_metrics as farther

SEMANTIC_MODELS = """
models:
  - name: time_spine
    time_spine: {standard_granularity_column: date_day}
    columns: [{name: date_day, granularity: day}]
  - name: hour_spine
    time_spine: {standard_granularity_column: date_hour}
    columns: [{name: date_hour, granularity: hour}]
semantic_models:
  - name: orders
    model: ref('orders')
    defaults: {agg_time_dimension: ordered_at}
    config: {meta: {entity_kit: {loaded_at: loaded_at}}}
    entities:
      - {name: order, type: primary, expr: order_id}
      - {name: customer, type: foreign, expr: customer_id}
    dimensions:
      - {name: ordered_at, type: time, type_params: {time_granularity: day}}
      - {name: placed_at, type: time, expr: ordered_at, type_params: {time_granularity: hour}}
      - {name: shipped_at, type: time, type_params: {time_granularity: day}}
      - {name: status, type: categorical}
      - {name: is_big, type: categorical, expr: amount > 25}
    measures:
      - {name: amount, agg: sum}
      - {name: orders_counted, agg: count, expr: amount}
      - {name: firsts, agg: sum_boolean, expr: is_first}
      - {name: smallest, agg: min, expr: amount}
      - {name: largest, agg: max, expr: amount}
      - {name: mean_amount, agg: average, expr: amount}
      - {name: median_amount, agg: median, expr: amount}
      - {name: p80_amount, agg: percentile, expr: amount, agg_params: {percentile: 0.8}}
      - name: p80_discrete
        agg: percentile
        expr: amount
        agg_params: {percentile: 0.8, use_discrete_percentile: true}
      - {name: p80_near, agg: percentile, expr: amount, agg_params: {percentile: 0.8, use_approximate_percentile: true}}
      - {name: buyers, agg: count_distinct, expr: customer_id}
      - {name: doubled, agg: sum, expr: amount * 2 + order_id}
      - {name: shipped_amount, agg: sum, expr: amount, agg_time_dimension: shipped_at}
      - {name: hourly_amount, agg: sum, expr: amount, agg_time_dimension: placed_at}
      - {name: one_each, agg: sum, expr: 1, create_metric: true}
      - name: last_amount
        agg: sum
        expr: amount
        non_additive_dimension: {name: ordered_at, window_choice: max}
      - name: first_amounts
        agg: sum
        expr: amount
        non_additive_dimension: {name: ordered_at, window_choice: min, window_groupings: [customer]}
      - name: shipped_last
        agg: sum
        expr: amount
        non_additive_dimension: {name: shipped_at, window_choice: max}
  - name: returns
    model: ref('returns')
    defaults: {agg_time_dimension: returned_at}
    config: {meta: {entity_kit: {loaded_at: synced_at}}}
    entities:
      - {name: return, type: primary, expr: return_id}
      - {name: customer, type: foreign, expr: customer_id}
    dimensions:
      - {name: returned_at, type: time, type_params: {time_granularity: day}}
      - {name: reason, type: categorical}
    measures:
      - {name: refund, agg: sum}
  - name: targets
    model: ref('targets')
    defaults: {agg_time_dimension: month_start}
    entities: [{name: target, type: primary, expr: month_start}]
    dimensions:
      - {name: month_start, type: time, type_params: {time_granularity: month}}
    measures:
      - {name: target_amount, agg: sum}
  - name: customers
    model: ref('customers')
    config: {meta: {entity_kit: {loaded_at: updated_at}}}
    entities: [{name: customer, type: primary, expr: customer_id}]
    dimensions:
      - {name: tier, type: categorical}
      - {name: joined_on, type: time, type_params: {time_granularity: day}}
  - name: plans
    model: ref('plans')
    config: {meta: {entity_kit: {loaded_at: loaded_at}}}
    primary_entity: plan_version
    entities: [{name: customer, type: natural, expr: customer_id}]
    dimensions:
      - {name: plan, type: categorical}
      - {name: valid_from, type: time, type_params: {time_granularity: day, validity_params: {is_start: true}}}
      - {name: valid_to, type: time, type_params: {time_granularity: day, validity_params: {is_end: true}}}"""
SEMANTIC_MODELS += farther.SEMANTIC_MODELS + "metrics:\n"


def metric(name: str, kind: str, params: str, more: str = "") -> str:
    """Return one metric as YAML; `more` are further keys."""
    return (
        f"  - {{name: {name}, label: The {name}, type: {kind}, type_params: {{{params}}}{more}}}\n"
    )


def where(text: str) -> str:
    """Return a filter as a key of a metric or an input."""
    return f', filter: "{text}"'


DONE = "{{ Dimension('order__status') }} = 'done'"
METRICS = [
    metric("revenue", "simple", "measure: amount"),
    *(
        metric(f"m_{name}", "simple", f"measure: {name}")
        for name in (
            *("orders_counted", "firsts", "smallest", "largest", "mean_amount", "median_amount"),
            *("p80_amount", "p80_discrete", "buyers", "doubled", "shipped_amount"),
        )
    ),
    metric("by_the_hour", "simple", "measure: hourly_amount"),
    # Its input is called like a dimension.
    metric("aliased", "derived", "expr: customer * 2, metrics: [{name: revenue, alias: customer}]"),
    metric(
        "vague", "simple", "measure: amount",
        where("{{ TimeDimension('metric_time') }} > '2024-01-31'"),
    ),
    metric("refunds", "simple", "measure: {name: refund, fill_nulls_with: 0}"),
    metric("done_revenue", "simple", "measure: {name: amount, fill_nulls_with: 0}", where(DONE)),
    metric(
        "big_done",
        "simple",
        "measure: {name: amount" + where("{{ Dimension('order__is_big') }}") + "}",
        where(DONE),
    ),
    metric(
        "recent",
        "simple",
        "measure: amount",
        where(
            "{{ TimeDimension('metric_time', 'month') }} >= '2024-02-01'"
            " and {{ TimeDimension('order__shipped_at') }} >= '2024-01-15'"
            " and {{ Dimension('order__shipped_at').grain('week') }} < '2024-03-10'"
            " and {{Entity( 'customer' )}} <> 'b'"
            " and {{ Dimension('order__ordered_at').date_part('day') }} > 3",
        ),
    ),
    metric("done_rate", "ratio", "numerator: done_revenue, denominator: revenue"),
    metric(
        "done_rate_of_a",
        "ratio",
        "numerator: {name: revenue" + where(DONE) + ", alias: done}, denominator: revenue",
        where("{{ Entity('customer') }} = 'a'"),
    ),
    metric(
        "net_revenue", "derived", "expr: revenue - refunds, metrics: [revenue, refunds]"
    ),
    metric(
        "net_of_done",
        "derived",
        "expr: '(net - 2 * rate) / nullif(buyers, 0)', metrics: ["
        "{name: net_revenue, alias: net}, {name: done_rate, alias: rate}, {name: m_buyers, alias: buyers}]",
        where("{{ Entity('customer') }} is not null"),
    ),
    metric("of_tier", "simple", "measure: amount", where("{{ Dimension('customer__tier') }} = 'gold'")),
    # What reaches over periods.
    metric("running", "cumulative", "measure: {name: amount, fill_nulls_with: 0}"),
    metric("last_7_days", "cumulative", "measure: amount, cumulative_type_params: {window: 7 days}"),
    metric("month_to_date", "cumulative", "measure: amount, cumulative_type_params: {grain_to_date: month}"),
    metric(
        "active_buyers", "cumulative", "measure: buyers, cumulative_type_params: {window: 2 weeks}",
        where(DONE),
    ),
    metric(
        "ends_with", "cumulative",
        "measure: {name: amount, fill_nulls_with: 0}, cumulative_type_params: {window: 7 days, period_agg: last}",
        where(DONE),
    ),
    metric(
        "on_average", "cumulative",
        "measure: {name: amount, fill_nulls_with: 0}, cumulative_type_params: {grain_to_date: quarter, period_agg: average}",
        where(DONE),
    ),
    metric(
        "last_mean", "cumulative",
        "measure: mean_amount, cumulative_type_params: {grain_to_date: month, period_agg: last}",
    ),
    metric(
        "hours_of_day", "cumulative", "measure: hourly_amount, cumulative_type_params: {window: 36 hours}",
    ),
    metric("running_share", "ratio", "numerator: last_7_days, denominator: {name: running" + where(DONE) + "}"),
    metric(
        "growth",
        "derived",
        "expr: revenue - before, metrics: [revenue, {name: revenue, alias: before, offset_window: 1 month}]",
    ),
    metric(
        "done_growth",
        "derived",
        "expr: 'coalesce(now_done, 0) - before', metrics: [{name: done_revenue, alias: now_done},"
        " {name: net_of_done, alias: before, offset_window: 2 months}]",
    ),
    metric(
        "since_start",
        "derived",
        "expr: revenue - start, metrics: [revenue, {name: revenue, alias: start, offset_to_grain: year}]",
    ),
    # Balances, and the periods of the time spine that have no rows.
    metric("last_balance", "simple", "measure: last_amount"),
    metric("last_done", "simple", "measure: {name: last_amount, fill_nulls_with: 0}", where(DONE)),
    metric("opening", "simple", "measure: first_amounts"),
    metric(
        "balance_growth",
        "derived",
        "expr: last_balance - before, metrics: [last_balance, {name: last_balance, alias: before, offset_window: 1 month}]",
    ),
    metric("spined", "simple", "measure: {name: amount, join_to_timespine: true}"),
    metric(
        "spined_done", "simple", "measure: {name: amount, join_to_timespine: true, fill_nulls_with: 0}", where(DONE),
    ),
    metric("spined_refunds", "simple", "measure: {name: refund, join_to_timespine: true, fill_nulls_with: 0}"),
    metric("spined_last", "simple", "measure: {name: last_amount, join_to_timespine: true}"),
    metric("spined_share", "ratio", "numerator: spined_done, denominator: spined"),
    metric(
        "spined_growth",
        "derived",
        "expr: 'revenue - coalesce(before, 0)', metrics: [revenue, {name: spined, alias: before, offset_window: 1 month}]",
    ),
    metric(
        "spined_week", "cumulative",
        "measure: {name: amount, join_to_timespine: true, fill_nulls_with: 0}, cumulative_type_params: {window: 7 days}",
    ),
    # What metric_table refuses.
    metric("balance_of_all", "simple", "measure: shipped_last"),
    metric("running_balance", "cumulative", "measure: last_amount"),
    metric("filtered_above", "derived", "expr: spined, metrics: [{name: spined" + where(DONE) + "}]"),
    metric(
        "spined_by_time", "simple", "measure: {name: amount, join_to_timespine: true}",
        where("{{ TimeDimension('metric_time', 'month') }} > '2024-01-01'"),
    ),
    metric("spined_hours", "simple", "measure: {name: hourly_amount, join_to_timespine: true}"),
    metric(
        "growth_by_time",
        "derived",
        "expr: revenue - before, metrics: [revenue, {name: revenue, alias: before, offset_window: 1 month}]",
        where("{{ TimeDimension('metric_time', 'month') }} > '2024-01-01'"),
    ),
    metric("growth_of_growth", "derived", "expr: growth, metrics: [{name: growth, offset_window: 1 month}]"),
    metric("running_before", "derived", "expr: running, metrics: [{name: running, offset_window: 1 month}]"),
    metric(
        "of_region", "simple", "measure: amount",
        where("{{ Dimension('region__name', entity_path=['customer']) }} = 'x'"),
    ),
    metric("approximate", "simple", "measure: p80_near"),
    metric("target", "simple", "measure: target_amount"),
    metric(
        "of_metric", "simple", "measure: amount",
        where("{{ Metric('revenue', group_by=['customer']) }} > 10"),
    ),
]  # fmt: skip
PROPERTIES = SEMANTIC_MODELS + "".join([*METRICS, *farther.METRICS])

SPINE = (
    "select cast(day as date) as date_day"
    " from generate_series(timestamp '2023-12-01', timestamp '2024-06-30', interval '1 day') as t(day)"
)
HOURS = SPINE.replace("1 day", "1 hour").replace(
    "cast(day as date) as date_day", "day as date_hour"
)
MODELS = {
    "orders.sql": "select * from {{ source('raw', 'orders') }}",
    "returns.sql": "select * from {{ source('raw', 'returns') }}",
    "targets.sql": "select date '2024-01-01' as month_start, 10 as target_amount, date '2024-01-01' as loaded_at",
    "customers.sql": "select * from {{ source('raw', 'customers') }}",
    "plans.sql": "select * from {{ source('raw', 'plans') }}",
    "time_spine.sql": SPINE,
    "hour_spine.sql": HOURS,
} | farther.MODELS
SOURCES = "sources: [{name: raw, schema: raw, tables: [{name: orders}, {name: returns}, {name: customers}, {name: plans}, {name: visits}, {name: stores}, {name: regions}]}]"
TABLES = (
    """
create schema if not exists {schema};
create or replace table {schema}.orders (
    order_id integer, customer_id varchar, status varchar, amount integer, is_first boolean, ordered_at timestamp,
    shipped_at timestamp, loaded_at timestamp
);
create or replace table {schema}.returns (
    return_id integer, customer_id varchar, reason varchar, refund integer, returned_at timestamp, synced_at timestamp
);
create or replace table {schema}.customers (customer_id varchar, tier varchar, joined_on date, updated_at timestamp);
create or replace table {schema}.plans (
    version integer, customer_id varchar, plan varchar, valid_from timestamp, valid_to timestamp, loaded_at timestamp
);
"""
    + farther.TABLES
)

OF_ORDERS = [
    *("revenue", "m_orders_counted", "m_firsts", "m_smallest", "m_largest", "m_mean_amount"),
    *("m_median_amount", "m_p80_amount", "m_p80_discrete", "m_buyers", "m_doubled", "one_each"),
    *("done_revenue", "big_done", "recent", "done_rate", "done_rate_of_a"),
]
# Metrics by several times and of several models, too; what they share is the customer.
OF_BOTH = [*OF_ORDERS, "m_shipped_amount", "refunds", "net_revenue", "net_of_done"]
# One of each kind of value, for generated rows.
FEW = ["m_median_amount", "m_buyers", "m_shipped_amount", "done_revenue", "net_of_done"]
TABLES_OF_METRICS = {
    "few_by_day": (FEW, "day", ["customer"]),
    "few_by_month": (FEW, "month", []),
    "by_month": (OF_BOTH, "month", []),
    "by_day_and_customer": (OF_BOTH, "day", ["customer"]),
    "by_week_and_status": (OF_ORDERS, "week", ["order__status", "customer"]),
    "by_quarter_and_shipping": (OF_ORDERS, "quarter", ["order__shipped_at__month", "order__is_big"]),
    "by_year": (OF_BOTH, "year", ["customer"]),
    "tiers_by_day": (["revenue", "of_tier", "refunds"], "day", ["customer__tier", "customer__plan"]),
    "tiers_by_month": (
        [*OF_BOTH, "of_tier"], "month",
        ["customer__tier", "customer__plan", "customer__joined_on__month", "customer"],
    ),
    "shifted_by_day": (
        ["last_7_days", "running", "month_to_date", "active_buyers", "running_share", "revenue"], "day",
        ["customer"],
    ),
    "shifted_by_month": (["growth", "done_growth", "since_start", "refunds"], "month", []),
    "shifted_by_month_and_customer": (
        ["growth", "done_growth", "since_start"], "month", ["customer__tier", "customer"],
    ),
    "shifted_few": (["last_7_days", "month_to_date", "active_buyers"], "day", ["customer"]),
    "points_by_month": (
        ["running", "ends_with", "on_average", "last_mean", "active_buyers", "running_share", "refunds"], "month",
        ["customer"],
    ),
    "points_by_week": (["month_to_date", "ends_with", "on_average", "last_mean"], "week", ["customer__tier"]),
    "points_by_quarter": (["running", "on_average", "last_7_days"], "quarter", ["customer"]),
    "points_by_day": (["hours_of_day"], "day", []),
    "points_alone": (["ends_with"], "month", ["customer"]),
    "points_few": (["ends_with", "on_average", "active_buyers"], "month", ["customer"]),
    "balances_by_month": (
        ["last_balance", "last_done", "opening", "balance_growth", "revenue"], "month", ["customer"]
    ),
    "balances_by_week": (["last_balance", "opening", "refunds"], "week", []),
    "balances_by_day": (["last_done", "opening"], "day", ["order__status"]),
    "balances_few": (["last_done", "opening", "revenue"], "month", ["order__status"]),
    "spined_by_month": (
        ["spined", "spined_done", "spined_refunds", "spined_last", "spined_share", "spined_growth", "done_revenue"],
        "month", ["customer__tier", "customer"],
    ),
    "spined_by_day": (["spined_done", "spined_week", "revenue"], "day", ["customer"]),
    "spined_by_week": (["spined_done"], "week", []),
    "spined_few": (["spined_done", "spined_refunds"], "month", ["customer"]),
    "by_hour": (["by_the_hour"], "hour", ["order__status"]),
    "vague_by_month": (["vague", "recent"], "month", ["customer"]),
    "refunds_alone": (["refunds"], "month", ["reason"]),
    **farther.TABLES_OF_METRICS,
}  # fmt: skip


# How the names of tables begin that read models to which no metric leads.
READS_MORE = ("tiers", "shifted", "points", "balances", "spined", "conversions", "regions")
UPSTREAMS = ", upstreams=[ref('customers'), ref('plans'), ref('time_spine'), ref('hour_spine'), ref('stores'), ref('regions')]"


def model(metrics: list[str], grain: str, dimensions: list[str], more: str = "") -> str:
    """Return the model of a metric table."""
    return f"{{{{ entity_kit.metric_table({metrics!r}, {grain!r}, {dimensions!r}{more}) }}}}"


def tables() -> dict[str, str]:
    """Return the models of all metric tables."""
    aliased = model(["aliased", "revenue"], "month", ["customer"])
    return {"aliased_by_customer.sql": aliased} | {
        f"{name}.sql": model(*given, UPSTREAMS if name.startswith(READS_MORE) else "")
        for name, given in TABLES_OF_METRICS.items()
    }
