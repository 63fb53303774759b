{#- The CTEs of which periods are built, as a list, `periods_to_build` in the last of them. -#}
{%- macro _grain_periods(spec) -%}
{#- If whole partitions are replaced, what is touched only decides which of them to build. -#}
{%- set found = 'changed_periods' if spec.widened else 'periods_to_build' -%}
{%- set ctes = namespace(all=[entity_kit._grain_spines(spec)] if spec.is_dense else []) -%}
{%- if spec.narrowed -%}
    {%- set ctes.all = ctes.all + [entity_kit._grain_touched(spec)] -%}
{%- endif -%}
{%- if spec.is_dense -%}
    {%- set ctes.all = ctes.all + [entity_kit._grain_ranges(spec)] -%}
    {%- if spec.narrowed and spec.may_shrink -%}
        {%- set ctes.all = ctes.all + [entity_kit._grain_withdrawn(spec)] -%}
    {%- endif -%}
    {%- set ctes.all = ctes.all + [entity_kit._grain_dense_periods(spec, found)] -%}
{%- else -%}
    {%- set ctes.all = ctes.all + [entity_kit._grain_sparse_periods(spec, found)] -%}
{%- endif -%}
{{ return(ctes.all + ([entity_kit._grain_partitions(spec)] if spec.widened else [])) }}
{%- endmacro -%}
