{#- Whether two aliases' keys are the same, NULL matching NULL, as conditions that the engine can hash, one a line. -#}
{%- macro _same_key(one, other, keys) -%}
{%- if keys | length == 1 -%}
{#- An entity whose only key column is NULL doesn't exist. -#}
{{ return(one ~ '.' ~ keys[0] ~ ' = ' ~ other ~ '.' ~ keys[0]) }}
{%- endif -%}
{{ return(adapter.dispatch('_same_key', 'entity_kit')(one, other, keys)) }}
{%- endmacro -%}

{%- macro default___same_key(one, other, keys) -%}
{%- set conditions = namespace(all=[]) -%}
{%- for key in keys -%}
    {%- set conditions.all = conditions.all + [entity_kit._null_safe_equal(one ~ '.' ~ key, other ~ '.' ~ key)] -%}
{%- endfor -%}
{{ return(conditions.all | join('\nand ')) }}
{%- endmacro -%}

{#- Postgres hashes only `=`, and arrays of one element are equal if both elements are NULL. -#}
{%- macro postgres___same_key(one, other, keys) -%}
{%- set conditions = namespace(all=[]) -%}
{%- for key in keys -%}
    {%- set conditions.all = conditions.all + [
        'array[' ~ one ~ '.' ~ key ~ '] = array[' ~ other ~ '.' ~ key ~ ']'
    ] -%}
{%- endfor -%}
{{ return(conditions.all | join('\nand ')) }}
{%- endmacro -%}

{#- No such arrays there: compare texts, of which only a NULL's is empty. -#}
{%- macro redshift___same_key(one, other, keys) -%}
{%- set conditions = namespace(all=[]) -%}
{%- for key in keys -%}
    {%- set conditions.all = conditions.all + [
        "coalesce('=' || cast(" ~ one ~ '.' ~ key ~ " as varchar), '')\n    = coalesce('=' || cast("
        ~ other ~ '.' ~ key ~ " as varchar), '')"
    ] -%}
{%- endfor -%}
{{ return(conditions.all | join('\nand ')) }}
{%- endmacro -%}
