{#- The aggregations below a metric, each with its semantic model and all filters above it. -#}
{%- macro _definition_leaves(name, all) -%}
{%- if name not in all.leaves -%}
    {%- set metric = all.metrics[name] -%}
    {%- set own = entity_kit._definition_filters(metric['filter']) -%}
    {%- set found = [] -%}
    {%- set direct = metric['type_params']['metric_aggregation_params'] -%}
    {%- if direct and not metric['type_params']['measure'] -%}
        {%- do found.append({'of': direct, 'name': name, 'model': all.models[direct['semantic_model']], 'filters': own}) -%}
    {%- endif -%}
    {%- for each in entity_kit._definition_inputs(metric).values() -%}
        {%- set filters = own + entity_kit._definition_filters(each.given['filter']) -%}
        {%- if each.is_measure -%}
            {%- set measure = all.measures[each.name] -%}
            {%- do found.append({'of': measure.of, 'name': each.name, 'model': measure.model, 'filters': filters}) -%}
        {%- else -%}
            {%- for leaf in entity_kit._definition_leaves(each.name, all) -%}
                {%- do found.append(dict(leaf, filters=leaf.filters + filters)) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do all.leaves.update({name: found}) -%}
{%- endif -%}
{{ return(all.leaves[name]) }}
{%- endmacro -%}
