{#-
    The types of a relation's text columns whose collation treats different texts as equal, by name, as `varchar
    collate …`. The column list doesn't show this, so ask DuckDB how it compares the texts of each column.
-#}
{%- macro _collations(relation, columns) -%}
{{ return(adapter.dispatch('_collations', 'entity_kit')(relation, columns)) }}
{%- endmacro -%}

{%- macro default___collations(relation, columns) -%}
{{ return({}) }}
{%- endmacro -%}

{%- macro duckdb___collations(relation, columns) -%}
{%- set names = [] -%}
{%- set questions = [] -%}
{%- for column in columns if column.dtype | upper == 'VARCHAR' -%}
    {%- do names.append(entity_kit._column(column.name)) -%}
    {%- for kind in ['nocase', 'noaccent', 'nfc'] -%}
        {%- do questions.append(entity_kit._duckdb_equates('max(' ~ names[-1] ~ ')', kind)) -%}
    {%- endfor -%}
{%- endfor -%}
{%- set types = {} -%}
{%- if names -%}
    {%- set answers = run_query('select ' ~ questions | join(', ') ~ ' from ' ~ relation ~ ' where false').rows[0] -%}
    {%- for name in names -%}
        {%- set at = 3 * loop.index0 -%}
        {%- set kinds = (['nocase'] if answers[at] else []) + (['noaccent'] if answers[at + 1] else [])
            or (['nfc'] if answers[at + 2] else []) -%}
        {%- if kinds -%}
            {%- do types.update({name: 'varchar collate ' ~ kinds | join('.')}) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endif -%}
{{ return(types) }}
{%- endmacro -%}
