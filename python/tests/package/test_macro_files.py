"""Rules for every macro file: names are bound, arguments documented, dependencies one-way."""

from __future__ import annotations

import functools
import itertools
import re
from pathlib import Path

import jinja2
import pytest
import yaml
from jinja2 import nodes
from jinja2.ext import Extension

PACKAGE = Path(__file__).resolve().parents[3]
MACROS = PACKAGE / "macros"
FILES = sorted(MACROS.rglob("*.sql"))
FAMILIES = sorted(folder.name for folder in MACROS.iterdir() if folder.is_dir())


def family(file):
    """Return the folder of macros/ that a file lies in, at whatever depth."""
    return file.relative_to(MACROS).parts[0]


def is_private(file):
    """Return whether a file is in _internal, or among the parts of a family."""
    return "_internal" in file.parts or file.parent.name == "_parts"


TESTS = sorted((PACKAGE / "tests" / "generic").glob("*.sql"))

# What dbt binds for every macro. A name that is neither here nor set in the file is a slip.
DBT_NAMES = {
    "adapter",
    "api",
    "builtins",
    "compiled_code",
    "config",
    "context",
    "dbt",
    "dbt_version",
    "dict",
    "entity_kit",
    "env_var",
    "exceptions",
    "execute",
    "flags",
    "graph",
    "invocation_id",
    "is_incremental",
    "local_md5",
    "log",
    "metric",
    "model",
    "modules",
    "namespace",
    "range",
    "ref",
    "return",
    "run_query",
    "run_started_at",
    "selected_resources",
    "should_full_refresh",
    "source",
    "statement",
    "load_result",
    "target",
    "this",
    "tojson",
    "fromjson",
    "toyaml",
    "fromyaml",
    "var",
}


class _TestBlocks(Extension):
    """dbt's `{% test name(arguments) %}`, read as the macro `test_name` that dbt makes of it."""

    tags = frozenset({"test"})

    def parse(self, parser):
        line = next(parser.stream).lineno
        node = nodes.Macro(lineno=line)
        node.name = "test_" + parser.parse_assign_target(name_only=True).name
        parser.parse_signature(node)
        node.body = parser.parse_statements(("name:endtest",), drop_needle=True)
        return node


ENVIRONMENT = jinja2.Environment(  # noqa: S701 - SQL, not HTML
    extensions=["jinja2.ext.do", _TestBlocks],
)


@functools.cache
def macros_in(text):
    """Return the macros of a file, as the parser sees them."""
    return list(ENVIRONMENT.parse(text).find_all(nodes.Macro))


class _Scan:
    """Follows a macro's statements in order, and collects the names read on a path that never binds them."""

    def __init__(self):
        self.missing = set()

    def expression(self, node, bound):
        for name in [node, *node.find_all(nodes.Name)]:
            if isinstance(name, nodes.Name) and name.ctx == "load" and name.name not in bound:
                self.missing.add(name.name)

    def block(self, statements, bound):
        """Return the names bound after these statements; None if they never get to their end."""
        for statement in statements:
            bound = self.statement(statement, bound)
            if bound is None:
                return None
        return bound

    def statement(self, node, bound):
        if isinstance(node, nodes.If):
            return self.branches(node, bound)
        if isinstance(node, nodes.For):
            self.expression(node.iter, bound)
            inner = bound | _targets(node.target) | {"loop"}
            self.block(node.body, inner)
            self.block(node.else_, bound)
            return bound
        if isinstance(node, nodes.AssignBlock):
            self.block(node.body, bound)
            return bound | _targets(node.target)
        if isinstance(node, nodes.Assign):
            self.expression(node.node, bound)
            return bound | _targets(node.target)
        assert isinstance(node, (nodes.Output, nodes.ExprStmt)), f"teach the scan {node}"
        self.expression(node, bound)
        return None if _ends(node) else bound

    def branches(self, node, bound):
        self.expression(node.test, bound)
        ends = [self.block(node.body, bound)]
        for elif_ in node.elif_:
            self.expression(elif_.test, bound)
            ends.append(self.block(elif_.body, bound))
        ends.append(self.block(node.else_, bound))
        reached = [end for end in ends if end is not None]
        return frozenset.intersection(*reached) if reached else None


