"""Change refs and their columns in YAML: tests, unit tests, exposures, semantic models.

Only the scalars that change are touched. A ref whose columns aren't certain stays as it is, by
itself: what stands elsewhere in the file is changed all the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from entity_kit.project_health.rewrite.columns import written
from entity_kit.project_health.rewrite.jinja import Model, UnreadableError
from entity_kit.project_health.rewrite.rewrite import Rewritten, applied, rewrite_sql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from entity_kit.project_health.rewrite.columns import Columns

Edit = tuple[int, int, str]
_PROSE = {"description", "label", "name", "reason"}
# Tests that compare counts of rows, and read no column.
_COUNTING = {"equal_rowcount", "fewer_rows_than"}
_BY_HAND = "rewrite it by hand"


@dataclass(frozen=True, slots=True)
class _Step:
    """One step from the root to a scalar: the collection, and the key or the number in it."""

    node: yaml.Node
    key: str


@dataclass(frozen=True, slots=True)
class _Place:
    node: yaml.ScalarNode
    path: tuple[_Step, ...]

    @property
    def key(self) -> str:
        """Return the nearest key, through any lists."""
        return next((step.key for step in reversed(self.path) if not step.key.isdigit()), "")

    @property
    def owner(self) -> yaml.MappingNode | None:
        last = self.path[-1].node if self.path else None
        return last if isinstance(last, yaml.MappingNode) else None

    def around(self, key: str) -> yaml.MappingNode | None:
        """Return the mapping in the list under `key` that contains this."""
        for at, step in enumerate(self.path[:-1]):
            if step.key == key and isinstance(self.path[at + 1].node, yaml.SequenceNode):
                found = self.path[at + 2].node if at + 2 < len(self.path) else None
                return found if isinstance(found, yaml.MappingNode) else None
        return None


def rewrite_yaml(
    text: str,
    old: Model,
    new: Model,
    columns: Columns | None = None,
    dialect: str = "",
    left_models: frozenset[str] = frozenset(),
) -> Rewritten:
    """Rewrite a YAML file; without `columns` only its references.

    Unit tests of `left_models`, whose SQL stays as it is, stay as they are too.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        return Rewritten(text, 0, (f"YAML can't be read: {error}",))
    editor = _Editor(text, old, new, columns, dialect)
    return editor.rewritten(list(_scalars(root, ())), left_models)


