"""`entity-kit report`: what the page says, and the page itself in a real browser."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import os
import random
import re
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from entity_kit.cli.report import read_past, report
from entity_kit.dbt_bridge.profiles import load_target
from entity_kit.errors import EntityKitError
from entity_kit.project_health.lineage import place_nodes
from entity_kit.project_health.page import as_html
from entity_kit.project_health.performance import Limits, PastRun, read_limits, read_performance
from entity_kit.project_health.policies import DEFAULT_LAYERS
from entity_kit.project_health.report import gather
from entity_kit.project_health.verification import read_verification

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from support.chromium import Page

TODAY = dt.date(2026, 6, 1)
HOSTILE = "<script>document.title='gone'</script><img src=x onerror=alert(1)>\"'&amp;</svg>"


def model(name: str, *parents: str, **more: Any) -> dict[str, Any]:
    return {
        "unique_id": f"model.shop.{name}",
        "resource_type": "model",
        "package_name": "shop",
        "name": name,
        "original_file_path": f"models/{name}.sql",
        "description": "",
        "depends_on": {"nodes": list(parents)},
        "config": {"meta": {}},
        **more,
    }


def manifest(nodes: Iterable[Mapping[str, Any]], **sections: Any) -> dict[str, Any]:
    return {
        "metadata": {"project_name": "shop"},
        "nodes": {node["unique_id"]: node for node in nodes},
        "sources": {},
        "exposures": {},
        **sections,
    }


def deprecation(**changes: Any) -> dict[str, Any]:
    given = {
        "replacement": None,
        "deprecation_date": "2026-03-01",
        "sunset_date": "2026-06-30",
        "reason": "r",
        "owner": "o",
        "migration_guide": None,
        **changes,
    }
    return {"meta": {"entity_kit_deprecation": given}}


def verified(**verdicts: str) -> dict[str, Any]:
    return {
        "version": 1,
        "verdict": "differs" if "differs" in verdicts.values() else "agrees",
        "seed": 7,
        "steps": ["2026-01-01T00:00:00+00:00"],
        "models": [
            {
                "name": name,
                "unique_id": f"model.shop.{name}",
                "verdict": verdict,
                "schedules": [
                    {
                        "schedule": "late",
                        "verdict": verdict,
                        "first_divergence": None if verdict == "agrees" else 3,
                        "heals": False,
                        "steps": [],
                        "cause": None if verdict == "agrees" else "late-arrival",
                        "explanation": None if verdict == "agrees" else "rows came late",
                    }
                ],
            }
            for name, verdict in verdicts.items()
        ],
    }


def past(name: str, *seconds: float | None) -> list[PastRun]:
    return [
        PastRun(f"model.shop.{name}", name, "error" if each is None else "success", each)
        for each in seconds
    ]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the page of a small project that has one of everything."""
    source = {
        "unique_id": "source.shop.raw.orders",
        "resource_type": "source",
        "package_name": "shop",
        "source_name": "raw",
        "name": "orders",
    }
    board = {
        "unique_id": "exposure.shop.board",
        "resource_type": "exposure",
        "package_name": "shop",
        "name": "board",
        "depends_on": {"nodes": ["model.shop.fct_orders"]},
    }
    nodes = [
        model("stg_orders", "source.shop.raw.orders", description=HOSTILE),
        model("customers", "model.shop.stg_orders", config=deprecation(reason=HOSTILE)),
        model(
            "old_customers",
            "model.shop.stg_orders",
            config=deprecation(sunset_date="2026-05-01", owner=HOSTILE),
        ),
        model("fct_orders", "model.shop.stg_orders", "model.shop.old_customers"),
        model("fct_slow", "model.shop.fct_orders"),
        model(HOSTILE, "model.shop.fct_orders"),
    ]
    file = tmp_path_factory.mktemp("verify") / "verify.json"
    file.write_text(json.dumps(verified(fct_orders="differs", stg_orders="agrees")))
    performance = read_performance(
        [
            *past("fct_slow", *[300.0] * 20, *[600.0] * 10),
            *past("fct_orders", *[2.0] * 9, None),
            *past("stg_orders", *[1.0] * 30),
        ]
    )
    report = gather(
        manifest(
            nodes,
            sources={source["unique_id"]: source},
            exposures={board["unique_id"]: board},
        ),
        DEFAULT_LAYERS,
        TODAY,
        Limits(),
        performance,
        read_verification(file),
    )
    return as_html(report)


