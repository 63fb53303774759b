"""Changes that people make to incremental models, each with what a merge of it does to the table.

All of them are in one project, so that one replay judges all. Two loads of three orders have one of
the customer a between them: what is built for a customer with new orders is wrong for one run.
"""

from __future__ import annotations

from dataclasses import dataclass, field

UNCHANGED, SAFE, HEALS, NEEDS, FAILS = (
    *("unchanged", "safe", "heals"),
    *("needs a full refresh", "fails"),
)

# Three loads, at the ends of the three steps.
LOADS = ("2024-01-01 06:00:00", "2024-01-20 06:00:00", "2024-02-03 06:00:00")
DATA = """
create schema shop;
create table shop.orders as
select
    row_number() over (order by loaded_at, customer)::int as order_id, customer,
    cast(day(loaded_at) * 10 + ascii(customer) - 97 as decimal(10, 2)) as amount,
    loaded_at::date as ordered_on, loaded_at
from (values
    (timestamp '2024-01-01 06:00:00', 'a'), (timestamp '2024-01-01 06:00:00', 'b'),
    (timestamp '2024-01-01 06:00:00', 'c'), (timestamp '2024-01-20 06:00:00', 'a'),
    (timestamp '2024-02-03 06:00:00', 'a'), (timestamp '2024-02-03 06:00:00', 'b'),
    (timestamp '2024-02-03 06:00:00', 'c')) as t(loaded_at, customer);
create table shop.customers as select * from (values ('a', 'Ann'), ('b', 'Ben')) as t(customer, name);
"""
SOURCES = """
sources:
  - name: shop
    tables:
      - name: orders
        config: {loaded_at_field: loaded_at}
      - name: customers
"""


@dataclass(frozen=True)
class Change:
    """One model before and after; None where there is none. `names` are those it has, if not its own."""

    name: str
    before: str | None
    after: str | None
    verdict: str
    files: dict[str, tuple[str, str]] = field(default_factory=dict)
    renamed: str = ""


ORDERS = "source('shop', 'orders')"
PLAIN = "order_id, customer, amount, loaded_at"


def orders(
    columns=PLAIN,
    *,
    config="unique_key='order_id'",
    where="true",
    above=ORDERS,
    join="",
    kind="incremental",
    newer="o.loaded_at > (select max(loaded_at) from {{ this }})",
    group="",
):
    """Return a model over orders that reads those newer than its table."""
    settings = f"materialized='{kind}'" + (f", {config}" if config else "")
    return (
        f"{{{{ config({settings}) }}}}\nselect {columns}\nfrom {{{{ {above} }}}} as o {join}\n"
        f"where {where}\n{{% if is_incremental() %}}\nand {newer}\n{{% endif %}}\n{group}\n"
    )


def on_change(mode):
    return f"unique_key='order_id', on_schema_change='{mode}'"


def by_customer(amount):
    newer = (
        f"o.customer in (select customer from {{{{ {ORDERS} }}}}"
        " where loaded_at > (select max(loaded_at) from {{ this }}))"
    )
    columns = f"customer, sum({amount}) as total, max(loaded_at) as loaded_at"
    return orders(columns, config="unique_key='customer'", newer=newer, group="group by customer")


def by_period(unit):
    columns = (
        f"date_trunc('{unit}', ordered_on)::date as period, count(*) as orders,"
        " max(loaded_at) as loaded_at"
    )
    newer = (
        f"date_trunc('{unit}', ordered_on) >= (select date_trunc('{unit}', max(loaded_at))"
        " from {{ this }})"
    )
    return orders(columns, config="unique_key='period'", newer=newer, group="group by 1")


ONE = f"{PLAIN}, 1 as one"
NOTHING = f"{PLAIN}, null::int as nothing"
BIG = PLAIN.replace("order_id", "order_id::bigint as order_id")
DOUBLE = PLAIN.replace("amount", "amount::double as amount")
SHORT = "order_id, customer, loaded_at"
RENAMED = PLAIN.replace("amount", "amount as price")
FIXED = PLAIN.replace("amount", "cast(amount + 1 as decimal(10, 2)) as amount")
NAMED = "o.order_id, o.customer, c.name, o.loaded_at"
INNER = "join {{ source('shop', 'customers') }} as c using (customer)"
CONTRACT = """
models:
  - name: {name}
    config: {{contract: {{enforced: true}}}}
    columns:
      - {{name: order_id, data_type: int}}
      - {{name: customer, data_type: varchar}}
      - {{name: amount, data_type: "{amount}"}}
      - {{name: loaded_at, data_type: timestamp}}
"""
STAGED = f"select {PLAIN} from {{{{ {ORDERS} }}}} "


