"""Models of our own macros, each broken in one mechanical way, which verify must detect.

Each model of the corpus that is named here is compiled twice, as an incremental run and as a full
refresh have it. A mutant is the same pair with one change to the incremental half, or to the
config. What is said to be equivalent says why, and is held to that: it must agree.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
import yaml
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

from entity_kit import Verdict, verify
from entity_kit.causes.cause import Cause
from entity_kit.verify import judge

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(__file__).parent / "corpus"

NOT_BEFORE = r"loaded_at >= \(\s+select"
AFTER = "loaded_at > (select"
EMPTY = r"coalesce\((\(*max\((?:[^()]|\([^()]*\))*\)[^,]*), '-infinity'\)"
TOUCHED = r"exists \(\n\s+select 1\s+from \(.*?\n\)(?=\n|$)"
ARRIVED = "loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})"
TOUCHED_USERS = (
    r"exists \(\n\s+select 1 from \(select user_id as key_1 from touched\).*?user_id\)\n\s+\)"
)
FROM_TOUCHED = r"from touched(?=\))"
ONE_TIMELINE = "all sources are replayed by one timeline, so that none lags behind another"
NO_SPLIT = "the source declares no split_batches: what comes later has a later loaded time"
READS_MORE = "it reads and replaces more than it must"


@dataclass(frozen=True)
class Mutation:
    """One change: in the incremental half, by pattern, or in the config."""

    model: str
    what: str
    pattern: str = ""
    replacement: str = ""
    config: tuple[tuple[str, object], ...] = ()
    equivalent: str = ""
    count: int = 0

    @property
    def name(self):
        return f"{self.model}__{re.sub(r'[^a-z0-9]+', '_', self.what)}"

    def apply(self, sql):
        if not self.pattern:
            return sql
        changed, times = re.subn(
            self.pattern,
            self.replacement.replace("\\", r"\\"),
            sql,
            count=self.count,
            flags=re.DOTALL,
        )
        assert times, f"{self.name}: nothing to change in\n{sql}"
        return changed


APPEND = (("incremental_strategy", "append"), ("unique_key", None))
MERGE = (("incremental_strategy", "merge"),)


def key(*columns):
    return (("unique_key", columns[0] if len(columns) == 1 else list(columns)),)


MUTATIONS = [
    # incremental_filter: one row in, one row out
    Mutation("events_by_macro", "strictly later", NOT_BEFORE, AFTER),
    Mutation("events_by_macro", "no start without a watermark", EMPTY, "max(loaded_at)"),
    Mutation("events_by_macro", "append", config=APPEND),
    Mutation("events_by_macro", "coarser key", config=key("user_id")),
    Mutation(
        "events_by_macro",
        "a day off the watermark",
        r"'-infinity'\)",
        "'-infinity') + interval 1 day",
    ),
    Mutation("events_by_macro", "only the watermark itself", NOT_BEFORE, "loaded_at = (select"),
    Mutation(
        "events_by_macro",
        "least loaded time",
        r"max\(",
        "min(",
        equivalent=READS_MORE,
    ),
    Mutation(
        "events_by_macro",
        "merge",
        config=MERGE,
        equivalent="both strategies replace one row by its key",
    ),
    Mutation("orders_by_macro", "by event time", r"where loaded_at", "where ordered_at"),
    Mutation(
        "orders_by_macro",
        "no lookback",
        r" \+ interval '-1 hour'",
        "",
        equivalent="no delivery shows a row after others with a later loaded time: "
        "an inclusive watermark loses nothing",
    ),
    Mutation("orders_by_macro", "only keys not there yet", r"where loaded_at >= \(.*$",
             "where order_id not in (select order_id from {{ this }})"),
    # touched_filter: several rows in, one row out
    Mutation("hours_touched_by_macro", "strictly later", NOT_BEFORE, AFTER),
    Mutation("hours_touched_by_macro", "no start without a watermark", EMPTY, "max(loaded_at)"),
    Mutation("pages_by_surrogate_key", "new rows instead of touched units", TOUCHED, ARRIVED),
    Mutation("hours_touched_by_macro", "one touched unit only", r"(?=\n    \) as entity_kit_match)",
             "\n        order by 1 limit 1"),
    Mutation("hours_touched_by_macro", "append", config=APPEND),
    Mutation("pages_by_surrogate_key", "null is no key", r"is not distinct from user_id",
             "= user_id"),
    Mutation("pages_by_surrogate_key", "key without the page", config=key("user_id")),
    Mutation("pages_by_surrogate_key", "key of nullable columns", config=key("user_id", "page")),
    Mutation("pages_by_surrogate_key", "filter without the page",
             r"\n\s+and \(entity_kit_match\.key_2 is not distinct from page\)", "",
             equivalent=READS_MORE),
    Mutation("previous_reading", "new rows instead of touched units", TOUCHED, ARRIVED),
    Mutation("previous_reading", "strictly later", NOT_BEFORE, AFTER, equivalent=NO_SPLIT),
    Mutation("orders_with_stores", "no stores among the upstreams", r"\s+or exists \(.*$", ""),
    Mutation("orders_with_stores", "no orders among the upstreams",
             r"exists \(.*?\n\)\s+or (?=exists)", ""),
    Mutation("orders_with_stores", "one watermark for both", r"entity_kit_target\.stores_loaded_at",
             "entity_kit_target.loaded_at", equivalent=ONE_TIMELINE),
    # entity_model
    Mutation("customers_as_entities", "nothing touched", FROM_TOUCHED, "from touched where false"),
    Mutation("customers_as_entities", "append", config=APPEND),
    Mutation("customers_as_entities", "coarser key", config=key("segment")),
    Mutation("customers_as_entities", "strictly later", NOT_BEFORE, AFTER, equivalent=NO_SPLIT),
    # accumulating_snapshot
    Mutation("ticket_process", "new rows instead of touched processes", FROM_TOUCHED,
             "from touched where false"),
    Mutation("ticket_process", "coarser key", config=key("is_deleted")),
    # sessions
    Mutation("visits_as_sessions", "nothing touched", FROM_TOUCHED, "from touched where false"),
    Mutation("visits_as_sessions", "append", config=APPEND),
    Mutation("visits_as_sessions", "key of one session", config=key("session_id")),
    Mutation("visits_as_sessions", "sessions of new events alone", TOUCHED_USERS, ARRIVED),
    Mutation("recent_visits_as_sessions", "numbers begin anew",
             r" \+ kept_sessions\.entity_kit_kept", ""),
    Mutation("recent_visits_as_sessions", "read from the change on",
             r"touched\.entity_kit_changed \+ interval '-8 hour'", "touched.entity_kit_changed"),
    # scd1_current, scd2_history
    Mutation("payments_current", "only arrivals that outnumber what is there", r"<> 0", "< 0"),
    Mutation("payments_current", "append", config=APPEND),
    Mutation("ticket_history", "rows past the watermark instead of whole entities",
             r"exists \(\s+select 1\s+from \(select ticket_id as key_1 from touched\).*?\n        \)",
             ARRIVED),
    Mutation("ticket_history", "append", config=APPEND),
    Mutation("ticket_history", "key of one status", config=key("operation")),
    Mutation("ticket_history", "no start without a watermark", EMPTY, "max(entity_kit_target.loaded_at)"),
    Mutation("ticket_history", "strictly later", NOT_BEFORE, AFTER, equivalent=NO_SPLIT),
    # grain_table
    Mutation("users_by_day", "strictly later", NOT_BEFORE, AFTER),
    Mutation("users_by_day", "no trailing reach", r"[^\n]* as touched_to",
             "entity_kit_period as touched_to"),
    Mutation("users_by_day", "no read behind", r"interval '-2 day'", "interval '0 day'"),
    Mutation("users_by_day", "no growth of the spine",
             r"cast\(\(last_period \+ interval '1 day'\) as date\)(?=, null)", "date '9999-01-01'"),
    Mutation("users_by_day", "a spine that begins with what arrived",
             r"first_recorded, cast\(null as date\)", "cast(null as date), cast(null as date)"),
    Mutation("users_by_day", "key without the period", config=key("durable_key")),
    Mutation("users_by_day", "key without the entity", config=key("period_start")),
    Mutation("users_by_day", "append", config=APPEND),
]  # fmt: skip
MODELS = sorted({mutation.model for mutation in MUTATIONS})


def compiled(folder):
    """Return each model's config, and what an incremental run and a full refresh make of it."""
    arguments = ["--project-dir", str(folder), "--profiles-dir", str(folder), "--quiet"]
    arguments += ["--select", *MODELS]
    runner = dbtRunner()
    assert runner.invoke(["run", *arguments]).success
    found = {}
    for half in ("incremental", "full_refresh"):
        options = ["--full-refresh"] if half == "full_refresh" else []
        for result in runner.invoke(["compile", *arguments, *options]).result.results:
            node = result.node
            sql = node.compiled_code.strip()
            sql = sql.replace(node.relation_name, "{{ this }}")
            sql = re.sub(r'"corpus"\."raw"\."(\w+)"', r"{{ source('raw', '\1') }}", sql)
            settings = {
                name: getattr(node.config, name) for name in ("unique_key", "incremental_strategy")
            }
            found.setdefault(node.name, {"config": settings})[half] = sql
    DuckDBConnectionManager.close_all_connections()
    return found


