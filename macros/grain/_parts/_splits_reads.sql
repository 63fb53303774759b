{#-
    Whether the newest periods are better read apart from older ones. What a join filters a scan by is one range of times
    and, of few entities, their keys: one late row of one entity would have the engine read all entities from then on. An
    engine that doesn't filter like that would read everything once more.
-#}
{%- macro _splits_reads() -%}
{{ return(adapter.dispatch('_splits_reads', 'entity_kit')()) }}
{%- endmacro -%}

{%- macro default___splits_reads() -%}
{{ return(false) }}
{%- endmacro -%}

{%- macro duckdb___splits_reads() -%}
{{ return(true) }}
{%- endmacro -%}
