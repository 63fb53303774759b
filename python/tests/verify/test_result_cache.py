"""Results that are kept from one verification to the next: what they depend on, and that none is stale."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass, fields, replace
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import click
import pytest

from entity_kit.cli.verify import verify as verify_command
from entity_kit.compare.difference import Comparison
from entity_kit.compare.tolerance import Rounding
from entity_kit.dbt_bridge.profiles import load_target
from entity_kit.engines import shown
from entity_kit.engines.duckdb import DuckDBScratch
from entity_kit.engines.scratch import Contents, Shown
from entity_kit.engines.shown import read_shown
from entity_kit.errors import EntityKitError
from entity_kit.replay.outcome import Step
from entity_kit.replay.totals import Totals
from entity_kit.verify.cache import cache as caching
from entity_kit.verify.cache import environment, store
from entity_kit.verify.cache.cache import Cache, fingerprints, open_cache, taken
from entity_kit.verify.cache.entries import from_entry, to_entry
from entity_kit.verify.cache.ingredients import NO_BEARING, digest, options_that_bear
from entity_kit.verify.cache.store import Store
from entity_kit.verify.listing import listing_json, listing_lines
from entity_kit.verify.options import VerifyOptions, read_options
from entity_kit.verify.prepared import Prepared, listing_of, parse_affected, prepare
from entity_kit.verify.results import ModelResult, ScheduleResult, Verdict
from entity_kit.verify.session import Session, open_session
from entity_kit.warehouse import QueryError, Relation, connect
from support.verify_project import ORDERS, SOURCES, Finished, run, write_project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.verify_project import Project

AT = datetime(2026, 11, 27, 22, 10, tzinfo=timezone.utc)

FILES = {
    "macros/doubled.sql": "{% macro doubled(x) %}2 * {{ x }}{% endmacro %}",
    "seeds/rates.csv": "customer,rate\ncustomer 0,2\n",
    "models/stg.sql": "select *, {{ var('factor', 1) }} as factor from {{ source('shop', 'orders') }}",
    "models/other.sql": "{{ config(materialized='incremental') }}\n"
    "select * from {{ source('shop', 'orders') }}",
    "models/fct.sql": """\
{{ config(materialized='incremental', unique_key='order_id') }}
select o.order_id, {{ doubled('o.amount') }} as amount, o.loaded_at, r.rate,
    '{{ env_var("SHOP_REGION", "at") }}' as region
from {{ ref('stg') }} as o left join {{ ref('rates') }} as r using (customer)
{% if is_incremental() %} where o.loaded_at > (select max(loaded_at) from {{ this }}) {% endif %}
""",
}
PACKAGE = {
    "helpers/dbt_project.yml": "name: helpers\nversion: '1.0'\nconfig-version: 2\n",
    "helpers/macros/helped.sql": "{% macro helped() %}1{% endmacro %}",
    "packages.yml": "packages: [{local: ./helpers}]\n",
    "dbt_packages/helpers/dbt_project.yml": "name: helpers\nversion: '1.0'\nconfig-version: 2\n",
    "dbt_packages/helpers/macros/helped.sql": "{% macro helped() %}1{% endmacro %}",
}
# What changes in the second project, each in a file of its own.
CHANGED = {
    "macros/doubled.sql": "{% macro doubled(x) %}3 * {{ x }}{% endmacro %}",
    "dbt_packages/helpers/macros/helped.sql": "{% macro helped() %}2{% endmacro %}",
    "models/stg.sql": FILES["models/stg.sql"] + "\nwhere amount > 0",
    "models/fct.sql": FILES["models/fct.sql"] + "\n-- changed",
    "models/other.sql": FILES["models/other.sql"] + "\n-- changed",
    "models/sources.yml": SOURCES.replace(
        "event_time: ordered_at",
        "event_time: ordered_at, meta: {entity_kit: {delivery: {late_by: {days: 1}}}}",
    ),
}
HOOK = {"on-run-start": ["create table if not exists noted (i int)"]}
FCT, STG, OTHER = "model.consumer.fct", "model.consumer.stg", "model.consumer.other"
ORDERS_ID = "source.consumer.shop.orders"


@dataclass
class Known:
    """What a fingerprint is made from, of one project; each test changes a copy."""

    project: Project
    session: Session
    manifest: dict[str, Any]
    ready: Prepared
    shown: Shown

    def of(self, unique_id: str = FCT, **changed: Any) -> str:
        """Return a model's fingerprint, after changes of the session's or the other values."""
        values = {name: getattr(self, name) for name in ("session", "manifest", "ready", "shown")}
        values |= {name: changed.pop(name) for name in tuple(changed) if name in values}
        was = self.session
        session = SimpleNamespace(
            **{
                name: changed.get(name, getattr(was, name))
                for name in ("options", "target", "scratch", "runner")
            },
            notes=[],
        )
        found, _ = fingerprints(session, values["manifest"], values["ready"], values["shown"])  # type: ignore[arg-type]
        return found[unique_id]


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Known, dict[str, Any]]]:
    """Return a project, ready to be replayed, and the manifest of the one in which all files changed."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(folder))
        for name in [name for name in os.environ if name.startswith("DBT_")]:
            patch.delenv(name)
        other = write_project(
            folder / "other", folder, {}, data="", files={**FILES, **PACKAGE, **CHANGED},
            project={**HOOK, "models": {"+tags": ["changed"]}}, sources="",
        )  # fmt: skip
        project = write_project(folder, folder, {}, files={**FILES, **PACKAGE})
        other.execute(ORDERS)
        with open_session(read_options(other.folder, schedules=["arrival"])) as session:
            changed, _ = parse_affected(session, None)
        options = read_options(project.folder, schedules=["arrival"], cache=True)
        with open_session(options) as session:
            manifest, models = parse_affected(session, None)
            ready = prepare(session, manifest, models)
            yield Known(project, session, manifest, ready, session.scratch.shown()), changed