def staged(name, before, after, verdict):
    """Return a change of the view that a model reads."""
    model = orders(above=f"ref('stg_{name}')")
    return Change(name, model, model, verdict, {f"models/stg_{name}.sql": (before, after)})


def calling(name, before, after, verdict):
    """Return a change of the macro that a model calls."""
    model = orders(PLAIN.replace("amount", f"{{{{ {name}_of('amount') }}}} as amount"))
    texts = [f"{{% macro {name}_of(x) %}}{each}{{% endmacro %}}" for each in (before, after)]
    return Change(name, model, model, verdict, {f"macros/{name}.sql": tuple(texts)})


def varying(name):
    """Return a model that reads a variable of dbt_project.yml."""
    return orders(PLAIN.replace("amount", f"amount * {{{{ var('{name}') }}}} as amount"))


def with_seed(name, before, after, verdict):
    """Return a change of the seed that a model joins."""
    model = orders(
        "o.order_id, o.customer, s.rate, o.loaded_at",
        join=f"left join {{{{ ref('rates_{name}') }}}} as s using (customer)",
    )
    head = "customer,rate\n"
    return Change(
        name, model, model, verdict, {f"seeds/rates_{name}.csv": (head + before, head + after)}
    )


SAME = orders()
KEPT = orders(config=on_change("append_new_columns"))
VARIABLES = ({"factor": 1, "unread": 1}, {"factor": 2, "unread": 2})

