{#- The message to a deprecated model's users: what ends when, what to use, whom to ask, and who still reads it. -#}
{%- macro _deprecation_message(node, deprecation, chain, stage) -%}
{%- set name = entity_kit._display_name(node) -%}
{%- set sunset = deprecation['sunset_date'] -%}
{%- set days = entity_kit._day_number(sunset) - entity_kit._day_number(entity_kit._run_date()) -%}
{%- set lines = [
    name ~ ' was retired on ' ~ sunset ~ '.' if stage == 'sunset'
    else name ~ ' has been deprecated since ' ~ deprecation['deprecation_date'] ~ ', and its sunset date is ' ~ sunset ~ ', in '
        ~ days ~ (' day.' if days == 1 else ' days.')
] -%}
{%- if chain -%}
    {%- set names = namespace(all=[]) -%}
    {%- for each in chain -%}
        {%- set names.all = names.all + [entity_kit._display_name(each)] -%}
    {%- endfor -%}
    {%- do lines.append(
        'Use ' ~ names.all | last ~ ' instead'
        ~ (' (' ~ name ~ ' → ' ~ names.all | join(' → ') ~ ').' if names.all | length > 1 else '.')
    ) -%}
{%- else -%}
    {%- do lines.append('Nothing replaces it.') -%}
{%- endif -%}
{%- do lines.append('Reason: ' ~ deprecation['reason']) -%}
{%- do lines.append('Owner: ' ~ deprecation['owner']) -%}
{%- if deprecation['migration_guide'] -%}
    {%- do lines.append('Guide: ' ~ deprecation['migration_guide']) -%}
{%- endif -%}
{%- set shown = namespace(all=[]) -%}
{%- set consumers = entity_kit._consumers(node['unique_id']) -%}
{%- for each in consumers[:10] -%}
    {%- set shown.all = shown.all + [each['kind'] ~ ' ' ~ each['name']] -%}
{%- endfor -%}
{%- set more = consumers | length - 10 -%}
{%- do lines.append(
    'Still read by: ' ~ shown.all | join(', ') ~ (' and ' ~ more ~ ' more.' if more > 0 else '.') if consumers
    else 'Nothing in this project reads it anymore.'
) -%}
{{ return(lines | join('\n')) }}
{%- endmacro -%}
