"""The files that a spec becomes in a project, compared with those that are there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from entity_kit.errors import EntityKitError
from entity_kit.project_health.onboarding.yaml_edit import (
    UneditableError,
    add_to_table,
    as_yaml,
)
from entity_kit.project_health.policies import Layer, read_layers
from entity_kit.project_health.rewrite.rewrite import diff_lines
from entity_kit.project_health.scaffold import metric_file
from entity_kit.project_health.scaffold.declared import missing_config
from entity_kit.project_health.scaffold.models import model_texts, staging_text
from entity_kit.project_health.scaffold.project_files import ProjectFiles, read_project_files
from entity_kit.project_health.scaffold.properties import model_properties, source_properties
from entity_kit.project_health.scaffold.yaml_text import yaml_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from entity_kit.project_health.scaffold.spec import Spec, Table

NEW, SAME, DIFFERS, EXTENDED = "new", "unchanged", "differs", "extended"


@dataclass(frozen=True, slots=True)
class Planned:
    """A file: its text now, or None if it isn't there, and the one that the spec gives it.

    One that is `extended` gets only additions.
    """

    path: str
    before: str | None
    after: str
    extended: bool = False

    @property
    def status(self) -> str:
        if self.before is None:
            return NEW
        if self.before == self.after:
            return SAME
        return EXTENDED if self.extended else DIFFERS

    @property
    def diff(self) -> str:
        """The change as `git apply` takes it."""
        lines = list(diff_lines(self.path, self.before or "", self.after))
        if self.before is None and lines:
            lines[0] = "--- /dev/null"
        return "\n".join(lines)


@dataclass
class Plan:
    """All files of a spec, and what else is worth knowing."""

    files: list[Planned] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def having(self, *statuses: str) -> list[Planned]:
        return [each for each in self.files if each.status in statuses]


def make_plan(
    spec: Spec, folder: Path, project: Mapping[str, Any], variables: Mapping[str, Any]
) -> Plan:
    """Return the files that a spec becomes. Raise EntityKitError where they don't fit the project."""
    layers = read_layers(variables.get("entity_kit_layers", {}))
    model_folder = str((project.get("model-paths") or ["models"])[0])
    place = spec.folder or f"{model_folder}/{spec.name}"
    names = _Names(place, model_folder, spec.name)
    found = read_project_files(folder, project, names.properties)
    plan = Plan()
    _check_place(spec, place, found)
    _check_layers(spec, layers, plan)
    _check_relationships(spec, found, plan)
    texts: dict[str, str] = {}
    extended: dict[str, str] = {}
    _add_sources(spec, found, names, texts, extended, plan)
    staging = _add_models(spec, found, names, texts, plan)
    texts[names.models] = yaml_text(model_properties(spec, staging))
    _add_metrics(spec, found, names, texts, plan)
    plan.files = [Planned(path, found.text(path), text) for path, text in sorted(texts.items())]
    plan.files += [
        Planned(path, found.text(path), text, extended=True) for path, text in extended.items()
    ]
    return plan


class _Names:
    """The paths of the properties files, which are the spec's own."""

    def __init__(self, place: str, model_folder: str, name: str) -> None:
        self.place = place
        self.models = f"{place}/_{name}.yml"
        self.sources = f"{place}/_{name}_sources.yml"
        self.metrics = f"{place}/_{name}_metrics.yml"
        self.spine = f"{model_folder}/{metric_file.SPINE}.sql"
        self.spine_properties = f"{model_folder}/_{metric_file.SPINE}.yml"

    @property
    def properties(self) -> tuple[str, ...]:
        return (self.models, self.sources, self.metrics, self.spine_properties)


def _check_place(spec: Spec, place: str, found: ProjectFiles) -> None:
    inside = [f for f in found.model_folders if place == f or place.startswith(f"{f.rstrip('/')}/")]
    if not inside:
        folders = ", ".join(found.model_folders)
        raise EntityKitError(
            f"`folder` of {spec.name} is {place}, where dbt looks for no models.",
            fix=f"Name a folder below {folders}.",
        )


