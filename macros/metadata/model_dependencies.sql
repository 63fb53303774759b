{%- macro model_dependencies() -%}
{{ return(adapter.dispatch('model_dependencies', 'entity_kit')()) }}
{%- endmacro -%}

{#- Jinja follows the ways where the engine's recursion keeps no set of what it has seen. -#}
{%- macro default__model_dependencies() -%}
{%- set graph_edges = entity_kit._graph_edges() -%}
{%- set kinds = graph_edges['kinds'] -%}
{%- set rows = [] -%}
{%- set readers = graph_edges['readers'] -%}
{%- for parent in readers -%}
    {%- for child, depth in entity_kit._distances(parent, readers).items() -%}
        {%- do rows.append([parent, kinds[parent], child, kinds[child], depth == 1, depth]) -%}
    {%- endfor -%}
{%- endfor -%}
{{ return(entity_kit._rows({
    'parent': 'text', 'parent_kind': 'text', 'child': 'text', 'child_kind': 'text', 'is_direct': 'boolean',
    'depth': 'integer'
}, rows)) }}
{%- endmacro -%}

{#- A node's kind is what its unique id begins with. -#}
{%- macro duckdb__model_dependencies() -%}
{%- set edges = [] -%}
{%- if execute -%}
    {%- for section in ['nodes', 'exposures', 'metrics', 'semantic_models', 'saved_queries'] if section in graph -%}
        {%- for node in graph[section].values()
            if node['resource_type'] not in ['test', 'operation'] and node['package_name'] != 'entity_kit' -%}
            {%- for parent in (node['depends_on'] or {})['nodes'] or [] -%}
                {%- do edges.append([parent, node['unique_id']]) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endif -%}
with recursive edges as (
    select
        parent,
        child
    from (
        {{ entity_kit._rows({'parent': 'text', 'child': 'text'}, edges) }}
    ) as all_edges
    where split_part(parent, '.', 2) <> 'entity_kit'
),

ways as (
    select
        parent,
        child,
        1 as depth
    from edges
    union
    select
        ways.parent,
        edges.child,
        ways.depth + 1 as depth
    from ways
    inner join edges
        on ways.child = edges.parent
),

shortest as (
    select
        parent,
        child,
        min(depth) as depth
    from ways
    group by parent, child
)

select
    parent,
    split_part(parent, '.', 1) as parent_kind,
    child,
    split_part(child, '.', 1) as child_kind,
    depth = 1 as is_direct,
    depth
from shortest
{%- endmacro -%}

{%- macro postgres__model_dependencies() -%}
{{ return(entity_kit.duckdb__model_dependencies()) }}
{%- endmacro -%}

{#- Its recursion has no `union` that leaves out what it has seen. -#}
{%- macro redshift__model_dependencies() -%}
{{ return(entity_kit.default__model_dependencies()) }}
{%- endmacro -%}
