{#- The statement that adds a run's rows to `run_history`, each at most once. -#}
{%- macro _history_insert(table, columns, rows) -%}
{{ return(adapter.dispatch('_history_insert', 'entity_kit')(table, columns, rows)) }}
{%- endmacro -%}

{%- macro default___history_insert(table, columns, rows) -%}
{%- set names = columns | list | join(', ') -%}
{{ return(
    'insert into ' ~ table ~ ' (' ~ names ~ ')\nselect ' ~ names ~ '\nfrom (\n' ~ entity_kit._rows(columns, rows)
    ~ '\n) as this_run\nwhere unique_id not in (\n    select unique_id from ' ~ table
    ~ '\n    where invocation_id = ' ~ entity_kit._text_literal(invocation_id) ~ ' and unique_id is not null\n)'
) }}
{%- endmacro -%}

{#- The statement catches every error itself. The tag must not occur in the text that it encloses. -#}
{%- macro postgres___history_insert(table, columns, rows) -%}
{%- set insert = entity_kit.default___history_insert(table, columns, rows) -%}
{%- set tag = '$entity_kit_' ~ local_md5(insert) ~ '$' -%}
{{ return(
    'do ' ~ tag ~ '\nbegin\n' ~ insert ~ ";\nexception when others then\n    raise warning 'run_history: %', sqlerrm;\nend\n"
    ~ tag
) }}
{%- endmacro -%}

{#- It has no `do`. -#}
{%- macro redshift___history_insert(table, columns, rows) -%}
{{ return(entity_kit.default___history_insert(table, columns, rows)) }}
{%- endmacro -%}