def _check_layers(spec: Spec, layers: Mapping[str, Layer], plan: Plan) -> None:
    name = f"{spec.prefix}{spec.name}"
    layer = next((each for each in layers.values() if name.startswith(each.prefixes)), None)
    if layer is None:
        plan.notes.append(
            f"No layer has names like {name}, so `entity-kit check` will list them. Set `prefix`, or "
            "add a layer to the variable entity_kit_layers."
        )
    elif "relationships" in layer.tests and not spec.relationships:
        raise EntityKitError(
            f"Names like {name} are of a layer that requires relationships tests.",
            fix="Add `relationships` to the spec, or set `prefix: entity_` or `prefix: dim_`.",
        )


def _check_relationships(spec: Spec, found: ProjectFiles, plan: Plan) -> None:
    own = {(table.source, table.name) for table in spec.tables}
    for each in spec.relationships:
        source, dot, table = each.to.partition(".")
        there = (source, table) in {*own, *found.sources} if dot else each.to in found.models
        if not there:
            what = "source" if dot else "model"
            plan.notes.append(
                f"The project has no {what} {each.to} yet. dbt needs it for the test of {each.column}."
            )


def _add_sources(
    spec: Spec,
    found: ProjectFiles,
    names: _Names,
    texts: dict[str, str],
    extended: dict[str, str],
    plan: Plan,
) -> None:
    """Declare the spec's sources: those that the project declares get what is missing there."""
    new = [table for table in spec.tables if (table.source, table.name) not in found.sources]
    if new:
        texts[names.sources] = yaml_text(source_properties(spec, new))
    for table in spec.tables:
        declared = found.sources.get((table.source, table.name))
        addition = missing_config(spec, table, declared) if declared is not None else {}
        if declared is None or not addition:
            continue
        before = extended.get(declared.path, found.text(declared.path) or "")
        try:
            extended[declared.path] = add_to_table(
                before, table.source, table.name, {"config": addition}
            )
        except UneditableError as error:
            lines = "\n".join(f"    {line}" for line in as_yaml({"config": addition}))
            plan.notes.append(
                f"{declared.path} is left as it is: {error}. Add to {table.label} by hand:\n{lines}"
            )


def _add_models(
    spec: Spec, found: ProjectFiles, names: _Names, texts: dict[str, str], plan: Plan
) -> list[Table]:
    """Add the models' SQL, and return the tables whose staging models are the spec's own."""
    staging = []
    for table in spec.tables:
        path = f"{names.place}/{table.staging}.sql"
        there = found.models.get(table.staging, path)
        if there == path:
            staging.append(table)
            texts[path] = staging_text(table)
            continue
        said = f"{there} reads {table.label} already; it is used as it is."
        if table.columns:
            said += f" It must have {', '.join(table.columns)}."
        plan.notes.append(said)
    for name, text in model_texts(spec).items():
        path = f"{names.place}/{name}.sql"
        there = found.models.get(name, path)
        if there != path:
            raise EntityKitError(
                f"The project has a model {name} already: {there}.",
                fix="Set `name` or `prefix` in the spec, or `folder`, if it is the same model.",
            )
        texts[path] = text
    return staging


def _add_metrics(
    spec: Spec, found: ProjectFiles, names: _Names, texts: dict[str, str], plan: Plan
) -> None:
    grain = metric_file.measured_grain(spec)
    if grain is None:
        plan.notes.append(
            "There is no metric file: no grain has a measure that can be added up. Metrics are over "
            "time, so list a grain with one, such as sum(…) or count(*)."
        )
        return
    texts[names.metrics] = yaml_text(metric_file.metric_properties(spec, grain))
    if found.spines:
        return
    texts[names.spine] = metric_file.SPINE_TEXT
    texts[names.spine_properties] = yaml_text(metric_file.spine_properties())
    test = f"{found.test_folder}/{metric_file.SPINE_TEST}.sql"
    texts[test] = metric_file.SPINE_TEST_TEXT
