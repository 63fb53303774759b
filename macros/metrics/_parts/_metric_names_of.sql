{#- The names by which a semantic model's own dimensions and entities are asked for. -#}
{%- macro _metric_names_of(semantic_model) -%}
{%- set found = namespace(all=[], identity=semantic_model['primary_entity']) -%}
{%- for entity in semantic_model['entities'] -%}
    {%- set found.all = found.all + [entity['name']] -%}
    {%- if found.identity is none and entity['type'] in ['primary', 'unique', 'natural'] -%}
        {%- set found.identity = entity['name'] -%}
    {%- endif -%}
{%- endfor -%}
{%- for dimension in semantic_model['dimensions'] if found.identity -%}
    {%- set found.all = found.all + [found.identity ~ '__' ~ dimension['name']] -%}
{%- endfor -%}
{{ return(found.all) }}
{%- endmacro -%}
