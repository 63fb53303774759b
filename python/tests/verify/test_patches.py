"""The patches of dbt's internals: on which versions they were checked, and what they rely on."""

from __future__ import annotations

import importlib.util
import inspect
import json
import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import pytest

from entity_kit.dbt_bridge import patches
from entity_kit.dbt_bridge.invocation import Project
from entity_kit.dbt_bridge.late import LateDict
from entity_kit.dbt_bridge.patches import bigquery, clock, contexts, dialect, parsing, process, sql
from entity_kit.dbt_bridge.warm import WarmRunner
from support.verify_project import write_project


def test_every_patch_is_checked_on_the_installed_dbt():
    """A new minor version needs a look at each patch; then it joins CHECKED_ON."""
    folder = Path(patches.__file__).parent
    modules = {file.stem for file in folder.glob("*.py")} - {"__init__"}
    assert modules == {"bigquery", "clock", "contexts", "dialect", "parsing", "process", "sql"}
    for module in (bigquery, clock, contexts, dialect, parsing, process, sql):
        assert ".".join(version("dbt-core").split(".")[:2]) in module.CHECKED_ON


# Each place in dbt that a patch replaces, and the text in it that the patch relies on.
PATCHED = [
    ("dbt.tracking", "User.__init__", "run_started_at"),
    ("dbt.materializations.incremental.microbatch", "MicrobatchBuilder.__init__", "default_end_time"),
    ("dbt.context.base", "get_datetime_module_context", "datetime"),
    ("dbt.plugins.manager", "PluginManager.get_prefixed_modules", "PLUGIN_MODULE_PREFIX"),
    ("dbt_common.behavior_flags", "BehaviorFlagRendered.__init__", "_default_source()"),
    ("dbt_common.events.event_manager", "EventManager.fire_event", "self.loggers"),
    ("dbt.parser.manifest", "ManifestLoader.build_manifest_state_check", "connection_info()"),
    ("dbt.parser.manifest", "ManifestLoader.read_manifest_for_partial_parse", "project_target_path"),
    ("dbt.mp_context", "get_mp_context", "_MP_CONTEXT"),
    ("dbt.adapters.sql", "SQLConnectionManager.add_query", "sql"),
    ("dbt.context.base", "get_context_modules", "get_itertools_module_context()"),
    ("dbt.clients.jinja_static", "statically_extract_macro_calls", "get_environment(None, "),
    ("dbt.parser.macros", "MacroParser.parse_unparsed_macros", "jinja.parse(block.full_block)"),
    ("dbt.adapters.clients.jinja", "QueryStringGenerator.__init__", "env.from_string("),
    ("dbt.parser.manifest", "ManifestLoader.process_docs", "generate_runtime_docs_context("),
    ("dbt.clients.jinja", "get_rendered", "if not has_render_chars:"),
    ("dbt.compilation", "Compiler._compile_code", "node.compiled_code = jinja.get_rendered("),
    ("dbt.compilation", "Compiler._recursively_prepend_ctes", "self._compile_code(cte_model"),
    ("dbt.task.base", "BaseRunner.on_skip", "in referenced ephemeral model {}"),
    ("dbt_common.clients.jinja", "CallableMacroGenerator.call_macro", "macro(*args, **kwargs)"),
    ("dbt_common.clients.jinja", "BaseMacroGenerator.get_macro", "make_module(vars=self.context, shared=False)"),
    ("dbt.adapters.sql", "SQLAdapter.get_columns_in_relation", "GET_COLUMNS_IN_RELATION_MACRO_NAME"),
    ("dbt.clients.jinja", "MacroGenerator.__call__", "self.call_macro(*args, **kwargs)"),
    ("dbt.clients.jinja", "MacroStack.push", "self.call_stack"),
    ("dbt.context.providers", "BaseDatabaseWrapper._get_adapter_macro_prefixes", '["default"]'),
    ("dbt.adapters.base.relation", "BaseRelation._render_iterator", "self.quoted(path_part)"),
    ("dbt.adapters.sql", "SQLAdapter.quote", "identifier"),
    ("dbt.config.profile", "Profile.to_target_dict", '"type": self.credentials.type'),
    ("dbt.context.macros", "MacroNamespaceBuilder.build_namespace", "self.internal_package_names_order"),
    ("dbt.context.providers", "BaseDatabaseWrapper.dispatch", "except CompilationError:"),
    ("dbt.context.manifest", "ManifestContext._build_namespace", "builder.build_namespace("),
    ("dbt.context.manifest", "ManifestContext.to_dict", "dct.update(self.namespace)"),
    ("dbt.context.base", "BaseContext.to_dict", 'self._ctx["context"] = self._ctx'),
    ("dbt.adapters.base", "BaseAdapter._make_match", "for relation in relations_list:"),
    ("agate.data_types.date", "Date.__init__", "parsedatetime.Constants("),
    ("dbt.contracts.graph.nodes", "ParsedNode.write_node", "write_file(full_path, compiled_code)"),
    ("dbt_common.events.base_types", "BaseEvent.__init__", "self.pb_msg = ParseDict("),
    ("dbt_common.exceptions.base", "env_secrets", "if k.startswith(SECRET_ENV_PREFIX) and v.strip()"),
]  # fmt: skip

