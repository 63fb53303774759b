{#-
    Has a model of ours fail at a run whose columns are no longer its table's: by dbt's own check, or by ours before the
    run where dbt's would refuse every run (see `_misreads_types`). What the user says of it in `model_config` stands.
-#}
{%- macro _fail_on_schema_change(model_config) -%}
{%- if not entity_kit._misreads_types() -%}
    {%- do config(on_schema_change='fail') -%}
{%- elif 'on_schema_change' not in model_config -%}
    {%- do config(on_schema_change='ignore', pre_hook='{{ entity_kit._refuse_schema_change() }}') -%}
{%- endif -%}
{%- endmacro -%}