def changed_in(known: Known, section: str, unique_id: str, other: dict[str, Any]) -> dict[str, Any]:
    """Return the manifest with one node or macro as the other project has it, where it isn't the same."""
    manifest = deepcopy(known.manifest)
    before = manifest[section].get(unique_id)
    assert before != other[section][unique_id]
    manifest[section][unique_id] = other[section][unique_id]
    return manifest


@pytest.mark.parametrize(
    ("section", "unique_id"),
    [
        ("nodes", FCT),
        ("nodes", STG),
        ("sources", ORDERS_ID),
        ("macros", "macro.consumer.doubled"),
        ("macros", "macro.helpers.helped"),
        ("nodes", "operation.consumer.consumer-on-run-start-0"),
    ],
)
def test_a_change_in_the_code_is_another_fingerprint(
    parsed: tuple[Known, dict[str, Any]], section: str, unique_id: str
):
    known, other = parsed
    assert known.of() == known.of()  # without a change it is the same
    assert known.of(manifest=changed_in(known, section, unique_id, other)) != known.of()


def test_a_config_of_the_project_file_is_another_fingerprint(
    parsed: tuple[Known, dict[str, Any]],
):
    known, other = parsed
    manifest = deepcopy(known.manifest)
    assert other["nodes"][FCT]["config"]["tags"] == ["changed"]
    manifest["nodes"][FCT]["config"] = other["nodes"][FCT]["config"]
    assert known.of(manifest=manifest) != known.of()


def test_a_model_that_it_isnt_built_from_leaves_it_as_it_was(parsed: tuple[Known, dict[str, Any]]):
    known, other = parsed
    manifest = changed_in(known, "nodes", OTHER, other)
    assert known.of(manifest=manifest) == known.of()
    assert known.of(OTHER, manifest=manifest) != known.of(OTHER)


def test_a_parse_at_another_time_leaves_it_as_it_was(parsed: tuple[Known, dict[str, Any]]):
    known, _ = parsed
    manifest = deepcopy(known.manifest)
    for node in (*manifest["nodes"].values(), *manifest["sources"].values()):
        node["created_at"] = 1.0
    assert known.of(manifest=manifest) == known.of()


def test_a_model_that_may_read_any_other_has_the_whole_project_in_it(
    parsed: tuple[Known, dict[str, Any]],
):
    known, other = parsed
    first = deepcopy(known.manifest)
    first["nodes"][FCT]["raw_code"] += "\nunion all select * from main.other"
    second = deepcopy(first)
    second["nodes"][OTHER] = other["nodes"][OTHER]
    assert known.of(manifest=first) != known.of(manifest=second)


