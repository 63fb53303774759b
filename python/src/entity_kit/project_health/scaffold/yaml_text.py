"""Write YAML as people write it in a dbt project: short lists and mappings on one line."""

from __future__ import annotations

import re
from typing import Any

import yaml

_WIDTH = 116


class Line(dict[str, Any]):
    """A mapping that is written on one line."""


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  (people repeat a short value)
        return True


def _list(dumper: yaml.SafeDumper, data: Any) -> yaml.Node:
    flow = not any(isinstance(each, dict) for each in data)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=flow)


_Dumper.add_representer(list, _list)
_Dumper.add_representer(tuple, _list)
_Dumper.add_representer(
    dict, lambda d, data: d.represent_mapping("tag:yaml.org,2002:map", data, flow_style=False)
)
_Dumper.add_representer(
    Line, lambda d, data: d.represent_mapping("tag:yaml.org,2002:map", data, flow_style=True)
)


def yaml_text(data: dict[str, Any]) -> str:
    """Return a properties file, with an empty line between its entries."""
    text = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return re.sub(r"(?m)(?<!:\n)^(?=  - name: |[a-z])", "\n", text).lstrip("\n")