@pytest.fixture(scope="module")
def five_hundred() -> str:
    """Return the page of 500 models, each of which reads one to three earlier ones."""
    dice = random.Random(0)  # noqa: S311 - the same page each time
    nodes = [
        model(
            f"{dice.choice(['stg', 'int', 'fct', 'dim'])}_model_{number}",
            *(),
            unique_id=f"model.shop.m{number}",
            depends_on={
                "nodes": [
                    f"model.shop.m{each}"
                    for each in dice.sample(range(number), k=min(number, dice.randint(1, 3)))
                ]
            },
        )
        for number in range(500)
    ]
    performance = read_performance(
        run
        for number in range(500)
        for run in [
            PastRun(f"model.shop.m{number}", f"m{number}", "success", float(dice.randint(1, 320)))
            for _ in range(30)
        ]
    )
    return as_html(gather(manifest(nodes), DEFAULT_LAYERS, TODAY, Limits(), performance))


FOCUS = "document.activeElement?.dataset?.n ?? document.activeElement?.id ?? ''"


def nodes_shown(page: Page) -> dict[str, str]:
    """Return the number of each node of the graph by its name."""
    script = """[...document.querySelectorAll("#picture a")].map((a) => [a.getAttribute("aria-label"), a.dataset.n])"""
    return {label.split(":")[0].split(" ", 1)[1]: number for label, number in page.evaluate(script)}


def test_it_asks_for_nothing_and_runs_nothing_of_its_data(
    chromium_page: Page, shop: str, tmp_path: Path
) -> None:
    chromium_page.open(shop, tmp_path / "page.html")
    assert chromium_page.requests == [(tmp_path / "page.html").resolve().as_uri()]
    assert chromium_page.troubles == []
    assert chromium_page.evaluate("document.title") == "shop: report"
    assert chromium_page.evaluate("document.querySelectorAll('img').length") == 0
    # Nor would it if markup had come in after all: the page's policy forbids both.
    chromium_page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', "
        "`<img src='https://example.org/x.png' onerror='document.title=\"gone\"'>`)"
    )
    for _ in range(1000):
        if len(chromium_page.troubles) == 2:
            break
        chromium_page.evaluate("new Promise((done) => requestAnimationFrame(done))")
    assert all("Content Security Policy" in each for each in chromium_page.troubles)
    assert len(chromium_page.troubles) == 2
    assert chromium_page.evaluate("document.title") == "shop: report"


def test_what_it_says(chromium_page: Page, shop: str, tmp_path: Path) -> None:
    chromium_page.open(shop, tmp_path / "page.html")
    rows = chromium_page.evaluate(
        "[...document.querySelectorAll('section')].map((s) => [s.querySelector('h2').textContent, "
        "[...s.querySelectorAll('tbody tr')].map((r) => [...r.children].map((c) => c.textContent.trim()))])"
    )
    sections = dict(rows)
    assert list(sections) == [
        "Lineage",
        "Coverage by layer",
        "Slow and failing models",
        "Deprecations",
        "Verify",
        "All nodes",
    ]
    assert sections["Coverage by layer"] == [
        ["staging", "1", "0 of 1", "unique 1, not_null 1"],
        ["fact", "2", "0 of 2", "unique 2, not_null 2, relationships 2, business 2"],
        ["none: its name has no layer's prefix", "3", "no tests required", ""],
    ]
    assert [row[:6] + row[7:] for row in sections["Slow and failing models"]] == [
        ["fct_orders", "failing", "2.0 s", "2.0 s", "10.0%", "-", "error"],
        ["fct_slow", "slow", "6 min 40 s", "10 min 00 s", "0.0%", "x2.00", "success"],
        ["stg_orders", "", "1.0 s", "1.0 s", "0.0%", "x1.00", "success"],
    ]
    assert sections["Deprecations"] == [
        [
            "old_customers",
            "sunset",
            "nothing",
            "2026-05-01",
            "-31",
            HOSTILE,
            "r",
            "model fct_orders",
        ],
        ["customers", "deprecated", "nothing", "2026-06-30", "29", "o", HOSTILE, "nothing"],
    ]
    assert sections["Verify"] == [
        ["fct_orders", "differs", "late: differs from step 3, late-arrival"],
        ["stg_orders", "agrees", "late"],
    ]
    by_name = {row[0]: row for row in sections["All nodes"]}
    assert by_name["stg_orders"][4:] == [
        "raw.orders",
        "customers, fct_orders, old_customers",
        HOSTILE,
    ]
    assert by_name["fct_orders"][3].startswith("failing, differs; ")


