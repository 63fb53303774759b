{#-
    A metric's meaning as JSON in one order, without its name, label, and description. SQL can't normalize expressions as
    `entity-kit metrics` does, so here only white space and the order of filters don't count.
-#}
{%- macro _definition_form(name, all) -%}
{%- if name not in all.forms -%}
    {%- set metric = all.metrics[name] -%}
    {%- set given = metric['type_params'] -%}
    {%- set form = {'type': metric['type'] | string, 'filters': entity_kit._definition_filters(metric['filter'])} -%}
    {%- for role, each in entity_kit._definition_inputs(metric).items() -%}
        {%- set part = {'filters': entity_kit._definition_filters(each.given['filter'])} -%}
        {%- for key in ['offset_window', 'offset_to_grain', 'fill_nulls_with', 'join_to_timespine'] -%}
            {%- if each.given[key] is not none and each.given[key] is not false and each.given[key] is defined -%}
                {%- do part.update({key: each.given[key]}) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if each.is_measure -%}
            {%- set measure = all.measures[each.name] -%}
            {%- do part.update(entity_kit._definition_aggregation(measure.of, measure.model, each.name)) -%}
        {%- else -%}
            {%- do part.update({'of': local_md5(entity_kit._definition_form(each.name, all))}) -%}
        {%- endif -%}
        {%- do form.update({role: part}) -%}
    {%- endfor -%}
    {%- set own = given['metric_aggregation_params'] -%}
    {%- if own and not given['measure'] -%}
        {%- do form.update(entity_kit._definition_aggregation(own, all.models[own['semantic_model']], name)) -%}
    {%- endif -%}
    {%- if metric['type'] | string == 'derived' -%}
        {%- do form.update({'expression': given['expr'].split() | join(' ')}) -%}
    {%- endif -%}
    {%- set cumulative = given['cumulative_type_params'] or {} -%}
    {%- for key in ['window', 'grain_to_date', 'period_agg'] if cumulative[key] or given[key] -%}
        {%- do form.update({key: cumulative[key] or given[key]}) -%}
    {%- endfor -%}
    {%- set conversion = given['conversion_type_params'] or {} -%}
    {%- for key in ['entity', 'calculation', 'window', 'constant_properties'] if conversion[key] -%}
        {%- do form.update({key: conversion[key]}) -%}
    {%- endfor -%}
    {%- do all.forms.update({name: tojson(form, sort_keys=true)}) -%}
{%- endif -%}
{{ return(all.forms[name]) }}
{%- endmacro -%}
