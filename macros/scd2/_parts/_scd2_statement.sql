{#- One row of the log as the history reads it: its columns, as a list of SQL. -#}
{%- macro _scd2_statement(log, has_deletions) -%}
{%- set lines = namespace(all=entity_kit._canonical_columns(log.business_key, log.types) + log.columns + [
    log.changed_at ~ ' as entity_kit_changed_at',
    log.loaded_at ~ ' as entity_kit_loaded_at',
]) -%}
{%- for column in log.sequence -%}
    {%- set lines.all = lines.all + [column ~ ' as entity_kit_sequence_' ~ loop.index] -%}
{%- endfor -%}
{%- if has_deletions -%}
    {%- set lines.all = lines.all + [
        ('case when (' ~ log.deleted ~ ') then 1 else 0 end' if log.deleted is not none else '0')
        ~ ' as entity_kit_deletes'
    ] -%}
{%- endif -%}
{%- set lines.all = lines.all + [
    entity_kit._hash(entity_kit._csv_line(log.tracked, log.types) if log.tracked else "''") ~ ' as entity_kit_hashdiff'
] -%}
{%- if log.overwrite -%}
    {%- set lines.all = lines.all + [
        entity_kit._hash(entity_kit._csv_line(log.overwrite, log.types)) ~ ' as entity_kit_overwrite'
    ] -%}
{%- endif -%}
{{ return(lines.all) }}
{%- endmacro -%}