def test_the_picture_shows_each_node_right_of_what_it_reads(
    chromium_page: Page, shop: str, tmp_path: Path
) -> None:
    chromium_page.open(shop, tmp_path / "page.html")
    boxes = chromium_page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('#picture a')].map((a) => "
        "[a.dataset.n, [a.querySelector('rect').getBBox().x, a.querySelector('rect').getBBox().width, "
        "a.querySelector('text').getBBox().width]]))"
    )
    edges = chromium_page.evaluate(
        "[...document.querySelectorAll('#picture path')].map((p) => p.dataset.e.split('-'))"
    )
    assert len(edges) == 8
    for parent, child in edges:
        assert boxes[parent][0] + boxes[parent][1] < boxes[child][0]
    assert all(text < box for _, box, text in boxes.values())


def test_by_keyboard(chromium_page: Page, shop: str, tmp_path: Path) -> None:
    chromium_page.open(shop, tmp_path / "page.html")
    number = nodes_shown(chromium_page)
    press, focus = chromium_page.press, lambda: chromium_page.evaluate(FOCUS)
    press("Tab")
    assert chromium_page.evaluate("document.activeElement.textContent") == "Skip the graph"
    press("Tab")
    assert focus() == "whole"
    press("Space")
    assert chromium_page.evaluate("document.getElementById('whole').checked") is True
    # The scrollable frame may be a stop of its own.
    press("Tab")
    if focus() == "":
        press("Tab")
    assert focus() == number["raw.orders"]
    press("ArrowRight")
    assert focus() == number["stg_orders"]
    lit = chromium_page.evaluate("document.querySelectorAll('#picture a.on').length")
    assert lit == len(number)
    for key, name in (
        ("ArrowRight", "customers"),
        ("ArrowRight", "customers"),  # nothing reads it
        ("ArrowDown", "old_customers"),
        ("ArrowRight", "fct_orders"),
        ("ArrowLeft", "old_customers"),  # the nearest of what it reads
        ("ArrowUp", "customers"),
        ("ArrowDown", "old_customers"),
        ("ArrowRight", "fct_orders"),
    ):
        press(key)
        assert focus() == number[name]
    press("Enter")
    assert chromium_page.evaluate("location.hash") == f"#m{number['fct_orders']}"
    assert (
        chromium_page.evaluate("document.querySelector('tr:target th').textContent") == "fct_orders"
    )
    # The picture is one stop, whatever its size: the next is outside.
    chromium_page.evaluate(
        f"document.querySelector('#picture a[data-n=\"{number['stg_orders']}\"]').focus()"
    )
    press("Tab")
    assert chromium_page.evaluate("document.activeElement.closest('#picture')") is None


def test_search(chromium_page: Page, five_hundred: str, tmp_path: Path) -> None:
    chromium_page.open(five_hundred, tmp_path / "page.html")
    chromium_page.evaluate("document.getElementById('search').focus()")
    chromium_page.press("model_49")
    shown = "[...document.querySelectorAll('#all tbody tr')].filter((r) => !r.hidden).length"
    assert chromium_page.evaluate(shown) == 11
    assert chromium_page.evaluate("document.getElementById('found').textContent") == "11 found"
    assert chromium_page.evaluate("document.querySelectorAll('#picture a:not(.out)').length") == 11


@pytest.mark.parametrize("dark", [False, True])
def test_it_can_be_read_in_light_and_dark(
    chromium_page: Page, shop: str, tmp_path: Path, *, dark: bool
) -> None:
    chromium_page.open(shop, tmp_path / "page.html")
    chromium_page.look(dark=dark)
    try:
        page = chromium_page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", page))) < 100) is dark
        assert chromium_page.poor_contrasts() == []
    finally:
        chromium_page.look()