@pytest.mark.parametrize(
    "option", [field.name for field in fields(VerifyOptions) if field.name not in NO_BEARING]
)
def test_an_option_is_another_fingerprint(parsed: tuple[Known, dict[str, Any]], option: str):
    known, _ = parsed
    others: dict[str, Any] = {
        "variables": {"factor": 2},
        "seed": 1,
        "pace": replace(known.session.options.pace, steps=2),
        "schedules": ("arrival", "rerun"),
    }
    # Of an option that is new, any other value.
    options = replace(known.session.options, **{option: others.get(option, "another")})
    assert known.of(options=options) != known.of()


def test_every_option_without_a_bearing_is_one_and_says_why():
    assert set(NO_BEARING) < {field.name for field in fields(VerifyOptions)}
    assert all(NO_BEARING.values())
    assert "seed" in options_that_bear(VerifyOptions(Path()))


def test_other_steps_or_schedules_are_another_fingerprint(parsed: tuple[Known, dict[str, Any]]):
    known, _ = parsed
    world = replace(known.ready.world, instants=known.ready.world.instants[1:])
    assert known.of(ready=replace(known.ready, world=world)) != known.of()
    plan = known.ready.plans[0]
    fewer = replace(plan, schedules=(replace(plan.schedules[0], runs={1: 1}),))
    assert known.of(ready=replace(known.ready, plans=[fewer])) != known.of()


def test_other_rows_are_another_fingerprint(parsed: tuple[Known, dict[str, Any]]):
    known, _ = parsed
    assert known.of(shown=Shown("another")) != known.of()
    assert known.session.scratch.shown() == known.shown


def test_another_row_of_a_seed_is_seen(parsed: tuple[Known, dict[str, Any]]):
    known, _ = parsed
    (file,) = (known.session.project.folder / "warehouses" / "seeds").glob("*.duckdb")
    for rate, same in ((3, False), (2, True)):
        with connect(file) as connection:
            connection.execute(f"update main.rates set rate = {rate}")
        assert (known.session.scratch.shown() == known.shown) is same


def test_another_target_is_another_fingerprint(parsed: tuple[Known, dict[str, Any]]):
    known, _ = parsed
    target = known.session.target
    for other in (
        replace(target, name="ci"),
        replace(target, output={**target.output, "schema": "ci"}),
        replace(target, output={**target.output, "settings": {"threads": 4}}),
    ):
        assert known.of(target=other) != known.of()


def test_another_variable_of_the_project_file_is_another_fingerprint(
    parsed: tuple[Known, dict[str, Any]],
):
    known, _ = parsed
    before = known.of()
    for name in ("dbt_project.yml", "dbt_packages/helpers/dbt_project.yml"):
        file = known.project.folder / name
        text = file.read_text()
        file.write_text(text + "\nvars: {factor: 2}\n")
        assert known.of() != before
        file.write_text(text)
    assert known.of() == before


