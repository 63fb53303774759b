{#-
    Make one of our models fail if its columns no longer match its table: with dbt's own check, or with ours before the
    run if dbt's would refuse every run (see `_misreads_types`). A setting in `model_config` wins.
-#}
{%- macro _fail_on_schema_change(model_config) -%}
{%- if not entity_kit._misreads_types() -%}
    {%- do config(on_schema_change='fail') -%}
{%- elif 'on_schema_change' not in model_config -%}
    {%- do config(on_schema_change='ignore', pre_hook='{{ entity_kit._refuse_schema_change() }}') -%}
{%- endif -%}
{%- endmacro -%}
