{#-
    How rows get into an incremental table: `added`, or `replaced` by the unique key. If an engine can't delete and
    insert together, a merge does the same as long as the key identifies one row: our rows never disappear, and without
    a key it only adds.
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