def test_another_variable_of_the_environment_is_another_fingerprint(
    parsed: tuple[Known, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
):
    known, _ = parsed
    before = known.of()
    monkeypatch.setenv("NOBODY_READS_IT", "1")
    assert known.of() == before
    monkeypatch.setenv("SHOP_REGION", "de")
    assert known.of() != before
    monkeypatch.delenv("SHOP_REGION")
    monkeypatch.setenv("DBT_SOMETHING", "1")
    assert known.of() != before


def test_another_version_is_another_fingerprint(
    parsed: tuple[Known, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
):
    known, _ = parsed
    before = known.of()
    versions = environment.versions()
    installed = versions["installed"]
    assert isinstance(installed, list)
    assert {each.split("==")[0].casefold() for each in installed} >= {"duckdb", "dbt-core"}
    for name in versions:
        other = {**versions, name: "another"}
        monkeypatch.setattr(caching, "versions", lambda other=other: other)
        assert known.of() != before


@pytest.mark.parametrize(
    "sql",
    [
        "update shop.orders set amount = amount + 1 where order_id = 3",
        "insert into shop.orders select * replace (100 as order_id) from shop.orders limit 1",
        "delete from shop.orders where order_id = 11",
        "create or replace table shop.orders as select * from shop.orders order by order_id desc",
        "alter table shop.orders alter amount type decimal(12, 2)",
        "alter table shop.orders rename customer to buyer",
        "create table shop.beside as select 1 as i",
        "create view shop.seen as select 1 as i",
        "create macro twice(x) as 2 * x",
        "create sequence numbers",
        "create type mood as enum ('good')",
    ],
)
def test_a_change_in_the_warehouse_is_seen(sql: str):
    with connect() as connection:
        connection.execute(ORDERS)
        before = read_shown(connection, ["memory"])
        assert read_shown(connection, ["memory"]) == before
        connection.execute(sql)
        assert read_shown(connection, ["memory"]) != before


@pytest.mark.parametrize(
    ("kind", "one", "another"),
    [
        ("double", "'0.0'", "'-0.0'"),
        ("double[]", "['0.0']", "['-0.0']"),
        ("interval", "interval 1 day", "interval 24 hours"),
        ("varchar collate nocase", "'a'", "'A'"),
        ("varchar", "null", "''"),
        ("timestamp_ns", "'2024-01-01 00:00:00.000000001'", "'2024-01-01 00:00:00.000000002'"),
        ("timestamptz", "'2024-01-01 00:00:00+00'", "'2024-01-01 00:00:00+01'"),
        ("union(i int, b bigint)", "1::int", "1::bigint"),
    ],
)
def test_a_value_that_only_a_model_can_tell_apart_is_seen(kind: str, one: str, another: str):
    seen = []
    for value in (one, another, one):
        with connect() as connection:
            connection.execute(f"create table t (c {kind}); insert into t values ({value})")
            seen.append(read_shown(connection, ["memory"]))
    assert seen[0] == seen[2] != seen[1]


def test_a_view_that_cant_be_read_yet_shows_its_code():
    with connect() as connection:
        connection.execute("create table t (i int); create view v as select * from t; drop table t")
        found = read_shown(connection, ["memory"])
    assert len(found.code) == 1
    assert found.code[0].startswith("CREATE VIEW v AS")


def test_a_view_gives_the_same_each_time_though_it_has_no_order():
    with connect() as connection:
        connection.execute(
            "create table t as select i % 5000 as k, random() as x from range(500_000) as r(i); "
            "create view v as select k, sum(x) as x from t group by k"
        )
        assert read_shown(connection, ["memory"]) == read_shown(connection, ["memory"])


def test_a_warehouse_that_is_too_large_or_has_a_strange_type_is_said(
    monkeypatch: pytest.MonkeyPatch,
):
    with connect() as connection:
        connection.execute("create table t as select i, i as j from range(50) as r(i)")
        monkeypatch.setattr(shown, "MOST_CELLS", 100)
        assert read_shown(connection, ["memory"]).obstacle == ""
        monkeypatch.setattr(shown, "MOST_CELLS", 99)
        assert read_shown(connection, ["memory"]).obstacle == (
            "the warehouse has more than 99 values, too many to read each time"
        )


def test_a_file_behind_a_source_is_read(scratch: Path, tmp_path: Path):
    project = write_project(tmp_path, scratch, {})
    found = []
    for text in ("i\n1\n", "i\n2\n", "i\n1\n"):
        (project.folder / "orders.csv").write_text(text)
        made = opened(project)
        made.show({Relation("warehouse", "shop", "filed"): "select * from 'orders.csv'"})
        found.append(made.shown())
    assert found[0] == found[2] != found[1]
    assert found[0].obstacle == ""
    assert not found[0].code


def opened(project: Project) -> DuckDBScratch:
    """Return the scratch warehouses of a project, without a parse."""
    target = load_target(project.folder, profiles_dir=project.folder)
    made = DuckDBScratch(project.scratch / "shown", target, project.folder, 1)
    made.prepare(Contents())
    return made


@pytest.mark.parametrize("given", [{"plugins": [{"module": "excel"}]}, {"module_paths": ["x"]}])
def test_a_profile_that_reads_more_than_its_files_is_said(
    scratch: Path, tmp_path: Path, given: dict[str, Any]
):
    project = write_project(tmp_path, scratch, {}, output=given)
    assert opened(project).shown().obstacle == f"the profile sets `{next(iter(given))}`"


def test_a_fingerprint_is_the_same_in_each_process_and_tells_values_apart():
    values: list[Any] = [
        *(1, "1", 1.5, True, None, [1], {1: 2}, {"1": 2}, [[1, 2]], [[1], [2]], [1, 2]),
        *({1, 2}, AT, AT.isoformat(), AT.date(), Path("a"), "a", Comparison(0, 0, 1)),
    ]
    assert len({digest(value) for value in values}) == len(values)
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    code = (
        "from entity_kit.verify.cache.ingredients import digest\n"
        "print(digest({'a': {'x', 'y', 'z'}, 'b': frozenset({'p', 'q'})}))"
    )
    # Another process has another order of sets.
    seeded = {**os.environ, "PYTHONHASHSEED": "1"}
    said = subprocess.run(
        [sys.executable, "-c", code], env=seeded, capture_output=True, text=True, check=True
    )
    assert said.stdout == digest({"b": frozenset({"p", "q"}), "a": {"z", "y", "x"}}) + "\n"


def result(verdict: Verdict = Verdict.AGREES) -> ModelResult:
    counts = Comparison(0, 0, 0 if verdict is Verdict.AGREES else 2)
    step = Step(1, AT, counts, declared=verdict is Verdict.DECLARED)
    rounding = Rounding("total", 3, 1.1e-13, None, 1e-12, 6.7e-10)
    schedules = (
        ScheduleResult("arrival", (step,), rounding=(rounding,)),
        ScheduleResult("late", (step,), altered=0, untried="no row could be altered"),
    )
    return ModelResult("fct", FCT, schedules, ("a note",), "models/fct.sql", "select 1")


def model(**changed: Any) -> Any:
    given = {"name": "fct", "unique_id": FCT, "path": "models/fct.sql", "text": "select 1"}
    return SimpleNamespace(**{**given, **changed})


@pytest.mark.parametrize("verdict", [Verdict.AGREES, Verdict.DECLARED])
def test_a_kept_result_is_read_back_as_it_was(tmp_path: Path, verdict: Verdict):
    kept = Store(tmp_path)
    entry = to_entry(result(verdict), AT, ["hooks were left out"])
    assert entry is not None
    kept.write("f", entry)
    found = kept.read("f")
    assert found is not None
    assert from_entry(found, model()) == replace(result(verdict), verified_at=AT)
    assert found["run_notes"] == ["hooks were left out"]


def test_what_doesnt_agree_isnt_kept():
    agreeing = result()
    chance = replace(agreeing.schedules[0], nondeterministic=("a",))
    for bad in (
        result(Verdict.DIFFERS),
        replace(agreeing, schedules=(chance,)),
        replace(agreeing, schedules=()),
    ):
        assert to_entry(bad, AT, ()) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        "[" * 100_000,
        '{"fingerprint": "f"}',
        '{"fingerprint": "f", "unique_id": "model.consumer.fct", "schedules": 1}',
    ],
)
def test_a_broken_entry_is_ignored_and_replaced(tmp_path: Path, text: str):
    kept = Store(tmp_path)
    entry = to_entry(result(), AT, ())
    assert entry is not None
    kept.write("f", entry)
    (kept.folder / "f.json").write_text(text)
    found = kept.read("f")
    assert found is None or from_entry(found, model()) is None
    kept.write("f", entry)
    found = kept.read("f")
    assert found is not None
    assert from_entry(found, model()) is not None


