{#-
    Delete what several runs logged at the same time, apart from the first row of each `log_id`. Run it after the commit: a
    run doesn't see what another hasn't committed yet.
-#}
{%- macro _logged_once(log) -%}
{%- set copy = dbt.concat(['log_id', "' '", 'invocation_id']) -%}
delete from {{ log }}
where {{ copy }} in (
    select {{ copy }}
    from (
        select
            log_id,
            invocation_id,
            row_number() over (partition by log_id order by logged_at, invocation_id) as number_of_copy
        from {{ log }}
    ) as copies
    where number_of_copy > 1
)
{%- endmacro -%}