def _targets(node):
    names = [node, *node.find_all(nodes.Name)]
    return frozenset(n.name for n in names if isinstance(n, nodes.Name) and n.ctx == "store")


def _ends(node):
    """Return whether nothing after this is rendered: it returns or refuses."""
    for call in node.find_all(nodes.Call):
        if getattr(call.node, "name", "") == "return":
            return True
        if getattr(call.node, "attr", "") in {"_fail", "raise_compiler_error"}:
            return True
    return False


def unbound(text):
    """Name what a file's macros read on a path that doesn't bind it, dbt's own names apart."""
    scan = _Scan()
    for macro in macros_in(text):
        for default in macro.defaults:
            scan.expression(default, DBT_NAMES)
        arguments = frozenset(argument.name for argument in macro.args)
        scan.block(macro.body, frozenset(DBT_NAMES) | arguments)
    return sorted(scan.missing)


def calls(text):
    """Return the macros of this package that a file calls; `model.entity_kit.x` is a model's id."""
    return set(re.findall(r"(?<!model\.)entity_kit\.(\w+)", text)) | set(
        re.findall(r"dispatch\('(\w+)', 'entity_kit'\)", text),
    )


def documented():
    """Return the YAML entry of each macro."""
    entries = {}
    for file in sorted(MACROS.rglob("*.yml")):
        for entry in yaml.safe_load(file.read_text("utf-8"))["macros"]:
            assert entry["name"] not in entries, f"{entry['name']} is documented twice"
            entries[entry["name"]] = entry
    return entries


def signatures():
    """Return the arguments of each public macro and data test."""
    found = {}
    for file in FILES:
        if not is_private(file):
            (public,) = (m for m in macros_in(file.read_text("utf-8")) if "__" not in m.name)
            found[public.name] = [argument.name for argument in public.args]
    for file in TESTS:
        (test,) = macros_in(file.read_text("utf-8"))
        found[test.name] = [argument.name for argument in test.args]
    return found


def test_the_scan_sees_a_slip():
    text = """
    {% macro a(x) %}{% set y = x %}{{ entity_kit._b(y, relatoin) }}{% endmacro %}
    {% macro b(z) %}{% for i in z %}{{ i }}{{ loop }}{% endfor %}{{ i }}{{ x }}{% endmacro %}
    {% macro c(z) %}{% if z %}{% set t = 1 %}{% set u = t %}{% else %}{% set t = 2 %}{% endif %}
    {{ t }}{{ u }}{% do log(loop) %}{% endmacro %}
    {% macro d(z=tihs) %}{% if z %}{% set v = 1 %}{% else %}{{ return(0) }}{% endif %}{{ v }}{% endmacro %}
    {% test c(model, column) %}select {{ column | replace(o, 'a') }} from {{ modle }}{% endtest %}
    """
    assert unbound(text) == ["i", "loop", "modle", "o", "relatoin", "tihs", "u", "x"]


@pytest.mark.parametrize("file", FILES + TESTS, ids=lambda file: file.stem)
def test_every_name_is_bound(file):
    assert unbound(file.read_text("utf-8")) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_one_macro_per_file_of_the_same_name(file):
    names = [macro.name for macro in macros_in(file.read_text("utf-8"))]
    private = is_private(file)
    assert names[0] == file.stem
    assert file.stem.startswith("_") == private
    # The rest are its variants: `default__name`, and one for each engine that differs.
    assert [name for name in names[1:] if not re.fullmatch(rf"[a-z]+__{file.stem}", name)] == []
    dispatches = f"dispatch('{file.stem}', 'entity_kit')" in file.read_text("utf-8")
    assert dispatches == (len(names) > 1)
    assert private or dispatches, "a public macro dispatches, so that a project can override it"
    assert len(names) == 1 or f"default__{file.stem}" in names


