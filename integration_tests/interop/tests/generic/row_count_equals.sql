{% test row_count_equals(model, compare_model, compare_condition='true') %}
select counted.*
from (
    select
        (select count(*) from {{ model }}) as found,
        (select count(*) from {{ compare_model }} where {{ compare_condition }}) as expected
) as counted
where found <> expected
{% endtest %}
