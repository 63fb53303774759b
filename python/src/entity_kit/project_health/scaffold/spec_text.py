"""Read a spec's YAML together with the lines on which its parts are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    from collections.abc import Mapping

# The keys and the places in lists that lead to a part.
Where = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class SpecText:
    """A spec as it is written: its data, and the line of each part."""

    name: str
    data: Any
    lines: Mapping[Where, int]

    def line(self, where: Where) -> int:
        """Return the line of a part, or of the closest part around it that is written."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1)


def read_spec_text(name: str, text: str) -> SpecText:
    """Read a spec. Raise EntityKitError if it isn't YAML, or if it has a key twice."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        raise EntityKitError(f"{name} isn't valid YAML: {error}", fix="Fix the file.") from error
    lines: dict[Where, int] = {}
    if root is not None:
        _note(name, root, (), lines)
    return SpecText(name, data, lines)


def _note(name: str, node: yaml.Node, where: Where, lines: dict[Where, int]) -> None:
    lines.setdefault(where, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        for place, each in enumerate(node.value):
            lines[(*where, place)] = each.start_mark.line + 1
            _note(name, each, (*where, place), lines)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.value in seen:
                raise EntityKitError(
                    f"{name}:{line}: `{key.value}` is there twice.", fix="Remove one of them."
                )
            if isinstance(key.value, str):
                seen.add(key.value)
                lines[(*where, key.value)] = line
                _note(name, value, (*where, key.value), lines)