def test_an_entry_of_another_model_or_with_another_verdict_is_ignored(tmp_path: Path):
    entry = to_entry(result(), AT, ())
    assert entry is not None
    assert from_entry(entry, model(unique_id=OTHER)) is None
    other = deepcopy(entry)
    other["schedules"][0]["steps"][0]["comparison"]["changed"] = 1
    assert from_entry(other, model()) is None
    kept = Store(tmp_path)
    kept.write("f", entry)
    (kept.folder / "f.json").rename(kept.folder / "g.json")
    assert kept.read("g") is None


def test_two_verifications_at_once_lose_nothing(tmp_path: Path):
    entry = to_entry(result(), AT, ["x" * 10_000])
    assert entry is not None

    def work(number: int) -> list[bool]:
        kept = Store(tmp_path)
        found = []
        for each in range(30):
            kept.write("shared", entry)
            kept.write(f"{number}-{each}", entry)
            kept.prune()
            found.append(kept.read("shared") is not None)
        return found

    with ThreadPoolExecutor(4) as pool:
        assert all(all(found) for found in pool.map(work, range(4)))
    kept = Store(tmp_path)
    assert len(list(kept.folder.glob("*.json"))) == 4 * 30 + 1
    assert not list(kept.folder.glob("*.part"))


def test_git_ignores_what_is_kept_and_not_the_cases_beside_it(tmp_path: Path):
    kept = Store(tmp_path)
    kept.write("f", {})
    (tmp_path / ".entity_kit" / "fct-1.json").write_text("{}")
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    listed = [*git, "ls-files", "--others", "--exclude-standard"]
    found = subprocess.run(listed, capture_output=True, text=True, check=True)
    assert found.stdout == ".entity_kit/fct-1.json\n"


