{#- The columns of a semantic model's validity as SQL (`from`, `to`), or none if its rows have none. -#}
{%- macro _metric_validity(semantic_model) -%}
{%- set found = namespace(from=none, to=none) -%}
{%- for dimension in semantic_model['dimensions'] -%}
    {%- set validity = (dimension['type_params'] or {}).get('validity_params') or {} -%}
    {%- if validity.get('is_start') -%}
        {%- set found.from = dimension['expr'] or entity_kit._column(dimension['name']) -%}
    {%- elif validity.get('is_end') -%}
        {%- set found.to = dimension['expr'] or entity_kit._column(dimension['name']) -%}
    {%- endif -%}
{%- endfor -%}
{{ return(none if found.from is none or found.to is none else {'from': found.from, 'to': found.to}) }}
{%- endmacro -%}
