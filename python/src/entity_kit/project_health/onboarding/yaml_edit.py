"""Adds a declaration to a YAML file, and changes nothing else in it.

The new lines are spliced into the text at places that the parser names, so comments, order, quotes,
anchors, and spaces stay as they are. Then the text is read again: if anything but the addition
differs from before, it is refused. PyYAML reads it, as in dbt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from entity_kit.project_health.rewrite.rewrite import applied

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Edit = tuple[int, int, str]
Addition = dict[str, Any]

# What stands first in the entry of a table; the configuration follows it.
_HEAD = frozenset({"name", "identifier", "description", "schema", "database", "quoting"})
_SHORT = frozenset({"late_by"})  # on one line


class UneditableError(Exception):
    """A file that can't be changed safely; the text says why."""


def add_to_table(text: str, source: str, table: str, addition: Addition) -> str:
    """Return a YAML file with an addition in the entry of a source's table.

    What is declared there already is kept. Raises UneditableError.
    """
    root, data = _read(text)
    node, path = _table_node(root, source, table)
    return _added(text, node, data, path, addition)


def add_to_root(text: str, addition: Addition) -> str:
    """Return a YAML file with an addition to its mapping, as `add_to_table` does."""
    root, data = _read(text)
    return _added(text, root, data, (), addition)


def add_columns(text: str, model: str, columns: Sequence[Addition]) -> str:
    """Return a YAML file with columns in the entry of a model, each a mapping with a name.

    A column that is there gets what it lacks. Raises UneditableError.
    """
    root, data = _read(text)
    number, node = _model_node(root, model)
    listed = _child(node, "columns")
    path: tuple[Any, ...] = ("models", number)
    if listed is None or listed.tag == "tag:yaml.org,2002:null":
        return _added(text, node, data, path, {"columns": list(columns)})
    if not isinstance(listed, yaml.SequenceNode):
        raise UneditableError(f"the columns of {model} are no list")
    known = {(_text(each, "name") or "").lower(): place for place, each in enumerate(listed.value)}
    for column in columns:
        place = known.get(column["name"].lower())
        if place is None:
            text = _appended(text, model, column)
            continue
        root, data = _read(text)
        number, node = _model_node(root, model)
        entries = _child(node, "columns")
        entry = entries.value[place] if isinstance(entries, yaml.SequenceNode) else None
        if not isinstance(entry, yaml.MappingNode):
            raise UneditableError(f"a column of {model} is no mapping")
        lacks = {key: value for key, value in column.items() if key != "name"}
        changed = _added(text, entry, data, (*path, "columns", place), lacks)
        if changed == text:
            raise UneditableError(f"the description of {column['name']} is an empty text")
        text = changed
    return text


def as_yaml(addition: Addition, indent: int = 0) -> list[str]:
    """Return a mapping as lines of YAML, as they are added to files."""
    lines = []
    for key, value in addition.items():
        start = f"{' ' * indent}{_flow(key)}:"
        if isinstance(value, dict) and key not in _SHORT:
            lines += [start, *as_yaml(value, indent + 2)]
        elif isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
            lines.append(start)
            for each in value:
                lines += _list_item(each, indent + 2)
        else:
            lines.append(f"{start} {_flow(value)}")
    return lines


def _read(text: str) -> tuple[yaml.MappingNode, dict[str, Any]]:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        raise UneditableError(f"it isn't valid YAML ({error})") from error
    if not isinstance(root, yaml.MappingNode) or not isinstance(data, dict):
        raise UneditableError("it is no mapping")
    return root, data


def _list_item(entry: Addition, indent: int) -> list[str]:
    first, *others = as_yaml(entry, indent + 2)
    return [f"{' ' * indent}- {first.lstrip()}", *others]


def _model_node(root: yaml.MappingNode, model: str) -> tuple[int, yaml.MappingNode]:
    """Return the entry of a model, and its place in the list."""
    for number, entry in enumerate(_items(root, "models")):
        if _text(entry, "name") == model and isinstance(entry, yaml.MappingNode):
            return number, entry
    raise UneditableError(f"it has no entry for {model}")


