{#-
    A condition that is always true, and keeps an engine that writes a CTE out wherever it is read from doing so: built
    once, it is read from there. Spark's optimizer needs minutes for what a grain table's spine grows to otherwise, and
    it takes only what isn't deterministic for worth keeping.
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
