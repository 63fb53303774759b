{#-
    `deprecated_model_usage` without a query history: its columns, no rows, and the reason in the log and as a comment.
-#}
{%- macro _no_usage(reason) -%}
{%- if execute and flags.WHICH in ['run', 'build', 'retry'] -%}
    {%- do log('entity_kit: deprecated_model_usage is empty: ' ~ reason ~ '.', info=true) -%}
{%- endif -%}
{%- if target.type in ['duckdb', 'postgres'] -%}
    {%- do config(post_hook='comment on table {{ this }} is ' ~ entity_kit._text_literal('Empty: ' ~ reason ~ '.')) -%}
{%- endif -%}
{{ return('-- Empty: ' ~ reason ~ '.\n' ~ entity_kit._no_rows(entity_kit._usage_columns())) }}
{%- endmacro -%}
