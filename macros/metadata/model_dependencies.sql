{%- macro model_dependencies() -%}
{{ return(adapter.dispatch('model_dependencies', 'entity_kit')()) }}
{%- endmacro -%}

{#- Jinja follows the ways where the engine's recursion keeps no set of what it has seen. -#}
{%- macro default__model_dependencies() -%}
{%- set graph_edges = entity_kit._graph_edges() -%}
{%- set kinds = graph_edges['kinds'] -%}
{%- set rows = [] -%}
{%- for parent, reached in entity_kit._depths(graph_edges['readers']).items() -%}
    {%- for child, depth in reached.items() -%}
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
{%- for parent, children in entity_kit._graph_edges()['readers'].items() -%}
    {%- for child in children -%}
        {%- do edges.append([parent, child]) -%}
    {%- endfor -%}
{%- endfor -%}
with recursive edges as (
    {{ entity_kit._rows({'parent': 'text', 'child': 'text'}, edges) }}
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
