{#- The CTEs of which periods are built, as a list, `periods_to_build` in the last of them. -#}
{%- macro _grain_periods(spec) -%}
{#- If whole partitions are replaced, what is touched only decides which of them to build. -#}
{%- set found = 'changed_periods' if spec.widened else 'periods_to_build' -%}
{%- set ctes = namespace(all=[entity_kit._grain_touched(spec)] if spec.narrowed else []) -%}
{%- if spec.is_dense -%}
    {%- set ends_matter = spec.knows_spine and spec.has_history and spec.widest > 1 -%}
    {%- set ctes.all = ctes.all
        + ([entity_kit._grain_built_ranges(spec)] if spec.narrowed else [])
        + ([entity_kit._grain_ended_ranges(spec)] if ends_matter else []) + [
        entity_kit._grain_reach(spec), entity_kit._grain_spines(spec), entity_kit._grain_ranges(spec)
    ] -%}
    {%- if spec.knows_spine and spec.may_shrink -%}
        {%- set ctes.all = ctes.all + [entity_kit._grain_withdrawn(spec, entity_kit._grain_past_spine(spec))] -%}
    {%- endif -%}
    {%- set ctes.all = ctes.all + [entity_kit._grain_dense_periods(spec, found)] -%}
{%- else -%}
    {%- set ctes.all = ctes.all + [entity_kit._grain_sparse_periods(spec, found)] -%}
{%- endif -%}
{%- if spec.narrowed and spec.backfill is not none -%}
    {%- set selects = entity_kit._grain_out_of_range(spec, found) -%}
    {%- if spec.may_shrink -%}
        {#- BigQuery has no plain `union`, and Redshift no `union distinct`. -#}
        {%- set both = selects ~ '\nunion all\n' ~ entity_kit._grain_past_spine(spec) -%}
        {%- set selects = 'select distinct * from (\n    ' ~ both | indent(4) ~ '\n) as found' -%}
    {%- endif -%}
    {%- set ctes.all = ctes.all + [entity_kit._grain_withdrawn(spec, selects)] -%}
{%- endif -%}
{{ return(ctes.all + ([entity_kit._grain_partitions(spec)] if spec.widened else [])) }}
{%- endmacro -%}
