"""What the HTML page shows of a result: its first sentence, its squares, code, rows, and times."""

from __future__ import annotations

import datetime as dt
import html
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entity_kit.arrivals.behind import Arrival, RowsBehind
from entity_kit.arrivals.lateness import Bar, Lateness, Price
from entity_kit.causes.cause import Cause, Place
from entity_kit.compare.difference import Comparison, SampleRow
from entity_kit.replay.outcome import Failure, Step
from entity_kit.verify.reports.html import as_html, lookback_html
from entity_kit.verify.reports.lateness_plot import plot
from entity_kit.verify.reports.marks import mark_change
from entity_kit.verify.reports.stories import excerpt, rows_table, stories
from entity_kit.verify.reports.times import time_line
from entity_kit.verify.results import ModelResult, ScheduleResult, Timing, VerifyResult

if TYPE_CHECKING:
    from pathlib import Path

    from support.chromium import Page

START = dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
SQL = """\
{{ config(unique_key='order_id') }}
select * from {{ source('shop', 'orders') }}
{% if is_incremental() %}
where ordered_at > (select max(ordered_at) from {{ this }})
{% endif %}
"""
LATE = RowsBehind(
    "shop.orders",
    0,
    "order_id 7",
    (
        Arrival("order_id 7", START + DAY, START + DAY + HOUR, 2),
        Arrival("order_id 7", START + DAY + 2 * HOUR, START + 3 * DAY, 3),
    ),
    count=2,
    seen=START + 2 * DAY,
)


def steps(*changed: int) -> tuple[Step, ...]:
    return tuple(
        Step(number, START + number * DAY, Comparison(0, 0, count))
        for number, count in enumerate(changed, 1)
    )


def wrong(name: str, cause: str = "late-arrival", **more: Any) -> ModelResult:
    row = SampleRow(
        "changed",
        {"note": None, "total": "2024-01-05 10:00", "order_id": 7, "empty": None},
        {"total": "2024-01-03 10:00"},
    )
    given = {
        "cause": Cause(cause, "why", Place(f"models/{name}.sql", 3, "the block")),
        "sample": (row,),
        "key": ("order_id",),
        "behind": (LATE,),
        **more,
    }
    schedules = (
        ScheduleResult("late", steps(0, 0, 2), **given),
        ScheduleResult("arrival", steps(0, 0, 2), **given),
    )
    return ModelResult(name, f"model.shop.{name}", schedules, path=f"models/{name}.sql", text=SQL)


def right(name: str) -> ModelResult:
    return ModelResult(name, f"model.shop.{name}", (ScheduleResult("arrival", steps(0, 0, 0)),))


def result(*models: ModelResult, **more: Any) -> VerifyResult:
    at = tuple(START + number * DAY for number in (1, 2, 3))
    return VerifyResult(models, 7, at, Timing(4.2, 3.1, 0.4), **more)


def text_of(page: str) -> str:
    body = page[page.index("<body>") :]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", body)).split())


@pytest.mark.parametrize(
    ("models", "said"),
    [
        ([right("a")], "agrees: 1 of 1 incremental model equals its full refresh at every step."),
        (
            [wrong("b")],
            "0 of 1 incremental model equals its full refresh at every step; b (late-arrival) doesn't.",
        ),
        (
            [right("a"), wrong("b")],
            "equals its full refresh at every step; b (late-arrival) doesn't.",
        ),
        (
            [wrong("b"), wrong("c", "clock")],
            "at every step; b (late-arrival) and c (clock) don't.",
        ),
        (
            [wrong(name) for name in "abcde"],
            "at every step; a (late-arrival), b (late-arrival), c (late-arrival) and 2 more don't.",
        ),
    ],
)
def test_the_verdict_is_one_sentence(models: list[ModelResult], said: str) -> None:
    assert said in text_of(as_html(result(*models), "t"))


def test_it_says_when_it_ran_and_of_what() -> None:
    whole = text_of(as_html(result(right("a"), ran_at=START), "t"))
    assert "Ran 2024-01-01 00:00 UTC." in whole
    assert "part of the project" not in whole
    part = text_of(as_html(result(right("a"), selection=("--select a+",)), "t"))
    assert "Only a part of the project: --select a+" in part


