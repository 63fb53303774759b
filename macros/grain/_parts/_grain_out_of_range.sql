{#- The select of the table's periods in the range of a backfill that aren't among those to build, which a CTE has. -#}
{%- macro _grain_out_of_range(spec, to_build) -%}
{{ entity_kit._select('select', entity_kit._prefixed('built', spec.business_key) + [
    'built.period_start as entity_kit_period'
]) }}
from {{ this }} as built
where built.period_start >= {{ spec.backfill.first }}
    and built.period_start <= {{ spec.backfill.last }}
    and not exists (
        select 1
        from {{ to_build }} as unit
        where {{ entity_kit._same_key('unit', 'built', spec.business_key) | indent(12) }}
            and unit.entity_kit_period = built.period_start
    )
{%- endmacro -%}
