{#-
    The replacement's node, then the node of its own replacement, and so on. Refuse a replacement that doesn't exist,
    and a circular chain.
-#}
{%- macro _replacement_chain(macro_name, node, deprecation) -%}
{%- set state = namespace(chain=[], seen=[node['unique_id']], next=deprecation['replacement'], owner=node) -%}
{%- set names = [entity_kit._display_name(node)] -%}
{#- A chain is shorter than the graph. Jinja has no while loop. -#}
{%- for _ in range(graph['nodes'] | length + 1) -%}
    {%- if state.next is not none -%}
        {%- set found = entity_kit._model_named(state.next) -%}
        {%- if found is none -%}
            {%- set known = namespace(names=[]) -%}
            {%- for each in graph['nodes'].values() -%}
                {%- if each['resource_type'] in ['model', 'seed', 'snapshot']
                    and each['unique_id'] != state.owner['unique_id'] -%}
                    {%- set known.names = known.names + [entity_kit._display_name(each)] -%}
                {%- endif -%}
            {%- endfor -%}
            {%- set closest = entity_kit._closest(state.next, known.names) -%}
            {{ entity_kit._fail(
                macro_name, 'replacement',
                'an enabled model' ~ (
                    '' if state.owner['unique_id'] == node['unique_id']
                    else ' all along the chain ' ~ names | join(' → ')
                ),
                state.next,
                'Closest: ' ~ closest ~ '.' if closest is not none
                else 'Name a model that exists and is enabled, or none if nothing replaces it.'
            ) }}
        {%- endif -%}
        {%- do names.append(entity_kit._display_name(found)) -%}
        {%- do entity_kit._require(
            found['unique_id'] not in state.seen, macro_name, 'replacement',
            'a model that isn\'t part of the chain', names | join(' → '),
            'Name the model that stays in each of them.'
        ) -%}
        {%- set state.chain = state.chain + [found] -%}
        {%- set state.seen = state.seen + [found['unique_id']] -%}
        {%- set state.owner = found -%}
        {%- set its_own = entity_kit._deprecation_of(found) -%}
        {%- set state.next = none if its_own is none else its_own['replacement'] -%}
    {%- endif -%}
{%- endfor -%}
{{ return(state.chain) }}
{%- endmacro -%}
