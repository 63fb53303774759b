{#- The names by which an element can be had that isn't where its name says, but one entity farther. -#}
{%- macro _metric_farther(source, links, called) -%}
{%- set found = namespace(names=[]) -%}
{%- for entity in source.semantic_model['entities'] if links -%}
    {%- if entity_kit._metric_paths(source.semantic_model, [entity['name']] + links, called) -%}
        {%- set found.names = found.names + [
            ([entity['name']] + links + [called.element] + ([called.suffix] if called.suffix else [])) | join('__')
        ] -%}
    {%- endif -%}
{%- endfor -%}
{{ return(found.names) }}
{%- endmacro -%}
