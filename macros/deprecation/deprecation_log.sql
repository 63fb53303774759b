{%- macro deprecation_log() -%}
{{ return(adapter.dispatch('deprecation_log', 'entity_kit')()) }}
{%- endmacro -%}

{%- macro default__deprecation_log() -%}
{%- do entity_kit._log_config() -%}
{%- set columns = {
    'log_id': 'text', 'invocation_id': 'text', 'logged_at': 'timestamp', 'target_name': 'text', 'event': 'text',
    'model_name': 'text', 'unique_id': 'text', 'consumer': 'text', 'stage': 'text', 'replacement': 'text',
    'deprecation_date': 'date', 'sunset_date': 'date', 'owner': 'text', 'reason': 'text',
    'consumer_count': 'integer'
} -%}
{%- set found = namespace(rows=[]) -%}
{%- if execute -%}
    {%- set selected = {} -%}
    {%- for each in selected_resources -%}
        {%- do selected.update({each: true}) -%}
    {%- endfor -%}
    {%- for node in graph['nodes'].values() -%}
        {#- Written out, because a call for each node of the graph would be most of the work. -#}
        {%- if 'entity_kit_deprecation' in (node['config']['meta'] or {}) -%}
            {%- set deprecation = entity_kit._deprecation_of(node) -%}
            {%- set stage = entity_kit._deprecation_stage(deprecation) -%}
            {%- set consumers = entity_kit._consumers(node['unique_id']) -%}
            {%- set events = namespace(all=[]) -%}
            {%- if node['unique_id'] in selected -%}
                {%- set events.all = [
                    ['refused' if stage == 'sunset' and entity_kit._on_sunset() == 'error' else 'built', none]
                ] -%}
            {%- endif -%}
            {%- for each in consumers -%}
                {%- if each['unique_id'] in selected -%}
                    {%- set events.all = events.all + [['referenced', each['unique_id']]] -%}
                {%- endif -%}
            {%- endfor -%}
            {%- for event in events.all -%}
                {%- set found.rows = found.rows + [[
                    local_md5(tojson([invocation_id, node['unique_id'], event])), invocation_id,
                    entity_kit._run_date('%Y-%m-%d %H:%M:%S'), target.name, event[0],
                    entity_kit._display_name(node), node['unique_id'], event[1], stage, deprecation['replacement'],
                    deprecation['deprecation_date'], deprecation['sunset_date'], deprecation['owner'],
                    deprecation['reason'], consumers | length
                ]] -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
{%- endif -%}
{%- set known = entity_kit._known_columns(this) -%}
select *
from (
    {{ entity_kit._rows(columns, found.rows) }}
) as this_run
{%- if known is not none and 'log_id' in known %}
where log_id not in (select log_id from {{ this }} where log_id is not null)
{%- endif %}
{%- endmacro -%}
