"""`entity-kit init` and `profile`: what they propose, print, and write, on whole projects."""

from __future__ import annotations

import difflib
import json
import os
import stat
from pathlib import Path

import pytest
import yaml

from entity_kit.cli.files import replace_texts
from entity_kit.errors import EntityKitError
from support.sample_project import ROOT
from support.verify_project import FCT, ORDERS, run

pytestmark = pytest.mark.slow

# One order in five comes 30 hours after it happened.
LATE = """
update shop.orders set loaded_at = loaded_at + interval 29 hours where order_id % 5 = 4;
create table shop.payments as
select 'p' || i as payment_id, strftime(timestamp '2024-01-01' + i * interval 6 hours, '%d.%m.%Y %H:%M')
    as ingested_at
from range(12) as t(i);
"""

SOURCES = """\
# What the shop delivers.
sources:
  - name: shop
    tables:
      - name: orders   # one row per order
        # in the shop's words
        columns: [{name: order_id}]
      - {name: payments,  description: 'as "text"'}
      - name: refunds
"""

WRITTEN = """\
# What the shop delivers.
sources:
  - name: shop
    tables:
      - name: orders   # one row per order
        config:
          loaded_at_field: loaded_at
          event_time: ordered_at
          meta:
            entity_kit:
              row_key: [order_id]
              delivery:
                late_by: {hours: 30}
        # in the shop's words
        columns: [{name: order_id}]
      - {name: payments,  description: 'as "text"', config: {loaded_at_field: 'strptime(ingested_at, ''%d.%m.%Y %H:%M'')', meta: {entity_kit: {row_key: [payment_id]}}}}
      - name: refunds
"""

# Right even where its first run meets no rows.
RIGHT = FCT.replace("max(loaded_at)", "coalesce(max(loaded_at), '1900-01-01')")

OTHERS = """
{{ config(materialized='incremental', unique_key='id') }}
select payment_id as id from {{ source('shop', 'payments') }}
{% if false %} union all select refund_id from {{ source('shop', 'refunds') }} {% endif %}
-- depends_on: {{ source('shop', 'refunds') }}
"""


def init(project, *arguments):
    return run(["init", "--project-dir", str(project.folder), *arguments])


def test_from_nothing_to_verified(make_project):
    project = make_project(
        {"fct.sql": RIGHT, "others.sql": OTHERS}, data=ORDERS + LATE, sources=SOURCES
    )
    with project.untouched():
        shown = init(project)
        profile = run(["profile", "shop.orders", "--project-dir", str(project.folder)])
    assert shown.exit_code == 0, shown.stderr
    diff = difflib.unified_diff(
        SOURCES.splitlines(),
        WRITTEN.splitlines(),
        "a/models/sources.yml",
        "b/models/sources.yml",
        lineterm="",
    )
    assert shown.stdout.endswith("\n".join(diff) + "\n")
    assert "Nothing is written without --write." in shown.stderr
    assert (
        "  late_by          {hours: 30}  the latest of 12 rows arrived 1 d 6 h after"
        in shown.stdout
    )
    assert "shop.refunds, models/sources.yml\n  ! " in shown.stdout
    assert "Load it, or correct its database, schema, or identifier" in shown.stdout

    docs = (ROOT / "docs/init.md").read_text(encoding="utf-8")
    assert shown.stdout.strip() in docs
    assert profile.stdout.strip() in docs

    before = project.warehouse.read_bytes()
    wrote = init(project, "--write", "--format", "json")
    assert wrote.exit_code == 0
    assert "\nChanged 1 file. Next: entity-kit verify\n" in wrote.stderr
    assert (project.folder / "models/sources.yml").read_text() == WRITTEN
    assert project.warehouse.read_bytes() == before
    told = json.loads(wrote.stdout)
    assert (told["version"], told["written"]) == (1, True)
    by_name = {each["name"]: each for each in told["sources"]}
    assert [each["status"] for each in by_name.values()] == ["proposed", "proposed", "unreadable"]
    assert by_name["shop.orders"]["config"]["meta"]["entity_kit"]["row_key"] == ["order_id"]
    assert by_name["shop.orders"]["evidence"]["loads"]["count"] == 12
    assert [file["path"] for file in told["files"]] == ["models/sources.yml"]

    # It needs nothing more.
    project.execute("create table shop.refunds (refund_id text)")
    found = project.verify(schedules=["arrival", "late"], steps=2)
    assert {model.name: model.verdict.value for model in found.models} == {
        "fct": "agrees",
        "others": "agrees",
    }
    again = init(project, "--write")
    assert "declared already; left as it is, and the data agrees with it" in again.stdout
    assert "There is nothing to change." in again.stderr
    assert (project.folder / "models/sources.yml").read_text() == WRITTEN


SEEDED = """
create table rates as
select 'r' || i as rate_id, timestamp '2024-01-01' + i * interval 1 day as loaded_at from range(5) as t(i);
"""


