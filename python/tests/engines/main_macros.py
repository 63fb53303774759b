"""A small project with every macro that writes SQL, covering all arguments."""

from __future__ import annotations

SOURCES = {
    "orders": {
        "order_id": "BIGINT",
        "customer_id": "BIGINT",
        "region": "VARCHAR",
        "status": "VARCHAR",
        "amount": "DECIMAL(12, 2)",
        "order": "VARCHAR",
        "ordered_at": "TIMESTAMP",
        "updated_at": "TIMESTAMP",
        "loaded_at": "TIMESTAMP",
    },
    "customers_log": {
        "customer_id": "BIGINT",
        "city": "VARCHAR",
        "segment": "VARCHAR",
        "full_name": "VARCHAR",
        "operation": "VARCHAR",
        "revision": "INTEGER",
        "changed_at": "TIMESTAMP",
        "loaded_at": "TIMESTAMP",
    },
    "stock_extract": {
        "product_code": "VARCHAR",
        "warehouse": "VARCHAR",
        "stock": "INTEGER",
        "category": "VARCHAR",
        "changed_at": "TIMESTAMP",
        "extracted_at": "TIMESTAMP",
        "loaded_at": "TIMESTAMP",
    },
    "snap_customers": {
        "customer_id": "BIGINT",
        "city": "VARCHAR",
        "dbt_scd_id": "VARCHAR",
        "dbt_updated_at": "TIMESTAMP",
        "dbt_valid_from": "TIMESTAMP",
        "dbt_valid_to": "TIMESTAMP",
    },
}

# The golden files are of these: one each of the main macros.
GOLDEN = (
    "entity_customers",
    "history_customers",
    "hours_of_customers",
    "sessions_of_customers",
    "touched_days",
)

_ORDERS = "source('raw', 'orders')"
_LOG = "source('raw', 'customers_log')"
_SUM = "{'name': 'revenue', 'calculation': 'sum(amount)', 'description': 'Paid', 'fill': 0}"
_COUNT = "{'name': 'orders', 'calculation': 'count(*)', 'description': 'Orders', 'fill': 0}"
_LAST = "{'name': 'dearest', 'calculation': 'max(amount)', 'description': 'Highest amount'}"
_EVENTS = f"events={_ORDERS}, occurred_at='ordered_at', loaded_at='loaded_at'"

