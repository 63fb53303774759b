{#-
    How rows get into a table that is built incrementally: `added`, or `replaced` by the unique key. Where rows can't be
    deleted and inserted in one go, a merge does the same, as long as the key is that of one row: none of ours goes, and
    without a key it only adds.
-#}
{%- macro _row_strategy(kind) -%}
{{ return(adapter.dispatch('_row_strategy', 'entity_kit')(kind)) }}
{%- endmacro -%}

{%- macro default___row_strategy(kind) -%}
{{ return('append' if kind == 'added' else 'delete+insert') }}
{%- endmacro -%}

{%- macro bigquery___row_strategy(kind) -%}
{{ return('merge') }}
{%- endmacro -%}
