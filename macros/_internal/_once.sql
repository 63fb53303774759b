{#-
    A condition that is always true, and keeps an engine that writes a CTE out wherever it is read from doing so: built
    once, it is read from there. Spark's optimizer needs minutes for what a grain table's spine grows to otherwise, and
    it takes only what isn't deterministic for worth keeping.
-#}
{%- macro _once(word='where') -%}
{{ return(adapter.dispatch('_once', 'entity_kit')(word)) }}
{%- endmacro -%}

{%- macro default___once(word) -%}
{{ return('') }}
{%- endmacro -%}

{%- macro spark___once(word) -%}
{{ return('\n' ~ word ~ ' rand() >= 0') }}
{%- endmacro -%}

{%- macro databricks___once(word) -%}
{{ return('') }}
{%- endmacro -%}
