{#-
    The CTE of what pairs connect: the number of each identifier, and a `label` that all connected ones share, the least of
    their numbers.

    At each step, all identifiers with one label take the least label next to any of them. Where no other label is next to
    them, they are everything that is connected, and stop. A label stands for a group that grows at each step, so a chain of
    n links takes about log(n) steps. Components that still go on at the last step are not complete.
-#}
{%- macro _identity_walk(name, pairs, max_steps) -%}
{{ name }}_walk as (
    select one as number, one as label, 0 as step
    from {{ pairs }}
    where one = other
    union all
    select number, label, step
    from (
        select
            number,
            step,
            min(least_label) over (partition by own_label) as label,
            max(case when least_label < greatest_label then 1 else 0 end) over (partition by own_label) as goes_on
        from (
            select
                next_to.other as number,
                walked.step + 1 as step,
                case when next_to.one = next_to.other then 1 else 0 end as is_own,
                walked.label as own_label,
                min(walked.label) over (partition by next_to.other) as least_label,
                max(walked.label) over (partition by next_to.other) as greatest_label
            from {{ name }}_walk as walked
            inner join {{ pairs }} as next_to
                on walked.number = next_to.one
            where walked.step < {{ max_steps }}
        ) as heard
        where is_own = 1
    ) as taken
    where goes_on = 1
),

{{ name }} as (
    select number, label, step < {{ max_steps }} as is_complete
    from (
        select
            walked.*,
            row_number() over (partition by number order by step desc) as from_last
        from {{ name }}_walk as walked
    ) as steps
    where from_last = 1
)
{%- endmacro -%}
