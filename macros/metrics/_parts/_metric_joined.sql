{#-
    The joins of a source's rows as SQL. A version counts if it was valid at the row's time, which is cut to its
    granularity as MetricFlow does.
-#}
{%- macro _metric_joined(source) -%}
{%- set found = namespace(all=[]) -%}
{%- for id in source.joins -%}
    {%- set join = source.joins[id] -%}
    {%- set columns = namespace(all=[
        join.right ~ ' as entity_kit_key', join.loaded_at ~ ' as entity_kit_loaded'
    ] + ([join.validity.from ~ ' as entity_kit_from', join.validity.to ~ ' as entity_kit_to'] if join.validity else [])) -%}
    {%- for name in join.read -%}
        {%- set columns.all = columns.all + [entity_kit._named(join.read[name], name)] -%}
    {%- endfor -%}
    {%- set at = 'entity_kit_read.entity_kit_at' -%}
    {%- set conditions = [id ~ '.entity_kit_key = ' ~ (join.through or 'entity_kit_read') ~ '.' ~ join.key]
        + ([at ~ ' >= ' ~ id ~ '.entity_kit_from', entity_kit._ends_after(id ~ '.entity_kit_to', at)]
            if join.validity else []) -%}
    {%- set found.all = found.all + [
        'left join (\n    ' ~ entity_kit._select('select', columns.all) | indent(4) ~ '\n    from ' ~ join.relation ~ '\n) as '
        ~ id ~ '\n    on ' ~ conditions | join('\nand ') | indent(8)
    ] -%}
{%- endfor -%}
{{ return(found.all) }}
{%- endmacro -%}