def test_what_is_wrong_comes_first_with_its_cause_and_leads_to_its_rows() -> None:
    child = wrong("child", cause="late-arrival")
    inherited = replace(
        child,
        schedules=tuple(
            replace(each, cause=Cause("late-arrival", "", inherited_from=("root",)))
            for each in child.schedules
        ),
    )
    page = as_html(result(right("a"), inherited, wrong("root")), "t")
    assert "; root (late-arrival) doesn't, nor does 1 model because of it." in text_of(page)
    overview = page[page.index('<table class="overview">') :]
    names = re.findall(r'<th scope="row">(?:<a href="#m1">)?(\w+)', overview)
    assert names[:3] == ["root", "child", "a"]
    whys = re.findall(r'<td class="why">(.*?)</td>', overview)
    assert [re.sub("<[^>]*>", "", why) for why in whys] == ["late-arrival", "because of root", ""]
    # Schedules stand in the order of the docs, and each red row of squares is a link.
    assert re.findall(r'<th scope="col">(arrival|late)</th>', overview) == ["arrival", "late"]
    links = re.findall(r'<a href="#(m1-\d)" class="steps"', overview)
    assert links == ["m1-2", "m1-1"] * 2  # a child's lead to what it inherits
    for link in links:
        assert page.count(f'<div class="told" id="{link}">') == 1
    assert overview.count('class="steps" aria-label="late: differs from step 3"') == 2


def test_squares_have_dates() -> None:
    page = as_html(result(wrong("a")), "t")
    assert "<li><b>step 2</b> 2024-01-03 00:00</li>" in page
    assert "step 3, 2024-01-04 00:00: 2 rows changed" in page
    assert "<b>step 3</b><span>2024-01-04 00:00</span><span>2 rows changed</span>" in page


def test_a_cause_is_told_once() -> None:
    page = as_html(result(wrong("a")), "t")
    assert page.count("<strong>late-arrival</strong>. why") == 1
    assert page.count("<p>The cause is as under late.</p>") == 1


def test_the_code_is_there_with_the_line_marked() -> None:
    page = as_html(result(wrong("a")), "t")
    assert '<span class="hit"><b>3</b>{% if is_incremental() %}</span>' in page
    long = "\n".join(f"line {number}" for number in range(1, 101))
    schedule = wrong("a").schedules[0]
    place = Place("a.sql", 50, "the block")
    schedule = replace(schedule, cause=Cause("late-arrival", "", place))
    shown = excerpt(long, schedule)
    assert [line.number for line in shown] == list(range(44, 59))
    assert [line.text for line in shown if line.hit] == ["line 50"]
    assert excerpt("only this", schedule) == ()


def test_the_key_comes_first_and_empty_columns_are_left_out() -> None:
    table = rows_table(wrong("a").schedules[0])
    assert table is not None
    assert table.columns == ("order_id", "total")
    assert table.hidden == ("note", "empty")
    assert table.caption.startswith("1 of 2 rows that differ at step 3.")
    page = as_html(result(wrong("a")), "t")
    assert "Not shown, because NULL in all of these rows: note, empty." in page
    assert '<span class="was" title="incremental">2024-01-<mark>03</mark> 10:00</span>' in page
    assert '<span class="now" title="full refresh">2024-01-<mark>05</mark> 10:00</span>' in page


def test_of_many_columns_those_that_changed_follow_the_key() -> None:
    cells = {f"c{number}": number for number in range(20)}
    schedule = ScheduleResult(
        "late",
        steps(1),
        sample=(SampleRow("changed", {**cells, "id": 1, "total": 5}, {"total": 4}),),
        key=("id",),
    )
    table = rows_table(schedule)
    assert table is not None
    assert table.columns == ("id", "total", *cells)


@given(st.text(max_size=60), st.text(max_size=60))
@settings(deadline=None)
def test_a_mark_is_all_that_differs(was: str, now: str) -> None:
    first, second = mark_change(was, now)
    if "…" in f"{first}{second}":
        return
    assert (first.before, first.after) == (second.before, second.after)
    shown = [part.before + part.differs + part.after for part in (first, second)]
    if shown == [was, now]:
        assert (first.differs == second.differs) == (was == now)
        # What isn't marked ends before a word that differs, or a part of one would be taken for it.
        assert not (first.differs and first.before[-1:].isalnum())
        assert not (first.differs and first.after[:1].isalnum())
    else:  # in quotes, because one of them would be invisible or ambiguous
        assert [text[0] + text[-1] for text in shown] == ['""', '""']