def blocked_models(
    text: str, old: Model, new: Model, columns: Columns, dialect: str
) -> dict[str, str]:
    """Return the models whose unit tests can't follow a change of their SQL, each with the reason."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return {}
    editor = _Editor(text, old, new, columns, dialect)
    editor.rewritten(list(_scalars(root, ())), frozenset())
    return editor.blocked


class _Editor:
    def __init__(
        self, text: str, old: Model, new: Model, columns: Columns | None, dialect: str
    ) -> None:
        self.text = text
        self.old = old
        self.new = new
        self.columns = columns
        self.dialect = dialect
        self.blocked: dict[str, str] = {}

    @property
    def _only_refs(self) -> bool:
        return self.columns is None or self.columns.same

    def rewritten(self, places: list[_Place], left_models: frozenset[str]) -> Rewritten:
        edits: set[Edit] = set()
        left: list[str] = []
        changed = 0
        visits: dict[int, int] = {}
        for place in places:
            visits[id(place.node)] = visits.get(id(place.node), 0) + 1
        for place in places:
            if place.key in _PROSE or "ref" not in place.node.value:
                continue
            test = place.around("unit_tests")
            model = _value(test, "model") if test is not None else ""
            try:
                count, found = self._place(place, places)
                if count:
                    self._may_change(visits[id(place.node)], model if model in left_models else "")
            except UnreadableError as error:
                left.append(f"line {place.node.start_mark.line + 1}: {error.reason}")
                if model:
                    self.blocked.setdefault(model, error.reason)
                continue
            changed += count
            edits |= set(found)
        # In the file's order, whatever the order of anchors.
        return Rewritten(applied(self.text, edits), changed, tuple(dict.fromkeys(left)))

    def _may_change(self, visits: int, left_model: str) -> None:
        if visits > 1 and not self._only_refs:
            raise UnreadableError(0, f"a ref under a YAML anchor; {_BY_HAND}")
        if left_model:
            raise UnreadableError(
                0, f"the unit test's model {left_model} is left, so its rows are left too"
            )

    def _place(self, place: _Place, places: list[_Place]) -> tuple[int, list[Edit]]:
        """Return how many refs one scalar has, and the edits for them and for their columns."""
        node = place.node
        whole = not re.search(r"\{\{|\{%", node.value)
        if whole and not re.fullmatch(r"\s*ref\s*\(.*\)\s*", node.value, re.DOTALL):
            return 0, []
        # A bare `ref('old')` is Jinja as well: dbt puts the braces around it.
        before, after = ("{{", "}}") if whole else ("", "")
        start, end = self._inside(node)
        meant = rewrite_sql(f"{before}{node.value}{after}", self.old, self.new)
        found = rewrite_sql(f"{before}{self.text[start:end]}{after}", self.old, self.new)
        if not meant.changed:
            return 0, []
        if found.changed != meant.changed:
            raise UnreadableError(0, "a ref in escaped text")
        edits = [(start, end, found.text[len(before) : len(found.text) - len(after)])]
        alone = re.fullmatch(r"\s*(\{\{)?-?\s*ref\s*\([^()]*\)\s*-?(\}\})?\s*", node.value)
        if self.columns is None:
            return meant.changed, edits
        if alone is None:
            return meant.changed, self._sql(node, meant.text)
        return 1, edits + self._beside(place, places)

    def _inside(self, node: yaml.ScalarNode) -> tuple[int, int]:
        quoted = 1 if node.style in {"'", '"'} else 0
        return node.start_mark.index + quoted, node.end_mark.index - quoted

    def _sql(self, node: yaml.ScalarNode, only_refs: str) -> list[Edit]:
        """Return the edit of SQL in a scalar: a query, or an expression of some other table."""
        before, after = "", ""
        if not re.match(r"\s*(\(\s*)*(select|with|from)\b", node.value, re.IGNORECASE):
            before, after = "select 1 as x from some_table where (", "\n)"
        result = rewrite_sql(
            f"{before}{node.value}{after}", self.old, self.new, self.columns, self.dialect
        )
        if not result.changed or result.left:
            reason = result.left[0].split(": ", 1)[-1] if result.left else "no ref was found"
            raise UnreadableError(0, reason)
        value = result.text[len(before) : len(result.text) - len(after)]
        start, end = self._inside(node)
        if self.text[start:end] == node.value:
            return [(start, end, value)]
        if value == only_refs:
            found = rewrite_sql(self.text[start:end], self.old, self.new)
            return [(start, end, found.text)]
        raise UnreadableError(0, f"SQL over several lines or with escapes; {_BY_HAND}")

    def _beside(self, place: _Place, places: list[_Place]) -> list[Edit]:
        """Return the edits of the columns that belong to a ref."""
        owner, key = place.owner, place.key
        if key == "depends_on" or place.around("exposures") is not None:
            return []
        test = place.around("unit_tests")
        if test is not None:
            return self._given(place, test, places)
        if self._only_refs:
            return []
        if key == "to" and owner is not None:
            return self._relationship(owner)
        if place.around("semantic_models") is not None and key == "model":
            return self._semantic_model(owner)
        if place.around("snapshots") is not None and key == "relation":
            raise UnreadableError(0, f"the snapshot would get the new columns; {_BY_HAND}")
        if key == "compare_model" and any(
            step.key.rsplit(".", 1)[-1] in _COUNTING for step in place.path
        ):
            return []
        raise UnreadableError(0, f"`{key}` may be read by the columns' old names; {_BY_HAND}")

    def _relationship(self, owner: yaml.MappingNode) -> list[Edit]:
        if _child(owner, "to_condition") is not None:
            raise UnreadableError(0, f"`to_condition` may name old columns; {_BY_HAND}")
        field = _child(owner, "field")
        if not isinstance(field, yaml.ScalarNode):
            raise UnreadableError(0, f"the test has no `field` here; {_BY_HAND}")
        return self._renamed(field)

    def _renamed(self, node: yaml.ScalarNode) -> list[Edit]:
        """Return the edit of a scalar that is a column's name."""
        assert self.columns is not None  # noqa: S101  (without columns nothing comes here)
        name = node.value
        if re.search(r"\{\{|\{%", name):
            raise UnreadableError(0, f"Jinja generates a column's name; {_BY_HAND}")
        if self.columns.unchanged(name) or (
            self.columns.others != "check" and self.columns.has(name) is False
        ):
            return []
        now = self.columns.after(name)
        if now.column is None or now.data_type is not None:
            said = now.said or f"it is {now.column}, as {now.data_type}"
            raise UnreadableError(0, f"`{name}`: {said}; {_BY_HAND}")
        start, end = self._inside(node)
        if self.text[start:end] != name:
            raise UnreadableError(0, f"the name `{name}` is written with escapes; {_BY_HAND}")
        column = now.column
        if node.style is None and not re.fullmatch(r"[A-Za-z_]\w*", column):
            column = yaml.safe_dump(column).strip().removesuffix("...").strip()
        elif node.style == "'":
            column = column.replace("'", "''")
        elif node.style == '"':
            column = column.replace("\\", "\\\\").replace('"', '\\"')
        return [(start, end, column)]

    def _given(self, place: _Place, test: yaml.MappingNode, places: list[_Place]) -> list[Edit]:
        """Return the edits of a unit test's rows for the old model."""
        owner = place.owner
        assert self.columns is not None  # noqa: S101  (without columns nothing comes here)
        if place.key != "input" or owner is None:
            raise UnreadableError(0, f"`{place.key}` of a unit test; {_BY_HAND}")
        self._given_once(test, places)
        if self._only_refs:
            return []
        rows, form = _child(owner, "rows"), _value(owner, "format") or "dict"
        if _child(owner, "fixture") is not None or form not in {"dict", "csv"}:
            raise UnreadableError(0, f"the unit test's rows may have old columns; {_BY_HAND}")
        if isinstance(rows, yaml.ScalarNode) and form == "csv":
            return self._csv(rows)
        edits: list[Edit] = []
        for row in rows.value if isinstance(rows, yaml.SequenceNode) else ():
            if not isinstance(row, yaml.MappingNode):
                raise UnreadableError(0, f"the unit test's rows can't be read; {_BY_HAND}")
            for name, _ in row.value:
                edits += self._renamed(name)
        return edits

    def _given_once(self, test: yaml.MappingNode, places: list[_Place]) -> None:
        for other in places:
            if other.key == "input" and other.around("unit_tests") is test:
                turned = rewrite_sql(f"{{{{{other.node.value}}}}}", self.new, self.old)
                if turned.changed:
                    said = f"the unit test has rows for both models; {_BY_HAND}"
                    raise UnreadableError(0, said)

    def _csv(self, rows: yaml.ScalarNode) -> list[Edit]:
        start, end = self._inside(rows)
        header = next((line for line in rows.value.splitlines() if line.strip()), "")
        at = self.text.find(header.strip(), start, end)
        if at < 0 or '"' in header:
            raise UnreadableError(0, f"the unit test's header can't be read; {_BY_HAND}")
        edits: list[Edit] = []
        for cell in header.strip().split(","):
            name = cell.strip()
            place = at + cell.index(name) if name else at
            mark = yaml.Mark("", place, 0, 0, None, 0)
            until = yaml.Mark("", place + len(name), 0, 0, None, 0)
            edits += self._renamed(yaml.ScalarNode("", name, mark, until, style="|"))
            at += len(cell) + 1
        return edits

    def _semantic_model(self, owner: yaml.MappingNode | None) -> list[Edit]:
        """Return the edits of a semantic model's expressions."""
        edits: list[Edit] = []
        for part in ("entities", "dimensions", "measures"):
            items = _child(owner, part)
            for item in items.value if isinstance(items, yaml.SequenceNode) else ():
                edits += self._expression(item)
        return edits

    def _expression(self, item: yaml.Node) -> list[Edit]:
        assert self.columns is not None  # noqa: S101  (without columns nothing comes here)
        expression, name = _child(item, "expr"), _child(item, "name")
        if isinstance(expression, yaml.ScalarNode):
            ref = f"{{{{ ref('{self.old.name}'{self._version}) }}}}"
            before, after = "select (", f"\n) as x from {ref}"
            found = rewrite_sql(
                f"{before}{expression.value}{after}", self.old, self.new, self.columns, self.dialect
            )
            if not found.changed:
                raise UnreadableError(0, found.left[0].split(": ", 1)[-1])
            tail = found.text.rindex("\n) as x from ")
            value = found.text[len(before) : tail]
            start, end = self._inside(expression)
            if value == expression.value:
                return []
            if self.text[start:end] != expression.value:
                raise UnreadableError(0, f"`expr` over several lines or with escapes; {_BY_HAND}")
            return [(start, end, value)]
        if not isinstance(name, yaml.ScalarNode) or not self._renamed(name):
            return []
        said = written(self.columns.after(name.value).column or "", self.dialect)
        said = said if said[0] not in "\"'`" else f"'{said}'"
        end = name.end_mark.index
        if isinstance(item, yaml.MappingNode) and item.flow_style:
            return [(end, end, f", expr: {said}")]
        key = next(k for k, v in item.value if v is name)
        line = "\r\n" if "\r\n" in self.text else "\n"
        return [(end, end, f"{line}{' ' * key.start_mark.column}expr: {said}")]

    @property
    def _version(self) -> str:
        return "" if self.old.version is None else f", v={self.old.version}"


def _child(node: yaml.Node | None, key: str) -> yaml.Node | None:
    for name, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if isinstance(name, yaml.ScalarNode) and name.value == key:
            return value  # type: ignore[no-any-return]  # PyYAML's stubs say Any
    return None


def _value(node: yaml.Node | None, key: str) -> str:
    found = _child(node, key)
    return str(found.value) if isinstance(found, yaml.ScalarNode) else ""


def _scalars(node: yaml.Node | None, path: tuple[_Step, ...]) -> Iterator[_Place]:
    if isinstance(node, yaml.ScalarNode):
        yield _Place(node, path)
    elif isinstance(node, yaml.SequenceNode):
        for at, each in enumerate(node.value):
            yield from _scalars(each, (*path, _Step(node, str(at))))
    elif isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            inner = name.value if isinstance(name, yaml.ScalarNode) else ""
            yield from _scalars(value, (*path, _Step(node, str(inner))))
