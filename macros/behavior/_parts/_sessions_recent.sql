{#-
    With `within`: the CTE of the events since each user's restart and, with `row_key`, of all other versions of these. The
    earliest restart is compared on its own, with the time as it is stored, so that engines can skip what is older.
-#}
{%- macro _sessions_recent(spec) -%}
{%- set is_recent = [
    entity_kit._same_key('kept_sessions', 'event', spec.business_key),
    entity_kit._utc('event.' ~ spec.occurred_at if entity_kit._name_in(spec.occurred_at) is not none else spec.occurred_at)
        ~ ' >= kept_sessions.entity_kit_restart'
] -%}
{%- set earliest = entity_kit._minus_interval(
    'min(kept_sessions.entity_kit_restart)', {'days': spec.clock.days}, spec.name, 'within'
) -%}
{%- set pruned = spec.clock.column ~ ' >= (select ' ~ earliest ~ ' from kept_sessions)' if spec.clock.is_stored else none -%}
{%- set recent = spec.relation ~ ' as event\ninner join kept_sessions\n    on ' ~ is_recent | join('\nand ') | indent(4) -%}
recent as (
    select {{ 'event' if not spec.row_key else 'entity_kit_row' }}.*
    {%- if not spec.row_key %}
    from {{ recent | indent(4) }}
    {%- if pruned is not none %}
    where {{ pruned }}
    {%- endif %}
    {%- else %}
    from {{ spec.relation }} as entity_kit_row
    where {{ entity_kit._matches_any(entity_kit._prefixed('entity_kit_row', spec.row_key), [
        {'keys': entity_kit._prefixed('event', spec.row_key), 'from': recent}
        if pruned is none else
        {'keys': entity_kit._prefixed('event', spec.row_key), 'from': recent, 'where': pruned}
    ]) | indent(8) }}
    {%- endif %}
)
{%- endmacro -%}
