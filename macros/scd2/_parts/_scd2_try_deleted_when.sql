{#-
    Ask the database for the condition by itself: if it isn't SQL, the error names this argument. Within the model the
    database would blame any line. The error shows a part of the query, and dbt's own comment moves that part to the
    right, so the argument's name is repeated all along it.
-#}
{%- macro _scd2_try_deleted_when(macro_name, relation, deleted) -%}
{%- if deleted is not none -%}
    {%- set said = [] -%}
    {%- for _ in range(20) -%}
        {%- do said.append(macro_name ~ ': deleted_when') -%}
    {%- endfor -%}
    {%- do run_query(
        'select case /* ' ~ macro_name ~ ': deleted_when */ when ' ~ deleted ~ ' then 1 end from ' ~ relation
        ~ ' where 1 = 0 /* ' ~ said | join('; ') ~ ' */'
    ) -%}
{%- endif -%}
{%- endmacro -%}
