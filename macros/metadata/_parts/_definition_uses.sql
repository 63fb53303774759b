{#- Which columns a metric reads and how, as rows of model, column, and use. -#}
{%- macro _definition_uses(name, all) -%}
{%- set found = [] -%}
{%- for leaf in entity_kit._definition_leaves(name, all) -%}
    {%- set means = entity_kit._definition_aggregation(leaf.of, leaf.model, leaf.name) -%}
    {%- set entities = {} -%}
    {%- for entity in leaf.model['entities'] or [] -%}
        {%- do entities.update({entity['name']: entity['expr'] or entity['name']}) -%}
    {%- endfor -%}
    {%- set read = [
        (means.model, means.expression, 'aggregated'), (means.model, (means.time or '').split(' by ') | first, 'time')
    ] -%}
    {%- set wanted = (all.metrics[name]['type_params']['conversion_type_params'] or {})['entity'] -%}
    {%- if wanted in entities -%}
        {%- do read.append((means.model, entities[wanted], 'join key')) -%}
    {%- endif -%}
    {%- for kind, path in modules.re.findall(
        '(Dimension|TimeDimension|Entity)\\(\\s*[\'"]([^\'"]+)[\'"]', leaf.filters | join(' ')
    ) -%}
        {%- set words = path.split('__') -%}
        {%- set reached = all.reached[words[-2:] | join('__')] -%}
        {%- if kind == 'Entity' and words[-1] in entities -%}
            {%- do read.append((means.model, entities[words[-1]], 'filter')) -%}
        {%- elif reached -%}
            {%- set its_model = reached.model['depends_on']['nodes'] | first -%}
            {%- do read.append((its_model, reached.of['expr'] or reached.of['name'], 'filter')) -%}
            {%- if its_model != means.model and words[0] in entities -%}
                {%- do read.append((means.model, entities[words[0]], 'join key')) -%}
                {%- for entity in reached.model['entities'] if entity['name'] == words[-2] -%}
                    {%- do read.append((its_model, entity['expr'] or entity['name'], 'join key')) -%}
                {%- endfor -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for model_id, expression, use in read -%}
        {%- for column in entity_kit._expression_columns(expression) -%}
            {%- do found.append((model_id, column, use)) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endfor -%}
{{ return(found | unique | list) }}
{%- endmacro -%}