@pytest.mark.parametrize(
    ("was", "now", "marked"),
    [
        ("south", "north", ["south", "north"]),
        ("2024-01-03 10:00", "2024-01-05 10:00", ["03", "05"]),
        ("a b c", "a c", ["b ", ""]),
        ("red", "red, blue", ["", ", blue"]),
        ("red", "redder", ["red", "redder"]),
        ("a red", "a", [" red", ""]),
        ("[1, 6]", "[6, 1]", ["1, 6", "6, 1"]),
    ],
)
def test_words_are_marked_whole(was: str, now: str, marked: list[str]) -> None:
    assert [part.differs for part in mark_change(was, now)] == marked


def test_steps_that_agree_are_green_whatever_the_others_are() -> None:
    by_chance = replace(steps(0, 2)[1], chance=True)
    schedule = ScheduleResult("late", (*steps(0), by_chance), nondeterministic=("drawn",))
    page = as_html(result(ModelResult("a", "a", (schedule,))), "t")
    assert '<i class="a"></i><i class="n"></i>' in page


def test_numbers_are_marked_whole() -> None:
    assert [part.differs for part in mark_change(120, 1250)] == ["120", "1250"]
    assert [part.differs for part in mark_change(None, "x")] == ["NULL", "x"]


def test_late_rows_are_seen_to_be_late() -> None:
    line = time_line([LATE], steps(0, 0, 2), 3)
    assert line is not None
    assert [each.late for each in line.rows] == [False, True]
    assert [tick.number for tick in line.ticks] == [1, 2, 3]
    late = line.rows[1]
    assert line.seen is not None
    assert late.event is not None
    assert late.loaded is not None
    assert late.event < line.seen < late.loaded
    page = as_html(result(wrong("a")), "t")
    assert page.count('<tr class="late">') == 2  # once under each schedule
    assert "<td>1 d 22 h</td><td>step 3 <strong>late</strong></td>" in page


@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(1, 3)),
        min_size=1,
        max_size=6,
    ),
    st.integers(3, 90),
)
@settings(deadline=None, max_examples=50)
def test_places_on_the_line_are_in_the_order_of_time(
    given_rows: list[tuple[int, ...]], last_day: int
) -> None:
    rows = tuple(
        Arrival("r", START + event * HOUR, START + loaded * HOUR, step)
        for event, loaded, step in given_rows
    )
    first, second, _ = steps(0, 0, 1)
    ran = (first, second, Step(3, START + last_day * DAY, Comparison(0, 0, 1)))
    line = time_line([RowsBehind("s", 0, "x", rows, len(rows))], ran, 3)
    assert line is not None
    # A long wait for the last step takes a part of the line only.
    assert last_day < 9 or line.fold is not None
    places = [
        (moment, place)
        for each in line.rows
        for moment, place in ((each.row.event, each.event), (each.row.loaded, each.loaded))
        if moment is not None and place is not None
    ]
    places += [(tick.at, tick.left) for tick in line.ticks]
    ordered = [place for _, place in sorted(set(places))]
    assert ordered == sorted(set(ordered))
    assert all(0 <= place <= 100 for place in ordered)


def test_columns_of_times_that_nobody_knows_are_left_out() -> None:
    behind = replace(LATE, rows=tuple(replace(row, event=None) for row in LATE.rows), seen=None)
    page = as_html(result(wrong("a", behind=(behind,))), "t")
    assert '<th scope="col">Loaded</th><th scope="col">First shown</th>' in page
    assert ">Happened<" in as_html(result(wrong("a")), "t")


def test_of_many_steps_those_around_the_first_difference_are_told() -> None:
    many = steps(*[0] * 99, *[2] * 266)
    (story, _) = stories(wrong("a", behind=(replace(LATE, rows=(LATE.rows[0],)),)))
    assert (len(story.steps), story.earlier, story.later) == (3, 0, 0)
    model = wrong("a")
    schedule = replace(model.schedules[0], steps=many, behind=())
    (story,) = stories(replace(model, schedules=(schedule,)))
    assert [step.number for step in story.steps] == list(range(97, 109))
    assert (story.earlier, story.later) == (96, 257)
    page = as_html(result(replace(model, schedules=(schedule,))), "t")
    assert "<span>96 earlier steps</span>" in page
    assert "<span>257 later steps</span>" in page
    # On the time line, a tick for each of 365 runs would be a gray bar.
    row = Arrival("r", START, START + 50 * DAY, 50)
    line = time_line([RowsBehind("s", 0, "x", (row,), 1)], many, 100)
    assert line is not None
    assert [tick.number for tick in line.ticks] == [50, 99, 100]


def test_a_failure_has_its_date() -> None:
    failed = ScheduleResult("storm", steps(0), failure=Failure(2, "incremental", "no table"))
    page = as_html(result(ModelResult("a", "a", (failed,))), "t")
    assert "<b>step 2</b><span>2024-01-03 00:00</span><span>dbt failed</span>" in page


