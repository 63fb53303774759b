{#-
    All that `graph` has about metrics: `metrics` by name, `measures` by name with the semantic model of each, and
    `reached`, the semantic models by entity and dimension. `forms` and `leaves` remember what was computed.
-#}
{%- macro _definitions() -%}
{%- set found = {'metrics': {}, 'measures': {}, 'models': {}, 'reached': {}, 'forms': {}, 'leaves': {}, 'users': {}} -%}
{%- for model in (graph['semantic_models'].values() if 'semantic_models' in graph else []) -%}
    {%- do found.models.update({model['name']: model}) -%}
    {%- for measure in model['measures'] or [] -%}
        {%- do found.measures.update({measure['name']: {'of': measure, 'model': model}}) -%}
    {%- endfor -%}
    {%- for entity in model['entities'] or [] if entity['type'] | string != 'foreign' -%}
        {%- for dimension in model['dimensions'] or [] -%}
            {%- do found.reached.update({entity['name'] ~ '__' ~ dimension['name']: {'of': dimension, 'model': model}}) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endfor -%}
{%- for metric in (graph['metrics'].values() if 'metrics' in graph else []) | sort(attribute='name') -%}
    {%- do found.metrics.update({metric['name']: metric}) -%}
{%- endfor -%}
{%- for section in ['metrics', 'exposures', 'saved_queries'] -%}
    {%- for user in (graph[section].values() if section in graph else []) -%}
        {%- for parent in user['depends_on']['nodes'] or [] | unique -%}
            {%- do found.users.update({parent: found.users.get(parent, 0) + 1}) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endfor -%}
{{ return(found) }}
{%- endmacro -%}
