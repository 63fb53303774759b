"""`entity-kit metrics --diff`: what changed in meaning, and which versions are owed."""

from __future__ import annotations

import copy
import json

from support.metric_manifest import SPEC, manifest

GOLD = "{{ Dimension('customer__tier') }} = 'gold'"


def edited(**metrics):
    """Return the example with these metrics replaced, added, or (None) removed."""
    spec = copy.deepcopy(SPEC)
    for name, more in metrics.items():
        found = next((each for each in spec["metrics"] if each["name"] == name), None)
        if more is None:
            spec["metrics"].remove(found)
        elif found is None:
            spec["metrics"].append({"name": name, **more})
        else:
            found.update(more)
    return spec


def versioned(number):
    return {"config": {"meta": {"entity_kit": {"version": number}}}}


def compared(command, before, now, *words):
    given = ("--diff", "main", "--format", "json", *words)
    code, lines = command(manifest(now), *given, before=manifest(before))
    found = json.loads("\n".join(lines))
    assert found["since"] == "main"
    return code, {each.pop("metric"): each for each in found["changes"]}


def test_how_it_is_written_is_no_change(command):
    revenue = {"label": "Turnover", "description": "All", "filter": None}
    turned = "{{ Dimension('order__is_big') }}\n  AND ({{ Dimension('customer__tier') }} = 'gold')"
    now = edited(revenue=revenue, gold_revenue={"filter": turned})
    assert compared(command, SPEC, now) == (0, {})
    assert command(manifest(now), "--diff", "main", before=manifest()) == (
        0,
        ["0 changes of meaning."],
    )


def test_a_change_and_what_it_reaches(command):
    code, found = compared(command, SPEC, edited(orders={"filter": GOLD}))
    assert code == 1
    assert found == {
        "orders": {
            "change": "changed",
            "differences": [
                {"what": "filter", "before": None, "now": GOLD},
                {"what": "customer__tier", "before": None, "now": "model.shop.dim_customers: tier"},
            ],
            "through": [],
            "version_before": 1,
            "version_now": 1,
            "version_owed": 2,
            "certificate_lost": False,
        },
        "average_order_value": {
            "change": "changed",
            "differences": [],
            "through": ["orders"],
            "version_before": 1,
            "version_now": 1,
            "version_owed": 2,
            "certificate_lost": False,
        },
    }
    # A dimension's definition is part of what its filters mean.
    spec = edited()
    spec["semantic_models"][0]["dimensions"][2]["expr"] = "amount > 50"
    _, found = compared(command, SPEC, spec)
    assert [(name, each["differences"]) for name, each in found.items()] == [
        (
            "gold_revenue",
            [
                {
                    "what": "order__is_big",
                    "before": "model.shop.fct_orders: 100 < amount",
                    "now": "model.shop.fct_orders: 50 < amount",
                }
            ],
        )
    ]


def test_a_new_version_pays(command):
    now = edited(weekly_buyers={"type_params": {"measure": "buyers"}, **versioned(2)})
    code, found = compared(command, SPEC, now)
    assert code == 0
    assert found["weekly_buyers"]["version_owed"] is None
    code, found = compared(command, edited(weekly_buyers=versioned(4)), now)
    assert (code, found["weekly_buyers"]["version_owed"]) == (1, 5)


def test_added_removed_and_renamed(command):
    simple = {"type": "simple", "type_params": {"measure": "buyers"}}
    same = {key: value for key, value in SPEC["metrics"][1].items() if key != "name"}
    now = edited(buyers=simple, gold_revenue=None, golden=same, weekly_buyers=None)
    code, found = compared(command, SPEC, now)
    assert code == 0
    assert {
        name: (each["change"], each["differences"][0]["now"]) for name, each in found.items()
    } == {
        "buyers": ("added", "count_distinct(customer_id)"),
        "golden": ("renamed", "golden"),
        "weekly_buyers": ("removed", None),
    }
    assert compared(command, SPEC, now, "--select", "weekly_buyers")[1].keys() == {"weekly_buyers"}


def test_the_table_and_the_comment(command):
    now = manifest(edited(orders={"filter": GOLD}))
    code, lines = command(now, "--diff", "main", "--select", "orders", before=manifest())
    assert code == 1
    rows = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in lines]
    assert rows == [
        ["metric", "change", "what", "before", "now", "version"],
        ["orders", "changed", "filter", "nothing", GOLD, "1, owes 2"],
        ["customer__tier", "nothing", "model.shop.dim_customers: tier"],
        ["1 change of meaning, 1 metric without the version owed."],
    ]
    words = ("--diff", "main", "--format", "markdown", "--select", "orders")
    _, lines = command(now, *words, before=manifest())
    assert lines[0] == "### Metrics that mean something else than at main"
    assert lines[-1].startswith(
        "- orders: its meaning changed &#40;filter, customer__tier&#41;, but"
    )
    assert command(manifest(), *words, before=manifest())[1][-1] == "None."
