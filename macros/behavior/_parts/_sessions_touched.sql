{#-
    With `within`: the CTE of the users to recompute, each with the earliest time of an event that arrived since the last
    run or of another version of it. Stops the run at a new event that was loaded later than `within` after it happened.
    An event at or before the watermark may have been read before, so that it is no reason to stop.
-#}
{%- macro _sessions_touched(spec) -%}
{%- set loaded = entity_kit._operand(spec.loaded_at) -%}
{%- set arrived = [spec.past_watermark, loaded ~ ' is null'] -%}
{%- set selects = [] -%}
{%- for condition in arrived -%}
    {%- do selects.append({'keys': spec.row_key, 'from': spec.relation, 'where': condition}) -%}
{%- endfor -%}
{%- set instant = entity_kit._utc(spec.loaded_at) -%}
{%- set is_late = 'entity_kit_at < ' ~ entity_kit._minus_interval(instant, spec.within, spec.name, 'within') -%}
touched as (
    select
        {{ spec.key_list }},
        max({{ spec.loaded_at }}) as entity_kit_loaded_at,
        min(
            case
                when {{ loaded }} > (select max(entity_kit_target.loaded_at) from {{ this }} as entity_kit_target)
                    and {{ is_late | indent(20) }}
                    then {{ entity_kit._raise_in_sql(
                        entity_kit._older_than_within(spec), entity_kit._plain_timestamp_type()
                    ) | indent(20) }}
                else entity_kit_at
            end
        ) as entity_kit_changed
    from (
        select
            entity_kit_row.*,
            {{ entity_kit._utc_column(spec.occurred_at, 'entity_kit_at') | indent(12) }}
        from {{ spec.relation }} as entity_kit_row
    ) as events_in_utc
    where {{ entity_kit._not_all_null(spec.business_key) }}
        and {{ (entity_kit._matches_any(spec.row_key, selects) if spec.row_key
            else '(' ~ arrived | join('\n    or ') ~ ')') | indent(8) }}
    group by {{ spec.key_list }}
)
{%- endmacro -%}
