{#-
    The outer query's keys in an upstream's own column names: the same names without the outer alias. An expression
    that may name an outer alias would read the outer row there and touch everything, so the user must set the keys.
-#}
{%- macro _names_in(keys, macro_name, argument) -%}
{%- set names = namespace(all=[]) -%}
{%- for key in keys -%}
    {%- set name = entity_kit._name_in(key) -%}
    {%- do entity_kit._require(
        name is not none or not entity_kit._mentions_table(key), macro_name, argument,
        'set if a key is an expression over an alias', key,
        'Write the same expression in the upstream\'s own column names.'
    ) -%}
    {%- set names.all = names.all + [key if name is none else name] -%}
{%- endfor -%}
{{ return(names.all) }}
{%- endmacro -%}
