"""`entity-kit check --contracts`: what changed of each model, whom it breaks, and when it owes a version."""

from __future__ import annotations

import copy
import datetime as dt
import json

import pytest
import yaml
from click.testing import CliRunner

from entity_kit.cli.check import check
from entity_kit.errors import DbtError, EntityKitError
from entity_kit.project_health.column_lineage import ColumnLineage
from entity_kit.project_health.contracts import telling
from entity_kit.project_health.contracts.changes import compare_contracts
from support.metric_manifest import model
from support.repository import commit, git

TODAY = dt.date(2024, 6, 1)
ENFORCED = {"contract": {"enforced": True}}


def columns(**types):
    """Return declared columns: their types, or types with constraints."""
    return {
        name: {"name": name, "data_type": given if isinstance(given, str) else given[0]}
        | ({} if isinstance(given, str) else {"constraints": [{"type": t} for t in given[1:]]})
        for name, given in types.items()
    }


def of(*nodes, tests=(), **sections):
    """Return a manifest of these models: (name, SQL, the rest), and of data tests."""
    found = {}
    for name, sql, more in nodes:
        version = more.get("version")
        unique_id = f"model.shop.{name}" + ("" if version is None else f".v{version}")
        found[unique_id] = {
            "name": name,
            "unique_id": unique_id,
            "resource_type": "model",
            "package_name": "shop",
            "original_file_path": f"models/{name}.sql",
            "columns": {},
            "alias": unique_id.removeprefix("model.shop.").replace(".", "_"),
            **model(sql, **more),
        }
    for number, (name, model_name, kwargs) in enumerate(tests):
        unique_id = f"test.shop.{number}"
        found[unique_id] = {
            "name": unique_id,
            "resource_type": "test",
            "package_name": "shop",
            "attached_node": f"model.shop.{model_name}",
            "column_name": kwargs.get("column_name"),
            "config": {"where": kwargs.pop("where", None)},
            "test_metadata": {"name": name, "kwargs": kwargs},
        }
    return {
        "metadata": {"project_name": "shop", "adapter_type": "duckdb"},
        "nodes": found,
        "sources": {},
        "macros": {},
        "exposures": {},
        "metrics": {},
        "semantic_models": {},
        "saved_queries": {},
        **sections,
    }


def compared(before, now):
    """Return what changed, by model: its verdict, whether it owes a version, and its changes."""
    found = compare_contracts(before, now, ColumnLineage, TODAY)
    return {
        each.model: (
            each.verdict + (", owes a version" if each.owes_version else ""),
            [
                f"{telling.said(change)}{' !' if change.is_breaking else ''}"
                + "".join(f" → {reader.name}" for reader in change.breaks)
                for change in each.changes
            ],
            list(each.unresolved),
        )
        for each in found
    }


ORDERS = "select cast(id as integer) as id, cast(x as integer) as amount from t"
FACT = ("fct", "select id, amount from {{ ref('orders') }}", {})
OWES = "breaking, owes a version"


def test_nothing_changed():
    before = of(("orders", ORDERS, {}), FACT, ("late", "{{ my_macro() }}", {}))
    assert compared(before, copy.deepcopy(before)) == {}


def test_a_column_that_is_gone_breaks_who_reads_it_now():
    before = of(("orders", ORDERS, {}), FACT)
    less = ("orders", "select cast(id as integer) as id from t", {})
    found = compared(before, of(less, FACT))
    assert found["orders"] == (OWES, ["column amount removed ! → fct"], [])
    # Whoever has stopped reading it isn't broken by it.
    found = compared(before, of(less, ("fct", "select id from {{ ref('orders') }}", {})))
    assert found["orders"] == (OWES, ["column amount removed !"], [])
    assert found["fct"][:2] == (OWES, ["column amount removed !"])


def test_a_column_that_is_gone_is_followed_through_a_star():
    star = ("stg", "select * from {{ ref('orders') }}", {})
    fact = ("fct", "select id, amount from {{ ref('stg') }}", {})
    less = ("orders", "select cast(id as integer) as id from t", {})
    found = compared(of(("orders", ORDERS, {}), star, fact), of(less, star, fact))
    assert found["orders"][:2] == (OWES, ["column amount removed ! → fct → stg"])
    assert found["stg"][:2] == (OWES, ["column amount removed ! → fct"])
    assert found["fct"][0] == "unresolved"


def test_a_new_column_is_additive():
    more = ("orders", f"{ORDERS[:-7]}, cast(y as text) as note from t", {})
    assert compared(of(("orders", ORDERS, {})), of(more)) == {
        "orders": ("additive", ["column note added"], [])
    }


