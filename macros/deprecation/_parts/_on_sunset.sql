{#-
    What a model past its sunset date does: `error`, `warn` or `empty`. Unless the variable says so, `error` where the
    target's name has `ci` as one of its words, so that no pull request keeps it alive, and `warn` elsewhere, so that
    nothing breaks at midnight by itself.
-#}
{%- macro _on_sunset() -%}
{%- set given = var('entity_kit_on_sunset', none) -%}
{%- if given is not none -%}
{{ return(entity_kit._one_of('deprecate', 'entity_kit_on_sunset', given, ['error', 'warn', 'empty'])) }}
{%- endif -%}
{%- set words = (target.name | lower | replace('-', '_')).split('_') -%}
{{ return('error' if 'ci' in words else 'warn') }}
{%- endmacro -%}
