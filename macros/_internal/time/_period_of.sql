{#- The period of a timestamp in UTC: days and longer periods in the zone's calendar, hours in UTC. -#}
{%- macro _period_of(grain, utc, timezone) -%}
{{ return(entity_kit._period_start(grain, utc if grain == 'hour' else entity_kit._in_zone(utc, timezone))) }}
{%- endmacro -%}