READ_SOURCES = """
import functools, importlib, inspect, json, sys
places = [(importlib.import_module(module), name) for module, name in json.load(sys.stdin)]
print(json.dumps([
    inspect.getsource(functools.reduce(getattr, name.split("."), module)) for module, name in places
]))
"""


@pytest.fixture(scope="module")
def sources():
    """Read what is patched in a process of its own, in which nothing is patched."""
    places = [(module, name) for module, name, _ in PATCHED]
    read = subprocess.run(
        [sys.executable, "-c", READ_SOURCES],
        input=json.dumps(places),
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(zip(places, json.loads(read.stdout), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize(("module", "name", "used"), PATCHED)
def test_what_is_patched_is_still_there(sources, module, name, used):
    assert used in sources[module, name]


def test_a_second_runner_patches_nothing_again():
    """Each verification has a runner; its events must not pass through the patch of every other."""
    from dbt_common.events.event_manager import EventManager

    process.drop_unheard_events()
    patched = EventManager.fire_event
    process.drop_unheard_events()
    assert EventManager.fire_event is patched


def test_a_dbt_of_the_users_in_this_process_still_writes_its_files(tmp_path):
    from dbt.contracts.graph.nodes import ParsedNode

    WarmRunner(Project(tmp_path, tmp_path, "shop", "dev"), lambda _: None)
    assert "write_file(" in inspect.getsource(ParsedNode.write_node)


def test_what_is_built_once_is_what_dbt_builds(monkeypatch):
    import jinja2
    from dbt.adapters.clients.jinja import QueryStringGenerator
    from dbt.clients.jinja_static import statically_extract_macro_calls
    from dbt.context.base import get_context_modules
    from dbt.parser import macros
    from dbt_common.clients.jinja import MacroFuzzEnvironment
    from dbt_common.exceptions.base import env_secrets

    process.build_once()
    modules = get_context_modules()
    modules["re"].clear()
    assert get_context_modules()["re"]["sub"] is re.sub
    # It is deprecated, and another test of this process may have told dbt to fail at warnings.
    monkeypatch.setattr("dbt.deprecations.warn", lambda *_: None)
    assert next(iter(get_context_modules()["itertools"]["chain"]("a"))) == "a"

    macro = "{% macro quickly() %}{{ once() }} {{ adapter.dispatch('twice')() }}{% endmacro %}"
    found = [statically_extract_macro_calls(macro, {}) for _ in range(2)]
    parsed = []
    parse = MacroFuzzEnvironment._parse
    monkeypatch.setattr(
        MacroFuzzEnvironment, "_parse", lambda *given: parsed.append(given) or parse(*given)
    )
    assert macros.jinja.parse(macro + " ").find(jinja2.nodes.Macro).name == "dbt_macro__quickly"
    assert [statically_extract_macro_calls(macro + " ", {})] * 2 == found
    assert len(parsed) == 1

    for number in (1, 2):  # the same text with another context
        comment = (
            "{%- macro query_comment_macro(name, node) -%} {{ number }} {{ name }}{% endmacro %}"
        )
        generator = QueryStringGenerator(comment, {"number": number})
        assert generator("a model", None) == f"{number} a model"

    monkeypatch.setenv("DBT_ENV_SECRET_EMPTY", " ")
    monkeypatch.setenv("DBT_ENV_SECRET_KEY", "open sesame")
    monkeypatch.setenv("DBT_ENV_OTHER", "no secret")
    assert env_secrets() == ["open sesame"]


@pytest.fixture
def as_dbt_has_it():
    """Return what a class had before it was patched, read from its source."""

    def read(module, name):
        namespace = {}
        found = importlib.util.find_spec(module).loader.get_source(module)
        exec(compile(found, module, "exec"), namespace)  # noqa: S102
        return namespace[name]

    return read


@pytest.mark.parametrize("local", ["shop", "pack", "dbt", "gone"])
@pytest.mark.parametrize("root", ["shop", "other"])
def test_macros_are_bound_as_dbt_binds_them(as_dbt_has_it, root, local):
    from dbt.clients.jinja import MacroGenerator, MacroStack
    from dbt.context import macros

    contexts.bind_macros_late()
    packages = {"shop": "ab", "pack": "bc", "dbt": "ad", "dbt_duckdb": "de", "other": "af"}
    by_package = {
        package: {
            name: SimpleNamespace(package_name=package, name=name, unique_id=f"{package}.{name}")
            for name in names
        }
        for package, names in packages.items()
    }
    given = (root, local, MacroStack(), ["dbt_duckdb", "dbt"], "the node")
    context = {}

    def told(builder):
        space = builder.build_namespace(by_package, context)
        top = {
            name: each.macro.unique_id
            if isinstance(each, MacroGenerator)
            else {n: inner.macro.unique_id for n, inner in each.items()}
            for name, each in dict(space).items()
        }
        found = {
            (package, name): getattr(space.get_from_package(package, name), "macro", None)
            for package in (None, "dbt", "pack", "shop")
            for name in "abcdefg"
        }
        return top, found, len(space), set(space)

    ours, dbts = (
        told(made(*given))
        for made in (
            macros.MacroNamespaceBuilder,
            as_dbt_has_it("dbt.context.macros", "MacroNamespaceBuilder"),
        )
    )
    assert ours == dbts
    one = macros.MacroNamespaceBuilder(*given).build_namespace(by_package, context)["a"]
    plain = MacroGenerator(one.macro, context, "the node", given[2])
    assert vars(one) == vars(plain)


def test_a_macro_is_dispatched_as_dbt_dispatches_it_and_searched_for_once():
    from dbt.clients.jinja import MacroStack
    from dbt.context.macros import MacroNamespaceBuilder
    from dbt.context.providers import BaseDatabaseWrapper
    from dbt.exceptions import CompilationError

    contexts.bind_macros_late()
    names = {"pack": ("default__a", "duckdb__b"), "shop": ("default__b", "default__c")}
    by_package = {
        package: {
            name: SimpleNamespace(package_name=package, name=name, unique_id=f"{package}.{name}")
            for name in each
        }
        for package, each in names.items()
    }
    asked = []

    class Adapter:
        dispatch = BaseDatabaseWrapper.dispatch
        _namespace = MacroNamespaceBuilder("shop", "shop", MacroStack(), []).build_namespace(
            by_package, {}
        )

        def _get_search_packages(self, namespace):
            asked.append(namespace)
            return ["empty", "shop", namespace]

        def _get_adapter_macro_prefixes(self):
            return ["duckdb", "default"]

    adapter = Adapter()
    found = {name: adapter.dispatch(name, "pack").macro.unique_id for name in "abc"}
    assert found == {"a": "pack.default__a", "b": "shop.default__b", "c": "shop.default__c"}
    assert adapter.dispatch("a", "pack") is adapter.dispatch("a", "pack")
    assert len(asked) == 3
    with pytest.raises(CompilationError, match="No macro named 'd' found"):
        adapter.dispatch("d", "pack")


def test_a_context_has_its_own_values_and_each_macro_once_it_is_looked_up():
    from dbt.clients.jinja import MacroGenerator, MacroStack
    from dbt.context.macros import MacroNamespaceBuilder
    from dbt.context.manifest import ManifestContext

    contexts.bind_macros_late()
    by_package = {
        package: {
            name: SimpleNamespace(package_name=package, name=name, unique_id=f"{package}.{name}")
            for name in names
        }
        for package, names in {"shop": ("ref", "cents"), "dbt": ("run_query",)}.items()
    }

    class Context(ManifestContext):
        def __init__(self):
            self._ctx = {}
            self.manifest = SimpleNamespace(get_macros_by_package=lambda: by_package)
            self.namespace = self._build_namespace()

        def _get_namespace_builder(self):
            return MacroNamespaceBuilder("shop", "shop", MacroStack(), ["dbt"], None)

        def generate_builtins(self):
            return {"ref": "dbt's own", "var": "a value"}

    made = Context().to_dict()
    assert made["context"] is made
    assert made["var"] == "a value"
    # The project's own `ref` goes before dbt's.
    assert made["ref"].macro.unique_id == "shop.ref"
    assert made.made() == {"context", "builtins", "var", "ref"}
    assert made["run_query"].context is made
    assert made["shop"]["cents"].macro.unique_id == "shop.cents"
    assert "gone" not in made
    assert made.get("gone", "nothing") == "nothing"
    assert set(made) == {
        *("context", "builtins", "var", "ref"),
        *("cents", "run_query", "shop", "dbt"),
    }
    assert all(isinstance(made[name], MacroGenerator) for name in ("cents", "run_query"))


def test_a_macro_is_made_once_for_a_context_and_sees_its_changes(monkeypatch):
    from dbt.clients.jinja import MacroGenerator
    from dbt_common.clients.jinja import CallableMacroGenerator

    monkeypatch.setattr(CallableMacroGenerator, "get_macro", CallableMacroGenerator.get_macro)
    contexts.make_macros_once.__wrapped__()
    text = "{% macro say(a, b=word) %}{% set a = a ~ word %}{{ a ~ b }}{% endmacro %}"
    macro = SimpleNamespace(
        unique_id="macro.shop.say", name="say", macro_sql=text, original_file_path="say.sql"
    )
    one, other, plain = LateDict(own={"word": "x"}), LateDict(own={"word": "y"}), {"word": "z"}

    def say(context, given):
        return str(MacroGenerator(macro, context)(given)).strip()

    made = [MacroGenerator(macro, context).get_macro() for context in (one, one, other, plain)]
    assert made[0] is made[1]
    assert len(set(map(id, made))) == 3
    assert [say(context, "a") for context in (one, one, other, plain)] == [
        "axx",
        "axx",
        "ayy",
        "azz",
    ]
    one["word"] = "w"
    assert say(one, "b") == "bww"


def test_macros_of_a_context_share_its_names_and_keep_their_own(monkeypatch):
    from dbt.clients.jinja import MacroGenerator
    from dbt_common.clients.jinja import CallableMacroGenerator
    from dbt_common.exceptions import CompilationError

    monkeypatch.setattr(CallableMacroGenerator, "get_macro", CallableMacroGenerator.get_macro)
    contexts.make_macros_once.__wrapped__()
    texts = {
        "shop.say": "{% macro say(n=2) %}{% set word = 'own' %}{{ word }}{{ pack['say'](n) }}{% endmacro %}",
        "pack.say": "{% macro say(n) %}{% for i in range(n) %}{{ word }}{{ ask() }}{% endfor %}{% endmacro %}",
        "shop.ask": "{% macro ask() %}?{{ caller() if caller }}{{ later is defined }}{% endmacro %}",
        "shop.fail": "{% macro fail() %}{{ nothing.at_all }}{% endmacro %}",
    }

    def told(context):
        """Put the macros into a context, and return what they give before and after a change."""
        bound = {
            name: MacroGenerator(
                SimpleNamespace(
                    unique_id=f"macro.{name}",
                    name=name.split(".")[1],
                    macro_sql=text,
                    original_file_path=name,
                ),
                context,
            )
            for name, text in texts.items()
        }
        context.update(ask=bound["shop.ask"], pack={"say": bound["pack.say"]}, word="w")
        first = str(bound["shop.say"]())
        context.update(later=1, word="v")
        with pytest.raises(CompilationError, match="'nothing' is undefined"):
            bound["shop.fail"]()
        return first, str(bound["shop.say"](1))

    assert told(LateDict()) == told({}) == ("ownw?Falsew?False", "ownv?True")


def test_a_template_is_compiled_once_for_each_kind_of_environment(monkeypatch):
    from dbt.clients.jinja import get_rendered
    from dbt_common.clients.jinja import MacroFuzzEnvironment

    compiled = []
    original = MacroFuzzEnvironment._compile
    monkeypatch.setattr(
        MacroFuzzEnvironment,
        "_compile",
        lambda *given: compiled.append(given) or original(*given),
    )
    monkeypatch.setattr(
        MacroFuzzEnvironment, "compile", MacroFuzzEnvironment.compile, raising=False
    )
    contexts.compile_templates_once.__wrapped__()
    text = "{% do seen.append(word) %}{{ word ~ 1 }}"
    said = [
        get_rendered(text, {"word": word, "seen": seen}, None, native=native)
        for seen in [[]]
        for word, native in [("a", False), ("b", False), ("1", False), ("1", True)]
    ]
    assert said == ["a1", "b1", "11", "11"]
    assert len(compiled) == 2
    assert get_rendered("{{ word ~ 2 }}", {"word": "a"}, None) == "a2"
    for _ in range(2):
        with pytest.raises(Exception, match="unexpected"):
            get_rendered("{{ word ~ }}", {"word": "a"}, None)


def test_a_late_dict_is_the_dict_of_all_its_entries():
    whole = {"own": 1, "both": 2, "a": "A", "b": "B"}

    def late():
        made = LateDict({"a": 0, "b": 0, "both": 0}, str.upper, {"own": 1})
        made["both"] = 2
        return made

    assert late().made() == {"own", "both"}
    assert late()["a"] == "A"
    assert "b" in late()
    assert bool(LateDict({"a": 0}, str.upper)) is True
    assert bool(LateDict()) is False
    with pytest.raises(KeyError):
        _ = late()["c"]
    alike = (dict, len, sorted, lambda d: {**d}, lambda d: d | {}, lambda d: {} | d, dict.copy)
    for read in (*alike, lambda d: sorted(d.items()), lambda d: sorted(map(str, d.values()))):
        assert read(late()) == read(whole)
    assert late() == whole
    assert late().pop("a") == "A"
    assert late().setdefault("b", 7) == "B"
    shorter = late()
    del shorter["a"]
    assert "a" not in shorter


def test_a_relation_is_found_among_its_namesakes_as_among_all():
    from dbt.adapters.base import BaseAdapter
    from dbt.adapters.duckdb.relation import DuckDBRelation
    from dbt.adapters.exceptions import ApproximateMatchError

    contexts.look_up_relations_by_name()
    original = inspect.getclosurevars(BaseAdapter._make_match).nonlocals["make_match"]
    adapter = SimpleNamespace(
        _make_match_kwargs=lambda database, schema, identifier: {
            "database": database, "schema": schema, "identifier": identifier
        }
    )  # fmt: skip
    there = [
        DuckDBRelation.create(database="db", schema=schema, identifier=name)
        for schema in ("one", "two")
        for name in ("orders", "Orders", '"orders"', "order", "é", None)
    ]

    def found(match, *asked):
        try:
            return [str(each) for each in match(adapter, there, *asked)]
        except ApproximateMatchError:
            return "an approximate match"

    for name in ("orders", "ORDERS", "Orders", '"orders"', "order", "É", "gone", None):
        for schema in ("one", "two", "ONE", None):
            asked = ("db", schema, name)
            assert found(BaseAdapter._make_match, *asked) == found(original, *asked), asked


def test_an_event_is_described_once_it_is_read():
    from dbt_common.events.types import Note

    process.describe_events_late()
    event = Note(msg=7)
    assert "pb_msg" not in vars(event)
    assert (event.msg, event.message()) == ("7", "7")
    event.msg = "another"
    assert event.to_dict()["msg"] == "another"
    written_first = Note(msg="one")
    written_first.msg = "two"
    assert written_first.pb_msg.msg == "two"
    with pytest.raises(AttributeError):
        _ = Note(msg="x").no_such_field


def test_dates_are_parsed_by_one_parser():
    from agate.data_types import Date, DateTime

    contexts.read_dates_with_one_parser()
    assert Date()._constants is DateTime()._constants
    assert str(Date().cast("1/2/2024")) == "2024-01-02"


def test_a_context_is_built_where_a_description_has_jinja():
    from dbt.clients.jinja import get_rendered

    built = []

    def build():
        built.append(1)
        return {"doc": lambda name: f"the text of {name}"}

    context = process.LateContext(build)
    assert get_rendered("One row per order.", context) == "One row per order."
    assert not built
    for name in ("orders", "customers"):
        assert get_rendered(f"See: {{{{ doc('{name}') }}}}", context) == f"See: the text of {name}"
    assert built == [1]


def test_a_description_reads_the_docs_of_its_project():
    from dbt.clients.jinja import get_rendered
    from dbt.parser import manifest
    from dbt_common.exceptions import DbtBaseException

    process.describe_late()
    block = SimpleNamespace(block_contents="One row per order.", file_id="")
    parsed = SimpleNamespace(
        resolve_doc=lambda *asked: block if asked[0] == "orders" else None, files=()
    )
    config = SimpleNamespace(project_name="shop", to_target_dict=dict, cli_vars={}, vars=None)
    node = SimpleNamespace(package_name="shop", unique_id="model.shop.orders", name="orders")
    context = manifest.generate_runtime_docs_context(config, node, parsed, "shop")
    assert isinstance(context, process.LateContext)
    assert get_rendered("{{ doc('orders') }}", context) == "One row per order."
    with pytest.raises(DbtBaseException, match="'lost'"):
        get_rendered("{{ doc('lost') }}", context)


@pytest.mark.slow
def test_the_users_sitecustomize_runs_too(tmp_path):
    for folder, text in (
        ("ours", inspect.getsource(clock)),
        ("theirs", "import builtins\nbuiltins.seen = 'theirs'\n"),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "sitecustomize.py").write_text(text, encoding="utf-8")
    path = os.pathsep.join(str(tmp_path / folder) for folder in ("ours", "theirs"))
    told = subprocess.run(
        [sys.executable, "-c", "import sitecustomize as s; print(seen, s.__file__, bool(s._now))"],
        env={**os.environ, "PYTHONPATH": path, clock.VARIABLE: "2024-01-01T00:00:00+00:00"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == ["theirs", str(tmp_path / "ours" / "sitecustomize.py"), "True"]


COLUMNS = """
{% macro tell() %}
    {% do run_query('create or replace table odd (id decimal(12, 2), "a ""b" int[], "1" uuid)') %}
    {% for name in ('odd', 'gone') %}
        {% set relation = api.Relation.create(target.database, 'main', name) %}
        {% for column in adapter.get_columns_in_relation(relation) %}
            {{ print(column ~ ' ' ~ column.data_type ~ ' ' ~ column.quoted) }}
        {% endfor %}
        {{ print(name) }}
    {% endfor %}
{% endmacro %}
"""
OWN = """
{% macro duckdb__get_columns_in_relation(relation) %}
    {{ return(dbt.duckdb__get_columns_in_relation(relation)[1:]) }}
{% endmacro %}
"""
ASK_TWICE = """
from dbt.cli.main import dbtRunner
from entity_kit.dbt_bridge.patches import contexts

manifest = dbtRunner().invoke(["parse", "--quiet"]).result
from dbt.adapters.duckdb.impl import DuckDBAdapter
for _ in range(2):
    ask = DuckDBAdapter.get_columns_in_relation
    assert dbtRunner().invoke(["run-operation", "tell", "--quiet"]).success
    contexts.ask_for_columns_directly(manifest.macros)
    print("patched:", DuckDBAdapter.get_columns_in_relation is not ask)
"""


@pytest.mark.slow
@pytest.mark.parametrize("own", [False, True])
def test_columns_are_those_that_dbts_macro_finds(tmp_path, own):
    """Unless the project has a macro of its own for it, which is asked then."""
    files = {"macros/tell.sql": COLUMNS + (OWN if own else "")}
    project = write_project(tmp_path, tmp_path, {}, files=files, data="", sources="")
    told = subprocess.run(
        [sys.executable, "-c", ASK_TWICE],
        cwd=project.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    first, patched, second, _ = re.split(r"patched: (\w+)\n", told.stdout)[:4]
    assert patched == str(not own)
    assert first == second
    assert ("DECIMAL(12,2)" in first) is not own
    assert "INTEGER[]" in first