CHANGES = [
    # A new column, under each mode.
    Change("new_ignored", SAME, orders(ONE), NEEDS),
    *(
        Change(f"new_{mode[:6]}", orders(config=on_change(mode)), orders(ONE, config=on_change(mode)), verdict)
        for mode, verdict in (
            ("append_new_columns", NEEDS),
            ("sync_all_columns", NEEDS),
            ("fail", FAILS),
        )
    ),
    Change(
        "new_empty",
        orders(config=on_change("append_new_columns")),
        orders(NOTHING, config=on_change("append_new_columns")),
        SAFE,
    ),
    # A column that goes.
    Change("dropped_ignored", SAME, orders(SHORT), FAILS),
    *(
        Change(f"dropped_{mode[:6]}", orders(config=on_change(mode)), orders(SHORT, config=on_change(mode)), verdict)
        for mode, verdict in (
            ("append_new_columns", NEEDS),
            ("sync_all_columns", SAFE),
            ("fail", FAILS),
        )
    ),
    # A column with another name.
    Change("renamed_ignored", SAME, orders(RENAMED), FAILS),
    *(
        Change(f"renamed_{mode[:6]}", orders(config=on_change(mode)), orders(RENAMED, config=on_change(mode)), verdict)
        for mode, verdict in (("sync_all_columns", NEEDS), ("fail", FAILS))
    ),
    # A column of another type.
    Change("wider_ignored", SAME, orders(BIG), NEEDS),
    *(
        Change(f"wider_{mode[:6]}", orders(config=on_change(mode)), orders(BIG, config=on_change(mode)), verdict)
        for mode, verdict in (
            ("append_new_columns", NEEDS),
            ("sync_all_columns", SAFE),
            ("fail", FAILS),
        )
    ),
    Change("to_double", SAME, orders(DOUBLE), NEEDS),
    # Other values, other rows.
    Change("fixed_bug", SAME, orders(FIXED), NEEDS),
    Change("stricter_filter", SAME, orders(where="customer <> 'b'"), NEEDS),
    Change("looser_filter", orders(where="customer <> 'b'"), SAME, NEEDS),
    Change("idle_filter", SAME, orders(where="customer is not null"), SAFE),
    Change("idle_default", SAME, orders(PLAIN.replace("customer", "coalesce(customer, '?') as customer")), SAFE),
    Change("whole_scan", orders(newer="true"), orders(FIXED, newer="true"), SAFE),
    Change("inclusive", SAME, orders(newer="o.loaded_at >= (select max(loaded_at) from {{ this }})"), SAFE),
    # Another grain.
    Change("coarser", by_period("day"), by_period("month"), NEEDS),
    Change("finer", by_period("month"), by_period("day"), NEEDS),
    Change("touched_keys", by_customer("amount"), by_customer("amount * 2"), HEALS),
    # Another key, another strategy.
    Change("key_as_list", SAME, orders(config="unique_key=['order_id']"), UNCHANGED),
    Change("longer_key", SAME, orders(config="unique_key=['order_id', 'customer']"), SAFE),
    Change("shorter_key", SAME, orders(config="unique_key='customer'"), NEEDS),
    Change("no_key", SAME, orders(config=""), SAFE),
    Change("to_append", SAME, orders(config="incremental_strategy='append'"), SAFE),
    Change("from_append", orders(config="incremental_strategy='append'"), SAME, SAFE),
    # Another join.
    Change("left_join", orders(NAMED, join=INNER), orders(NAMED, join=f"left {INNER}"), NEEDS),
    Change("inner_join", orders(NAMED, join=f"left {INNER}"), orders(NAMED, join=INNER), NEEDS),
    # What a model is built from.
    staged("staging_filter", STAGED, STAGED + "where customer <> 'b'", NEEDS),
    staged("staging_form", STAGED, "-- all of them\n" + STAGED.replace("select", "SELECT"), UNCHANGED),
    staged("staging_idle", STAGED, STAGED + "where order_id > 0", SAFE),
    calling("macro_value", "{{ x }}", "cast({{ x }} + 1 as decimal(10, 2))", NEEDS),
    calling("macro_form", "{{ x }}", "{#- as it is -#} {{ x }}", UNCHANGED),
    Change("variable", varying("factor"), varying("factor"), NEEDS),
    Change("no_variable", SAME, SAME, UNCHANGED),
    with_seed("seed_value", "a,1\nb,2\n", "a,1\nb,3\n", NEEDS),
    with_seed("seed_idle", "a,1\nb,2\n", "a,1\nb,2\nz,3\n", SAFE),
    # Another materialization, another name.
    Change("to_table", SAME, orders(kind="table", config=""), SAFE),
    Change("from_table", orders(kind="table", config=""), SAME, SAFE),
    Change("from_view", orders(kind="view", config=""), SAME, SAFE),
    Change("alias_changed", SAME, orders(config="unique_key='order_id', alias='another'"), SAFE),
    Change("name_changed", SAME, SAME, SAFE, renamed="name_after"),
    Change(
        "name_kept",
        orders(FIXED, config="unique_key='order_id', alias='kept'"),
        orders(config="unique_key='order_id', alias='kept'"),
        NEEDS,
        renamed="kept_after",
    ),
    Change("new_model", None, SAME, SAFE),
    # Form, description, contract, hooks.
    Change("form", SAME, SAME.replace("select", "-- orders\n  SELECT", 1), UNCHANGED),
    Change("described", SAME, SAME, UNCHANGED, {"models/described.yml": ("", "models: [{name: described, description: orders}]")}),
    Change("contract", KEPT, KEPT, SAFE, {"models/contract.yml": ("", CONTRACT.format(name="contract", amount="decimal(10, 2)"))}),
    Change("contract_broken", KEPT, KEPT, FAILS, {"models/contract_broken.yml": ("", CONTRACT.format(name="contract_broken", amount="date"))}),
    Change("hook", SAME, orders(config="unique_key='order_id', post_hook='update {{ this }} set amount = amount * 1'"), SAFE),
    Change("locked", orders(config="unique_key='order_id', full_refresh=false"), orders(FIXED, config="unique_key='order_id', full_refresh=false"), NEEDS),
]  # fmt: skip


def version(number: int) -> dict[str, str]:
    """Return the files of the project before (0) or after (1) the changes."""
    files = {"models/sources.yml": SOURCES}
    for change in CHANGES:
        text = (change.before, change.after)[number]
        name = change.renamed if number and change.renamed else change.name
        if text is not None:
            files[f"models/{name}.sql"] = text
        files |= {path: texts[number] for path, texts in change.files.items() if texts[number]}
    return files


def expected() -> dict[str, str]:
    """Return the verdict on each model, by the name that it has in the end."""
    return {change.renamed or change.name: change.verdict for change in CHANGES}
