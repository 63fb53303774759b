"""The pages of docs/causes: each wrong model has its page's cause, and each fix agrees.

Run as a script, this writes what verify says of the wrong models into the pages.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

import duckdb
import pytest
import yaml

from entity_kit import verify
from entity_kit.causes import CODES
from entity_kit.verify.reports.text import text_lines
from entity_kit.verify.results import Verdict

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "causes"
# A page without a model here. metric_governance/test_verify_metrics.py has the other's.
WITHOUT_MODEL = {"metric", "unknown"}
CAUSES = sorted(
    page.stem for page in PAGES.glob("*.md") if page.stem not in {"README", *WITHOUT_MODEL}
)
WRONG = {cause: cause.replace("-", "_") for cause in CAUSES}
FIXED = {cause: f"{name}_fixed" for cause, name in WRONG.items()}
MODEL = re.compile(r"```sql\n-- (models/\w+\.sql)\n(.*?)```", re.DOTALL)
SAID = re.compile(r"```text\n(.*?)```", re.DOTALL)

# Enough for each cause to show, and no more, for each step costs a dozen dbt runs.
STEPS = 5

# Every order comes an hour after it was placed, and each seventh two days later. Batches of three
# share a loaded time. The customers come one after the other, some after their first orders.
ROWS = """
create schema raw;
create table raw.orders as
select
    id as order_id,
    id * 7 % 11 as customer_id,
    case when id % 4 > 0 then 'coupon ' || id % 4 end as coupon,
    cast(id * 37 % 100 + 10 as decimal(10, 2)) as amount,
    timestamp '2024-03-01 06:00' + to_hours(id * 5) as ordered_at,
    timestamp '2024-03-01 07:00' + to_hours((id // 3 * 3 + 2) * 5)
        + to_days(case when id % 7 = 0 then 2 else 0 end) as loaded_at
from range(240) ids (id);
create table raw.customers as
select
    id as customer_id,
    case when id % 2 = 0 then 'private' else 'business' end as segment,
    timestamp '2024-03-01 05:00' + to_days(id * 4) as loaded_at
from range(11) ids (id);
create table raw.payments as
select
    id as payment_id,
    ['open', 'paid', 'refunded'][id % 3 + 1] as status,
    cast(id * 41 % 90 + 5 as decimal(10, 2)) as amount,
    timestamp '2024-03-01 08:00' + to_hours(id * 9) as loaded_at
from range(130) ids (id);
create table raw.reservations as
select
    id as reservation_id,
    'room ' || id % 9 as room,
    timestamp '2024-03-01 09:00' + to_hours(id * 10) as loaded_at
from range(115) ids (id);
"""


def write_project(folder: Path) -> Path:
    """Write the project with the models and sources of the pages."""
    files = dict(re.findall(r"```yaml\n# (\S+)\n(.*?)```", read("README"), re.DOTALL))
    for cause in CAUSES:
        files |= dict(MODEL.findall(read(cause)))
    output = {"type": "duckdb", "path": str(folder / "shop.duckdb"), "threads": 2}
    files["dbt_project.yml"] = yaml.safe_dump({"name": "shop", "version": "1.0", "profile": "shop"})
    files["profiles.yml"] = yaml.safe_dump({"shop": {"target": "dev", "outputs": {"dev": output}}})
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    packages = folder / "dbt_packages"
    packages.mkdir()
    (packages / "entity_kit").symlink_to(ROOT)
    (folder / "packages.yml").write_text(yaml.safe_dump({"packages": [{"local": str(ROOT)}]}))
    with duckdb.connect(str(folder / "shop.duckdb")) as connection:
        connection.execute(ROWS)
    return folder


def read(page):
    return (PAGES / f"{page}.md").read_text()


def said_of(result, name):
    """Return what the terminal shows of one model up to its first cause, shortened by `…`."""
    lines = list(text_lines(result))
    start = next(i for i, line in enumerate(lines) if line[2:].split(" ")[0] == name)
    end = next(i for i, line in enumerate(lines) if i > start and "    cause:" in line)
    head, rows, cause = lines[start : start + 2], lines[start + 2 : end], lines[end]
    return [*head, *rows[:2], *["      …"][: len(rows) - 2], cause]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Return the result for each model: a fix under all schedules, a wrong model up to its first cause."""
    project = write_project(tmp_path_factory.mktemp("causes"))

    def verified(names, schedules=None):
        return verify(project, select=names, schedules=schedules, steps=STEPS)

    early = verified(list(WRONG.values()), ["arrival"])
    late = [model.name for model in early.models if model.verdict is Verdict.AGREES]
    # Together, because all sources share the steps.
    rest = verified([*late, *FIXED.values()])
    return dict.fromkeys(WRONG.values(), early) | dict.fromkeys([*late, *FIXED.values()], rest)


def model(results, name):
    return next(model for model in results[name].models if model.name == name)


pytestmark = pytest.mark.slow


def test_every_cause_of_the_catalogue_has_a_page_and_a_line_in_the_index():
    assert {*CAUSES, *WITHOUT_MODEL} == CODES
    assert sorted(
        re.findall(r"^\| \[([a-z-]+)\]\(\1\.md\)", read("README"), re.MULTILINE)
    ) == sorted([*CAUSES, *WITHOUT_MODEL])


@pytest.mark.parametrize("cause", CAUSES)
def test_the_wrong_model_has_the_cause_that_its_page_names(results, cause):
    wrong = model(results, WRONG[cause])
    first = next(s for s in wrong.schedules if s.verdict is Verdict.DIFFERS)
    assert first.cause.name == cause, [(s.schedule, s.cause) for s in wrong.schedules]


@pytest.mark.parametrize("cause", CAUSES)
def test_the_fix_agrees_under_every_schedule(results, cause):
    fixed = model(results, FIXED[cause])
    assert len(fixed.schedules) > 1
    assert {s.schedule: s.verdict for s in fixed.schedules} == dict.fromkeys(
        (s.schedule for s in fixed.schedules), Verdict.AGREES
    )


@pytest.mark.parametrize("cause", CAUSES)
def test_the_page_says_what_verify_says(results, cause):
    """Compares only the cause's text: rows and counts may differ between DuckDB versions."""
    said = re.sub(r"\d+", "N", "\n".join(said_of(results[WRONG[cause]], WRONG[cause])))
    quoted = [line for line in SAID.search(read(cause))[1].splitlines() if "cause:" in line]
    assert quoted
    for line in quoted:
        assert re.sub(r"\d+", "N", line.strip()) in said


def rewrite():
    """Write verify's reports into the pages."""
    with tempfile.TemporaryDirectory() as folder:
        result = verify(write_project(Path(folder)), steps=STEPS)
    for cause in CAUSES:
        lines = said_of(result, WRONG[cause])
        quote = "".join(f"{line}\n" for line in lines)
        text = SAID.sub(lambda _, quote=quote: f"```text\n{quote}```", read(cause))
        (PAGES / f"{cause}.md").write_text(text)
    sys.stdout.write("".join(f"{line}\n" for line in text_lines(result)))


if __name__ == "__main__":
    rewrite()
