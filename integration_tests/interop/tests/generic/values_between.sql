{#- In the style of expectation libraries: a column, a range, and a condition on the rows. -#}
{% test values_between(model, column_name, min_value=none, max_value=none, row_condition='true') %}
select *
from {{ model }}
where {{ row_condition }}
    and not (
        {{ column_name }} is not null
        {%- if min_value is not none %} and {{ column_name }} >= {{ min_value }}{% endif %}
        {%- if max_value is not none %} and {{ column_name }} <= {{ max_value }}{% endif %}
    )
{% endtest %}