def written(model, config, incremental):
    options = ", ".join(f"{name}={value!r}" for name, value in config.items() if value is not None)
    branches = f"{incremental}\n{{% else %}}\n{model['full_refresh']}"
    return f"{{{{ config({options}) }}}}\n{{% if is_incremental() %}}\n{branches}\n{{% endif %}}\n"


@pytest.fixture(scope="module")
def agreeing(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mutants") / "project"
    shutil.copytree(CORPUS, folder, ignore=shutil.ignore_patterns("wrong"))
    (folder / "dbt_packages").mkdir()
    (folder / "dbt_packages/entity_kit").symlink_to(ROOT)
    packages = folder / "packages.yml"
    packages.write_text(yaml.safe_dump({"packages": [{"local": str(ROOT)}]}))
    warehouse = folder.parent / "corpus.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute((CORPUS / "sources.sql").read_text())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CORPUS_WAREHOUSE", str(warehouse))
        models = compiled(folder)
        shutil.rmtree(folder / "models/right")
        packages.unlink()
        shutil.rmtree(folder / "dbt_packages")
        files = {
            name: written(model, model["config"], model["incremental"])
            for name, model in models.items()
        }
        for mutation in MUTATIONS:
            model = models[mutation.model]
            config = {**model["config"], **dict(mutation.config)}
            files[mutation.name] = written(model, config, mutation.apply(model["incremental"]))
        for name, text in files.items():
            (folder / f"models/{name}.sql").write_text(text)
        # Whether it differs is asked here; why, is the corpus's question.
        patch.setattr(judge, "diagnose", lambda *_: Cause("unknown", ""))
        agreeing = dict.fromkeys(files, True)

        def ask(schedule, names, steps=3):
            # What was caught under one schedule is caught: only the others run under the next.
            chosen = sorted(name for name in names if agreeing[name])
            found = verify(
                folder, profiles_dir=folder, select=chosen, steps=steps, schedules=[schedule]
            ).models
            failed = [model.name for model in found if model.verdict is Verdict.FAILED]
            assert not failed  # a mutant that can't be built would be caught by anybody
            agreeing.update({model.name: model.verdict is Verdict.AGREES for model in found})

        for schedule in ("arrival", "redelivers", "late", "updates", "empty", "rerun"):
            ask(schedule, files)
        # Only a few rows lie on the edge of a step; more steps have more of them.
        strict = [m.name for m in MUTATIONS if m.pattern == NOT_BEFORE and m.replacement == AFTER]
        ask("split_batches", strict, steps=6)
    return agreeing


@pytest.mark.slow
def test_every_mutant_is_caught_or_known_to_be_equivalent(agreeing):
    assert len(MUTATIONS) >= 30
    caught = {name for name, agrees in agreeing.items() if not agrees}
    assert not caught & set(MODELS)  # compiled and unchanged, they are right
    expected = {mutation.name for mutation in MUTATIONS if not mutation.equivalent}
    assert caught == expected, {"missed": expected - caught, "not equivalent": caught - expected}
