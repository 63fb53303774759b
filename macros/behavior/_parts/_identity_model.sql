{#-
    The configs and the query of `identity_map`: the links of the touched components, what these connect, and who that is. A
    full refresh and an incremental run differ only in which links they read.
-#}
{%- macro _identity_model(spec, model_config) -%}
{%- do entity_kit._unit_config(
    spec.name, spec, spec.own_names, model_config, 1, none, 'links', 'nodes'
) -%}
{%- set ctes = ([entity_kit._identity_touched(spec), entity_kit._identity_related(spec)] if spec.narrowed else []) + [
    entity_kit._entity_versions(spec, 'related' if spec.narrowed else spec.relation),
    entity_kit._identity_stated(spec),
    entity_kit._identity_identifiers(spec),
    entity_kit._identity_pairs(spec),
    entity_kit._identity_walk('components', 'pairs', spec.max_steps)
] + entity_kit._identity_policies(spec) + [entity_kit._identity_judged(spec)] -%}
{{ entity_kit._model_query(spec, ctes, entity_kit._identity_select(spec), is_recursive=true) }}
{%- endmacro -%}
