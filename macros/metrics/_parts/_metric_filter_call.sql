{#-
    What a call in a filter stands for, as a mapping: its `kind`, the `name`, the `path` of entities before it, and the
    `grain` or `part` of a time. Anything that can't be read is refused.
-#}
{%- macro _metric_filter_call(spec, metric_name, call, text) -%}
{%- set find = modules.re.findall -%}
{%- set calls = find('^(Dimension|TimeDimension|Entity|Metric)\\s*\\(([^()]*)\\)((?:\\s*\\.\\s*\\w+\\s*\\([^()]*\\))*)$', call) -%}
{%- set given = calls[0] if calls else ['', '', ''] -%}
{%- set one = '(?:(\\w+)\\s*=\\s*)?(?:\'([^\']*)\'|"([^"]*)"|\\[([^\\]]*)\\])' -%}
{%- set is_whole = find('^\\s*' ~ one ~ '(?:\\s*,\\s*' ~ one ~ ')*\\s*,?\\s*$', given[1]) -%}
{%- set found = namespace(
    name=none, path=[], grain=none, part=none, place=0, bad=not calls or not is_whole or given[0] == 'Metric'
) -%}
{%- for keyword, single, double, listed in find(one, given[1]) -%}
    {%- set order = ['name', 'path'] if given[0] != 'TimeDimension' else ['name', 'grain', 'path'] -%}
    {%- set slot = {
        '': order[found.place] if found.place < order | length else '', 'entity_path': 'path',
        'dimension_name': 'name', 'time_dimension_name': 'name', 'entity_name': 'name',
        'time_granularity_name': 'grain', 'date_part_name': 'part'
    }.get(keyword, '') -%}
    {%- set found.place = found.place + 1 -%}
    {%- if slot == 'name' -%}
        {%- set found.name = single or double -%}
    {%- elif slot == 'grain' -%}
        {%- set found.grain = single or double -%}
    {%- elif slot == 'part' -%}
        {%- set found.part = single or double -%}
    {%- elif slot == 'path' -%}
        {%- for quoted, doubly in find('\'([^\']*)\'|"([^"]*)"', listed) -%}
            {%- set found.path = found.path + [quoted or doubly] -%}
        {%- endfor -%}
    {%- else -%}
        {%- set found.bad = true -%}
    {%- endif -%}
{%- endfor -%}
{%- for method, single, double in find('\\.\\s*(\\w+)\\s*\\(\\s*(?:\'([^\']*)\'|"([^"]*)")?\\s*\\)', given[2]) -%}
    {%- if method == 'grain' -%}
        {%- set found.grain = single or double -%}
    {%- elif method == 'date_part' -%}
        {%- set found.part = single or double -%}
    {%- else -%}
        {%- set found.bad = true -%}
    {%- endif -%}
{%- endfor -%}
{%- if found.bad or not found.name -%}
    {{ entity_kit._metric_refuse(
        spec, metric_name, 'metric_table can\'t read {{ ' ~ call ~ ' }} in its filter.',
        'Filter by Dimension(\'entity__name\'), TimeDimension(\'entity__name\', \'grain\'), or Entity(\'name\').'
    ) }}
{%- endif -%}
{{ return(dict(entity_kit._metric_name(found.name), kind=given[0], given=found.name, part=found.part, asked=found.grain,
    path=found.path)) }}
{%- endmacro -%}