MODELS = {
    "entity_customers": f"""
        {{{{ entity_kit.entity_model(
            {_ORDERS}, business_key=['customer_id', 'region'], loaded_at='loaded_at', updated_at='updated_at',
            attributes=['status', 'order'], metrics=[{_COUNT}, {_LAST}], row_key='order_id',
            deleted_when="status = 'deleted'", lookback_interval={{'hours': 6}}
        ) }}}}""",
    "entity_whole": f"""
        {{{{ entity_kit.entity_model(
            {_ORDERS}, business_key='customer_id', loaded_at='loaded_at', updated_at='updated_at'
        ) }}}}""",
    "entity_of_cte": f"""
        with paid as (select * from {{{{ {_ORDERS} }}}} where status = 'paid')
        {{{{ entity_kit.entity_model(
            'paid', business_key='customer_id', loaded_at='loaded_at', updated_at='updated_at',
            attributes=[], metrics=[{_SUM}], row_key=['customer_id', 'order_id'], source_columns='amount'
        ) }}}}""",
    "process_of_orders": f"""
        {{{{ entity_kit.accumulating_snapshot(
            {_ORDERS}, business_key='order_id', occurred_at='ordered_at', loaded_at='loaded_at',
            milestones=[
                {{'name': 'placed_at', 'when': "status = 'placed'"}},
                {{'name': 'order', 'when': "status = 'paid'", 'withdrawn_when': "status = 'refunded'"}},
            ],
            lags=[
                {{'name': 'seconds_to_pay', 'from': 'placed_at', 'to': 'order'}},
                {{'name': 'days_to_pay', 'from': 'placed_at', 'to': 'order', 'unit': 'day'}},
            ],
            attributes=['region'], metrics=[{_COUNT}], updated_at='updated_at', deleted_when="status = 'deleted'"
        ) }}}}""",
    "history_customers": f"""
        {{{{ entity_kit.scd2_history(
            {_LOG}, business_key='customer_id', changed_at='changed_at', loaded_at='loaded_at',
            tracked_columns=['city', 'segment'], overwrite_columns=['full_name'],
            deleted_when="operation = 'delete'", sequence='revision', lookback_interval={{'days': 1}},
            valid_to_current='9999-12-31'
        ) }}}}""",
    "history_of_records": f"""
        {{{{ entity_kit.scd2_history(
            {_LOG}, business_key=['customer_id', 'segment'], changed_at='changed_at', loaded_at='loaded_at',
            deleted_when="operation = 'delete'", hard_deletes='new_record'
        ) }}}}""",
    "history_ignoring": f"""
        with log as (select * from {{{{ {_LOG} }}}})
        {{{{ entity_kit.scd2_history(
            'log', business_key='customer_id', changed_at='changed_at', loaded_at='loaded_at',
            tracked_columns=['city'], deleted_when="operation = 'delete'", hard_deletes='ignore'
        ) }}}}""",
    "history_of_extracts": """
        {{ entity_kit.scd2_history(
            source('raw', 'stock_extract'), business_key=['product_code', 'warehouse'], changed_at='changed_at',
            loaded_at='loaded_at', tracked_columns=['stock', 'category'], feed='snapshots',
            extracted_at='extracted_at', hard_deletes='new_record'
        ) }}""",
    "history_of_snapshot": """
        {{ config(materialized='view') }}
        {{ entity_kit.scd2_from_snapshot(source('raw', 'snap_customers'), business_key='customer_id') }}""",
    "changes_of_snapshot": """
        {{ config(materialized='view') }}
        {{ entity_kit.scd2_changes_from_snapshot(source('raw', 'snap_customers'), business_key='customer_id') }}""",
    "latest_customers": f"""
        {{{{ entity_kit.scd1_current(
            {_LOG}, business_key='customer_id', changed_at='changed_at', loaded_at='loaded_at',
            tracked_columns=['city'], deleted_when="operation = 'delete'", sequence='revision',
            lookback_interval={{'minutes': 90}}
        ) }}}}""",
    "customers_now": "{{ config(materialized='view') }}{{ entity_kit.scd2_current(ref('history_customers')) }}",
    "customers_then": """
        {{ config(materialized='view') }}
        {{ entity_kit.scd2_as_of(ref('history_customers'), '2024-02-01 12:00:00') }}""",
    "customers_moved": """
        {{ config(materialized='view') }}
        {{ entity_kit.scd3_previous(ref('history_customers'), ['city']) }}""",
    "orders_with_customers": f"""
        {{{{ config(materialized='view') }}}}
        {{{{ entity_kit.scd2_join(
            {_ORDERS}, ref('history_customers'), on='customer_id', occurred_at='ordered_at', columns=['city'],
            before_first='first'
        ) }}}}""",
    "orders_wide": f"""
        {{{{ entity_kit.one_big_table({_ORDERS}, [
            {{'relation': ref('history_customers'), 'on': 'customer_id', 'as_of': 'ordered_at', 'prefix': 'then_',
                'columns': ['city']}},
            {{'relation': ref('customers_now'), 'on': 'customer_id', 'prefix': 'now_', 'columns': ['city']}},
        ]) }}}}""",
    "hours_of_customers": f"""
        {{{{ entity_kit.grain_table(
            'hour', business_key='customer_id', {_EVENTS}, measures=[{_COUNT}, {_LAST}],
            trailing=[{{'name': 'revenue_24h', 'calculation': 'sum(amount)', 'periods': 24,
                'description': 'Paid in 24 hours', 'fill': 0}}],
            row_key='order_id', deleted_when="status = 'deleted'", updated_at='updated_at',
            history=ref('history_customers'), attributes=['city'], timezone='Europe/Berlin',
            lookback_interval={{'hours': 3}}, occurred_from='2020-01-01', occurred_to='2030-01-01'
        ) }}}}""",
    "days_of_customers": f"""
        {{{{ entity_kit.grain_table(
            'day', business_key=['customer_id', 'region'], {_EVENTS}, measures=[{_COUNT}, {_SUM}], reach='loaded'
        ) }}}}""",
    "weeks_of_customers": f"""
        {{{{ entity_kit.grain_table(
            'week', business_key='customer_id', {_EVENTS}, measures=[{_SUM}], spine='sparse',
            timezone='America/New_York', max_periods=500
        ) }}}}""",
    "quarters_of_customers": f"""
        with paid as (select * from {{{{ {_ORDERS} }}}} where status = 'paid')
        {{{{ entity_kit.grain_table(
            'quarter', business_key='customer_id', events='paid', occurred_at='ordered_at', loaded_at='loaded_at',
            measures=[{_SUM}], history=ref('history_customers'), attributes=['city'], overwrite_attributes=[]
        ) }}}}""",
    "years_of_customers": f"""
        {{{{ entity_kit.grain_table(
            'year', business_key='customer_id', {_EVENTS}, measures=[{_SUM}]
        ) }}}}""",
    "months_of_customers": f"""
        {{{{ entity_kit.grain_rollup(
            ref('days_of_customers'), 'month', measures=[{_COUNT}, {_SUM}]
        ) }}}}""",
    "coverage_of_days": """
        {{ config(materialized='table') }}
        {{ entity_kit.grain_coverage(
            ref('days_of_customers'), ['customer_id', 'region'], grain='day',
            events=source('raw', 'orders'), occurred_at='ordered_at'
        ) }}""",
    "some_days": "{{ config(materialized='table') }}{{ entity_kit.period_spine('day', '2024-01-01', '2024-02-01') }}",
    "new_orders": f"""
        {{{{ config(materialized='incremental', unique_key='order_id', incremental_strategy='merge') }}}}
        select *, {{{{ entity_kit.hashdiff(['status', 'amount']) }}}} as row_hash,
            {{{{ entity_kit.generate_surrogate_key(['order_id', 'region']) }}}} as order_key
        from {{{{ {_ORDERS} }}}}
        where {{{{ entity_kit.incremental_filter('loaded_at', lookback_interval={{'days': 3}}) }}}}""",
    "touched_days": f"""
        {{{{ config(materialized='incremental', unique_key=['customer_id', 'order_date'], incremental_strategy='merge') }}}}
        select customer_id, cast(ordered_at as date) as order_date, sum(amount) as revenue,
            max(loaded_at) as loaded_at, max(city_loaded_at) as city_loaded_at
        from (
            select orders.*, log.loaded_at as city_loaded_at
            from {{{{ {_ORDERS} }}}} as orders
            left join {{{{ {_LOG} }}}} as log on log.customer_id = orders.customer_id
        ) as joined
        where {{{{ entity_kit.touched_filter(['customer_id', 'cast(ordered_at as date)'], [
            {{'relation': {_ORDERS}, 'loaded_at': 'loaded_at', 'watermark_column': 'loaded_at'}},
            {{'relation': {_LOG}, 'loaded_at': 'loaded_at', 'watermark_column': 'city_loaded_at',
                'keys': ['customer_id', 'cast(changed_at as date)']}},
        ], lookback_interval={{'days': 2}}) }}}}
        group by customer_id, cast(ordered_at as date)""",
    "sessions_of_customers": f"""
        {{{{ entity_kit.sessions(
            {_ORDERS}, user_key=['customer_id', 'region'], occurred_at='ordered_at', loaded_at='loaded_at',
            timeout={{'minutes': 30}}, measures=[{_SUM}, {_LAST}], starts_when="status = 'campaign'",
            attributes=['status', {{'column': 'order', 'first': 'landing_order'}}], row_key='order_id',
            deleted_when="status = 'deleted'", updated_at='updated_at', lookback_interval={{'hours': 6}}
        ) }}}}""",
    "sessions_of_cte": f"""
        with paid as (select * from {{{{ {_ORDERS} }}}} where status = 'paid')
        {{{{ entity_kit.sessions(
            'paid', user_key='customer_id', occurred_at='ordered_at', loaded_at='loaded_at', timeout={{'days': 1}},
            event_columns=['order_id', 'ordered_at']
        ) }}}}""",
    "recent_sessions": f"""
        {{{{ entity_kit.sessions(
            {_ORDERS}, user_key='customer_id', occurred_at='ordered_at', loaded_at='loaded_at', row_key='order_id',
            attributes=['status'], within=none if target.type in ['bigquery', 'spark'] else {{'days': 3}}
        ) }}}}""",
    "recent_session_orders": f"""
        {{{{ entity_kit.session_events(
            {_ORDERS}, user_key=['customer_id', 'region'], occurred_at='ordered_at', loaded_at='loaded_at',
            within=none if target.type in ['bigquery', 'spark'] else {{'days': 3}}
        ) }}}}""",
    "revenue_anomalies": """
        {{ entity_kit.anomalies(
            ref('days_of_customers'), 'revenue', by=['customer_id', 'region'], loaded_at='loaded_at', min_history=5
        ) }}""",
    "weekday_anomalies": """
        with days as (select * from {{ ref('days_of_customers') }})
        {{ entity_kit.anomalies(
            'days', 'revenue', by='region', method='robust', window=4, min_history=3, season='weekday', direction='up',
            loaded_at='loaded_at', min_deviation=0.5, timezone='Europe/Berlin'
        ) }}""",
    "hour_anomalies": """
        {{ entity_kit.anomalies(
            ref('hours_of_customers'), 'revenue_24h', season='hour_of_week', grain='hour', direction='down',
            as_of='2024-02-01 12:00:00', loaded_at='loaded_at'
        ) }}""",
    "leaving_customers": """
        {{ config(materialized='table') }}
        {{ entity_kit.deprecate('entity_customers', '2024-01-01', '2099-01-01', 'Renamed', 'data@shop.example') }}
        select * from {{ ref('entity_customers') }}""",
    "customers_as_before": """
        {{ config(materialized='view') }}
        {{ entity_kit.deprecated_alias('entity_customers', columns={
            'state': 'status', 'country': {'default': 'NL', 'data_type': dbt.type_string()}, 'total': {'expression': 'orders + 1'}
        }) }}""",
}

