{#-
    The CTEs of the sessions, with their measures and their id: a hash of the user, the instant of the first event, and the
    session's number among those of the user that begin at that instant.
-#}
{%- macro _sessions_found(spec) -%}
{%- set columns = spec.business_key + [
    'entity_kit_session',
    'min(entity_kit_at) as entity_kit_started',
    'min(' ~ spec.occurred_at ~ ') as entity_kit_first_time',
    'max(' ~ spec.occurred_at ~ ') as entity_kit_last_time',
    'count(*) as entity_kit_events'
] -%}
{%- for measure in spec.measures -%}
    {%- do columns.append(measure['calculation'] ~ ' as ' ~ measure['column']) -%}
{%- endfor -%}
{%- set types = {'entity_kit_started': 'timestamp without time zone', 'entity_kit_tie': 'bigint'} -%}
{%- do types.update(spec.types) -%}
spans as (
    {{ entity_kit._select('select', columns) | indent(4) }}
    from numbered
    group by {{ spec.key_list }}, entity_kit_session
),

found_sessions as (
    select
        entity_kit_row.*,
        {{ entity_kit._hash(
            entity_kit._csv_line(spec.business_key + ['entity_kit_started', 'entity_kit_tie'], types)
        ) | indent(8) }} as entity_kit_session_id
    from (
        select
            spans.*,
            row_number() over (
                partition by {{ spec.key_list }}, entity_kit_started order by entity_kit_session
            ) as entity_kit_tie
        from spans
    ) as entity_kit_row
)
{%- endmacro -%}
