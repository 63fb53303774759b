{#-
    What a data test holds a model to: `unique`, `not_null`, `relationships`, `values` (accepted_values), `policy` for
    those of ours that look at the project rather than at rows, or `business`, which is every other one. A test of a
    combination of columns, or of a grain or history, proves uniqueness.
-#}
{%- macro _test_kind(node) -%}
{%- set test = (node['test_metadata'] if 'test_metadata' in node else none) or {} -%}
{%- set name = test['name'] if 'name' in test else '' -%}
{%- if name in ['unique', 'unique_combination_of_columns', 'unique_combination', 'grain_unique', 'scd2_valid'] -%}
{{ return('unique') }}
{%- elif name in ['not_null', 'relationships'] -%}
{{ return(name) }}
{%- elif name in ['coverage_policy', 'naming_policy', 'not_past_sunset', 'alias_covers'] -%}
{{ return('policy') }}
{%- endif -%}
{{ return('values' if name == 'accepted_values' else 'business') }}
{%- endmacro -%}
