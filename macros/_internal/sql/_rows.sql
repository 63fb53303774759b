{#-
    A select of rows from Jinja. `columns` maps names to kinds (see `_column_type`); each row is a list of values in
    that order. Without rows it returns only the columns. Engines that read JSON get one literal, which is by far the
    fastest to write: a graph of 500 models has thousands of rows.
-#}
{%- macro _rows(columns, rows) -%}
{%- if not rows -%}
{{ return(entity_kit._no_rows(columns)) }}
{%- endif -%}
{{ return(adapter.dispatch('_rows', 'entity_kit')(columns, rows)) }}
{%- endmacro -%}

{#- All engines allow more than a hundred selects in one `union all`. -#}
{%- macro default___rows(columns, rows) -%}
{%- set ctes = namespace(parts=[], names=[]) -%}
{%- for chunk in rows | batch(100) -%}
    {%- set selects = namespace(all=[]) -%}
    {%- for row in chunk -%}
        {%- set cells = namespace(all=[]) -%}
        {%- for name in columns -%}
            {%- set value = row[loop.index0] -%}
            {%- set cells.all = cells.all + [
                'cast(' ~ (
                    entity_kit._text_literal(value) if value is string or value is none
                    else entity_kit._literal(value)
                ) ~ ' as ' ~ entity_kit._column_type(columns[name]) ~ ') as ' ~ name
            ] -%}
        {%- endfor -%}
        {%- set selects.all = selects.all + ['select ' ~ cells.all | join(', ')] -%}
    {%- endfor -%}
    {%- set ctes.parts = ctes.parts + [
        'rows_' ~ loop.index ~ ' as (\n' ~ selects.all | join('\nunion all\n') ~ '\n)'
    ] -%}
    {%- set ctes.names = ctes.names + ['select * from rows_' ~ loop.index] -%}
{%- endfor -%}
{{ return('with ' ~ ctes.parts | join(',\n') ~ '\n' ~ ctes.names | join('\nunion all\n')) }}
{%- endmacro -%}

{#- Lists of texts, cast one by one: the rows go into JSON as they are, without a line of Jinja for each. -#}
{%- macro duckdb___rows(columns, rows) -%}
{%- set cells = [] -%}
{%- for name in columns -%}
    {%- do cells.append('cast(each[' ~ loop.index ~ '] as ' ~ entity_kit._column_type(columns[name]) ~ ') as ' ~ name) -%}
{%- endfor -%}
{{ return(
    'select ' ~ cells | join(', ') ~ '\nfrom (\n    select unnest(from_json('
    ~ entity_kit._text_literal(tojson(rows)) ~ ", '[[\"varchar\"]]')) as each\n) as given"
) }}
{%- endmacro -%}

{%- macro postgres___rows(columns, rows) -%}
{%- set cells = [] -%}
{%- for name in columns -%}
    {%- do cells.append('cast(each ->> ' ~ loop.index0 ~ ' as ' ~ entity_kit._column_type(columns[name]) ~ ') as ' ~ name) -%}
{%- endfor -%}
{{ return(
    'select ' ~ cells | join(', ') ~ '\nfrom json_array_elements(cast('
    ~ entity_kit._text_literal(tojson(rows)) ~ ' as json)) as given (each)'
) }}
{%- endmacro -%}

{#- dbt treats Redshift as a kind of Postgres, but it lacks these functions. -#}
{%- macro redshift___rows(columns, rows) -%}
{{ return(entity_kit.default___rows(columns, rows)) }}
{%- endmacro -%}
