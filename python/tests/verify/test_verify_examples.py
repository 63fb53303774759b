"""`--examples` searches, shrinks and saves; `--replay` runs a saved case again."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

from entity_kit.arrivals import cases
from entity_kit.verify.search import attempts, search
from support.verify_project import FCT, run

SOURCES = """
sources:
  - name: shop
    tables:
      - name: orders
        config:
          loaded_at_field: loaded_at
          event_time: ordered_at
          meta: {entity_kit: {row_key: [order_id], delivery: {late_by: {days: 2}}}}
"""

GOOD = FCT.replace("> (select max(loaded_at)", ">= (select coalesce(max(loaded_at), '-infinity')")

# Reads by event time, so that rows that come late are lost; as recorded, none does.
LATE = GOOD.replace("loaded_at", "ordered_at")


@pytest.fixture
def project(make_project):
    return make_project({"late.sql": LATE, "good.sql": GOOD}, sources=SOURCES)


def command(project, *arguments):
    given = ["verify", "--project-dir", str(project.folder), "--jobs", "2", "--steps", "3"]
    return run([*given, *arguments])


def saved(project):
    return sorted((project.folder / cases.FOLDER).glob("*.json"))


@pytest.mark.slow
def test_what_fails_is_made_small_saved_and_replayed(project, monkeypatch):
    # Three rows at a time first, then one by one.
    monkeypatch.setattr(search, "MOST_UNITS", 4)
    finished = command(project, "--schedules", "late", "--examples", "1")
    assert finished.exit_code == 1
    # Reported when it is found, and not again at each attempt to make it small.
    assert finished.stderr.count(" differs under ") == 1
    assert "✓ good  agrees at each of 4 steps (late), and in 1 example" in finished.stdout
    (file,) = saved(project)
    case = cases.load(file)
    # A late row, and another that an earlier run had seen: less can't show it.
    (table,) = case.tables
    assert [version.since for version in table.versions] == [1, 2]
    assert (case.model, case.cause, case.runs) == ("late", "late-arrival", {1: 1, 2: 1})
    assert case.tried <= attempts.MOST_RUNS
    lines = finished.stdout.splitlines()
    start = next(i for i, line in enumerate(lines) if "what arrived when:" in line)
    assert lines[start + 1].split()[:2] == ["shop.orders", "order_id"]
    assert lines[start + 2].split()[:2] == ["step", "1,"]
    assert lines[start + 3].split()[:2] == ["step", "2,"]
    assert "the result at step 2:" in lines[start + 4]
    assert lines[start + 5].split()[:2] == ["table", "order_id"]
    assert lines[start + 6].split()[:2] == ["full", "refresh"]
    assert f"    saved: {file}" in lines
    (again,) = [line for line in lines if line.startswith("    replay: ")]
    assert again.endswith(f"--replay {file}")
    assert finished.stdout.count("cause: late-arrival") == 1

    # It needs no warehouse: the rows are in the file.
    project.warehouse.unlink()
    monkeypatch.setattr(attempts, "MOST_RUNS", 0)
    finished = command(project, "--replay", str(file), "--format", "json")
    (model,) = json.loads(finished.stdout)["models"]
    (schedule,) = model["schedules"]
    assert (finished.exit_code, model["verdict"]) == (1, "differs")
    assert (schedule["schedule"], schedule["cause"]) == (file.name, "late-arrival")
    assert (schedule["first_divergence"], schedule["line"]) == (2, 4)
    assert schedule["steps"][1]["only_full_refresh"] == 1
    assert schedule["case"]["model"] == "late"

    project.write({"models/late.sql": GOOD})
    finished = command(project, "--replay", str(file), str(file))
    assert finished.exit_code == 0
    assert f"✓ late  agrees at each of 2 steps ({file.name}, {file.name})" in finished.stdout


@pytest.mark.slow
def test_examples_find_what_the_schedules_do_not(make_project):
    """A model that reads at most 25 hours: enough for even steps, too little after a longer pause."""
    model = FCT.replace(
        "where loaded_at >",
        "where loaded_at < (select max(loaded_at) + interval 25 hours from {{ this }}) and loaded_at >",
    )
    project = make_project({"fct.sql": model}, sources=SOURCES)
    finished = command(project, "--schedules", "arrival", "--steps", "4", "--examples", "5")
    assert "arrival: differs" not in finished.stdout
    assert finished.exit_code == 1, finished.stdout
    assert "✗ fct  differs under examples" in finished.stdout
    (file,) = saved(project)
    assert cases.load(file).found_by.startswith("example ")
    assert "reproduce:" not in finished.stdout


@pytest.mark.slow
def test_what_each_case_took_is_added_up(make_project, tmp_path):
    """Including a hook that fails in the first case only."""
    project = make_project(
        {"good.sql": GOOD},
        sources=SOURCES,
        project={"on-run-end": "select error('found 7') from shop.orders where order_id = 7"},
    )
    files = []
    for order_id in (7, 8):
        orders = cases.Table(
            "source.consumer.shop.orders",
            "shop.orders",
            (("order_id", "BIGINT"), ("ordered_at", "TIMESTAMP"), ("loaded_at", "TIMESTAMP")),
            (cases.Version(1, None, (str(order_id), "2024-01-01", "2024-01-01")),),
        )
        case = cases.Case(
            model="good",
            unique_id="model.consumer.good",
            clocks=(datetime(2024, 1, 2, tzinfo=timezone.utc),),
            first=datetime(2024, 1, 1, tzinfo=timezone.utc),
            runs={1: 1},
            tables=(orders,),
        )
        files.append(tmp_path / f"{order_id}.json")
        files[-1].write_text(cases.dump(case), encoding="utf-8")
    result = project.verify(replay=files)
    (hook,) = [note for note in result.notes if note.startswith("Hook ")]
    assert "found 7" in hook


@pytest.mark.slow
def test_an_interrupted_search_gives_what_it_found(project, monkeypatch):
    """Ctrl-C in the middle of shrinking: the smallest failure so far is reported and saved."""
    original = attempts.Attempts.fails
    seen = []

    def fails(self, candidate):
        seen.append(len(candidate.units))
        if len(seen) == 4:
            raise KeyboardInterrupt
        return original(self, candidate)

    monkeypatch.setattr(attempts.Attempts, "fails", fails)
    finished = command(project, "--select", "late", "--schedules", "late", "--examples", "1")
    assert finished.exit_code == 1
    assert "note: The search was interrupted. This is what it found." in finished.stdout
    assert len(saved(project)) == 1
    assert len(seen) == 4


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("model.consumer.late", "model.consumer.gone"), "there is no incremental model model.con"),
        (("source.consumer.shop.orders", "source.consumer.shop.gone"), "has no source shop.orders"),
        (('"BIGINT"', '"NOTHING"'), "The case's rows of shop.orders can't be read."),
        (('["x"]', '["x", "y"]'), "isn't a case: ValueError: a row of shop.orders has 2 values"),
    ],
)
def test_a_case_that_fits_the_project_no_more(project, tmp_path, change, message):
    orders = cases.Table("source.consumer.shop.orders", "shop.orders", (("x", "BIGINT"),), ())
    case = cases.Case(
        "late", "model.consumer.late", (search_time(),), search_time(), {1: 1}, (orders,)
    )
    text = cases.dump(case).replace(
        '"rows": []', '"rows": [{"from": 1, "until": null, "values": ["x"]}]'
    )
    file = tmp_path / "case.json"
    assert change[0] in text
    file.write_text(text.replace(*change))
    assert message in project.refused(replay=[file])


def search_time():
    from datetime import datetime, timezone

    return datetime(2024, 1, 1, tzinfo=timezone.utc)


def test_examples_are_no_negative_number(project):
    assert "`examples` must be 0 or more; got -1." in project.refused(examples=-1)
