{#- Check the milestones. Returns them as metrics of an entity model, each the time at which it was reached. -#}
{%- macro _milestones(name, milestones, time) -%}
{%- do entity_kit._require(
    milestones is sequence and milestones is not string and milestones is not mapping and milestones | length > 0,
    name, 'milestones', 'a list of mappings, in the order of the process', milestones,
    'Write [{\'name\': \'shipped_at\', \'when\': "event = \'shipped\'"}].'
) -%}
{%- set found = namespace(all=[]) -%}
{%- for milestone in milestones -%}
    {%- set position = 'milestones[' ~ loop.index0 ~ ']' -%}
    {%- do entity_kit._mapping(name, position, milestone, ['name', 'when'], ['take', 'withdrawn_when', 'description']) -%}
    {%- set when = entity_kit._string(name, position ~ '.when', milestone['when'], 'a condition on the events') -%}
    {%- set take = entity_kit._one_of(name, position ~ '.take', milestone.get('take', 'first'), ['first', 'last']) -%}
    {%- set latest = entity_kit._latest_when(when, time) -%}
    {%- if 'withdrawn_when' in milestone -%}
        {%- do entity_kit._require(
            'take' not in milestone or take == 'last', name, position ~ '.take', 'last if there is a `withdrawn_when`', take,
            'What was reached again after it was withdrawn has the later time.'
        ) -%}
        {%- set withdrawn = entity_kit._latest_when(entity_kit._string(
            name, position ~ '.withdrawn_when', milestone['withdrawn_when'], 'a condition on the events'
        ), time) -%}
        {%- set calculation = (
            'case\n    when ' ~ withdrawn ~ ' is null\n        or ' ~ withdrawn ~ ' < ' ~ latest
            ~ '\n        then ' ~ latest ~ '\nend'
        ) | indent(8) -%}
    {%- else -%}
        {%- set calculation = latest if take == 'last' else 'min' ~ latest[3:] -%}
    {%- endif -%}
    {%- set found.all = found.all + [{
        'name': milestone['name'], 'calculation': calculation, 'description': milestone.get('description')
    }] -%}
{%- endfor -%}
{%- do entity_kit._measures(
    name, 'milestones', found.all, ['durable_key', 'furthest_milestone', 'is_deleted', 'loaded_at']
) -%}
{{ return(found.all) }}
{%- endmacro -%}