def test_the_oldest_and_what_wasnt_used_for_a_month_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(store, "ENTRIES", 3)
    kept = Store(tmp_path)
    now = datetime.now(timezone.utc).timestamp()
    for days in (0, 1, 2, 3, store.DAYS + 1):
        kept.write(f"{days}", {})
        os.utime(kept.folder / f"{days}.json", (now - days * 86_400,) * 2)
    assert kept.read("3") is not None  # it was used just now
    kept.prune()
    assert {file.name for file in kept.folder.iterdir()} == {".gitignore"} | {
        f"{days}.json" for days in (3, 0, 1)
    }
    monkeypatch.setattr(store, "DAYS", 0.5)
    kept.prune()
    assert {file.stem for file in kept.folder.glob("*.json")} == {"3", "0"}


def cache(folder: Path, said: list[str], **changed: Any) -> Cache:
    """Return the cache of one model, of a session that only listens."""
    there = Shown("as it was")

    def shown_now() -> Any:
        if isinstance(changed.get("now"), Exception):
            raise changed["now"]
        return changed.get("now", there)

    session: Any = SimpleNamespace(
        options=SimpleNamespace(project_dir=folder),
        notes=[],
        started=0.0,
        progress=SimpleNamespace(found=said.append),
        runner=SimpleNamespace(notes={}),
        scratch=SimpleNamespace(shown=shown_now),
    )
    (folder / "dbt_project.yml").write_text("name: consumer")
    os.utime(folder / "dbt_project.yml", (0, 0))
    return Cache(session, Store(folder), {FCT: "f"}, there)


def test_a_folder_that_cant_be_written_is_said_once_and_no_failure(tmp_path: Path):
    said: list[str] = []
    (tmp_path / ".entity_kit").write_text("a file in its place")
    cache(tmp_path, said).keep([result(), result()], Totals())
    why = ".entity_kit/cache can't be written (Not a directory)."
    assert said == [f"Results aren't kept for the next verification: {why}"]


def test_where_nothing_agrees_nothing_is_written_or_said(tmp_path: Path):
    said: list[str] = []
    made = cache(tmp_path, said)
    made.keep([result(Verdict.DIFFERS)], Totals())
    assert not said
    assert not made.store.folder.exists()


def test_nothing_is_kept_if_something_changed_meanwhile(tmp_path: Path):
    said: list[str] = []
    hooks = Totals()
    hooks.failed_hooks["on-run-end"] = "no table"
    cache(tmp_path, said).keep([result()], hooks)
    cache(tmp_path, said, now=Shown("another")).keep([result()], Totals())
    cache(tmp_path, said, now=EntityKitError("locked")).keep([result()], Totals())
    cache(tmp_path, said, now=QueryError("unknown function")).keep([result()], Totals())
    late = cache(tmp_path, said)
    os.utime(tmp_path / "dbt_project.yml")
    late.keep([result()], Totals())
    assert not late.store.folder.exists()
    cache(tmp_path, said).keep([result()], Totals())
    assert (late.store.folder / "f.json").exists()
    assert not said


@pytest.mark.parametrize("apart", [True, False])
def test_models_that_may_need_each_other_are_taken_together(tmp_path: Path, apart: bool):
    made = cache(tmp_path, [])
    made.keep([result()], Totals())
    made.take([model(), model(unique_id=OTHER, name="other")], apart=apart)
    assert set(made.known) == ({FCT} if apart else set())
    made.take([model()], apart=apart)
    assert set(made.known) == {FCT}


def test_the_note_says_how_many_and_when():
    one = replace(result(), verified_at=AT)
    assert taken([one], 12) == (
        "1 of 12 models is unchanged since it was verified at 2026-11-27 22:10 UTC; "
        "--no-cache verifies it again."
    )
    later = replace(one, verified_at=AT.replace(day=28))
    assert taken([later, one], 2) == (
        "2 of 2 models are unchanged since they were verified between 2026-11-27 22:10 and "
        "2026-11-28 22:10 UTC; --no-cache verifies them again."
    )


@pytest.mark.parametrize(
    "options",
    [
        {"cache": False},
        {"keep": Path("kept")},
        {"examples": 2},
        {"cases": (Path("case.json"),)},
        {"schedules": ("arrival", "crash")},
    ],
)
def test_some_verifications_are_never_kept(
    parsed: tuple[Known, dict[str, Any]], options: dict[str, Any]
):
    known, _ = parsed
    session = replace(known.session, options=replace(known.session.options, **options))
    assert open_cache(session, known.manifest, known.ready) is None


