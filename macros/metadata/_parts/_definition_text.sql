{#- How a metric is computed, in one line. -#}
{%- macro _definition_text(name, all) -%}
{%- set metric = all.metrics[name] -%}
{%- set form = fromjson(entity_kit._definition_form(name, all)) -%}
{%- set said = {} -%}
{%- for role, each in entity_kit._definition_inputs(metric).items() -%}
    {%- set part = form[role] -%}
    {%- set text = part['aggregation'] ~ '(' ~ part['expression'] ~ ')' if each.is_measure else each.name -%}
    {%- if part['filters'] -%}
        {%- set text = '(' ~ text ~ ' where ' ~ part['filters'] | join(' and ') ~ ')' -%}
    {%- endif -%}
    {%- do said.update({role: text}) -%}
{%- endfor -%}
{%- set kind = metric['type'] | string -%}
{%- if kind == 'derived' -%}
    {%- set text = form['expression'] -%}
{%- elif kind == 'ratio' -%}
    {%- set text = said['numerator'] ~ ' / ' ~ said['denominator'] -%}
{%- elif kind == 'conversion' -%}
    {%- set text = form['calculation'] ~ ' from ' ~ said['base'] ~ ' to ' ~ said['conversion'] ~ ' by ' ~ form['entity'] -%}
{%- elif said -%}
    {%- set text = said.values() | join(', ') -%}
{%- else -%}
    {%- set text = form['aggregation'] ~ '(' ~ form['expression'] ~ ')' -%}
{%- endif -%}
{%- set window = form['window'] -%}
{%- if window is mapping -%}
    {%- set text = text ~ (' within ' if kind == 'conversion' else ' over ') ~ window['count'] ~ ' ' ~ window['granularity'] -%}
{%- elif form['grain_to_date'] -%}
    {%- set text = text ~ ' ' ~ form['grain_to_date'] ~ ' to date' -%}
{%- endif -%}
{{ return(text ~ (' where ' ~ form['filters'] | join(' and ') if form['filters'] else '')) }}
{%- endmacro -%}