def test_on_paper_all_is_there(chromium_page: Page, shop: str, tmp_path: Path) -> None:
    chromium_page.open(shop, tmp_path / "page.html", width=794)
    chromium_page.look(print_=True)
    try:
        # What is folded up on the screen, and what is scrolled, can't be unfolded on paper.
        heights = "[...document.querySelectorAll('details > :not(summary)')].map((e) => e.getBoundingClientRect().height)"
        assert all(height > 0 for height in chromium_page.evaluate(heights))
        over = (
            "[...document.querySelectorAll('table, #picture')].filter((e) => "
            "e.getBoundingClientRect().right > document.documentElement.clientWidth).length"
        )
        assert chromium_page.evaluate(over) == 0
        assert chromium_page.pdf().startswith(b"%PDF")
    finally:
        chromium_page.look()


def test_it_fits_a_narrow_window(chromium_page: Page, shop: str, tmp_path: Path) -> None:
    chromium_page.open(shop, tmp_path / "page.html", width=400)
    assert chromium_page.evaluate("document.documentElement.scrollWidth") <= 400


@pytest.mark.parametrize("width", [420, 500])
def test_tables_scroll_and_no_name_breaks_within_a_word(
    chromium_page: Page, tmp_path: Path, width: int
) -> None:
    long = "fct_subscription_changes_of_all_customers"
    file = tmp_path / "verify.json"
    file.write_text(json.dumps(verified(**{long: "differs", "a": "agrees"})))
    nodes = [model(long), model("a", f"model.shop.{long}", description="What it is.")]
    performance = read_performance(past(long, 400.0, 500.0))
    report = gather(
        manifest(nodes), DEFAULT_LAYERS, TODAY, Limits(), performance, read_verification(file)
    )
    chromium_page.open(as_html(report), tmp_path / "page.html", width=width)
    assert chromium_page.evaluate("document.documentElement.scrollWidth") <= width
    assert chromium_page.broken_words("tbody th, .names a, thead th") == []


def test_five_hundred_models_stay_usable(
    chromium_page: Page, five_hundred: str, tmp_path: Path
) -> None:
    assert len(five_hundred.encode()) < 2_000_000
    chromium_page.open(five_hundred, tmp_path / "page.html")
    # No two nodes cover each other.
    boxes = chromium_page.evaluate(
        "[...document.querySelectorAll('#picture rect')].map((r) => [+r.getAttribute('x'), +r.getAttribute('y'), "
        "+r.getAttribute('width'), +r.getAttribute('height')])"
    )
    assert len(boxes) == 500
    columns: dict[float, list[float]] = {}
    for x, y, *_ in boxes:
        columns.setdefault(x, []).append(y)
    for heights in columns.values():
        ordered = sorted(heights)
        assert all(b - a >= boxes[0][3] for a, b in itertools.pairwise(ordered))
    # Something stands in the first view, and one key leads into the picture.
    assert chromium_page.evaluate(
        "document.elementFromPoint(60, 335).closest('#picture a') !== null"
    )
    assert (
        chromium_page.evaluate("document.querySelectorAll('#picture a[tabindex=\"0\"]').length")
        == 1
    )


def test_without_script_all_content_is_there(shop: str) -> None:
    bare = re.sub(r"<script>.*?</script>", "", shop, flags=re.DOTALL)
    assert "<script" not in bare
    assert bare.count("<a href=") == 8 + 2 * 8
    assert not re.search(r"https?://|url\(|@import|<link|<img", bare)


def test_an_empty_project() -> None:
    page = as_html(gather(manifest([]), DEFAULT_LAYERS, TODAY, Limits()))
    assert "The project has no models." in page
    assert "No model of this project is deprecated." in page


def incremental(name: str, *parents: str) -> dict[str, Any]:
    return model(name, *parents, config={"meta": {}, "materialized": "incremental"})


def report_of(tmp_path: Path, nodes: Iterable[Mapping[str, Any]], **result: Any) -> str:
    file = tmp_path / "verify.json"
    file.write_text(json.dumps({**verified(fct_a="agrees"), **result}))
    limits, verification = Limits(), read_verification(file)
    page = as_html(
        gather(manifest(nodes), DEFAULT_LAYERS, TODAY, limits, verification=verification)
    )
    return " ".join(re.sub("<[^>]*>", "", page[page.index("<body>") :]).split())