PROPERTIES = """
sources:
  - name: raw
    tables:
      - name: orders
        config: {loaded_at_field: loaded_at}
        data_tests:
          - entity_kit.entity_placeable:
              arguments: {business_key: [customer_id, region], loaded_at: loaded_at}
          - entity_kit.grain_placeable:
              arguments: {business_key: customer_id, occurred_at: ordered_at, loaded_at: loaded_at}
          - entity_kit.null_rate:
              arguments: {columns: [region, order], at_most: 0.05, empty: refused}
          - entity_kit.uniqueness_rate:
              arguments: {columns: [order_id, region], at_least: 0.999, empty: refused}
      - name: customers_log
        data_tests:
          - entity_kit.scd2_placeable:
              arguments: {business_key: customer_id, changed_at: changed_at, loaded_at: loaded_at}
      - name: stock_extract
      - name: snap_customers
models:
  - name: history_customers
    data_tests:
      - entity_kit.scd2_valid:
          arguments: {business_key: customer_id, gaps: refused, valid_to_current: '9999-12-31'}
      - entity_kit.scd2_matches_source:
          arguments:
            source: source('raw', 'customers_log')
            business_key: customer_id
            columns: [city, segment]
            changed_at: changed_at
            loaded_at: loaded_at
            sequence: revision
            deleted_when: operation = 'delete'
  - name: days_of_customers
    data_tests:
      - entity_kit.grain_complete:
          arguments: {business_key: [customer_id, region]}
      - entity_kit.grain_unique:
          arguments: {business_key: [customer_id, region]}
      - entity_kit.no_anomalies:
          arguments: {value: revenue, by: [customer_id, region], loaded_at: loaded_at, last_periods: 3}
      - entity_kit.grain_reconciles:
          arguments:
            measure: revenue
            events: source('raw', 'orders')
            calculation: sum(amount)
            business_key: [customer_id, region]
            occurred_at: ordered_at
            tolerance: 0.01
  - name: sessions_of_cte
    data_tests:
      - entity_kit.sessions_valid:
          arguments: {user_key: customer_id, timeout: {days: 1}}
  - name: new_orders
    data_tests:
      - entity_kit.no_late_rows_lost:
          arguments: {source: "source('raw', 'orders')", keys: order_id, loaded_at: loaded_at}
      - entity_kit.coverage_policy
      - entity_kit.naming_policy
  - name: leaving_customers
    data_tests: [entity_kit.not_past_sunset]
  - name: customers_as_before
    data_tests:
      - entity_kit.alias_covers:
          arguments: {columns: {state: varchar, total: integer}}
"""