def test_what_another_executable_runs_is_never_kept(parsed: tuple[Known, dict[str, Any]]):
    known, _ = parsed
    runner: Any = SimpleNamespace(executable="/usr/bin/dbt", notes={})
    session = replace(known.session, runner=runner)
    assert open_cache(session, known.manifest, known.ready) is None
    assert open_cache(known.session, known.manifest, known.ready) is not None


def test_the_list_says_what_is_taken_from_before(parsed: tuple[Known, dict[str, Any]]):
    known, _ = parsed
    told = result()
    listing = listing_of(known.session, known.ready, {FCT: told})
    assert listing.runs > 0  # of the other model
    assert listing_json(listing)["models"] == [
        {"name": "fct", "schedules": ["arrival"], "cached": True},
        {"name": "other", "schedules": ["arrival"], "cached": False},
    ]
    assert "  fct    arrival (unchanged: not run)" in listing_lines(listing)
    assert listing_of(known.session, known.ready, {FCT: told, OTHER: told}).runs == 0


WATERMARK = """
{{ config(materialized='incremental', unique_key='order_id') }}
select order_id, amount, ordered_at, loaded_at from {{ source('shop', 'orders') }}
{% if is_incremental() %} where ordered_at > (select max(ordered_at) from {{ this }}) {% endif %}
"""


@pytest.mark.slow
def test_a_model_that_agreed_is_caught_once_what_it_depends_on_changes(
    make_project: Callable[..., Project],
):
    project = make_project({"fct.sql": WATERMARK, "other.sql": WATERMARK})

    def verify(*more: str) -> tuple[dict[str, Any], list[str], int]:
        given = ["--cache", "--steps", "2", "--format", "json", "--junit", str(junit), *more]
        finished = run_freely(project, *given)
        told = json.loads(finished.stdout)
        ran = [line for line in finished.stderr.splitlines() if "step" in line]
        return told, ran, finished.exit_code

    junit = project.scratch.parent / "junit.xml"
    first, ran, code = verify()
    assert (code, len(ran)) == (0, 4)
    assert [each["cached"] for each in first["models"]] == [False, False]

    # A model's code: the other one isn't run again.
    right = (project.folder / "models/other.sql").read_text()
    project.write({"models/other.sql": right.replace("ordered_at > (select max(ordered_at)",
                                                     "order_id > (select 3 + max(order_id)")})  # fmt: skip
    second, ran, code = verify()
    fct, other = second["models"]
    assert code == 1
    assert (fct["cached"], other["cached"], other["verdict"]) == (True, False, "differs")
    assert fct.pop("verified_at") is not None
    assert {**fct, "cached": False, "verified_at": None} == first["models"][0]
    assert '<property name="verified_at"' in junit.read_text()

    # All is as it was: nothing is run.
    project.write({"models/other.sql": right})
    third, ran, code = verify()
    assert (code, ran) == (0, [])
    assert [each["cached"] for each in third["models"]] == [True, True]
    assert third["steps"] == first["steps"]
    assert any("2 of 2 models are unchanged" in note for note in third["notes"])

    # A row of the source comes late, though there are as many: it is caught.
    project.execute(
        "update shop.orders set ordered_at = ordered_at - interval 3 days where order_id = 10"
    )
    fourth, ran, code = verify("--select", "fct")
    assert (code, fourth["models"][0]["verdict"]) == (1, "differs")
    assert not fourth["models"][0]["cached"]


def run_freely(project: Project, *arguments: str) -> Finished:
    """Run the command in this process, which may write into the project's folder."""
    return run(project.arguments(*arguments))


@pytest.mark.parametrize(("text", "wanted"), [("", True), ("cache = false\n", False)])
def test_it_is_on_for_the_command_unless_the_projects_file_turns_it_off(
    tmp_path: Path, text: str, wanted: bool
):
    (tmp_path / "entity_kit.toml").write_text(text)
    with click.Context(verify_command) as context:
        verify_command.parse_args(context, ["--project-dir", str(tmp_path)])
        assert context.params["cache"] is wanted


def test_it_is_off_in_python_unless_asked_for(tmp_path: Path):
    assert not VerifyOptions(tmp_path).cache
