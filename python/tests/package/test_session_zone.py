"""Sessions that aren't in UTC: a time without a zone is UTC, and no result depends on the session.

The same SQL runs in sessions of several zones. What is zoned and what isn't is known for relations
while dbt compiles; of a CTE's columns it isn't.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timezone

import pytest

ZONES = ["UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]

SOURCES = """
sources:
  - name: raw
    schema: SCHEMA
    tables: [{name: zoned}, {name: plain}, {name: zoned_facts}, {name: plain_facts}, {name: snap}]
"""

# One hour is skipped in New York on that day, and one comes twice there on November 3rd.
TURN = "2024-03-10 03:00:00"
TABLES = """
create table {schema}.plain as
select 1 as k, v, cast(f as timestamp) as valid_from, cast(t as timestamp) as valid_to,
    v = 'b' as is_current, false as is_deleted, cast(f as timestamp) as loaded_at,
    md5('1') as durable_key, md5(v) as surrogate_key, md5(v) as hashdiff
from (values ('a', '2024-03-10 01:00:00', '{turn}'), ('b', '{turn}', '9999-12-31')) as s (v, f, t);
create table {schema}.zoned as
select k, v, valid_from at time zone 'UTC' as valid_from, valid_to at time zone 'UTC' as valid_to,
    is_current, is_deleted, loaded_at at time zone 'UTC' as loaded_at, durable_key, surrogate_key,
    hashdiff
from {schema}.plain;
create table {schema}.plain_facts as
select 1 as k, n, cast(h as timestamp) as happened from (values
    (1, '2024-03-10 00:59:59'), (2, '2024-03-10 01:00:00'), (3, '2024-03-10 02:59:59'),
    (4, '2024-03-10 03:00:00'), (5, '2024-11-03 05:30:00'), (6, '2024-11-03 06:30:00')
) as s (n, h);
create table {schema}.zoned_facts as
select k, n, happened at time zone 'UTC' as happened from {schema}.plain_facts;
create table {schema}.snap as
select k, v, valid_from as dbt_valid_from, case when not is_current then valid_to end as dbt_valid_to,
    valid_from as dbt_updated_at, surrogate_key as dbt_scd_id
from {schema}.zoned
"""

LITERALS = {
    "first": ["2024-03-10 01:00:00", "2024-03-10T02:59:59.999999Z", "2024-03-09 20:00:00-05:00"],
    "second": [TURN, "2024-03-10 08:30:00+05:30", "2024-03-10T03:00:00Z", "2024-03-11"],
    "none": ["2024-03-10 00:59:59.999999", "2024-03-10", "2024-03-10 06:29:59+05:30"],
}


def calls():
    """Return named snippets whose rows don't depend on the session."""
    named = {}
    for kind in ("plain", "zoned"):
        relation = f"source('raw', '{kind}')"
        for expected, literals in LITERALS.items():
            for number, literal in enumerate(literals):
                name = f"as of {expected} {number} of {kind}"
                named[name] = f"{{{{ entity_kit.scd2_as_of({relation}, '{literal}') }}}}"
                named[f"{name}, a CTE"] = (
                    f"with history as (select * from {{{{ {relation} }}}}) "
                    f"{{{{ entity_kit.scd2_as_of('history', '{literal}') }}}}"
                )
        named[f"as of an expression, of {kind}"] = (
            f"{{{{ entity_kit.scd2_as_of({relation}, \"cast('{TURN}' as timestamp)\") }}}}"
        )
        for end in ["9999-12-31", "9999-12-31 00:00:00", "9999-12-31 00:00:00+00:00"]:
            named[f"valid until {end} {kind}"] = (
                f"{{{{ entity_kit.scd2_faults({relation}, valid_to_current='{end}') }}}}"
            )
        named[f"valid, filtered {kind}"] = (
            f"{{{{ entity_kit.scd2_faults('(select * from ' ~ {relation} ~ ') as kept',"
            " valid_to_current='9999-12-31') }}"
        )
        for facts in ("plain_facts", "zoned_facts"):
            given = f"source('raw', '{facts}')"
            named[f"join {facts} {kind}"] = (
                f"{{{{ entity_kit.scd2_join({given}, {relation}, 'k', 'happened', ['v']) }}}}"
            )
            named[f"join {facts} {kind}, facts as a CTE"] = (
                f"with facts as (select * from {{{{ {given} }}}}) "
                f"{{{{ entity_kit.scd2_join('facts', {relation}, 'k', 'happened', ['v']) }}}}"
            )
            named[f"join {facts} {kind}, history as a CTE"] = (
                f"with history as (select * from {{{{ {relation} }}}}) {{{{ entity_kit.scd2_join("
                f"{given}, 'history', 'k', 'happened', ['v'], before_first='first') }}}}"
            )
    for open_end in ("none", "'9999-12-31'"):
        named[f"snapshot until {open_end}"] = (
            "{{ entity_kit.scd2_from_snapshot(source('raw', 'snap'), 'k', ['v'],"
            f" valid_to_current={open_end}) }}}}"
        )
    log = "with log as (select * from {{ source('raw', 'zoned') }}) "
    named["keys of a log that is a CTE"] = (
        log + "{{ entity_kit.scd2_history('log', 'k', 'valid_from', 'loaded_at', ['v'],"
        " valid_to_current='9999-12-31') }}"
    )
    named["hash of a relation's columns"] = (
        "select {{ entity_kit.hashdiff(['valid_from', 'v']) }} as h from {{ source('raw', 'zoned') }}"
    )
    for name, given, prefix in [("relation", "source('raw', 'zoned')", ""), ("CTE", "'log'", log)]:
        named[f"entity of a {name}"] = (
            prefix
            + f"{{{{ entity_kit.entity_model({given}, 'valid_from', 'loaded_at', 'loaded_at',"
            " ['v']) }}"
        )
        named[f"grain of a {name}"] = (
            prefix + f"{{{{ entity_kit.grain_table('day', 'valid_from', {given}, 'valid_to',"
            " 'loaded_at', spine='sparse') }}"
        )
    return named


