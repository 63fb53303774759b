{#-
    A condition that is always true, and makes an engine that inlines CTEs compute this one once. Otherwise Spark's
    optimizer needs minutes for a grain table's spine, and it keeps only nondeterministic results.
-#}
{%- macro _force_materialize(word='where') -%}
{{ return(adapter.dispatch('_force_materialize', 'entity_kit')(word)) }}
{%- endmacro -%}

{%- macro default___force_materialize(word) -%}
{{ return('') }}
{%- endmacro -%}

{%- macro spark___force_materialize(word) -%}
{{ return('\n' ~ word ~ ' rand() >= 0') }}
{%- endmacro -%}

{%- macro databricks___force_materialize(word) -%}
{{ return('') }}
{%- endmacro -%}
