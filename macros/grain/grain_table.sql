{%- macro grain_table(
    grain, business_key, events, occurred_at, loaded_at, measures=[], trailing=[], row_key=none, deleted_when=none,
    history=none, attributes=[], spine='dense', reach='occurred', timezone='UTC', lookback_interval=none,
    updated_at=none, occurred_from=none, occurred_to=none, max_periods=100000, overwrite_attributes=none,
    model_config={}, partition_grain=none, partition_column=none, event_columns=none
) -%}
{{ return(adapter.dispatch('grain_table', 'entity_kit')(
    grain, business_key, events, occurred_at, loaded_at, measures, trailing, row_key, deleted_when,
    history, attributes, spine, reach, timezone, lookback_interval,
    updated_at, occurred_from, occurred_to, max_periods, overwrite_attributes, model_config,
    partition_grain, partition_column, event_columns
)) }}
{%- endmacro -%}

{#-
    Which periods are built (`units`) comes first, and all that follows reads them. A full refresh and an incremental
    run differ in `units` alone: the latter keeps the periods that `touched` or the growth of the spine names.

    All times become periods early, and are compared as periods. So a clock that is put back at midnight, and shows a
    date's last hour twice, neither splits a day nor gives two versions at its end.
-#}
{%- macro default__grain_table(
    grain, business_key, events, occurred_at, loaded_at, measures, trailing, row_key, deleted_when,
    history, attributes, spine, reach, timezone, lookback_interval,
    updated_at, occurred_from, occurred_to, max_periods, overwrite_attributes, model_config,
    partition_grain, partition_column, event_columns
) -%}
{%- set name = 'grain_table' -%}

{#- Arguments -#}
{%- do entity_kit._one_of(name, 'grain', grain, ['hour', 'day', 'week', 'month', 'quarter', 'year']) -%}
{%- do entity_kit._one_of(name, 'spine', spine, ['dense', 'sparse']) -%}
{%- do entity_kit._one_of(name, 'reach', reach, ['occurred', 'loaded']) -%}
{%- set zone = entity_kit._zone(name, timezone) -%}
{%- set own_names = [
    'durable_key', 'surrogate_key', 'period_start', 'period_end', 'is_deleted', 'loaded_at', 'history_loaded_at'
] -%}
{%- set keys = entity_kit._column_names(name, 'business_key', business_key, own_names) -%}
{%- set has_history = history is not none -%}
{%- set columns = entity_kit._column_names(
    name, 'attributes', attributes, own_names + keys, may_be_empty=true
) -%}
{%- do entity_kit._require(
    has_history or columns | length == 0, name, 'history', 'given where `attributes` are', history,
    'Attributes are as they stood at the end of each period: pass the scd2_history that has them.'
) -%}
{%- set taken = (own_names + keys + columns) | map('lower') | list -%}
{%- set flow = entity_kit._measures(name, 'measures', measures, taken) -%}
{%- set trailing = entity_kit._measures(
    name, 'trailing', trailing, taken + flow | map(attribute='name') | map('lower') | list, ['periods']
) -%}
{%- set widths = namespace(all=[], ctes=[]) -%}
{%- for measure in trailing -%}
    {%- do entity_kit._require(
        measure['periods'] is integer and measure['periods'] >= 1,
        name, 'trailing[' ~ loop.index0 ~ '].periods', 'a whole number, one or more', measure['periods'],
        'It counts the periods, this one included; a measure of this period alone belongs in `measures`.'
    ) -%}
    {%- if measure['periods'] not in widths.all -%}
        {%- set widths.all = widths.all + [measure['periods']] -%}
        {%- set widths.ctes = widths.ctes + ['trailing_' ~ measure['periods']] -%}
    {%- endif -%}
{%- endfor -%}
{%- set widest = ([1] + widths.all) | max -%}
{%- do entity_kit._require(
    max_periods is integer and max_periods >= 1, name, 'max_periods', 'a whole number, one or more', max_periods,
    'It is the greatest number of periods that one entity may have.'
) -%}
{#- Only what can be told while dbt compiles: dates that are written out, without a zone. -#}
{%- set bound_texts = [occurred_from | string, occurred_to | string] -%}
{%- set bounds_are_swapped = occurred_from is not none and occurred_to is not none
    and bound_texts[0][:1] in '0123456789' and bound_texts[1][:1] in '0123456789'
    and bound_texts[0] | length <= 19 and bound_texts[1] | length <= 19
    and bound_texts[0] | replace('T', ' ') >= bound_texts[1] | replace('T', ' ') -%}
{%- do entity_kit._require(
    not bounds_are_swapped, name, 'occurred_to', 'later than `occurred_from`', occurred_to,
    'No event can lie between them: exchange the two.'
) -%}
{%- set overwritten = entity_kit._list(name, 'overwrite_attributes', overwrite_attributes, may_be_empty=true)
    if overwrite_attributes is not none else none -%}
{%- set own_ctes = [
    'recorded', 'history_versions', 'history_state', 'arrived', 'reach', 'spans_open', 'spans_bound', 'spans', 'built',
    'rows_arrived', 'touched', 'touched_periods', 'ranges', 'withdrawn_ranges', 'withdrawn', 'units', 'unit_ranges',
    'reads', 'rows_read', 'versions', 'counted', 'heard', 'heard_trailing', 'flow', 'visible', 'rows_built',
    'units_touched', 'partitions_touched', 'partition_ranges'
] + widths.ctes -%}
{%- for given in [events] + ([history] if has_history else []) -%}
    {%- do entity_kit._require(
        given is not string or given | lower not in own_ctes, name, 'events' if loop.first else 'history',
        'a CTE with a name of its own', given, 'The macro has a CTE of this name: rename yours.'
    ) -%}
{%- endfor -%}
{%- set events_relation = entity_kit._relation(events, name, 'events') -%}
{%- set history_relation = entity_kit._relation(history, name, 'history') if has_history else none -%}
{%- set event_time = entity_kit._expression(entity_kit._string(name, 'occurred_at', occurred_at)) -%}
{%- set event_loaded_at = entity_kit._expression(entity_kit._string(name, 'loaded_at', loaded_at)) -%}
{%- set row_keys = entity_kit._column_names(name, 'row_key', row_key) if row_key is not none else [] -%}
{%- set used_columns = none if event_columns is none else keys + ['entity_kit_occurred_at']
    + entity_kit._column_names(name, 'event_columns', event_columns, may_be_empty=true) -%}
{%- set version_time = none if updated_at is none
    else entity_kit._expression(entity_kit._string(name, 'updated_at', updated_at)) -%}
{%- set deleted = none if deleted_when is none
    else entity_kit._string(name, 'deleted_when', deleted_when, 'a condition on the rows') -%}
{%- do entity_kit._known_in(name, events, {'business_key': keys, 'row_key': row_keys}) -%}
{%- if has_history -%}
    {%- do entity_kit._known_in(name, history, {'business_key': keys, 'attributes': columns}) -%}
{%- endif -%}

{%- set partitions = entity_kit._period_partitions(name, grain, partition_grain, partition_column, taken) -%}
{%- set in_partitions = entity_kit._replaces_partitions(name, model_config) -%}
{%- if in_partitions -%}
    {%- do entity_kit._partition_config(partitions.column) -%}
{%- else -%}
    {%- do config(
        materialized='incremental', incremental_strategy=entity_kit._row_strategy('replaced'),
        unique_key=['period_start', 'durable_key'], on_schema_change='fail'
    ) -%}
{%- endif -%}
{#- For grain_rollup, which reads this table. -#}
{%- do config(meta={'entity_kit_grain': {
    'grain': grain, 'business_key': keys, 'spine': spine, 'timezone': timezone, 'has_history': has_history
}}) -%}
{#- A correction of the history can take back periods that were right to build; nothing else can. -#}
{%- set may_shrink = has_history and spine == 'dense' -%}
{%- if may_shrink and in_partitions -%}
    {%- do config(post_hook="{{ entity_kit._drop_withdrawn(this, '" ~ partitions.column ~ "') }}") -%}
{%- elif may_shrink -%}
    {%- do config(post_hook='delete from {{ this }} where period_end = period_start') -%}
{%- endif -%}
{%- do config(model_config) -%}

{#- Pieces -#}
{#- For `entity-kit coverage`, which needs to know what a full refresh would build, and nothing of what it computes. -#}
{%- set shows_coverage = var('entity_kit_coverage', false) -%}
{%- set narrowed = is_incremental() and not shows_coverage -%}
{%- set key_list = keys | join(', ') -%}
{%- set instant_type = entity_kit._plain_timestamp_type() -%}
{%- set period_type = instant_type if grain == 'hour' else 'date' -%}
{%- set no_period = 'cast(null as ' ~ period_type ~ ')' -%}
{%- set types = entity_kit._key_types(events, keys) -%}
{%- set event_utc = entity_kit._utc(event_time) -%}
{%- set bounds = namespace(event='', version='', first=none, last=none, end=none) -%}
{%- if occurred_from is not none -%}
    {%- set bound = entity_kit._utc(entity_kit._timestamp(occurred_from)) -%}
    {%- set bounds.event = bounds.event ~ ' and ' ~ event_utc ~ ' >= ' ~ bound -%}
    {%- set bounds.version = bounds.version ~ '\nand entity_kit_from >= ' ~ bound -%}
    {%- set bounds.first = entity_kit._period_of(grain, bound, zone) -%}
{%- endif -%}
{%- if occurred_to is not none -%}
    {%- set bound = entity_kit._utc(entity_kit._timestamp(occurred_to)) -%}
    {%- set bounds.event = bounds.event ~ ' and ' ~ event_utc ~ ' < ' ~ bound -%}
    {%- set bounds.version = bounds.version ~ '\nand entity_kit_from < ' ~ bound -%}
    {%- set bounds.end = bound -%}
    {%- set bounds.last = entity_kit._period_of(grain, entity_kit._dateadd('microsecond', -1, bound), zone) -%}
{%- endif -%}
{#- Times out of bounds lengthen no spine. -#}
{%- set bounded_start = 'entity_kit_starts' if bounds.last is none
    else 'case when entity_kit_from < ' ~ bounds.end ~ ' then entity_kit_starts end' -%}
{#- Two conditions, and not one with `or`, which would make engines read what neither of them needs. -#}
{%- set event_arrived = [
    entity_kit._past_watermark(
        event_loaded_at, 'loaded_at', this | string, lookback_interval, name, 'lookback_interval'
    ),
    event_loaded_at ~ ' is null'
] -%}
{%- set version_arrived = '(' ~ entity_kit._past_watermark(
    'loaded_at', 'history_loaded_at', this | string, lookback_interval, name, 'lookback_interval'
) ~ ' or loaded_at is null)' -%}
{%- set is_wrapped = events is string or history is string -%}
{#- Where whole partitions are replaced, what is touched only tells which of them to build. -#}
{%- set widened = narrowed and in_partitions -%}
{%- set units_found = 'units_touched' if widened else 'units' -%}

{%- if is_wrapped %}
select *
from (
{% endif -%}
with recorded as {{ entity_kit._not_materialized() }}(
    select
        entity_kit_row.*,
        {{ event_utc }} as entity_kit_occurred_at,
        case
            when {{ entity_kit._not_all_null(keys) }}{{ bounds.event }}
                then {{ entity_kit._period_of(grain, event_utc, zone) }}
        end as entity_kit_period
    from {{ events_relation }} as entity_kit_row
),
{% if has_history %}
history_versions as (
    select
        entity_kit_version.*,
        {{ entity_kit._utc('valid_from') }} as entity_kit_from,
        {{ entity_kit._period_of(grain, entity_kit._utc('valid_from'), zone) }} as entity_kit_starts,
        {{ entity_kit._period_of(grain, entity_kit._utc('valid_to'), zone) }} as entity_kit_ends,
        row_number() over (
            partition by {{ key_list }}
            order by valid_from desc, {{ entity_kit._row_order(
                'entity_kit_version', history,
                keys + ['valid_from', 'valid_to', 'is_current', 'is_deleted', 'loaded_at'] + columns, name, 'history'
            ) | indent(12) }}
        ) as entity_kit_from_last,
        {% if overwritten is none or overwritten -%}
        max(loaded_at) over (partition by {{ key_list }}) as entity_kit_loaded_at
        {%- else -%}
        max(loaded_at) over (
            partition by {{ key_list }}
            order by valid_from
            {{- entity_kit._running_frame() | indent(12) }}
        ) as entity_kit_loaded_at
        {%- endif %}
    from {{ history_relation }} as entity_kit_version
    where {{ entity_kit._not_all_null(keys) }}
        and {{ entity_kit._utc('valid_from') }} is not null
),
{% endif %}
{%- if spine == 'dense' %}
{%- if has_history %}
history_state as (
    select
        {{ key_list }},
        min({{ bounded_start }}) as first_period,
        max({{ bounded_start }}) as last_period,
        {#- The last version tells: closed or deleted, with the later of when that was and when it became known. #}
        max(
            case
                when entity_kit_from_last = 1 and (is_deleted or not is_current)
                    then {{ entity_kit._greatest([
                        entity_kit._period_of(grain, entity_kit._utc('loaded_at'), zone),
                        'case when is_deleted then entity_kit_starts else entity_kit_ends end'
                    ]) | indent(20) }}
            end
        ) as deleted_period
    from history_versions
    group by {{ key_list }}
),
{% endif %}
arrived as (
    select max(loaded_utc) as last_loaded
    from (
        select {{ entity_kit._utc('max(' ~ event_loaded_at ~ ')') }} as loaded_utc
        from {{ events_relation }}
        {%- if has_history %}
        union all
        select {{ entity_kit._utc('max(loaded_at)') }} as loaded_utc
        from {{ history_relation }}
        {%- endif %}
    ) as upstreams
),
{% if reach == 'loaded' %}
reach as (
    select {{ entity_kit._period_of(grain, 'last_loaded', zone) }} as reach_period
    from arrived
),
{% else %}
reach as (
    select {{ entity_kit._period_of(grain, 'max(happened)', zone) }} as reach_period
    from (
        select max(entity_kit_occurred_at) as happened
        from recorded
        where entity_kit_period is not null
            and entity_kit_occurred_at <= (select last_loaded from arrived)
        {%- if has_history %}
        union all
        select max(entity_kit_from) as happened
        from history_versions
        where entity_kit_from <= (select last_loaded from arrived)
            {{- bounds.version | indent(12) }}
        {%- endif %}
    ) as happenings
),
{% endif %}
spans_open as (
    select
        {{ key_list }},
        min(first_period) as first_period,
        case
            when max(deleted_period) is not null
                then {{ entity_kit._greatest(['max(deleted_period)', 'max(last_period)']) }}
            else {{ entity_kit._greatest(['max(reach_period)', 'max(last_period)']) }}
        end as last_period
    from (
        select
            {{ key_list }},
            min(entity_kit_period) as first_period,
            max(entity_kit_period) as last_period,
            {{ no_period }} as deleted_period
        from recorded
        where entity_kit_period is not null
        group by {{ key_list }}
        {%- if has_history %}
        union all
        select {{ key_list }}, first_period, last_period, deleted_period
        from history_state
        {%- endif %}
    ) as known
    cross join reach
    group by {{ key_list }}
),

spans_bound as (
    select
        {{ key_list }},
        {{ entity_kit._greatest(['first_period', bounds.first]) if bounds.first is not none else 'first_period' }} as first_period,
        {{ 'least(last_period, ' ~ bounds.last ~ ')' if bounds.last is not none else 'last_period' }} as last_period
    from spans_open
    where first_period is not null
),

spans as (
    select
        {{ key_list }},
        first_period,
        case
            when {{ entity_kit._periods_apart(grain, 'first_period', 'last_period') }} >= {{ max_periods }}
                then {{ entity_kit._raise_in_sql(entity_kit._too_many_periods(name, grain, keys, max_periods), period_type) }}
            else last_period
        end as last_period
    from spans_bound
    {{- entity_kit._force_materialize() | indent(4) }}
),
{% endif %}
{%- if narrowed %}
{%- set arrivals = [] if row_keys else event_arrived %}
{%- if row_keys %}
    {%- set arrivals = [entity_kit._matches_any(
        entity_kit._prefixed('recorded', row_keys), [{'keys': row_keys, 'from': 'rows_arrived', 'where': 'true'}]
    )] %}
rows_arrived as {{ entity_kit._materialized() }}(
    {%- for condition in event_arrived %}
    select {{ row_keys | join(', ') }}
    from recorded
    where {{ condition }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

{% endif %}
touched as (
    {%- for condition in arrivals %}
    select distinct
        {{ key_list }},
        entity_kit_period as touched_from,
        {{ entity_kit._plus_periods(grain, widest - 1, 'entity_kit_period') }} as touched_to,
        false as by_history
    from recorded
    where entity_kit_period is not null
        and {{ condition | indent(8) }}
    {%- if not loop.last or has_history %}
    union all
    {%- endif %}
    {%- endfor %}
    {%- if has_history %}
    {#- An overwritten attribute changes in every version, and only the last one's loaded time says so. Otherwise a
        late version changes what follows it, and may take rows away from the one before, or be there in place of it.
        The first such of an entity speaks for the others; NULL is from its beginning. #}
    select
        {{ key_list }},
        {{ no_period if overwritten is none or overwritten
            else 'case when count(touched_from) = count(*) then min(touched_from) end' }} as touched_from,
        {{ no_period }} as touched_to,
        true as by_history
    from (
        select
            history_versions.*,
            lag(entity_kit_starts) over (partition by {{ key_list }} order by entity_kit_from) as touched_from
        from history_versions
    ) as followed
    where {{ version_arrived }}
    group by {{ key_list }}
    {%- endif %}
),
{% endif %}
{%- if spine == 'dense' %}
{%- if narrowed %}
built as (
    select
        {{ key_list }},
        min(period_start) as first_period,
        max(period_start) as last_period
    from {{ this }}
    group by {{ key_list }}
),

ranges as (
    select
        {{ entity_kit._prefixed('spans', keys) | join(', ') }},
        {{ entity_kit._greatest(['spans.first_period', 'touched.touched_from']) }} as first_period,
        least(spans.last_period, coalesce(touched.touched_to, spans.last_period)) as last_period
    from spans
    inner join touched on {{ entity_kit._same_key('touched', 'spans', keys) }}
    union all
    {#- The spine has grown at its end, or begins earlier than it did. #}
    select
        {{ entity_kit._prefixed('spans', keys) | join(', ') }},
        case
            when built.last_period is null then spans.first_period
            else {{ entity_kit._greatest([
                'spans.first_period', entity_kit._plus_periods(grain, 1, 'built.last_period')
            ]) }}
        end as first_period,
        spans.last_period
    from spans
    left join built on {{ entity_kit._same_key('built', 'spans', keys) }}
    where built.last_period is null or built.last_period < spans.last_period
    union all
    select
        {{ entity_kit._prefixed('spans', keys) | join(', ') }},
        spans.first_period,
        least(spans.last_period, {{ entity_kit._plus_periods(grain, -1, 'built.first_period') }}) as last_period
    from spans
    inner join built on {{ entity_kit._same_key('built', 'spans', keys) }}
    where spans.first_period < built.first_period
),
{% if may_shrink %}
{#- Periods that a full refresh wouldn't build. They pass through as empty periods, and the model's hook removes them. #}
withdrawn_ranges as (
    select
        {{ entity_kit._prefixed('built', keys) | join(', ') }},
        {{ entity_kit._plus_periods(grain, 1, 'spans.last_period') }} as first_period,
        built.last_period
    from built
    inner join spans on {{ entity_kit._same_key('built', 'spans', keys) }}
    where built.last_period > spans.last_period
    union all
    select
        {{ entity_kit._prefixed('built', keys) | join(', ') }},
        built.first_period,
        {{ entity_kit._plus_periods(grain, -1, 'spans.first_period') }} as last_period
    from built
    inner join spans on {{ entity_kit._same_key('built', 'spans', keys) }}
    where built.first_period < spans.first_period
        and exists (
            select 1
            from touched
            where by_history
                and {{ entity_kit._same_key('touched', 'built', keys) }}
        )
),

withdrawn as (
    {{ entity_kit._each_period(grain, 'withdrawn_ranges', keys, 'entity_kit_period') | indent(4) }}
),
{% endif %}
{%- else %}
ranges as (
    select {{ key_list }}, first_period, last_period
    from spans
),
{% endif %}
{{ units_found }} as (
    select distinct *
    from (
        {{ entity_kit._each_period(grain, 'ranges', keys, 'entity_kit_period') | indent(8) }}
    ) as periods
),
{% else %}
{%- if narrowed and widest > 1 %}
touched_periods as (
    {{ entity_kit._each_period(
        grain, 'touched', keys, 'entity_kit_period', 'touched_from', 'touched_to'
    ) | indent(4) }}
    where not by_history
),
{% endif %}
{{ units_found }} as (
    select distinct {{ key_list }}, entity_kit_period
    {%- if not narrowed %}
    from recorded
    where entity_kit_period is not null
    {%- else %}
    from (
        {%- if widest == 1 %}
        {#- What arrived is recorded. #}
        select {{ key_list }}, touched_from as entity_kit_period
        from touched
        where not by_history
        {%- else %}
        select {{ entity_kit._prefixed('recorded', keys) | join(', ') }}, recorded.entity_kit_period
        from recorded
        {{ entity_kit._join_units('touched_periods', 'entity_kit_period', keys, grain, event_time) | indent(8) }}
        {%- endif %}
        {%- if has_history %}
        union all
        select {{ key_list }}, entity_kit_period
        from recorded
        where exists (
            select 1
            from touched
            where by_history
                and {{ entity_kit._same_key('touched', 'recorded', keys) }}
                and recorded.entity_kit_period >= coalesce(touched.touched_from, recorded.entity_kit_period)
        )
        {%- endif %}
    ) as found
    {%- endif %}
),
{% endif %}
{%- if widened %}
partitions_touched as (
    select distinct {{ entity_kit._period_start(partitions.grain, 'entity_kit_period') }} as entity_kit_partition
    from (
        select entity_kit_period
        from units_touched
        {%- if may_shrink %}
        union all
        select entity_kit_period
        from withdrawn
        {%- endif %}
    ) as found
),
{% if spine == 'dense' %}
partition_ranges as (
    select
        {{ entity_kit._prefixed('spans', keys) | join(', ') }},
        {{ entity_kit._greatest(['spans.first_period', 'bounds.first_period']) }} as first_period,
        least(spans.last_period, bounds.last_period) as last_period
    from spans
    inner join (
        select
            {{ partitions.first_period }} as first_period,
            {{ partitions.last_period }} as last_period
        from partitions_touched
    ) as bounds
        on spans.first_period <= bounds.last_period
            and spans.last_period >= bounds.first_period
),

units as (
    select distinct *
    from (
        {{ entity_kit._each_period(grain, 'partition_ranges', keys, 'entity_kit_period') | indent(8) }}
    ) as periods
    {{- entity_kit._force_materialize() | indent(4) }}
),
{% else %}
units as (
    select distinct {{ key_list }}, entity_kit_period
    from recorded
    where entity_kit_period is not null
        and exists (
            select 1
            from partitions_touched
            where entity_kit_partition = {{ entity_kit._period_start(partitions.grain, 'recorded.entity_kit_period') }}
        )
        {{- entity_kit._force_materialize('and') | indent(8) }}
),
{% endif %}
{%- endif %}
{%- if shows_coverage %}
entity_kit_built as (
    {{ entity_kit._built_periods(keys, 'units', 'entity_kit_period') | indent(4) }}
),

entity_kit_coverage as (
    {{ entity_kit.grain_coverage('entity_kit_built', keys, grain, 'units', 'entity_kit_period') | indent(4) }}
)

select *
from entity_kit_coverage
{%- else %}
{%- if widths.all %}
unit_ranges as (
    select {{ key_list }}, min(entity_kit_period) as first_unit, max(entity_kit_period) as last_unit
    from units
    group by {{ key_list }}
),
{% endif %}
{%- set reads = 'units' if widest == 1 else 'reads' %}
{%- if narrowed and widest > 1 %}
reads as (
    select distinct *
    from (
        {{ entity_kit._each_period(
            grain, 'units', keys, 'entity_kit_read', entity_kit._plus_periods(grain, 1 - widest, 'entity_kit_period'),
            'entity_kit_period'
        ) | indent(8) }}
    ) as spread
),
{% endif %}
{%- set join_reads = entity_kit._join_units(
    reads, 'entity_kit_read' if widest > 1 else 'entity_kit_period', keys, grain, event_time
) %}
{%- if narrowed and row_keys %}
rows_read as {{ entity_kit._materialized() }}(
    select {{ entity_kit._prefixed('recorded', row_keys) | join(', ') }}
    from recorded
    {{ join_reads | indent(4) }}
),
{% endif %}
versions as (
    select
        recorded.*,
    {%- if row_keys %}
        max({{ event_loaded_at }}) over (partition by {{ row_keys | join(', ') }}) as entity_kit_loaded_at,
        row_number() over (
            partition by {{ row_keys | join(', ') }}
            order by
                {%- if version_time is not none %}
                {{ version_time }} desc nulls last,
                {%- endif %}
                {{ event_loaded_at }} desc nulls last,
                {{ entity_kit._row_order('recorded', events, used_columns, name, 'events', 'event_columns') | indent(16) }}
        ) as entity_kit_from_last
    {%- else %}
        {{ event_loaded_at }} as entity_kit_loaded_at,
        1 as entity_kit_from_last
    {%- endif %}
    {%- if narrowed and not row_keys %}
    from (
        select recorded.*
        from recorded
        {{ join_reads | indent(8) }}
    ) as recorded
    {%- else %}
    from recorded
    {%- endif %}
    {%- if narrowed and row_keys %}
    where {{ entity_kit._matches_any(
        entity_kit._prefixed('recorded', row_keys), [{'keys': row_keys, 'from': 'rows_read', 'where': 'true'}]
    ) | indent(4) }}
    {%- endif %}
),

heard as (
    select {{ key_list }}, entity_kit_period, max(entity_kit_loaded_at) as loaded_at
    from versions
    where entity_kit_period is not null
    group by {{ key_list }}, entity_kit_period
),
{% if widest > 1 %}
heard_trailing as (
    select {{ key_list }}, entity_kit_unit, max(loaded_at) as loaded_at
    from (
        {{ entity_kit._each_period(
            grain, 'heard', keys + ['loaded_at'], 'entity_kit_unit',
            'entity_kit_period', entity_kit._plus_periods(grain, widest - 1, 'entity_kit_period')
        ) | indent(8) }}
    ) as spread
    group by {{ key_list }}, entity_kit_unit
),
{% endif %}
{%- if flow or trailing %}
counted as (
    select *
    from versions
    where entity_kit_from_last = 1
        and entity_kit_period is not null
    {%- if deleted is not none %}
        and not coalesce(({{ deleted }}), false)
    {%- endif %}
),
{% endif %}
{%- if flow %}
flow as (
    select
        {{ key_list }},
        entity_kit_period,
    {%- for measure in flow %}
        {{ measure['calculation'] }} as {{ measure['column'] }},
    {%- endfor %}
        count(*) as entity_kit_rows
    from counted
    group by {{ key_list }}, entity_kit_period
),
{% endif %}
{%- for width in widths.all %}
{%- set spread = entity_kit._each_period(
    grain,
    'counted inner join unit_ranges on ' ~ entity_kit._same_key('unit_ranges', 'counted', keys),
    ['counted.*'], 'entity_kit_unit',
    'greatest(counted.entity_kit_period, unit_ranges.first_unit)',
    'least(' ~ entity_kit._plus_periods(grain, width - 1, 'counted.entity_kit_period') ~ ', unit_ranges.last_unit)'
) %}
trailing_{{ width }} as (
    select
        {{ key_list }},
        entity_kit_unit,
    {%- for measure in trailing if measure['periods'] == width %}
        {{ measure['calculation'] }} as {{ measure['column'] }},
    {%- endfor %}
        count(*) as entity_kit_rows
    from (
        {%- if not narrowed and spine == 'dense' %}
        {{ spread | indent(8) }}
        {%- else %}
        select spread.*
        from (
            {{ spread | indent(12) }}
        ) as spread
        inner join units
            on {{ entity_kit._same_key('units', 'spread', keys) }}
                and units.entity_kit_period = spread.entity_kit_unit
        {%- endif %}
    ) as kept
    group by {{ key_list }}, entity_kit_unit
),
{% endfor %}
{%- if has_history %}
{#- What a period's end shows: of the versions that begin in one period, the last. #}
visible as (
    select
        last_of_period.*,
        lead(entity_kit_starts) over (partition by {{ key_list }} order by entity_kit_starts) as entity_kit_next
    from (
        select
            history_versions.*,
            row_number() over (
                partition by {{ key_list }}, entity_kit_starts
                order by entity_kit_from_last
            ) as entity_kit_from_period_end
        from history_versions
    ) as last_of_period
    where entity_kit_from_period_end = 1
),
{% endif %}
rows_built as (
    select
    {%- for key in keys %}
        units.{{ key }},
    {%- endfor %}
        units.entity_kit_period as period_start,
        {{ entity_kit._plus_periods(grain, 1, 'units.entity_kit_period') }} as period_end,
    {%- for measure in flow + trailing %}
        {%- set cte = 'flow' if loop.index <= flow | length else 'trailing_' ~ measure['periods'] %}
        {%- if measure['fill'] is none %}
        {{ cte }}.{{ measure['column'] }},
        {%- else %}
        case when {{ cte }}.entity_kit_rows is null then {{ entity_kit._literal(measure['fill']) }} else {{ cte }}.{{ measure['column'] }} end as {{ measure['column'] }},
        {%- endif %}
    {%- endfor %}
    {%- if has_history %}
        {%- set is_live %}not visible.is_deleted and (visible.entity_kit_ends is null or visible.entity_kit_ends > units.entity_kit_period){% endset %}
        {%- for column in columns %}
        case when {{ is_live }} then visible.{{ column }} end as {{ column }},
        {%- endfor %}
        visible.entity_kit_starts is not null and not ({{ is_live }}) as is_deleted,
    {%- else %}
        false as is_deleted,
    {%- endif %}
        {{ 'heard_trailing' if widest > 1 else 'heard' }}.loaded_at
    {%- if has_history %},
        {%- if overwritten is none or overwritten %}
        entity_loaded.history_loaded_at
        {%- else %}
        visible.entity_kit_loaded_at as history_loaded_at
        {%- endif %}
    {%- endif %}
    from units
    {%- if widest > 1 %}
    left join heard_trailing
        on {{ entity_kit._same_key('heard_trailing', 'units', keys) }}
            and heard_trailing.entity_kit_unit = units.entity_kit_period
    {%- else %}
    left join heard
        on {{ entity_kit._same_key('heard', 'units', keys) }}
            and heard.entity_kit_period = units.entity_kit_period
    {%- endif %}
    {%- if flow %}
    left join flow
        on {{ entity_kit._same_key('flow', 'units', keys) }}
            and flow.entity_kit_period = units.entity_kit_period
    {%- endif %}
    {%- for width in widths.all %}
    left join trailing_{{ width }}
        on {{ entity_kit._same_key('trailing_' ~ width, 'units', keys) }}
            and trailing_{{ width }}.entity_kit_unit = units.entity_kit_period
    {%- endfor %}
    {%- if has_history %}
    left join visible
        on {{ entity_kit._same_key('visible', 'units', keys) }}
            and visible.entity_kit_starts <= units.entity_kit_period
            and {{ entity_kit._ends_after('visible.entity_kit_next', 'units.entity_kit_period') }}
    {%- if overwritten is none or overwritten %}
    left join (
        select {{ key_list }}, max(loaded_at) as history_loaded_at
        from history_versions
        group by {{ key_list }}
    ) as entity_loaded
        on {{ entity_kit._same_key('entity_loaded', 'units', keys) }}
    {%- endif %}
    {%- endif %}
    {%- if may_shrink and narrowed %}
    union all
    select
        {{ key_list }},
        entity_kit_period as period_start,
        entity_kit_period as period_end,
    {%- for measure in flow + trailing %}
        null as {{ measure['column'] }},
    {%- endfor %}
    {%- for column in columns %}
        null as {{ column }},
    {%- endfor %}
        true as is_deleted,
        null as loaded_at,
        null as history_loaded_at
    from withdrawn
    {%- if in_partitions %}
    {#- A partition that has rows is replaced, and one that has none would stay as it is. #}
    where not exists (
        select 1
        from units
        where {{ entity_kit._period_start(partitions.grain, 'units.entity_kit_period') }}
            = {{ entity_kit._period_start(partitions.grain, 'withdrawn.entity_kit_period') }}
    )
    {%- endif %}
    {%- endif %}
)

select
    {{ entity_kit._canonical_columns(keys, types) | join(',\n    ') }},
    {{ entity_kit._durable_key(keys, types) }} as durable_key,
    {{ entity_kit._period_key(keys, types) }} as surrogate_key,
    period_start,
    period_end,
{%- for measure in flow + trailing %}
    {{ measure['column'] }},
{%- endfor %}
{%- for column in columns %}
    {{ column }},
{%- endfor %}
    is_deleted,
    loaded_at
{%- if has_history %},
    history_loaded_at
{%- endif %}
{%- if in_partitions %},
    {{ entity_kit._period_start(partitions.grain, 'period_start') }} as {{ partitions.column }}
{%- endif %}
from rows_built
{%- endif %}
{%- if is_wrapped %}
) as grain_table
{%- endif %}
{%- endmacro -%}