CALLS = calls()


@pytest.fixture(scope="module")
def project(make_project, engine):
    project = make_project(engine=engine)
    project.write({"models/sources.yml": SOURCES.replace("SCHEMA", project.schema)})
    for statement in TABLES.format(schema=project.schema, turn=TURN).split(";"):
        project.execute(statement)
    return project


@pytest.fixture(scope="module")
def compiled(project):
    """Compile all calls at once, as models."""
    names = {f"call_{number}": name for number, name in enumerate(CALLS)}
    project.write({f"models/{model}.sql": CALLS[name] for model, name in names.items()})
    return {names[model]: sql for model, sql in project.compiled_all(list(names)).items()}


def rows(project, sql, zone):
    return project.query(f"set timezone = '{zone}'; select {sql}")


@pytest.mark.slow
@pytest.mark.parametrize("zone", ZONES)
def test_an_instant_is_utc_where_it_names_no_zone(project, compiled, zone):
    wrong = {}
    for name, sql in compiled.items():
        if name.startswith("as of"):
            expected = {"first": ["a"], "second": ["b"], "none": []}.get(name.split()[2], ["b"])
            found = [v for (v,) in rows(project, f"v from ({sql}) as t", zone)]
            if found != expected:
                wrong[name] = found
    assert wrong == {}


@pytest.mark.parametrize("zone", ZONES)
def test_a_right_history_is_valid_in_every_session(project, compiled, zone):
    for name, sql in compiled.items():
        if name.startswith("valid"):
            assert (name, rows(project, f"failure_reason from ({sql}) as t", zone)) == (name, [])


@pytest.mark.parametrize("zone", ZONES)
def test_facts_meet_the_version_of_their_time_in_utc(project, compiled, zone):
    wrong = {}
    for name, sql in compiled.items():
        if name.startswith("join"):
            found = dict(rows(project, f"n, v from ({sql}) as t", zone))
            before = "a" if "history as a CTE" in name else None
            if found != {1: before, 2: "a", 3: "a", 4: "b", 5: "b", 6: "b"}:
                wrong[name] = found
    assert wrong == {}


def md5(text):
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@pytest.mark.parametrize("zone", ZONES)
def test_a_snapshot_ends_at_midnight_in_utc_and_has_the_same_keys(project, compiled, zone):
    epochs = "v, surrogate_key, extract(epoch from valid_to)"
    turn, end = (
        datetime(*date, tzinfo=timezone.utc).timestamp()
        for date in ((2024, 3, 10, 3), (9999, 12, 31))
    )
    keys = [md5('"1","2024-03-10 01:00:00"'), md5('"1","2024-03-10 03:00:00"')]
    for open_end, shown in (("none", None), ("'9999-12-31'", end)):
        sql = compiled[f"snapshot until {open_end}"]
        found = rows(project, f"{epochs} from ({sql}) as t order by v", zone)
        assert found == [("a", keys[0], turn), ("b", keys[1], shown)]


@pytest.mark.parametrize("zone", ZONES)
def test_no_hash_depends_on_the_session(project, compiled, zone):
    epochs = "v, surrogate_key, extract(epoch from valid_to)"
    end = datetime(9999, 12, 31, tzinfo=timezone.utc).timestamp()
    turn = datetime(2024, 3, 10, 3, tzinfo=timezone.utc).timestamp()
    log = compiled["keys of a log that is a CTE"]
    assert rows(project, f"{epochs} from ({log}) as t order by v", zone) == [
        ("a", md5('"1","2024-03-10 01:00:00"'), turn),
        ("b", md5('"1","2024-03-10 03:00:00"'), end),
    ]
    hashed = compiled["hash of a relation's columns"]
    assert {h for (h,) in rows(project, f"h from ({hashed}) as t", zone)} == {
        md5('"2024-03-10 01:00:00","a"'),
        md5('"2024-03-10 03:00:00","b"'),
    }
    keys = {md5('"2024-03-10 01:00:00"'), md5('"2024-03-10 03:00:00"')}
    for name in (
        "entity of a relation",
        "entity of a CTE",
        "grain of a relation",
        "grain of a CTE",
    ):
        found = rows(project, f"durable_key from ({compiled[name]}) as t", zone)
        assert (name, {key for (key,) in found}) == (name, keys)
