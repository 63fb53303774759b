"""The policies of layers over a manifest: naming, test coverage, and contracts.

The data tests of the first two check the same.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.nodes import has_contract, parents_of, source_name
from entity_kit.errors import EntityKitError
from entity_kit.project_health.deprecations import shown_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_KINDS = ("unique", "not_null", "relationships", "business")
_UNIQUE = {
    *("unique", "unique_combination_of_columns", "unique_combination", "grain_unique"),
    "scd2_valid",
}
_POLICY = {"coverage_policy", "naming_policy", "not_past_sunset", "alias_covers"}
_NAMING, _COVERAGE, _CONTRACT = ("naming", "coverage", "contract")
# Of sources; see `source_policy`.
SOURCES = "freshness"
_POLICIES = (_NAMING, _COVERAGE, _CONTRACT, SOURCES)
_LISTS = ("prefixes", "reads", "tests")


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer: how its models' names begin, what they may read, what they need.

    They need these kinds of `tests`, and an enforced contract if `contract` is true.
    """

    prefixes: tuple[str, ...]
    reads: tuple[str, ...]
    tests: tuple[str, ...]
    contract: bool = False


_BETWEEN = ("staging", "intermediate")
_LOADED = ("seed", "snapshot")
_MART = ("unique", "not_null", "business")
DEFAULT_LAYERS = {
    "staging": Layer(("stg_",), ("source", "seed"), ("unique", "not_null")),
    "intermediate": Layer(("int_",), (*_BETWEEN, *_LOADED), ()),
    "fact": Layer(
        ("fct_",),
        (*_BETWEEN, "fact", "dimension", "entity", *_LOADED),
        ("unique", "not_null", "relationships", "business"),
    ),
    "dimension": Layer(("dim_",), (*_BETWEEN, "dimension", "entity", *_LOADED), _MART),
    # Entity metrics are counted from facts; a dimension's attributes don't depend on facts.
    "entity": Layer(("entity_",), (*_BETWEEN, "fact", "dimension", "entity", *_LOADED), _MART),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a policy requires and a model or source lacks; `model` is its name."""

    unique_id: str
    model: str
    path: str
    policy: str
    reason: str

    @property
    def name(self) -> str:
        return self.model

    @property
    def rule(self) -> str:
        """The rule's name; the data tests of naming and coverage have it, too."""
        return f"{self.policy}_policy"

    @property
    def key(self) -> str:
        """The finding's identity in a baseline, independent of its file."""
        return f"{self.policy}: {self.model}: {self.reason}"


@dataclass(frozen=True, slots=True)
class LayerCoverage:
    """How many models of a layer have all required tests, and how many lack each kind."""

    layer: str | None
    models: int
    covered: int
    lacking: Mapping[str, int]


def read_layers(given: Any) -> dict[str, Layer]:
    """Return the layers, with those of the variable `entity_kit_layers` in place of the default."""
    if not isinstance(given, dict):
        raise _wrong("", "a mapping of layers", given)
    layers = dict(DEFAULT_LAYERS)
    for name, parts in given.items():
        layers[name] = _read_layer(name, parts, DEFAULT_LAYERS.get(name))
    return layers


def _read_layer(name: str, given: Any, default: Layer | None) -> Layer:
    """Return a layer. One of the default layers keeps the parts that aren't given."""
    parts = given
    if isinstance(given, dict) and default is not None:
        parts = {**{part: list(getattr(default, part)) for part in _LISTS}, **given}
    if not isinstance(parts, dict) or set(parts) - {"contract"} != set(_LISTS):
        raise _wrong(f".{name}", "a mapping of prefixes, reads and tests", given)
    contract = parts.get("contract", False)
    if not isinstance(contract, bool):
        raise _wrong(f".{name}.contract", "true or false", contract)
    for part in _LISTS:
        value = parts[part]
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise _wrong(f".{name}.{part}", "a list of texts", value)
    for test in parts["tests"]:
        if test not in _KINDS:
            raise _wrong(f".{name}.tests", f"made of {', '.join(_KINDS)}", test)
    prefixes, reads, tests = (tuple(parts[part]) for part in _LISTS)
    return Layer(prefixes, reads, tests, contract)


def _wrong(where: str, expected: str, given: Any) -> EntityKitError:
    return EntityKitError(
        f"The variable entity_kit_layers{where} must be {expected}; got {given!r}.",
        fix="Write {staging: {prefixes: [stg_], reads: [source], tests: [unique, not_null]}}.",
    )


def check_policies(manifest: Mapping[str, Any], layers: Mapping[str, Layer]) -> list[Finding]:
    """Return what the project's models lack, by model, without the models of packages."""
    found: list[Finding] = []
    for unique_id, missing in missing_tests(manifest, layers).items():
        node = manifest["nodes"][unique_id]
        layer = layer_of(node, layers)
        reasons = [(_NAMING, reason) for reason in _naming(manifest, node, layers)]
        reasons += [
            (_COVERAGE, f"the policy of layer {layer} requires a {kind} test") for kind in missing
        ]
        if layer is not None and layers[layer].contract and not has_contract(node):
            reasons.append(
                (_CONTRACT, f"the policy of layer {layer} requires an enforced contract")
            )
        found += [
            Finding(unique_id, shown_name(node), node["original_file_path"], policy, reason)
            for policy, reason in reasons
        ]
    return found


def missing_tests(
    manifest: Mapping[str, Any], layers: Mapping[str, Layer]
) -> dict[str, tuple[str, ...]]:
    """Yield the missing kinds of required tests for each of the project's own models."""
    project = manifest["metadata"]["project_name"]
    tests = _tests_by_model(manifest)
    found = {}
    for unique_id, node in sorted(manifest["nodes"].items()):
        if node["resource_type"] == "model" and node["package_name"] == project:
            layer = layer_of(node, layers)
            asked = layers[layer].tests if layer is not None else ()
            found[unique_id] = tuple(kind for kind in asked if kind not in tests.get(unique_id, ()))
    return found


def coverage_by_layer(
    manifest: Mapping[str, Any], layers: Mapping[str, Layer]
) -> list[LayerCoverage]:
    """Count the project's own models by layer, in the layers' order, with those without a layer last."""
    missing: dict[str | None, list[tuple[str, ...]]] = {name: [] for name in [*layers, None]}
    for unique_id, kinds in missing_tests(manifest, layers).items():
        missing[layer_of(manifest["nodes"][unique_id], layers)].append(kinds)
    return [
        LayerCoverage(
            layer,
            len(of_models),
            sum(not kinds for kinds in of_models),
            Counter(kind for kinds in of_models for kind in kinds),
        )
        for layer, of_models in missing.items()
        if of_models
    ]


def layer_of(node: Mapping[str, Any], layers: Mapping[str, Layer]) -> str | None:
    """Return a model's layer by its prefix, another node's kind, None if no prefix fits."""
    if node["resource_type"] != "model":
        return str(node["resource_type"])
    for name, layer in layers.items():
        if node["name"].startswith(layer.prefixes):
            return name
    return None


def test_kind(node: Mapping[str, Any]) -> str:
    """Return what a data test checks, as the package's macro of this name does."""
    name = (node.get("test_metadata") or {}).get("name", "")
    if name in _UNIQUE:
        return "unique"
    if name in {"not_null", "relationships"}:
        return str(name)
    if name in _POLICY:
        return "policy"
    return "values" if name == "accepted_values" else "business"


def _tests_by_model(manifest: Mapping[str, Any]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test":
            attached = node.get("attached_node")
            for model in [attached] if attached else node["depends_on"]["nodes"]:
                found.setdefault(model, set()).add(test_kind(node))
    return found


def _naming(
    manifest: Mapping[str, Any], node: Mapping[str, Any], layers: Mapping[str, Layer]
) -> Iterator[str]:
    layer = layer_of(node, layers)
    if layer is None:
        yield "its name has no layer's prefix"
        return
    for parent_id in dict.fromkeys(node["depends_on"]["nodes"]):
        parent = manifest["nodes"].get(parent_id) or manifest["sources"].get(parent_id)
        if parent is None:
            continue
        its_layer = layer_of(parent, layers)
        if its_layer not in layers[layer].reads:
            what = its_layer or "a model without a layer"
            yield f"layer {layer} may not read {what}: {shown_name(parent)}"


def with_sources(manifest: Mapping[str, Any], selected: Collection[str]) -> frozenset[str]:
    """Return the selected models, and the sources that they read."""
    nodes, sources = manifest["nodes"], manifest["sources"]
    read = {parent for each in selected for parent in parents_of(nodes.get(each) or {})}
    return frozenset({*selected, *(each for each in read if each in sources)})


def known_of(
    known: Collection[str], manifest: Mapping[str, Any], selected: Collection[str]
) -> set[str]:
    """Return the findings of a baseline that are about the selected models and sources."""
    names = [
        shown_name(node)
        for unique_id, node in manifest["nodes"].items()
        if unique_id in selected and node["resource_type"] == "model"
    ]
    names += [
        source_name(node)
        for unique_id, node in manifest["sources"].items()
        if unique_id in selected
    ]
    starts = tuple(f"{policy}: {name}: " for policy in _POLICIES for name in names)
    return {key for key in known if key.startswith(starts)}