def test_a_part_is_not_taken_for_the_whole_project(tmp_path: Path) -> None:
    nodes = [incremental("fct_a"), incremental("fct_b"), incremental("fct_c"), model("stg")]
    said = report_of(
        tmp_path,
        nodes,
        ran_at="2026-05-30T10:30:00+02:00",
        selection=["--select fct_a"],
        left_out=[{"name": "fct_c", "reason": "it writes files"}],
    )
    assert "agrees 2026-05-30 08:30, 1 of 3 models" in said
    assert "Ran 2026-05-30 08:30 UTC." in said
    assert (
        "This isn't the whole project: the result covers 1 of its 3 incremental models, "
        "as chosen by --select fct_a." in said
    )
    assert said.count("2 incremental models not verified") == 1
    assert "fct_bfct_c: it writes files" in said


def test_a_whole_result_says_so_and_an_old_one_what_is_gone(tmp_path: Path) -> None:
    assert "The result covers every incremental model" in report_of(
        tmp_path, [incremental("fct_a")]
    )
    said = report_of(tmp_path, [incremental("fct_b")])
    assert "covers 0 of its 1 incremental model." in said
    assert "It is older than the project, which no longer has fct_a." in said


def test_a_result_that_does_not_say_when_it_ran_is_as_old_as_its_file(tmp_path: Path) -> None:
    file = tmp_path / "verify.json"
    file.write_text(json.dumps(verified(fct_a="agrees")))
    at = dt.datetime(2026, 5, 1, 12, tzinfo=dt.timezone.utc)
    os.utime(file, (at.timestamp(), at.timestamp()))
    assert read_verification(file).ran_at == at


def test_only_what_is_wrong_has_a_color(shop: str) -> None:
    found = re.findall(r'class="model (\w*)" data-n.*?<text [^>]*>([^<]*)</text>', shop)
    states = {name: state for state, name in found}
    assert states["stg_orders"] == ""  # it lacks tests, as most models do
    assert states["fct_orders"] == states["fct_slow"] == states["old_customers"] == "bad"
    assert states["customers"] == "warn"


def test_names_are_whole_and_lines_are_arrows(shop: str) -> None:
    assert "…" not in shop[shop.index('<svg id="picture"') : shop.index("</svg>")]
    ways = re.findall(r'<path data-e="[^"]*" d="([^"]*)"/>', shop)
    assert len(ways) == 8
    assert all(re.fullmatch(r"M[^m]*m-6 -3l6 3l-6 3", way) for way in ways)


def test_an_empty_column_is_left_out() -> None:
    bare = as_html(gather(manifest([model("a")]), DEFAULT_LAYERS, TODAY, Limits()))
    assert '<th scope="col">Layer</th><th scope="col">State' not in bare
    assert '<th scope="col">Description</th>' not in bare


def test_places_keep_order_and_stand_a_circle() -> None:
    assert place_nodes([], []) == {}
    places = place_nodes(["b", "a", "c"], [("a", "b"), ("b", "c"), ("a", "c"), ("x", "c")])
    assert [places[node].column for node in "abc"] == [0, 1, 2]
    assert set(place_nodes(["a", "b"], [("a", "b"), ("b", "a")])) == {"a", "b"}


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"version": 2}', '{"version": 1, "verdict": "agrees", "seed": 1}'],
)
def test_a_file_that_is_no_result_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "verify.json"
    file.write_text(content)
    with pytest.raises(EntityKitError, match="isn't a result of verify") as caught:
        read_verification(file)
    assert caught.value.fix == "Create one with: entity-kit verify --format json --output FILE"


@pytest.mark.parametrize("value", ["low", True, -1, [1]])
def test_a_limit_that_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(EntityKitError, match="entity_kit_slow_seconds must be a number"):
        read_limits({"entity_kit_slow_seconds": value})


def command(project: Any, *words: str) -> Any:
    project.let_go()
    folder = str(project.folder)
    return CliRunner().invoke(
        report, ["--project-dir", folder, "--profiles-dir", folder, *words], catch_exceptions=False
    )


@pytest.fixture(scope="module")
def project(make_project: Any) -> Any:
    mark = (
        "{{ entity_kit.deprecate('fct_new', '2026-03-01', '2026-06-30', "
        "'<b>old</b>', 'team') }} select 1 as x"
    )
    return make_project(
        {
            "stg_one.sql": "select 1 as x",
            "fct_old.sql": mark,
            "fct_new.sql": "{{ config(materialized='table') }} select * from {{ ref('stg_one') }}",
            "fct_broken.sql": "select no_such_column from {{ ref('fct_old') }}",
            "schema.yml": "models: [{name: stg_one, description: 'a <i>b</i>', "
            "columns: [{name: x, data_tests: [unique, not_null]}]}]\n",
        },
        variables={"entity_kit_metadata": True, "entity_kit_slow_seconds": 100},
    )


