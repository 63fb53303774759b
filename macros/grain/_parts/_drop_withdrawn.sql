{#-
    The post-hook of a grain table whose partitions are replaced: the statement that drops those of which nothing but
    withdrawn periods is left, or nothing.
-#}
{%- macro _drop_withdrawn(relation, column) -%}
{%- if not execute -%}
{{ return('') }}
{%- endif -%}
{%- set found = run_query(
    'select distinct cast(' ~ column ~ ' as ' ~ dbt.type_string() ~ ') as withdrawn\nfrom ' ~ relation
    ~ '\nwhere period_end = period_start'
) -%}
{%- set parts = namespace(all=[]) -%}
{%- for row in found.rows -%}
    {%- set parts.all = parts.all + ['partition (' ~ column ~ " = '" ~ row[0] ~ "')"] -%}
{%- endfor -%}
{{ return('alter table ' ~ relation ~ ' drop if exists ' ~ parts.all | join(', ') if parts.all else '') }}
{%- endmacro -%}
