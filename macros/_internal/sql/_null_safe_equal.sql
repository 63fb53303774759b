{#- Equality in which NULL equals NULL and nothing else. -#}
{%- macro _null_safe_equal(a, b) -%}
{{ return(adapter.dispatch('_null_safe_equal', 'entity_kit')(a, b)) }}
{%- endmacro -%}

{%- macro default___null_safe_equal(a, b) -%}
{{ return('(' ~ a ~ ' is not distinct from ' ~ b ~ ')') }}
{%- endmacro -%}

{%- macro redshift___null_safe_equal(a, b) -%}
{{ return('(' ~ a ~ ' = ' ~ b ~ ' or (' ~ a ~ ' is null and ' ~ b ~ ' is null))') }}
{%- endmacro -%}

{%- macro spark___null_safe_equal(a, b) -%}
{{ return('(' ~ a ~ ' <=> ' ~ b ~ ')') }}
{%- endmacro -%}
