{#-
    A regular expression that finds where a lowercase query reads from a relation: after `from` or `join`, with its
    schema. It uses only syntax that every engine supports.
-#}
{%- macro _usage_pattern(node) -%}
{%- set mark = '[`"]?' -%}
{%- set parts = namespace(all=[]) -%}
{%- for name in [node['database'] or '', node['schema'], node['alias']] -%}
    {%- set letters = namespace(all='') -%}
    {%- for letter in name | lower -%}
        {%- set letters.all = letters.all
            ~ (letter if letter in 'abcdefghijklmnopqrstuvwxyz0123456789_' else '\\' ~ letter
                if letter in '.^$*+?()[]{}|\\-' else letter) -%}
    {%- endfor -%}
    {%- set parts.all = parts.all + [mark ~ letters.all ~ mark] -%}
{%- endfor -%}
{{ return(
    '(from|join)\\s+(' ~ parts.all[0] ~ '\\.)?' ~ parts.all[1] ~ '\\.' ~ parts.all[2] ~ '([^a-z0-9_."`]|$)'
) }}
{%- endmacro -%}
