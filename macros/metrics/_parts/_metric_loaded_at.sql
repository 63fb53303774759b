{#-
    When a row of a semantic model arrived, as SQL: from the argument, or from the semantic model's own config. Where values
    are only compared, it needn't be known.
-#}
{%- macro _metric_loaded_at(spec, semantic_model) -%}
{%- set name = semantic_model['name'] -%}
{%- set meta = (semantic_model['config']['meta'] or {}).get('entity_kit') or {} -%}
{%- set given = spec.loaded_at if spec.loaded_at is string
    else spec.loaded_at[name] if spec.loaded_at is mapping and name in spec.loaded_at
    else meta.get('loaded_at') -%}
{%- if given is none and spec.get('only_compared', false) -%}
    {{ return('cast(null as ' ~ dbt.type_timestamp() ~ ')') }}
{%- endif -%}
{%- do entity_kit._require(
    given is not none, spec.name, 'loaded_at', 'known for each semantic model', spec.loaded_at,
    'Say in the YAML of ' ~ name ~ ' when its rows arrived: config: {meta: {entity_kit: {loaded_at: …}}}. Or pass {\''
    ~ name ~ '\': \'…\'}.'
) -%}
{{ return(entity_kit._expression(entity_kit._string(spec.name, 'loaded_at', given))) }}
{%- endmacro -%}
