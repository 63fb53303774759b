{#- The CTEs of the identifiers linked to more than `shared` allows, and of the pairs without them. -#}
{%- macro _identity_shared(spec) -%}
{%- set too_many = [] -%}
{%- for type in spec.shared -%}
    {%- do too_many.append(
        '(identifiers.node_type = ' ~ entity_kit._literal(type) ~ ' and count(*) > ' ~ spec.shared[type] ~ ')'
    ) -%}
{%- endfor -%}
shared_identifiers as (
    select pairs.one as number
    from pairs
    inner join identifiers
        on pairs.one = identifiers.number
    where pairs.one <> pairs.other
    group by pairs.one, identifiers.node_type
    having {{ too_many | join('\nor ') | indent(8) }}
),

open_pairs as materialized (
    select pairs.*
    from pairs
    where one = other
        or (
            one not in (select number from shared_identifiers)
            and other not in (select number from shared_identifiers)
        )
)
{%- endmacro -%}
