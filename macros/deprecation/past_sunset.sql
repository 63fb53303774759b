{#- The body of the data test `not_past_sunset`. -#}
{%- macro past_sunset(relation) -%}
{{ return(adapter.dispatch('past_sunset', 'entity_kit')(relation)) }}
{%- endmacro -%}

{#- Two cases in one: the tested model itself, and what it reads. The test's own node says which model is tested. -#}
{%- macro default__past_sunset(relation) -%}
{%- set shape = {
    'model_name': 'text', 'sunset_date': 'date', 'replacement': 'text', 'owner': 'text', 'consumers': 'text',
    'failure_reason': 'text'
} -%}
{%- set found = namespace(rows=[]) -%}
{%- if execute -%}
    {%- set tested = model['attached_node'] -%}
    {%- set node = graph['nodes'][tested] if tested in graph['nodes'] else none -%}
    {%- set parents = (node['depends_on'] or {})['nodes'] | default([], true) if node is not none else [] -%}
    {%- for unique_id in [tested] + parents -%}
        {%- set each = graph['nodes'][unique_id] if unique_id in graph['nodes'] else none -%}
        {%- set deprecation = entity_kit._deprecation_of(each) if each is not none else none -%}
        {%- if deprecation is not none and entity_kit._deprecation_stage(deprecation) == 'sunset' -%}
            {%- set names = entity_kit._consumers(unique_id) | map(attribute='name') | join(', ') -%}
            {%- set found.rows = found.rows + [[
                entity_kit._display_name(each), deprecation['sunset_date'], deprecation['replacement'],
                deprecation['owner'], names,
                'it is past its sunset date' if unique_id == tested
                else 'it is past its sunset date, and ' ~ entity_kit._display_name(node) ~ ' still reads it'
            ]] -%}
        {%- endif -%}
    {%- endfor -%}
{%- endif -%}
{{ return(entity_kit._rows(shape, found.rows)) }}
{%- endmacro -%}