@pytest.mark.slow
def test_of_a_real_project(project: Any, at: Any, tmp_path: Path) -> None:
    output = tmp_path / "page.html"
    # Before anything has run: what isn't known is said, and the rest is there.
    result = command(project, "--output", str(output), "--as-of", "2026-07-01")
    assert (result.exit_code, result.stdout) == (0, f"Wrote {output}.\n")
    assert [line.split(":")[0] for line in result.stderr.splitlines()] == [
        "verification",
        "performance",
    ]
    page = output.read_text()
    assert "Not available: " in page
    assert re.search(r'aria-labelledby="runs">\s*<h2 id="runs">.*?</h2>\s*<p>Not available: ', page)

    assert at(project, "2026-04-01", "run", "-s", "run_history").success
    at(project, "2026-04-02", "run")
    (project.folder / "verify.json").write_text(json.dumps(verified(fct_new="agrees")))
    result = command(project, "--output", str(output), "--as-of", "2026-07-01")
    assert (result.exit_code, result.stderr) == (0, "")
    page = output.read_text().replace("<wbr>", "")
    assert "a &lt;i&gt;b&lt;/i&gt;" in page
    assert "&lt;b&gt;old&lt;/b&gt;" in page
    assert re.search(r'fct_broken</th><td class="bad">failing</td>', page)
    assert ", 1 overdue" in page
    assert "1 of 1 incremental model agrees" in " ".join(page.split())


def test_performance_is_what_the_model_of_that_name_says(project: Any, at: Any) -> None:
    words = ("run", "--write-json", "-s", "run_history", "model_performance")
    assert at(project, "2026-05-01", *words).success
    project.execute("delete from run_history")
    dice = random.Random(0)  # noqa: S311 - the same history each time
    rows = [
        (
            f"{number:03d}",
            f"model.consumer.m{number % 4}",
            f"2026-01-{1 + number % 27:02d} 0{number % 3}:00:00",
            dice.choice(["success", "success", "success", "error", "skipped"]),
            dice.choice([0.0, dice.random() * 300]),
        )
        for number in range(200)
    ]
    values = ", ".join(
        f"('{i}', '{u}', 'm', 'model', timestamp '{t}', '{s}', {n!r})" for i, u, t, s, n in rows
    )
    project.execute(
        "insert into run_history (invocation_id, unique_id, model_name, resource_type, started_at, "
        f"status, seconds) values {values}"
    )
    expected = project.query(
        "select unique_id, runs, last_status, round(average_seconds, 6), round(worst_seconds, 6), "
        "round(failure_rate, 6), round(trend, 6), is_slow, is_failing from model_performance order by 1"
    )
    project.let_go()
    found = read_past(
        project.folder,
        json.loads((project.folder / "target/manifest.json").read_text()),
        load_target(project.folder, profiles_dir=project.folder),
    )
    limits = Limits(seconds=100)
    assert expected == [
        (
            each.unique_id,
            len(each.runs),
            each.last_status,
            round(each.average_s or 0, 6),
            round(each.worst_s or 0, 6),
            round(each.failure_rate, 6),
            round(each.trend or 0, 6),
            "slow" in each.problems(limits),
            "failing" in each.problems(limits),
        )
        for each in found
    ]
    assert len(found) == 4


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--as-of", "soon"), "--as-of must be a date; got soon.\nWrite it as YYYY-MM-DD."),
        (
            ("--verify", "nowhere.json"),
            (
                "nowhere.json isn't a result of verify: "
                "[Errno 2] No such file or directory: 'nowhere.json'.\n"
                "Create one with: entity-kit verify --format json --output FILE"
            ),
        ),
        (
            ("--output", "nowhere/page.html"),
            "nowhere isn't a folder.\nCreate it, or name another.",
        ),
        (
            ("--vars", "entity_kit_slow_seconds: low"),
            (
                "The variable entity_kit_slow_seconds must be a number, 0 or more; got 'low'.\n"
                "Write it without quotes."
            ),
        ),
    ],
)
def test_refused(project: Any, words: tuple[str, ...], message: str) -> None:
    with pytest.raises(EntityKitError) as caught:
        command(project, *words)
    assert str(caught.value) == message