def sql_in(node):
    """Return the texts that a part of a macro renders, those of its blocks among them, without comments."""
    texts = [text.data for text in node.find_all(nodes.TemplateData)]
    return [re.sub(r"--.*", "", text) for text in texts]


def decides_late(macro):
    """Return the variables that a macro sets after its SQL has begun."""
    found, has_begun = [], False

    def follow(statements):
        nonlocal has_begun
        for node in statements:
            if isinstance(node, (nodes.Assign, nodes.AssignBlock)):
                found.extend(_targets(node.target) if has_begun else [])
            elif isinstance(node, nodes.Output):
                has_begun = has_begun or any(text.strip() for text in sql_in(node))
            elif isinstance(node, nodes.If):
                for branch in [node, *node.elif_]:
                    follow(branch.body)
                follow(node.else_)
            elif isinstance(node, nodes.For):
                follow(node.body)

    follow(macro.body)
    return sorted(found)


def _pieces(node):
    """Yield the texts that an expression is put together from; not those that it compares or passes on."""
    if isinstance(node, nodes.Const):
        yield str(node.value)
    elif isinstance(node, nodes.Concat):
        for each in node.nodes:
            yield from _pieces(each)
    elif isinstance(node, nodes.Filter):
        yield from _pieces(node.node)
    elif isinstance(node, nodes.CondExpr):
        yield from _pieces(node.expr1)
        yield from _pieces(node.expr2)


def unclosed(macro):
    """Name what a macro sets, or the macro itself, if its parentheses don't match."""

    def is_open(texts):
        return sum(text.count("(") - text.count(")") for text in texts) != 0

    return [
        *(
            name
            for node in macro.find_all(nodes.Assign)
            if is_open(_pieces(node.node))
            for name in sorted(_targets(node.target))
        ),
        *(
            name
            for node in macro.find_all(nodes.AssignBlock)
            if is_open(sql_in(node))
            for name in sorted(_targets(node.target))
        ),
        *([macro.name] if is_open(sql_in(macro)) else []),
    ]


def test_the_rules_of_form_see_what_they_are_for():
    text = """
    {% macro a(x) %}{% set y = 'over (' %}select {{ x }}{% set z = y %} from t{% endmacro %}
    {% macro b(x) %}{% set y %}sum(x) over ({% endset %}{{ y }}{% endmacro %}
    {% macro c(x) %}{% if x %}select ({% set z = x %}{% endif %}{{ z }}{% endmacro %}
    {% macro d(x) %}{% set y = 'f(' ~ x ~ ')' %}{% if x %}select ( {% endif %}{{ y }} ){% endmacro %}
    """
    macros = macros_in(text)
    assert [decides_late(macro) for macro in macros] == [["z"], [], ["z"], []]
    assert [unclosed(macro) for macro in macros] == [["y"], ["y", "b"], ["c"], []]


LONGEST = 150


@pytest.mark.parametrize("file", FILES + TESTS, ids=lambda file: file.stem)
def test_a_macro_fits_on_a_screen_decides_first_and_closes_what_it_opens(file):
    text = file.read_text("utf-8")
    assert len(text.splitlines()) <= LONGEST
    assert [name for macro in macros_in(text) for name in decides_late(macro)] == []
    assert [name for macro in macros_in(text) for name in unclosed(macro)] == []


@functools.cache
def names_of_all():
    return {macro.name for path in FILES for macro in macros_in(path.read_text("utf-8"))}


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES + TESTS, ids=lambda file: file.stem)
def test_only_macros_that_exist_are_called(file):
    assert calls(file.read_text("utf-8")) - names_of_all() == set()