def test_declared_types_come_before_those_of_the_sql():
    declared = {"columns": columns(id="int", amount="int")}
    assert compared(of(("orders", ORDERS, {})), of(("orders", ORDERS, declared))) == {}
    other = {"columns": columns(id="INTEGER", amount="bigint")}
    found = compared(of(("orders", ORDERS, declared), FACT), of(("orders", ORDERS, other), FACT))
    assert found["orders"] == (OWES, ["type amount was int and is bigint ! → fct"], [])
    cast = ORDERS.replace("cast(x as integer)", "cast(x as bigint)")
    found = compared(of(("orders", ORDERS, {})), of(("orders", cast, {})))
    assert found["orders"] == (OWES, ["type amount was int and is bigint !"], [])


def test_a_contract_says_which_columns_there_are():
    def contract(**types):
        return ("orders", "{{ my_macro() }}", {"config": ENFORCED, "columns": columns(**types)})

    found = compared(of(contract(id="int", b="text")), of(contract(id="int", c="date")))
    assert found == {"orders": (OWES, ["column b removed !", "column c added"], [])}


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        (
            {"id": ("int", "not_null")},
            {"id": "int"},
            "nullability id was not null and is may be null !",
        ),
        (
            {"id": "int"},
            {"id": ("int", "not_null")},
            "nullability id was may be null and is not null",
        ),
    ],
)
def test_nullability(before, now, said):
    found = compared(
        of(("orders", ORDERS, {"columns": columns(**before)})),
        of(("orders", ORDERS, {"columns": columns(**now)})),
    )
    assert found["orders"][1] == [said]


def test_tests_promise_too_unless_they_look_at_some_rows_only():
    not_null = ("not_null", "orders", {"column_name": "id"})
    unique = ("unique", "orders", {"column_name": "id"})
    tested = of(("orders", ORDERS, {}), tests=[not_null, unique])
    plain = of(("orders", ORDERS, {}))
    partly = [
        (name, of_model, {**kwargs, "where": "x"}) for name, of_model, kwargs in (not_null, unique)
    ]
    for now in (plain, of(("orders", ORDERS, {}), tests=partly)):
        assert compared(tested, now)["orders"] == (
            OWES,
            ["nullability id was not null and is may be null !", "key id removed !"],
            [],
        )
    # One test less, and a constraint instead: the same is promised.
    keyed = {"columns": columns(id=("int", "primary_key"), amount="int")}
    assert compared(tested, of(("orders", ORDERS, keyed))) == {}


def test_keys_and_grain():
    def keyed(unique_key, grain, **more):
        meta = {"entity_kit": {"grain": grain}} if grain else {}
        return ("orders", ORDERS, {"config": {"unique_key": unique_key, "meta": meta}, **more})

    pair = ("unique_combination_of_columns", "orders", {"combination_of_columns": ["amount", "ID"]})
    before, now = of(keyed("id", "order")), of(keyed(["id", "amount"], "order line"), FACT)
    assert compared(before, now)["orders"] == (
        OWES,
        [
            "key id removed ! → fct",
            "key amount, id added",
            "grain was order and is order line ! → fct",
        ],
        [],
    )
    assert (
        compared(of(keyed(["id", "amount"], None)), of(("orders", ORDERS, {}), tests=[pair])) == {}
    )
    line = ("orders", ORDERS, {"constraints": [{"type": "unique", "columns": ["id", "amount"]}]})
    assert compared(of(line), of(("orders", ORDERS, {}), tests=[pair])) == {}
    assert compared(of(keyed("id", None)), of(keyed("id", "order")))["orders"][:2] == (
        "additive",
        ["grain added"],
    )


def test_models_that_come_and_go():
    both = of(("orders", ORDERS, {}), ("other", "select 1 as x", {}))
    one = of(("orders", ORDERS, {}))
    assert compared(one, both) == {"other": ("additive", ["model added"], [])}
    assert compared(both, one) == {"other": (OWES, ["model removed !"], [])}
    for day, verdict in (("2024-06-01", "additive"), ("2024-06-02", OWES)):
        leaving = {"deprecation_date": f"{day}T00:00:00+00:00"}
        found = compared(of(("orders", ORDERS, {}), ("other", "select 1 as x", leaving)), one)
        assert found["other"][0] == verdict


def version(number, sql, latest):
    return ("dim", sql, {"version": number, "latest_version": latest})


ONE, LESS = "select cast(1 as int) as id, cast(2 as int) as b", "select cast(1 as int) as id"


