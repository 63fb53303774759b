{#- Check the lags. Returns their columns: the time between two milestones, in whole units of it. -#}
{%- macro _lags(name, lags, milestones, taken) -%}
{%- do entity_kit._require(
    lags is sequence and lags is not string and lags is not mapping, name, 'lags', 'a list of mappings', lags,
    "Write [{'name': 'seconds_to_ship', 'from': 'ordered_at', 'to': 'shipped_at'}]."
) -%}
{%- set units = {'second': 1, 'minute': 60, 'hour': 3600, 'day': 86400} -%}
{%- set known = namespace(columns={}, taken=['furthest_milestone'], all=[]) -%}
{%- for milestone in milestones -%}
    {%- do known.columns.update({milestone['name']: milestone['column']}) -%}
{%- endfor -%}
{%- for column in taken -%}
    {%- set known.taken = known.taken + [entity_kit._unquoted(column) | lower] -%}
{%- endfor -%}
{%- for lag in lags -%}
    {%- set position = 'lags[' ~ loop.index0 ~ ']' -%}
    {%- do entity_kit._mapping(name, position, lag, ['name', 'from', 'to'], ['unit', 'description']) -%}
    {%- do entity_kit._string(name, position ~ '.name', lag['name'], 'a column name', 'seconds_to_ship') -%}
    {%- do entity_kit._require(
        entity_kit._unquoted(lag['name']) | lower not in known.taken, name, position ~ '.name',
        'a name that no other column of the table has', lag['name'], 'Rename it.'
    ) -%}
    {%- set known.taken = known.taken + [entity_kit._unquoted(lag['name']) | lower] -%}
    {%- for end in ['from', 'to'] -%}
        {%- do entity_kit._one_of(name, position ~ '.' ~ end, lag[end], known.columns | list) -%}
    {%- endfor -%}
    {%- set size = units[entity_kit._one_of(name, position ~ '.unit', lag.get('unit', 'second'), units | list)] -%}
    {%- set seconds = entity_kit._seconds_apart(known.columns[lag['from']], known.columns[lag['to']]) -%}
    {%- set whole = seconds if size == 1
        else 'cast(\n    (' ~ seconds ~ ' - mod(' ~ seconds ~ ', ' ~ size ~ ')) / ' ~ size
            ~ '\n    as ' ~ dbt.type_bigint() ~ '\n)' -%}
    {%- set known.all = known.all + [entity_kit._named(whole, entity_kit._column(lag['name']))] -%}
{%- endfor -%}
{{ return(known.all) }}
{%- endmacro -%}
