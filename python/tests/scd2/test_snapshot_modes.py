"""Real dbt snapshots in every strategy and mode: what they mark as current must stay current.

One mutable table of twenty entities goes through five rounds: rows are missed and come back with their old or a new
`updated_at`, are restated without one, or go back in time. After each round every snapshot is read as plain Python reads it.
"""

from __future__ import annotations

import itertools
import random
from datetime import datetime, timedelta

import pytest
import yaml

from .reference import versions
from .snapshot_reading import Noted, changes, current, spans

pytestmark = pytest.mark.slow

FIRST = datetime(2024, 1, 1)  # noqa: DTZ001 - a plain timestamp is one without a zone
ENTITIES = range(20)
ROUNDS = 5
MODES = ["ignore", "invalidate", "new_record"]
STRATEGIES = {
    "timestamp": {"strategy": "timestamp", "updated_at": "changed_at"},
    "check": {"strategy": "check", "check_cols": ["name", "city"]},
    "check_at": {
        "strategy": "check",
        "check_cols": ["name", "city"],
        "updated_at": "changed_at",
    },
}
RENAMED = {
    "dbt_valid_from": "seen_from",
    "dbt_valid_to": "seen_to",
    "dbt_updated_at": "noted_at",
    "dbt_scd_id": "note_id",
    "dbt_is_deleted": "was_removed",
}
OPEN_END = {"dbt_valid_to_current": "cast('9999-12-31' as timestamp)"}
# What has other names, and what another end of an open row.
OWN = {
    ("timestamp", "new_record"): {"snapshot_meta_column_names": RENAMED} | OPEN_END,
    ("check_at", "new_record"): OPEN_END,
    ("check_at", "invalidate"): {"snapshot_meta_column_names": RENAMED},
    ("check", "ignore"): OPEN_END,
}
SNAPSHOTS = {
    f"by_{strategy}_{mode}": {"unique_key": "id", "hard_deletes": mode}
    | STRATEGIES[strategy]
    | OWN.get((strategy, mode), {})
    for strategy, mode in itertools.product(STRATEGIES, MODES)
}


def history_mode(snapshot):
    return "new_record" if snapshot.endswith("record") else "invalidate"


def models(name):
    taken = f"ref('{name}'), 'id', tracked_columns=['name', 'city']"
    return {
        f"here_{name}.sql": "{{ config(materialized='view') }}"
        f"{{{{ entity_kit.scd2_from_snapshot({taken}) }}}}",
        f"history_{name}.sql": f"with log as ({{{{ entity_kit.scd2_changes_from_snapshot({taken}) }}}})"
        "{{ entity_kit.scd2_history('log', 'id', 'changed_at', 'loaded_at', ['name', 'city'],"
        f" deleted_when='is_deleted', hard_deletes='{history_mode(name)}') }}}}",
    }


def rounds():
    """Return the table at the source after each round, by id."""
    draw = random.Random(16)  # noqa: S311 - rows, not secrets
    known: dict[int, tuple[str | None, str, datetime]] = {}
    for number in range(ROUNDS):
        now = {}
        for entity in ENTITIES:
            before = known.get(entity, (None, "Oslo", FIRST))
            name, city, changed = before
            if draw.random() < 0.5:
                name, city = draw.choice(["Ada", "Ben", None]), draw.choice(["Oslo", "Lima"])
            move = draw.choice([0, 0, 1, 1, -1]) if number else draw.randint(0, 3)
            known[entity] = (name, city, changed + timedelta(days=move))
            if draw.random() < 0.75:
                now[entity] = known[entity]
        yield now


def noted(project, name):
    renamed = SNAPSHOTS[name].get("snapshot_meta_column_names", {})
    own = {column: renamed.get(column, column) for column in RENAMED}
    deleted = f"{own['dbt_is_deleted']} = 'True'" if name.endswith("record") else "false"
    return [
        Noted(key, tracked, began, end if end is None or end.year < 9999 else None, updated, gone)
        for key, *tracked, began, end, updated, gone in project.query(
            f"select id, name, city, {own['dbt_valid_from']}, {own['dbt_valid_to']},"
            f" {own['dbt_updated_at']}, {deleted} from {name}"
        )
        for tracked in [tuple(tracked)]
    ]


COLUMNS = "id, name, city, valid_from, valid_to, is_current, is_deleted, loaded_at"


@pytest.fixture(scope="module")
def seen(make_project):
    """Return each snapshot's content and the macros' result after each round."""
    files = {"raw.yml": "sources: [{name: raw, schema: main, tables: [{name: people}]}]"}
    for name in SNAPSHOTS:
        files |= models(name)
    project = make_project(files)
    declared = [
        {"name": name, "relation": "source('raw', 'people')", "config": config}
        for name, config in SNAPSHOTS.items()
    ]
    project.write({"snapshots/all.yml": yaml.safe_dump({"snapshots": declared})})
    project.execute(
        "create table people (id int, name varchar, city varchar, changed_at timestamp)"
    )
    found = {name: [] for name in SNAPSHOTS}
    for number, stage in enumerate(rounds()):
        project.execute("delete from people")
        project.execute(
            "insert into people values "
            + ", ".join(
                f"({key}, {'null' if name is None else repr(name)}, '{city}', timestamp '{at}')"
                for key, (name, city, at) in stage.items()
            )
        )
        project.run("snapshot")
        project.run("run", *(["--select", "history_*"] if number else []))
        for name in SNAPSHOTS:
            tables = [
                project.query(f"select {COLUMNS} from {of}_{name}") for of in ("here", "history")
            ]
            found[name].append((noted(project, name), *tables))
    return found


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_what_a_snapshot_says_is_what_is_there_afterwards(name, seen):
    for rows, here, history in seen[name]:
        for table in (here, history):
            assert in_order(row[:3] for row in table if row[5]) == current(rows)
        assert in_order(here) == in_order(
            (
                span.row.key,
                *span.row.tracked,
                span.start,
                span.end if span.lived else None,
                span.end is None and not span.row.deleted,
                span.row.deleted or not span.lived,
                max(span.loaded, span.end or span.loaded),
            )
            for span in spans(rows)
        )
        assert in_order(history) == in_order(
            (
                *version.key,
                *version.tracked,
                version.valid_from,
                version.valid_to,
                version.is_current,
                version.is_deleted,
                version.loaded_at,
            )
            for version in versions(changes(rows), hard_deletes=history_mode(name))
        )


def test_the_rounds_bring_what_dbt_leaves(seen):
    """Rows that overlap, have zero length, or are closed for good; otherwise this would prove little."""
    everything = [seen[name][-1][0] for name in SNAPSHOTS]
    assert any(
        row.ended is not None and row.ended <= row.began for rows in everything for row in rows
    )
    assert any(
        one.key == two.key and one is not two and one.began == two.began and two.ended is None
        for rows in everything
        for one, two in itertools.permutations(rows, 2)
    )
    assert any(row.deleted and row.ended is not None for rows in everything for row in rows)


def in_order(rows):
    return sorted(rows, key=repr)