def test_a_new_version_announces_what_breaks():
    reader = (
        "fct",
        "select b from {{ ref('dim') }}",
        {"depends_on": {"nodes": ["model.shop.dim.v2"]}},
    )
    before = of(version(1, ONE, 1))
    now = of(version(1, ONE, 2), version(2, LESS, 2), reader)
    found = compared(before, now)
    assert found["dim.v2"] == (
        "breaking",
        ["model new version", "column b removed ! → fct"],
        [],
    )
    assert "dim.v1" not in found
    # A model without versions is the first of them.
    unversioned = of(("dim", ONE, {}))
    assert compared(unversioned, now)["dim.v2"] == found["dim.v2"]
    assert "dim.v1" not in compared(unversioned, now)
    in_place = compared(unversioned, of(version(1, LESS, 2), version(2, LESS, 2)))
    assert in_place["dim.v1"] == (OWES, ["column b removed !"], [])
    # The old version may go at once if its readers can move.
    moved = compared(before, of(version(2, LESS, 2)))
    assert moved == {"dim.v2": ("breaking", ["model new version", "column b removed !"], [])}
    # It isn't announced to those who read the old version if that one changes, too.
    wrong = compared(before, of(version(1, LESS, 2), version(2, LESS, 2)))
    assert wrong["dim.v1"] == (OWES, ["column b removed !"], [])


def test_versions_that_announce_nothing():
    # Nobody reads it before it is the latest.
    found = compared(of(version(1, ONE, 1)), of(version(1, ONE, 1), version(2, LESS, 1)))
    assert found == {"dim.v2": ("additive", ["model added"], [])}
    both = of(version(1, ONE, 2), version(2, LESS, 2))
    assert compared(both, of(version(2, LESS, 2))) == {"dim.v1": (OWES, ["model removed !"], [])}
    unversioned = compared(both, of(("dim", "select 1 as other", {})))
    assert unversioned["dim"][0] == OWES


def test_what_cant_be_known_is_said():
    late = ("late", "{{ my_macro(ref('orders')) }}", {"columns": columns(b="int")})
    before = of(("orders", ORDERS, {}), late, FACT)
    now = of(
        ("orders", "select cast(id as integer) as id from t", {}),
        ("late", "{{ my_macro(ref('orders')) }} ", {"columns": columns(c="int")}),
        FACT,
    )
    jinja = "its Jinja isn't known before it is compiled ('my_macro' is undefined); run dbt compile"
    found = compared(before, now)
    assert found["late"] == (
        "unresolved",
        [],
        [
            f"not all of its columns are known: {jinja.removesuffix('; run dbt compile')}; a contract would name them",
            "whether it still has the column b isn't known",
            "whether it had the column c before isn't known",
        ],
    )
    assert found["orders"][1] == ["column amount removed ! → fct → late"]
    assert found["fct"][2] == ["types that aren't declared (data_type): id, amount"]
    raw = compare_contracts(before, now, ColumnLineage, TODAY)
    said = list(telling.note_lines(raw))
    assert f"not known: orders: whether late breaks ({jinja})" in said
    assert said[-1] == (
        "1 model with another contract (1 breaking), 1 without the new version that it needs; "
        "3 models not fully known."
    )


def test_what_isnt_known_of_several_models_is_one_line():
    before, now = (
        of(*((name, "{{ my_macro() }}" + more, {}) for name in ("a", "b"))) for more in ("", " ")
    )
    first, last = telling.note_lines(compare_contracts(before, now, ColumnLineage, TODAY))
    assert first.startswith("not known: a, b: not all of its columns are known: its Jinja")
    assert last == "0 models with another contract; 2 models not fully known."
    # What was plain SQL is a macro now.
    plain = of(("a", "select 1 as x", {}), ("b", "select 1 as x", {}))
    notes = compared(plain, now)["a"][2]
    assert notes[0].startswith("not all of its columns are known now: its Jinja isn't known")
    assert notes[0].endswith("; run dbt compile")
    assert notes[1:] == ["whether it still has the column x isn't known"]


def test_a_type_that_is_known_on_one_side():
    plain = ("orders", "select id, amount from t", {})
    declared = ("orders", "select id, amount from t ", {"columns": columns(id="int")})
    assert compared(of(declared), of(plain))["orders"][2] == [
        "the type of id was int, and isn't known now",
        "types that aren't declared (data_type): amount",
    ]
    assert compared(of(plain), of(declared))["orders"][2][0] == (
        "the type of id is int, and isn't known before"
    )


def test_a_macro_that_changed_touches_its_models():
    uses = {"depends_on": {"nodes": [], "macros": ["macro.shop.m"]}}
    before, now = (
        of(
            ("orders", "{{ m() }}", uses),
            macros={"macro.shop.m": {"macro_sql": sql, "depends_on": {}}},
        )
        for sql in ("one", "two")
    )
    assert compared(before, now)["orders"][0] == "unresolved"
    assert compared(before, copy.deepcopy(before)) == {}


