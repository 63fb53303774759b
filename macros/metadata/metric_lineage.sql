{%- macro metric_lineage() -%}
{{ return(adapter.dispatch('metric_lineage', 'entity_kit')()) }}
{%- endmacro -%}

{#- The score: 5 if the column is aggregated, down to 1, and more for a metric that others use or that is certified. -#}
{%- macro default__metric_lineage() -%}
{%- set points = {'aggregated': 5, 'time': 3, 'filter': 2, 'join key': 1} -%}
{%- set rows = [] -%}
{%- if execute -%}
    {%- set all = entity_kit._definitions() -%}
    {%- for name in all.metrics -%}
        {%- set metric = all.metrics[name] -%}
        {%- set certified = 2 if entity_kit._definition_meta(metric)['certified'] else 0 -%}
        {%- set users = [all.users.get(metric['unique_id'], 0), 3] | min -%}
        {%- for model_id, column, use in entity_kit._definition_uses(name, all) -%}
            {%- do rows.append([
                metric['unique_id'], name, model_id, model_id.split('.')[2:] | join('.'), column, use,
                points[use] + users + certified
            ]) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endif -%}
{{ entity_kit._rows({
    'unique_id': 'text', 'metric_name': 'text', 'upstream_id': 'text', 'upstream_model': 'text',
    'upstream_column': 'text', 'used_as': 'text', 'impact_score': 'integer'
}, rows) }}
{%- endmacro -%}
