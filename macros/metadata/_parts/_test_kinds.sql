{#-
    What the known data tests hold a model to, by their names: `unique`, `not_null`, `relationships`, `values`
    (accepted_values), or `policy` for those of ours that look at the project rather than at rows; every other test is
    `business`. A test of a combination of columns, or of a grain or history, proves uniqueness.
-#}
{%- macro _test_kinds() -%}
{{ return({
    'unique': 'unique', 'unique_combination_of_columns': 'unique', 'unique_combination': 'unique',
    'grain_unique': 'unique', 'scd2_valid': 'unique', 'not_null': 'not_null', 'relationships': 'relationships',
    'accepted_values': 'values', 'coverage_policy': 'policy', 'naming_policy': 'policy',
    'not_past_sunset': 'policy', 'alias_covers': 'policy'
}) }}
{%- endmacro -%}