CLOCK = re.compile(
    r"current_timestamp|current_date|localtimestamp|getdate|\bnow\(|\btoday\(|run_started_at"
)
# Whether a deprecated model has reached its sunset is a question about today; no data depends on it.
READS_THE_CLOCK = {"_run_date"}


@pytest.mark.parametrize("file", FILES + TESTS, ids=lambda file: file.stem)
def test_no_data_depends_on_the_clock(file):
    without_comments = re.sub(r"\{#.*?#\}", "", file.read_text("utf-8"), flags=re.DOTALL)
    words = re.sub(r"^    (~ )?' .*$", "", without_comments, flags=re.MULTILINE)  # lists of words
    assert (CLOCK.search(words) is not None) == (file.stem in READS_THE_CLOCK)


def test_internal_calls_no_family_and_families_form_no_cycle():
    home = {file.stem: family(file) for file in FILES}
    arrows = {
        (family(file), home[name])
        for file in FILES
        for name in calls(file.read_text("utf-8"))
        if name in home and home[name] != family(file)
    }
    assert [arrow for arrow in arrows if arrow[0] == "_internal"] == []
    reach = {arrow for arrow in arrows if "_internal" not in arrow}
    for _ in FAMILIES:
        reach |= {(a, d) for (a, b), (c, d) in itertools.product(reach, reach) if b == c}
    assert [arrow for arrow in reach if arrow[0] == arrow[1]] == []


def test_a_familys_parts_are_called_by_that_family_alone():
    parts = {file.stem: family(file) for file in FILES if file.parent.name == "_parts"}
    outside = [
        (file.stem, name)
        for file in FILES
        for name in calls(file.read_text("utf-8"))
        if parts.get(name, family(file)) != family(file)
    ]
    assert outside == []


def test_every_public_macro_is_documented_with_every_argument():
    assert {
        name: [argument["name"] for argument in entry.get("arguments", [])]
        for name, entry in documented().items()
    } == signatures()


def test_every_macro_and_argument_says_something():
    silent = [
        f"{entry['name']}.{part.get('name')}"
        for entry in documented().values()
        for part in [entry, *entry.get("arguments", [])]
        if not part.get("description", "").strip() or ("type" not in part and part is not entry)
    ]
    assert silent == []


@pytest.mark.slow
def test_dbt_finds_the_documented_types_valid(make_project):
    project = make_project()
    settings = yaml.safe_load((project.folder / "dbt_project.yml").read_text("utf-8"))
    settings["flags"]["validate_macro_args"] = True
    project.write({"dbt_project.yml": yaml.safe_dump(settings)})
    project.run_bare("parse", "--warn-error")  # `run` would hand dbt what is parsed already


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_minijinja_parses_it(file):
    minijinja = pytest.importorskip("minijinja")
    environment = minijinja.Environment(templates={file.name: file.read_text("utf-8")})
    environment.render_template(file.name)


def test_a_project_that_puts_the_package_before_dbt_gets_one_other_macro():
    """With `dispatch` for the namespace dbt, a macro of ours by dbt's name would be taken for dbt's."""
    import dbt.include

    files = [file for folder in dbt.include.__path__ for file in Path(folder).rglob("*.sql")]
    dbts = {
        name.partition("__")[2] or name
        for file in files
        for name in re.findall(r"\bmacro\s+(\w+)\s*\(", file.read_text("utf-8"))
    }
    assert len(dbts) > 300
    assert {file.stem for file in FILES} & dbts == {"check_for_schema_changes"}


def test_who_checks_the_columns_is_said_in_one_place():
    saying = {
        file.stem
        for file in FILES
        if re.search(r"on_schema_change='fail'", file.read_text("utf-8"))
    }
    # No engine that replaces partitions is one on which dbt's own check fails.
    assert saying == {"_fail_on_schema_change", "_partition_config"}
