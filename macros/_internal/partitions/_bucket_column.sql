{#-
    The column with an entity's bucket. Its default name includes the number of buckets, so changing the number changes
    the columns, which dbt refuses. Otherwise entities would be in two buckets.
-#}
{%- macro _bucket_column(macro_name, buckets, partition_column, taken) -%}
{%- do entity_kit._require(
    buckets is integer and buckets >= 1, macro_name, 'buckets', 'a whole number, one or more', buckets,
    'It is the number of partitions into which the entities are divided.'
) -%}
{%- set name = 'bucket_of_' ~ buckets if partition_column is none
    else entity_kit._string(macro_name, 'partition_column', partition_column, 'a column name') -%}
{{ return(entity_kit._column_names(macro_name, 'partition_column', name, taken) | first) }}
{%- endmacro -%}
