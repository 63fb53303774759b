# ruff: noqa: INP001 - a module of the script beside it, not of a package
"""Write the project of the case `wide`: 200 models, 30 of them incremental, over four sources.

Twenty of the incremental models are built by entity_kit's macros, ten by hand; all are right. They
are built from 115 views and tables. The rest, 55 marts, is built from them, and no run needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCES = ("orders", "payments", "tickets", "visits")
_KINDS = 20
_REFERENCES = 26
_MARTS = 55
_COLUMNS = "event_id, customer_id, kind, amount, happened_at, loaded_at"

_BY_MACRO = {
    "current": """
        {{ entity_kit.entity_model(
            ref('all_SOURCE'), business_key='customer_id', loaded_at='loaded_at',
            updated_at='happened_at', attributes=['kind', 'segment'], row_key='event_id',
            metrics=[{'name': 'events', 'calculation': 'count(*)'},
                     {'name': 'total', 'calculation': 'sum(amount)'}],
        ) }}""",
    "latest": """
        {{ entity_kit.scd1_current(
            ref('all_SOURCE'), business_key='customer_id', changed_at='happened_at',
            loaded_at='loaded_at', tracked_columns=['kind', 'amount'], sequence='event_id',
        ) }}""",
    "history": """
        {{ entity_kit.scd2_history(
            ref('all_SOURCE'), business_key='customer_id', changed_at='happened_at',
            loaded_at='loaded_at', tracked_columns=['kind'], sequence='event_id',
        ) }}""",
    "daily": """
        {{ entity_kit.grain_table(
            'day', 'customer_id', ref('all_SOURCE'), occurred_at='happened_at',
            loaded_at='loaded_at', spine='sparse', row_key='event_id',
            measures=[{'name': 'events', 'calculation': 'count(*)'},
                      {'name': 'total', 'calculation': 'sum(amount)'}],
        ) }}""",
    "monthly": """
        {{ entity_kit.grain_table(
            'month', 'kind', ref('all_SOURCE'), occurred_at='happened_at',
            loaded_at='loaded_at', spine='sparse', row_key='event_id',
            measures=[{'name': 'customers', 'calculation': 'count(distinct customer_id)'}],
        ) }}""",
}
_BY_HAND = {
    "facts": """
        {{ config(materialized='incremental', unique_key='event_id') }}
        select * from {{ ref('all_SOURCE') }}
        {% if is_incremental() %}
        where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
        {% endif %}""",
    "days": """
        {{ config(materialized='incremental', unique_key='day') }}
        select cast(happened_at as date) as day, count(*) as events, sum(amount) as total,
            max(loaded_at) as loaded_at
        from {{ ref('all_SOURCE') }}
        {% if is_incremental() %}
        where cast(happened_at as date) in (
            select cast(happened_at as date) from {{ ref('all_SOURCE') }}
            where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }}))
        {% endif %}
        group by 1""",
    "segments": """
        {{ config(materialized='incremental', unique_key='segment') }}
        select segment, count(*) as events, sum(amount) as total, max(loaded_at) as loaded_at
        from {{ ref('facts_SOURCE') }}
        {% if is_incremental() %}
        where segment in (
            select segment from {{ ref('facts_SOURCE') }}
            where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }}))
        {% endif %}
        group by 1""",
}


def models() -> dict[str, str]:
    """Return the SQL of the 200 models by name."""
    return dict(_models())


def _models() -> Iterator[tuple[str, str]]:
    yield "stg_customers", "select * from {{ source('wide', 'customers') }}"
    for number in range(_REFERENCES):
        yield (
            f"ref_{number}",
            _table(
                "select customer_id, segment from {{ ref('stg_customers') }} "
                f"where customer_id % {_REFERENCES} = {number}"
            ),
        )
    references = _union("select customer_id, segment from {{ ref('ref_%s') }}", _REFERENCES)
    for source in SOURCES:
        yield f"stg_{source}", f"select {_COLUMNS} from {{{{ source('wide', '{source}') }}}}"
        for kind in range(_KINDS):
            select = f"select * from {{{{ ref('stg_{source}') }}}} where kind = 'kind {kind}'"
            yield f"int_{source}_{kind}", _table(select) if kind % 2 else select
        events = _union(f"select * from {{{{ ref('int_{source}_%s') }}}}", _KINDS)
        joined = f"""with events as ({events}), customers as ({references})
            select events.*, customers.segment from events left join customers using (customer_id)"""
        yield f"all_{source}", joined
    yield from _incremental()
    built = [name for name, _ in _incremental()]
    for number in range(_MARTS):
        above = built[number % len(built)]
        yield f"mart_{number}", f"select count(*) as many from {{{{ ref('{above}') }}}}"


def _incremental() -> Iterator[tuple[str, str]]:
    for number, source in enumerate(SOURCES):
        by_hand = list(_BY_HAND.items())[: 3 if number < 2 else 2]
        for name, sql in (*_BY_MACRO.items(), *by_hand):
            yield f"{name}_{source}", sql.replace("SOURCE", source)


def _table(select: str) -> str:
    return "{{ config(materialized='table') }}\n" + select


def _union(select: str, many: int) -> str:
    return "\nunion all ".join(select % number for number in range(many))
