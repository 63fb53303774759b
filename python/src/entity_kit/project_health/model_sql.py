"""The SQL of a model as it is written now, without running dbt, and the nodes behind its tables.

A model whose Jinja is only `ref`, `source`, `config`, `var`, and loops is rendered here. For others,
dbt's compiled file counts, if it isn't older than the model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jinja2
import jinja2.sandbox
from sqlglot import exp

from entity_kit.dbt_bridge.nodes import parents_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Place = tuple[str, str, str]


class UnknownSqlError(Exception):
    """The SQL of a model can't be known; the text says why, and what to do."""


class ModelSql:
    """Finds the SQL of a project's models."""

    def __init__(
        self,
        manifest: Mapping[str, Any],
        dialect: str,
        project_dir: Path | None = None,
        variables: Mapping[str, Any] | None = None,
    ) -> None:
        self._nodes = {**manifest["nodes"], **(manifest.get("sources") or {})}
        self._dialect = dialect
        self._folder = project_dir
        self._variables = variables or {}
        self._jinja = jinja2.sandbox.SandboxedEnvironment(
            undefined=jinja2.StrictUndefined, extensions=["jinja2.ext.do"], autoescape=False
        )
        self.nodes_by_place = {
            place_of(node): unique_id
            for unique_id, node in self._nodes.items()
            if node["resource_type"] in {"model", "seed", "snapshot", "source"}
        }

    def text(self, unique_id: str) -> str:
        """Return the SQL of a model. Raise UnknownSqlError if it can't be known."""
        node = self._nodes[unique_id]
        if node.get("language", "sql") != "sql":
            raise UnknownSqlError("it is a Python model")
        if node.get("compiled_code"):
            return str(node["compiled_code"])
        try:
            return self._rendered(node)
        except (jinja2.TemplateError, TypeError, ValueError, KeyError, AttributeError) as error:
            found = self._compiled(node)
            if found is None:
                reason = " ".join(str(error).split()) or type(error).__name__
                raise UnknownSqlError(
                    f"its Jinja isn't known before it is compiled ({reason}); run dbt compile"
                ) from error
            return found

    def _rendered(self, node: Mapping[str, Any]) -> str:
        def ref(*words: str, version: Any = None, v: Any = None) -> str:
            return self._relation(self._parent(node, words, version if v is None else v))

        def source(schema: str, name: str) -> str:
            for parent in parents_of(node):
                each = self._nodes.get(parent, {})
                if (each.get("source_name"), each.get("name")) == (schema, name):
                    return self._relation(each)
            raise KeyError(f"source {schema}.{name}")

        def var(name: str, *default: Any) -> Any:
            if name in self._variables:
                return self._variables[name]
            if not default:
                raise KeyError(f"var {name}")
            return default[0]

        return self._jinja.from_string(str(node.get("raw_code") or "")).render(
            ref=ref,
            source=source,
            var=var,
            config=lambda *_, **__: "",
            is_incremental=lambda: False,
            this=self._relation(node),
        )

    def _parent(
        self, node: Mapping[str, Any], words: tuple[str, ...], version: Any
    ) -> Mapping[str, Any]:
        found: list[Mapping[str, Any]] = [
            each
            for parent in parents_of(node)
            for each in [self._nodes.get(parent, {})]
            if each.get("name") == words[-1]
            and (version is None or str(each.get("version")) == str(version))
            and (len(words) == 1 or each.get("package_name") == words[0])
        ]
        if not found:
            raise KeyError(f"ref {words[-1]}")
        return found[0]

    def _relation(self, node: Mapping[str, Any]) -> str:
        database, schema, name = _place(node)
        table = exp.table_(name, db=schema or None, catalog=database or None, quoted=True)
        return table.sql(dialect=self._dialect or None)

    def _compiled(self, node: Mapping[str, Any]) -> str | None:
        if self._folder is None:
            return None
        path = str(node["original_file_path"])
        compiled = self._folder / "target" / "compiled" / str(node["package_name"]) / path
        written = self._folder / path
        try:
            if written.exists() and compiled.stat().st_mtime < written.stat().st_mtime:
                return None
            return compiled.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None


def _place(node: Mapping[str, Any]) -> Place:
    name = node.get("alias") or node.get("identifier") or node["name"]
    return str(node.get("database") or ""), str(node.get("schema") or ""), str(name)


def place_of(node: Mapping[str, Any]) -> Place:
    """Return database, schema, and name of a node's relation, for comparisons."""
    database, schema, name = _place(node)
    return database.lower(), schema.lower(), name.lower()
