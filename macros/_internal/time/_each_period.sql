{#-
    The rows of a relation, each once per period from its `first_period` to its `last_period`, inclusive, with the
    period under a name. No row if either is NULL, or if the last is before the first. On engines that can't generate
    series, the query needs the CTEs of `_numbers`.

    `near`, two whole numbers, selects the periods around `first_period` instead: from so many after it to so many.
-#}
{%- macro _each_period(
    grain, relation, columns, name, first_period='first_period', last_period='last_period', near=none, distinct=false
) -%}
{%- set unit, size = entity_kit._period_step(grain) -%}
{%- set number = 'entity_kit_number' if near is none or near[0] == 0
    else '(entity_kit_number ' ~ ('- ' ~ -near[0] if near[0] < 0 else '+ ' ~ near[0]) ~ ')' -%}
{{ return(adapter.dispatch('_each_period', 'entity_kit')({
    'grain': grain,
    'relation': relation,
    'columns': columns,
    'name': name,
    'select': 'select distinct' if distinct else 'select',
    'step': size ~ ' ' ~ unit,
    'first': first_period if near is none else entity_kit._plus_periods(grain, near[0], first_period),
    'last': last_period if near is none else entity_kit._plus_periods(grain, near[1], first_period),
    'moved': entity_kit._plus_periods(grain, number, first_period),
    'last_number': none if near is none else near[1] - near[0],
})) }}
{%- endmacro -%}

{%- macro default___each_period(each) -%}
{%- set last_number = entity_kit._periods_apart(each.grain, each.first, each.last) if each.last_number is none
    else each.last_number -%}
{{ return(entity_kit._query([
    entity_kit._select(each.select, each.columns + [entity_kit._named(each.moved, each.name)]),
    'from ' ~ each.relation,
    entity_kit._join('inner join entity_kit_numbers', ['entity_kit_number <= ' ~ last_number])
])) }}
{%- endmacro -%}

{%- macro duckdb___each_period(each) -%}
{%- set series = entity_kit._call('generate_series', [each.first, each.last, "interval '" ~ each.step ~ "'"]) -%}
{%- set period = 'unnest(' ~ series ~ ')' if each.grain == 'hour' else 'cast(unnest(' ~ series ~ ') as date)' -%}
{{ return(entity_kit._query([
    entity_kit._select(each.select, each.columns + [entity_kit._named(period, each.name)]), 'from ' ~ each.relation
])) }}
{%- endmacro -%}

{#- On Postgres, `generate_series` of dates returns zoned timestamps in the session's zone, hence the casts. -#}
{%- macro postgres___each_period(each) -%}
{%- set first = each.first if each.grain == 'hour' else 'cast(' ~ each.first ~ ' as timestamp)' -%}
{%- set last = each.last if each.grain == 'hour' else 'cast(' ~ each.last ~ ' as timestamp)' -%}
{%- set series = entity_kit._call('generate_series', [first, last, "interval '" ~ each.step ~ "'"]) -%}
{%- set period = series if each.grain == 'hour' else 'cast(' ~ series ~ ' as date)' -%}
{{ return(entity_kit._query([
    entity_kit._select(each.select, each.columns + [entity_kit._named(period, each.name)]), 'from ' ~ each.relation
])) }}
{%- endmacro -%}

{#- Redshift has series only on the leader node, so it uses the default. -#}
{%- macro redshift___each_period(each) -%}
{{ return(entity_kit.default___each_period(each)) }}
{%- endmacro -%}

{#- A series there doesn't end before it begins. -#}
{%- macro spark___each_period(each) -%}
{%- set series = entity_kit._call('sequence', [each.first, each.last, 'interval ' ~ each.step]) -%}
{%- set is_forward = each.first ~ ' <= ' ~ each.last -%}
{%- set period = 'explode(' ~ series ~ ')' if each.last_number is not none
    else 'explode(case when ' ~ is_forward ~ '\n    then ' ~ series | indent(4) ~ '\nend)' -%}
{{ return(entity_kit._query([
    entity_kit._select(each.select, each.columns + [entity_kit._named(period, each.name)]), 'from ' ~ each.relation
])) }}
{%- endmacro -%}
