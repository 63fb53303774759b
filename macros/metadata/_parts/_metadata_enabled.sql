{#-
    Whether a model about the project is wanted: what its own variable says, or else the one for all of its family, such
    as `entity_kit_metadata`. What a wanted model reads, named in `needed_by`, is always wanted.
-#}
{%- macro _metadata_enabled(name, needed_by=[], family='metadata') -%}
{%- set all = var('entity_kit_' ~ family, false) -%}
{%- set wanted = namespace(answer=false) -%}
{%- for each in [family, name] + needed_by -%}
    {%- set given = var('entity_kit_' ~ each, all) -%}
    {%- do entity_kit._require(
        given is boolean, 'entity_kit', 'vars.entity_kit_' ~ each, 'true or false', given,
        'Write it without quotes.'
    ) -%}
    {%- set wanted.answer = wanted.answer or (given and each != family) -%}
{%- endfor -%}
{{ return(wanted.answer) }}
{%- endmacro -%}
