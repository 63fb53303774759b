{#-
    What a model does after its sunset date: `error`, `warn`, or `empty`. The default is `error` if the target's name
    has `ci` as a word, so that pull requests can't keep using the model, and `warn` elsewhere, so that nothing breaks
    at midnight by itself.
-#}
{%- macro _on_sunset() -%}
{%- set given = var('entity_kit_on_sunset', none) -%}
{%- if given is not none -%}
{{ return(entity_kit._one_of('deprecate', 'entity_kit_on_sunset', given, ['error', 'warn', 'empty'])) }}
{%- endif -%}
{%- set words = (target.name | lower | replace('-', '_')).split('_') -%}
{{ return('error' if 'ci' in words else 'warn') }}
{%- endmacro -%}