def test_json_and_annotations():
    before = of(("orders", ORDERS, {}), FACT)
    now = of(("orders", "select cast(id as integer) as id from t", {}), FACT)
    found = compare_contracts(before, now, ColumnLineage, TODAY)
    data = telling.as_json(found, "main")
    assert {key: data[key] for key in ("version", "since", "breaking", "owed")} == {
        "version": 1,
        "since": "main",
        "breaking": 1,
        "owed": 1,
    }
    (change,) = next(each for each in data["models"] if each["model"] == "orders")["changes"]
    assert {**change, "breaks": [each["path"] for each in change["breaks"]]} == {
        "what": "column",
        "name": "amount",
        "change": "removed",
        "before": "int",
        "now": None,
        "breaking": True,
        "breaks": [["orders.amount", "fct.amount"]],
        "unresolved": [],
    }
    error = next(telling.annotation_lines([each for each in found if each.model == "orders"], "p"))
    assert error.startswith(
        "::error file=p/models/orders.sql,title=entity-kit%3A contract::"
        "orders: column amount removed; it breaks model fct%0Aa breaking change needs a new version"
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop") / "shop"
    (folder / "models").mkdir(parents=True)
    (folder / "dbt_project.yml").write_text("{name: shop, profile: shop}")
    outputs = {"dev": {"type": "duckdb", "path": "shop.duckdb"}}
    profiles = {"shop": {"target": "dev", "outputs": outputs}}
    (folder / "profiles.yml").write_text(yaml.safe_dump(profiles))
    return folder


def command(project, *words):
    words = ["--project-dir", str(project), "--profiles-dir", str(project), *words]
    result = CliRunner().invoke(check, words)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout.split("\n")[:-1]


DIM = {
    "name": "dim",
    "config": ENFORCED,
    "columns": [
        {"name": "id", "data_type": "integer", "constraints": [{"type": "not_null"}]},
        {"name": "b", "data_type": "varchar"},
    ],
}


@pytest.mark.slow
def test_the_whole_way(project):
    def write(properties, **models):
        for name, sql in models.items():
            (project / "models" / f"{name}.sql").write_text(sql)
        (project / "models" / "schema.yml").write_text(yaml.safe_dump({"models": [properties]}))

    write(DIM, dim="select 1 as id, 'x' as b", fct="select id, b from {{ ref('dim') }}")
    with pytest.raises(EntityKitError, match=r"needs a project in a git repository"):
        command(project, "--contracts", "HEAD")
    git(project.parent, "init", "-q")
    commit(project.parent)
    first = git(project.parent, "rev-parse", "HEAD")
    assert command(project, "--contracts", "HEAD") == (0, ["0 models with another contract."])
    with pytest.raises(EntityKitError, match="git doesn't know the revision `nowhere`"):
        command(project, "--contracts", "nowhere")

    less = {**DIM, "columns": [{"name": "id", "data_type": "bigint"}]}
    write(less, dim="select 1 as id")
    code, lines = command(project, "--contracts", "HEAD")
    assert code == 1
    cells = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in lines[:4]]
    assert cells == [
        ["model", "verdict", "what", "before", "now", "breaks"],
        ["dim", "breaking", "column b removed", "varchar", "nothing", "model fct"],
        ["breaking", "nullability id", "not null", "may be null", "model fct"],
        ["breaking", "type id", "integer", "bigint", "model fct"],
    ]
    assert lines[4].startswith(
        "dim: a breaking change needs a new version; keep this one as it was"
    )

    # The same change as a new version, while the old one stays.
    versions = [{"v": 1}, {"v": 2, "columns": [{"include": "all", "exclude": ["b"]}]}]
    new = {**DIM, "latest_version": 2, "versions": versions}
    (project / "models" / "dim.sql").unlink()
    write(
        new,
        dim_v1="select 1 as id, 'x' as b",
        dim_v2="select 1 as id",
        fct="select id, b from {{ ref('dim', v=1) }}",
    )
    code, lines = command(project, "--contracts", first, "--format", "json")
    model_, reader = json.loads("\n".join(lines))["models"]
    assert (reader["model"], reader["verdict"]) == ("fct", "unresolved")
    assert (code, model_["model"], model_["verdict"], model_["new_version"]) == (
        *(0, "dim.v2", "breaking"),
        "dim.v2",
    )
    assert [each["what"] for each in model_["changes"]] == ["model", "column"]

    (project / "models" / "fct.sql").write_text("select {{ broken(")
    commit(project.parent)
    (project / "models" / "fct.sql").write_text("select 1 as id")
    with pytest.raises(DbtError, match="The project at HEAD can't be parsed"):
        command(project, "--contracts", "HEAD")


def test_it_has_no_baseline(project):
    with pytest.raises(EntityKitError, match="--contracts has no baseline"):
        command(project, "--contracts", "HEAD", "--baseline", "x.json")
