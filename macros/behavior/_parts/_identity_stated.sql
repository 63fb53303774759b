{#-
    The CTE of the versions of links, each with its ends, whether it counts, and when the last version of the link was loaded:
    one that a link names no more has changed as well.
-#}
{%- macro _identity_stated(spec) -%}
{%- set counts = 'entity_kit_from_last = 1'
    ~ ('' if spec.deleted is none else ' and not coalesce((' ~ spec.deleted ~ '), false)') -%}
{%- set loaded = spec.loaded_at if not spec.row_key
    else 'max(' ~ spec.loaded_at ~ ') over (partition by ' ~ spec.row_key | join(', ') ~ ')' -%}
{%- set columns = [] -%}
{%- for end in spec.ends -%}
    {%- do columns.append(end.type ~ ' as type_' ~ loop.index) -%}
    {%- do columns.append(end.node ~ ' as node_' ~ loop.index) -%}
{%- endfor -%}
{%- do columns.append(spec.linked_at ~ ' as linked_at') -%}
{%- do columns.append(entity_kit._named(loaded, 'loaded_at')) -%}
{%- do columns.append(entity_kit._case(counts, 1, 0) ~ ' as counts') -%}
stated as (
    {{ entity_kit._select('select', columns) | indent(4) }}
    from versions as entity_kit_row
)
{%- endmacro -%}