def test_sources_of_packages_and_seeds_are_declared_in_the_projects_own_file(make_project):
    rates = "{{ config(materialized='incremental') }} select * from {{ ref('rates') }}"
    project = make_project(
        {"fct.sql": FCT, "rates_model.sql": rates},
        data=ORDERS + SEEDED,
        sources="",
        files={
            "dbt_packages/shop_package/dbt_project.yml": "name: shop_package\nconfig-version: 2\n",
            "dbt_packages/shop_package/models/staging/s.yml": SOURCES.partition("      - {name")[0],
            "packages.yml": "packages: [{local: dbt_packages/shop_package}]\n",
            "seeds/rates.csv": "rate_id,loaded_at\nr0,2024-01-01\n",
        },
    )
    package = project.folder / "dbt_packages/shop_package/models/staging/s.yml"
    before = package.read_text()
    file = project.folder / "dbt_project.yml"
    file.write_text(file.read_text() + "# the end\n")
    wrote = init(project, "--write")
    assert wrote.exit_code == 0, wrote.stderr
    assert package.read_text() == before
    assert file.read_text().endswith(
        """\
# the end
seeds:
  consumer:
    rates:
      +meta:
        entity_kit:
          loaded_at_field: loaded_at
          row_key: [rate_id]
sources:
  shop_package:
    staging:
      shop:
        orders:
          +loaded_at_field: loaded_at
          +event_time: ordered_at
          +meta:
            entity_kit:
              row_key: [order_id]
              delivery:
                late_by: {hours: 1}
"""
    )
    again = init(project).stdout.splitlines()
    assert [line for line in again if line] == [
        "rates (5 rows), dbt_project.yml",
        "  declared already; left as it is, and the data agrees with it",
        "shop.orders (12 rows), dbt_project.yml",
        "  declared already; left as it is, and the data agrees with it",
    ]


DECLARED = """
sources:
  - name: shop
    tables:
      - name: orders
        config:
          loaded_at_field: loaded_at
          event_time: ordered_at
          meta: {entity_kit: {row_key: [customer], delivery: {late_by: {hours: 2}}}}
      - &anchored
        name: payments
"""


def test_declared_sources_are_compared_with_their_data(make_project):
    project = make_project(
        {"fct.sql": FCT, "others.sql": OTHERS.replace("refunds", "payments")},
        data=ORDERS + LATE,
        sources=DECLARED,
    )
    with project.untouched():
        shown = init(project)
        table = run(
            ["profile", "shop.payments", "--project-dir", str(project.folder), "--format", "json"]
        )
        missing = run(["profile", "shop.order", "--project-dir", str(project.folder)])
        unbuilt = run(["profile", "fct", "--project-dir", str(project.folder)])
    assert shown.exit_code == 0
    assert "declared already; left as it is\n" in shown.stdout
    assert (
        "  ! late_by is 2 h, but a row arrived 1 d 6 h after it happened; declare late_by: {hours: 30}"
        in shown.stdout
    )
    assert "  ! row_key customer isn't unique: 9 rows repeat an earlier key" in shown.stdout
    docs = (ROOT / "docs/init.md").read_text(encoding="utf-8")
    assert shown.stdout.partition("\n\n")[0] in docs
    assert "-      - &anchored" not in shown.stdout  # other lines are added below it

    assert json.loads(table.stdout)["evidence"]["times"][0]["kind"] == "text"
    assert missing.exit_code == 2
    assert "There is no relation shop.order in " in missing.stderr
    assert "Closest: shop.orders" in missing.stderr
    assert unbuilt.exit_code == 2
    assert "Build it first: dbt build --select fct" in unbuilt.stderr


def test_what_can_be_told_of_nothing_is_refused(make_project):
    project = make_project({"fct.sql": FCT}, sources=SOURCES, data="create schema shop;")
    unreadable = init(project)
    assert unreadable.exit_code == 2
    assert "None of the sources can be read.\nshop.orders: " in unreadable.stderr
    project.write({"entity_kit.toml": "write = true"})
    always = init(project)
    assert always.exit_code == 2
    assert "there is no option `write`" in always.stderr
    (project.folder / "entity_kit.toml").unlink()
    project.write(
        {"profiles.yml": "consumer: {target: p, outputs: {p: {type: postgres, host: none}}}"}
    )
    other = init(project)
    assert other.exit_code == 2
    assert "Target p is of type postgres; only DuckDB files are read." in other.stderr


def test_nothing_is_half_written(tmp_path, monkeypatch):
    one, two = tmp_path / "one.yml", tmp_path / "two.yml"
    one.write_text("a: 1\n")
    one.chmod(0o640)
    two.write_text("b: 1\n")
    link = tmp_path / "link.yml"
    link.symlink_to(two)

    def state():
        return sorted((path.name, path.read_text()) for path in tmp_path.iterdir())

    before = state()
    folder = tmp_path / "folder.yml"
    folder.mkdir()
    with pytest.raises(EntityKitError, match=r"folder.yml can't be written: it is a folder"):
        replace_texts({one: "a: 2\n", folder: "b: 2\n"})
    folder.rmdir()
    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda path, _: Path(path) != two)
        with pytest.raises(EntityKitError, match="no permission to write to"):
            replace_texts({one: "a: 2\n", two: "b: 2\n"})
    with monkeypatch.context() as patch:
        patch.setattr("shutil.copymode", _full_for(two))
        with pytest.raises(EntityKitError, match="No space left"):
            replace_texts({one: "a: 2\n", two: "b: 2\n"})
    assert state() == before

    replace_texts({one: "a: 2\r\n", link: "b: 2\n"})
    assert one.read_bytes() == b"a: 2\r\n"
    assert stat.S_IMODE(one.stat().st_mode) == 0o640
    assert link.is_symlink()
    assert two.read_text() == "b: 2\n"
    assert len(list(tmp_path.iterdir())) == 3


def _full_for(file):
    def copymode(source, _):
        if source == file:
            raise OSError(28, "No space left on device")

    return copymode


def test_what_is_written_is_yaml():
    assert yaml.safe_load(WRITTEN)["sources"][0]["tables"][1]["config"]["loaded_at_field"] == (
        "strptime(ingested_at, '%d.%m.%Y %H:%M')"
    )
