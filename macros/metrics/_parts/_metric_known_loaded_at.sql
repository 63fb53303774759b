{#- Refuse a name in `loaded_at` that isn't a semantic model of the metrics. -#}
{%- macro _metric_known_loaded_at(spec) -%}
{%- set used = namespace(names=[]) -%}
{%- for source in spec.sources -%}
    {%- set used.names = used.names + [source.semantic_model['name']] -%}
    {%- set used.names = used.names + ([source.conversions['name']] if source.conversions is not none else []) -%}
    {%- for join in source.joins.values() -%}
        {%- set used.names = used.names + [join.name] -%}
    {%- endfor -%}
{%- endfor -%}
{%- for name in (spec.loaded_at if spec.loaded_at is mapping else {}) if name not in used.names -%}
    {%- set closest = entity_kit._closest(name, used.names) -%}
    {{ entity_kit._fail(
        spec.name, 'loaded_at', 'a mapping of semantic models that the metrics use', name,
        'Closest: ' ~ closest ~ '.' if closest is not none else 'They use ' ~ used.names | unique | join(', ') ~ '.'
    ) }}
{%- endfor -%}
{%- endmacro -%}
