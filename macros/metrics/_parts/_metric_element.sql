{#-
    The column of a source for what a filter or a dimension names, which the source then reads. `called` is as
    `_metric_filter_call` returns it. Returns the column's name.
-#}
{%- macro _metric_element(spec, metric_name, source, called) -%}
{%- set links = called.path + called.links -%}
{%- set grain = (called.asked or called.suffix or '') | lower -%}
{%- if (source.moves or source.is_spined) and (called.element == 'metric_time' or grain or called.part
    or (entity_kit._metric_own(source.semantic_model, links, called.element, called.kind) or {}).get('type') == 'time') -%}
    {{ entity_kit._metric_refuse(
        spec, metric_name, 'It ' ~ ('moves rows in time' if source.moves else 'has join_to_timespine')
        ~ ', and metric_table doesn\'t compute that by ' ~ called.given ~ ' yet.',
        'Filter it by something else than a time.'
    ) }}
{%- endif -%}
{%- if called.element == 'metric_time' and links | length == 0 -%}
    {%- if grain == '' and not called.part -%}
        {%- do spec.defaults.append({'metric': metric_name, 'granularity': source.granularity}) -%}
    {%- endif -%}
    {%- set time = {'type': 'time', 'expr': source.shown_time, 'granularity': source.granularity} -%}
    {{ return(entity_kit._metric_read(spec, metric_name, source, 'metric_time', time, grain, called)) }}
{%- endif -%}
{%- set own = entity_kit._metric_own(source.semantic_model, links, called.element, called.kind) -%}
{%- set name = (links + [called.element]) | join('__') -%}
{%- if own is not none -%}
    {{ return(entity_kit._metric_read(spec, metric_name, source, name, own, grain, called)) }}
{%- endif -%}
{%- set join = entity_kit._metric_join(spec, metric_name, source, links, called) -%}
{%- if join is none -%}
    {%- set farther = entity_kit._metric_farther(source, links, called) -%}
    {%- if farther -%}
        {{ entity_kit._metric_refuse(
            spec, metric_name, called.given ~ ' is reached by ' ~ ('several paths: ' if farther | length > 1 else 'a longer path: ')
            ~ farther | join(' and ') ~ '.', 'Ask for it by its path.'
        ) }}
    {%- endif -%}
    {%- set names = entity_kit._metric_names_of(source.semantic_model) -%}
    {%- set alike = namespace(all=[]) -%}
    {%- for each in names if ('__' in each) == ('__' in called.given) -%}
        {%- set alike.all = alike.all + [each] -%}
    {%- endfor -%}
    {%- set closest = entity_kit._closest(called.given, alike.all) -%}
    {{ entity_kit._metric_refuse(
        spec, metric_name,
        source.semantic_model['name'] ~ ', where it is measured, has no ' ~ called.given ~ ' of its own'
        ~ (', and joins no semantic model that has it.' if links else '.'),
        ('Closest: ' ~ closest ~ '.' if closest is not none else 'There is ' ~ names | join(', ') ~ '.')
    ) }}
{%- endif -%}
{{ return(entity_kit._metric_read(spec, metric_name, join.join, name, join.own, grain, called)) }}
{%- endmacro -%}