def _appended(text: str, model: str, column: Addition) -> str:
    """Return the text with one more column at the end of a model's list."""
    root, data = _read(text)
    number, node = _model_node(root, model)
    listed = _child(node, "columns")
    if not isinstance(listed, yaml.SequenceNode):
        raise UneditableError(f"the columns of {model} are no list")
    expected = _copied(data)
    expected["models"][number]["columns"].append(column)
    newline = "\r\n" if "\r\n" in text else "\n"
    if listed.flow_style:
        last = listed.end_mark.index - 1
        at = len(text[:last].rstrip())
        edit = (at, at, f"{', ' if listed.value else ''}{_flow(column)}")
    else:
        at = _Edits(text, careful=False).end_of(listed.value[-1])
        before = "" if text[at - 1] == "\n" else "\n"
        lines = "\n".join(_list_item(column, listed.start_mark.column))
        edit = (at, at, f"{before}{lines}\n".replace("\n", newline))
    changed = applied(text, [edit])
    try:
        if yaml.safe_load(changed) == expected:
            return changed
    except (yaml.YAMLError, ValueError):
        pass
    raise UneditableError(f"the columns of {model} can't be added to safely (an anchor, perhaps)")


def _table_node(
    root: yaml.MappingNode, source: str, table: str
) -> tuple[yaml.MappingNode, tuple[Any, ...]]:
    """Return the entry of a table, and where it stands in the data."""
    for number, entry in enumerate(_items(root, "sources")):
        if _text(entry, "name") == source and isinstance(entry, yaml.MappingNode):
            for place, each in enumerate(_items(entry, "tables")):
                if _text(each, "name") == table and isinstance(each, yaml.MappingNode):
                    return each, ("sources", number, "tables", place)
    raise UneditableError(f"it has no entry for {source}.{table}")


def _added(
    text: str,
    node: yaml.MappingNode,
    data: dict[str, Any],
    path: tuple[Any, ...],
    addition: Addition,
) -> str:
    expected = _copied(data)
    place = expected
    for step in path:
        place = place[step]
    _merge(place, addition)
    newline = "\r\n" if "\r\n" in text else "\n"
    for careful in (False, True):
        edits = _Edits(text, careful=careful)
        edits.add(node, addition, outermost=True)
        changed = applied(text, [(a, b, new.replace("\n", newline)) for a, b, new in edits.found])
        try:
            if yaml.safe_load(changed) == expected:
                return changed
        except (yaml.YAMLError, ValueError):
            continue
    raise UneditableError(
        "it is written in a way that can't be changed safely (an anchor, perhaps)"
    )