def test_rows_without_times_have_no_line() -> None:
    rows = (Arrival("r", None, None, 1),)
    assert time_line([RowsBehind("s", 0, "x", rows, 1)], steps(1), 1) is None


def lateness(smallest: dt.timedelta) -> Lateness:
    edges = [dt.timedelta(0), HOUR, 3 * HOUR, DAY]
    return Lateness(
        "shop.orders",
        1111,
        0,
        10,
        "day",
        (),
        tuple(
            Bar(a, b, rows) for a, b, rows in zip(edges, edges[1:], (1000, 100, 11), strict=False)
        ),
        smallest,
        (Price(dt.timedelta(0), 3, 9), Price(smallest, 0, 18)),
    )


@pytest.mark.parametrize(
    ("smallest", "place"),
    [
        (dt.timedelta(0), 0.0),
        (HOUR, 12.5),
        (2 * HOUR, 18.75),
        (13.5 * HOUR, 31.25),
        (3 * DAY, 37.5),
    ],
)
def test_the_chosen_lookback_is_on_the_axis(smallest: dt.timedelta, place: float) -> None:
    assert plot(lateness(smallest)).lookback == place


def test_the_plot_has_axes_and_the_table_its_chosen_row() -> None:
    page = as_html(result(lateness=(lateness(2 * HOUR),)), "t")
    assert [label for label, _ in plot(lateness(HOUR)).rows] == ["1", "10", "100", "1k"]
    assert "<b>rows, log scale</b>" in page
    assert "<b>from event_time to loaded_at</b>" in page
    chosen = re.findall(r'<tr class="chosen"><th scope="row">(.*?)</th>', page)
    assert chosen == ["2 h"]
    assert "<code>lookback_interval={hours: 2}</code>" in page


def test_the_page_of_a_lookback_has_the_same_plot() -> None:
    page = lookback_html("fct_<b>", [lateness(2 * HOUR), replace(lateness(HOUR), rows=0)])
    said = text_of(page)
    assert (
        "fct_<b> reads 2 sources with event_time: a lookback of 2 h loses no row of shop.orders."
        in said
    )
    assert "shop.orders has no rows with both times." in said
    assert '<tr class="chosen"><th scope="row">2 h</th>' in page
    assert "<b>" not in page.replace("<b>rows, log", "").replace("<b>from event", "")
    assert not re.search(r"<script|https?://|url\(|src=", page)


@pytest.fixture(scope="module")
def rich() -> str:
    failed = ScheduleResult("storm", (), failure=Failure(2, "incremental", "no table"))
    return as_html(
        result(
            wrong("a_model_with_a_name_that_is_rather_long_but_not_unheard_of"),
            wrong("fct_orders", "partial-group"),
            right("dim_customers"),
            ModelResult("fct_broken", "m", (failed,)),
            lateness=(lateness(2 * HOUR),),
        ),
        "verify",
    )


@pytest.mark.parametrize(
    ("width", "print_"), [(420, False), (500, False), (1400, False), (794, True)]
)
def test_tables_scroll_and_no_name_breaks_within_a_word(
    chromium_page: Page, rich: str, tmp_path: Path, width: int, *, print_: bool
) -> None:
    chromium_page.open(rich, tmp_path / "page.html", width=width)
    chromium_page.look(print_=print_)
    try:
        assert chromium_page.evaluate("document.documentElement.scrollWidth") <= width
        assert chromium_page.troubles == []
        assert chromium_page.broken_words(".name, tbody th a, thead th, figure time") == []
    finally:
        chromium_page.look()


def test_a_square_opens_its_rows(chromium_page: Page, rich: str, tmp_path: Path) -> None:
    chromium_page.open(rich, tmp_path / "page.html")
    seen = "[...document.querySelectorAll('#m1 details')].map((d) => d.open)"
    assert chromium_page.evaluate(seen) == [True, False]
    chromium_page.evaluate("document.querySelector('a.steps[href=\"#m1-2\"]').click()")
    assert chromium_page.evaluate(seen) == [True, True]


@pytest.mark.parametrize("dark", [False, True])
def test_all_of_it_can_be_read_in_light_and_dark(
    chromium_page: Page, rich: str, tmp_path: Path, *, dark: bool
) -> None:
    chromium_page.open(rich, tmp_path / "page.html")
    chromium_page.look(dark=dark)
    try:
        assert chromium_page.poor_contrasts() == []
    finally:
        chromium_page.look()
