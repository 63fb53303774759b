{#-
    Whether a model about the project is wanted: by its own variable, by that of a model that reads it, or by the one
    for all of them, `entity_kit_metadata`.
-#}
{%- macro _metadata_enabled(name, needed_by=[]) -%}
{%- set wanted = namespace(answer=false) -%}
{%- for each in ['metadata', name] + needed_by -%}
    {%- set given = var('entity_kit_' ~ each, false) -%}
    {%- do entity_kit._require(
        given is boolean, 'entity_kit', 'vars.entity_kit_' ~ each, 'true or false', given,
        'Write it without quotes.'
    ) -%}
    {%- set wanted.answer = wanted.answer or given -%}
{%- endfor -%}
{{ return(wanted.answer) }}
{%- endmacro -%}
