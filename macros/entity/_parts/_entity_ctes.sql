{#- The CTEs of an entity model: the touched entities' rows, those that count, their aggregates, and the latest row's values. -#}
{%- macro _entity_ctes(spec) -%}
{{ return(
    ([entity_kit._entity_touched(spec)] if spec.narrowed else [])
    + [
        entity_kit._entity_versions(spec),
        entity_kit._entity_stated(spec),
        entity_kit._entity_entities(spec)
    ]
    + ([entity_kit._entity_metrics(spec)] if spec.metrics else [])
    + ([entity_kit._entity_latest(spec)] if spec.attributes else [])
) }}
{%- endmacro -%}
