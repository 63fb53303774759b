{#-
    Whether one of our engines may refuse or misread the bare name: `user` is a function in Postgres, and silently
    returns wrong rows. There is one list for all engines, because an unnecessary quote does no harm.
-#}
{%- macro _is_reserved(name) -%}
{%- set words =
    ' absent all alter always analyse analyze and anti any array as asc asensitive asof assert_rows_modified'
    ~ ' asymmetric at authorization between bigint binary bit boolean both by call case cast char character check'
    ~ ' coalesce collate collation column columns concurrently connect connection constraint constraints contains'
    ~ ' copy create cross cube current current_catalog current_date current_path current_role current_schema'
    ~ ' current_time current_timestamp current_transform_group_for_type current_user database databases dataframe'
    ~ ' date datetime dec decimal default deferrable deferred define delete desc describe distinct do drop else end'
    ~ ' enum escape except exclude exec execute exists explain external extract false fetch fields filter first'
    ~ ' float following for foreign freeze from full function functions generated glob global grant greatest group'
    ~ ' grouping grouping_id groups gscluster hash having ilike in increment index initially inner inout insert int'
    ~ ' integer intersect interval into is isnull issue join json_array json_arrayagg json_exists json_object'
    ~ ' json_objectagg json_query json_scalar json_serialize json_table json_value lambda last lateral leading least'
    ~ ' left like limit listagg local localtime localtimestamp lookup map match_recognize merge minus national'
    ~ ' natural nchar new no none normalize not notnull null nullif nulls numeric of off offset old on only open'
    ~ ' option or order organization out outer over overlaps overlay partition pivot pivot_longer pivot_wider'
    ~ ' placing position positional preceding precision primary proto public qualify range real recursive references'
    ~ ' regexp respect returning revoke right rlike rollup row rows sample schema select semi session_user set setof'
    ~ ' show similar skip smallint some start struct substring summarize symmetric sysdate system_user table'
    ~ ' tablesample then time timestamp tinyint to top trailing treat trigger trim true try_cast tuple unbounded'
    ~ ' union unique unknown unnest unpack unpivot update use user using values varchar variadic verbose view when'
    ~ ' whenever where window with within without xmlattributes xmlconcat xmlelement xmlexists xmlforest'
    ~ ' xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable year ' -%}
{{ return(' ' ~ name ~ ' ' in words) }}
{%- endmacro -%}
