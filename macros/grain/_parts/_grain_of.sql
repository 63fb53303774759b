{#-
    What `grain_table` recorded in the config of the model that builds a relation, or none if there is no such model.
    As text, a relation is a subquery under `--empty` and `--sample`; rendered, it is its name.
-#}
{%- macro _grain_of(relation) -%}
{%- set found = namespace(note=none) -%}
{%- if execute and entity_kit._is_relation(relation) -%}
    {%- for node in graph.nodes.values() -%}
        {%- if node.resource_type == 'model' and node.relation_name == relation.render()
            and 'entity_kit_grain' in node.config.meta -%}
            {%- set found.note = node.config.meta['entity_kit_grain'] -%}
        {%- endif -%}
    {%- endfor -%}
{%- endif -%}
{{ return(found.note) }}
{%- endmacro -%}
