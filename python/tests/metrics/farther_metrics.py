# ruff: noqa: ISC004 - metrics stand as one line of YAML each
"""What the shop's metrics reach beyond one table: visits that become orders, and stores in regions."""

from __future__ import annotations

SEMANTIC_MODELS = """
  - name: visits
    model: ref('visits')
    defaults: {agg_time_dimension: visited_at}
    config: {meta: {entity_kit: {loaded_at: seen_at}}}
    entities:
      - {name: visit, type: primary, expr: visit_id}
      - {name: customer, type: foreign, expr: customer_id}
      - {name: store, type: foreign, expr: store_id}
      - {name: office, type: foreign, expr: store_id}
    dimensions:
      - {name: visited_at, type: time, type_params: {time_granularity: day}}
      - {name: channel, type: categorical}
    measures:
      - {name: visits_counted, agg: count, expr: visit_id}
  - name: stores
    model: ref('stores')
    config: {meta: {entity_kit: {loaded_at: loaded_at}}}
    entities:
      - {name: store, type: primary, expr: store_id}
      - {name: region, type: foreign, expr: region_id}
    dimensions: [{name: size, type: categorical}]
  - name: offices
    model: ref('stores')
    config: {meta: {entity_kit: {loaded_at: loaded_at}}}
    entities:
      - {name: office, type: primary, expr: store_id}
      - {name: region, type: foreign, expr: region_id}
  - name: regions
    model: ref('regions')
    config: {meta: {entity_kit: {loaded_at: loaded_at}}}
    entities: [{name: region, type: primary, expr: region_id}]
    dimensions: [{name: title, type: categorical}]
  - name: annexes
    model: ref('stores')
    config: {meta: {entity_kit: {loaded_at: loaded_at}}}
    entities:
      - {name: office, type: primary, expr: store_id}
      - {name: region, type: foreign, expr: region_id}
"""
MODELS = {
    f"{name}.sql": f"select * from {{{{ source('raw', '{name}') }}}}"
    for name in ("visits", "stores", "regions")
}
TABLES = """
create or replace table {schema}.visits (
    visit_id integer, customer_id varchar, store_id integer, channel varchar, visited_at timestamp, seen_at timestamp
);
create or replace table {schema}.stores (store_id integer, region_id integer, size varchar, loaded_at timestamp);
create or replace table {schema}.regions (region_id integer, title varchar, loaded_at timestamp);
"""
WEB = "{{ Dimension('visit__channel') }} = 'web'"
NORTH = "{{ Dimension('region__title', entity_path=['store']) }} = 'north'"


def _conversion(name: str, params: str, condition: str = "") -> str:
    filtered = f', filter: "{condition}"' if condition else ""
    return (
        f"  - {{name: {name}, label: The {name}, type: conversion,"
        f" type_params: {{conversion_type_params: {{{params}}}}}{filtered}}}\n"
    )


METRICS = [
    "  - {name: visits, label: The visits, type: simple, type_params: {measure: visits_counted}}\n",
    f'  - {{name: visits_north, label: In the north, type: simple, type_params: {{measure: visits_counted}}, filter: "{NORTH}"}}\n',
    _conversion(
        "order_rate",
        "base_measure: visits_counted, conversion_measure: orders_counted, entity: customer, window: 7 days",
    ),
    _conversion(
        "web_orders",
        "base_measure: visits_counted, conversion_measure: {name: one_each, fill_nulls_with: 0}, entity: customer,"
        " calculation: conversions, window: 1 month",
        WEB,
    ),
    _conversion(
        "ever_buyers",
        'base_measure: {name: visits_counted, filter: "' + WEB + '"},'
        " conversion_measure: buyers, entity: customer, calculation: conversions",
    ),
    _conversion(
        "same_kind",
        "base_measure: visits_counted, conversion_measure: {name: orders_counted, fill_nulls_with: 0},"
        " entity: customer, window: 2 weeks, constant_properties: [{base_property: channel, conversion_property: status}]",
    ),
    _conversion(
        "done_orders",
        "base_measure: visits_counted, conversion_measure: {name: orders_counted, filter: \"{{ Dimension('order__status') }} = 'done'\"},"
        " entity: customer, calculation: conversions, window: 7 days",
    ),
    "  - {name: rate_before, label: Before, type: derived, type_params: {expr: before, metrics: [{name: order_rate,"
    " alias: before, offset_window: 1 month}]}}\n",
]
TABLES_OF_METRICS = {
    "conversions_by_month": (
        ["order_rate", "web_orders", "ever_buyers", "same_kind", "revenue"], "month", ["customer"],
    ),
    "conversions_by_day": (["order_rate", "same_kind"], "day", ["visit__channel"]),
    "conversions_by_week": (["web_orders"], "week", []),
    "conversions_by_region": (["order_rate", "web_orders"], "month", ["store__region__title", "visit__channel"]),
    "conversions_few": (["order_rate", "web_orders"], "month", ["visit__channel"]),
    "regions_by_month": (["visits", "visits_north"], "month", ["store__region__title", "store__size", "store__region"]),
    "regions_few": (["visits", "visits_north"], "day", ["store__region__title"]),
}  # fmt: skip
