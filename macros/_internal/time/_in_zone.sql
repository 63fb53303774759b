{#- What a clock in the zone shows at an instant that is given as a plain timestamp in UTC. -#}
{%- macro _in_zone(utc, timezone) -%}
{%- if timezone == 'UTC' -%}
{{ return(utc) }}
{%- endif -%}
{{ return(adapter.dispatch('_in_zone', 'entity_kit')(utc, timezone)) }}
{%- endmacro -%}

{%- macro default___in_zone(utc, timezone) -%}
{{ return('((' ~ utc ~ " at time zone 'UTC') at time zone '" ~ timezone ~ "')") }}
{%- endmacro -%}

{%- macro snowflake___in_zone(utc, timezone) -%}
{{ return("convert_timezone('UTC', '" ~ timezone ~ "', " ~ utc ~ ')') }}
{%- endmacro -%}

{%- macro redshift___in_zone(utc, timezone) -%}
{{ return("convert_timezone('UTC', '" ~ timezone ~ "', " ~ utc ~ ')') }}
{%- endmacro -%}

{%- macro bigquery___in_zone(utc, timezone) -%}
{{ return('datetime(timestamp(' ~ utc ~ ", 'UTC'), '" ~ timezone ~ "')") }}
{%- endmacro -%}

{%- macro spark___in_zone(utc, timezone) -%}
{{ return('from_utc_timestamp(' ~ utc ~ ", '" ~ timezone ~ "')") }}
{%- endmacro -%}