def _copied(value: Any) -> Any:
    """Copy data so that no two places share a part, as places with one anchor do."""
    if isinstance(value, dict):
        return {key: _copied(each) for key, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value


def _merge(into: dict[str, Any], addition: Mapping[str, Any]) -> None:
    for key, value in addition.items():
        known = into.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            _merge(known, value)
        elif known is None:
            into[key] = value
        elif isinstance(value, dict):
            raise UneditableError(f"its `{key}` is no mapping")


class _Edits:
    """Collects edits of a text. If `careful`, the simplest place is taken, and not the nicest."""

    def __init__(self, text: str, *, careful: bool) -> None:
        self._text = text
        self._careful = careful
        self.found: list[Edit] = []

    def add(self, node: yaml.MappingNode, addition: Addition, *, outermost: bool = False) -> None:
        missing: Addition = {}
        for key, value in addition.items():
            known = _child(node, key)
            if known is None:
                missing[key] = value
            elif isinstance(known, yaml.MappingNode) and isinstance(value, dict):
                self.add(known, value)
            elif known.tag == "tag:yaml.org,2002:null":
                self._fill(node, known, value)
        if not missing:
            return
        if node.flow_style or not node.value:
            self._add_to_flow(node, missing)
        else:
            self._add_to_block(node, missing, outermost=outermost)

    def _fill(self, parent: yaml.MappingNode, empty: yaml.Node, value: Any) -> None:
        start, end = empty.start_mark.index, empty.end_mark.index
        if parent.flow_style or not isinstance(value, dict):
            new = f" {_flow(value)}"
        else:
            indent = parent.value[0][0].start_mark.column + 2
            new = "\n" + "\n".join(as_yaml(value, indent))
            start = len(self._text[:start].rstrip(" "))
        self.found.append((start, end, new))

    def _add_to_flow(self, node: yaml.MappingNode, missing: Addition) -> None:
        new = _flow(missing)[1:-1]
        first, last = node.start_mark.index + 1, node.end_mark.index - 1
        body = self._text[first:last].rstrip()
        if not body:
            self.found.append((first, last, new))
        elif self._careful:
            self.found.append((first, first, f"{new}, "))
        else:
            at = first + len(body)
            self.found.append((at, at, f" {new}" if body.endswith(",") else f", {new}"))

    def _add_to_block(self, node: yaml.MappingNode, missing: Addition, *, outermost: bool) -> None:
        lines = "\n".join(as_yaml(missing, node.value[0][0].start_mark.column))
        keys = [key for key, _ in node.value]
        if outermost and not keys[0].start_mark.column:  # the file itself
            at = len(self._text)
        else:
            # The first key of an entry stands behind its dash. What follows a long text might
            # become part of it, so then the place before it is the careful one.
            follows = keys if not outermost else keys[1:] if self._careful else _after_head(keys)
            next_key = next(iter(follows), None)
            at = self._end(node) if next_key is None else self._before(next_key)
        before = "" if not at or self._text[at - 1] == "\n" else "\n"
        self.found.append((at, at, f"{before}{lines}\n"))

    def _before(self, key: yaml.Node) -> int:
        """Return where a line before a key starts; comments above the key stay with it."""
        at = key.start_mark.index - key.start_mark.column
        while at and not self._careful:
            above = self._text.rfind("\n", 0, at - 1) + 1
            if self._text[above:at].strip() and not self._text[above:at].lstrip().startswith("#"):
                break
            at = above
        return at

    def end_of(self, item: yaml.Node) -> int:
        """Return where the line after an item of a block list starts."""
        if isinstance(item, yaml.MappingNode) and not item.flow_style and item.value:
            return self._end(item)
        return self._after(item.end_mark.index)

    def _end(self, node: yaml.MappingNode) -> int:
        """Return where the line after a block mapping's last line starts."""
        key, value = node.value[-1]
        while isinstance(value, yaml.CollectionNode) and not value.flow_style and value.value:
            last = value.value[-1]
            if value.start_mark.index < key.start_mark.index:
                break
            key, value = last if isinstance(last, tuple) else (last, last)
        # An alias has the marks of its anchor, which stands above.
        return self._after(max(value.end_mark.index, key.end_mark.index))

    def _after(self, here: int) -> int:
        end = self._text.find("\n", len(self._text[:here].rstrip()))
        return len(self._text) if end < 0 else end + 1


def _after_head(keys: Sequence[yaml.Node]) -> list[yaml.Node]:
    """Return the keys of a table's entry that may follow its configuration."""
    return [key for key in keys[1:] if key.value not in _HEAD]


def _flow(value: Any) -> str:
    """Return a value as YAML on one line."""
    text = yaml.safe_dump(
        [value], default_flow_style=True, width=10**9, allow_unicode=True, sort_keys=False
    )
    return text.strip()[1:-1]


def _child(node: yaml.MappingNode, key: str) -> yaml.Node | None:
    return next((value for name, value in node.value if name.value == key), None)


def _items(node: yaml.Node, key: str) -> Iterator[yaml.Node]:
    found = _child(node, key) if isinstance(node, yaml.MappingNode) else None
    yield from found.value if isinstance(found, yaml.SequenceNode) else ()


def _text(node: yaml.Node, key: str) -> str | None:
    found = _child(node, key) if isinstance(node, yaml.MappingNode) else None
    return str(found.value) if isinstance(found, yaml.ScalarNode) else None


def nested(path: Sequence[str], inside: Addition) -> Addition:
    """Return an addition below some keys."""
    for key in reversed(path):
        inside = {key: inside}
    return inside
