{#- The query of `sessions` or `session_events`, from their spec and their final select. -#}
{%- macro _sessions_query(spec, final_select) -%}
{%- if spec.reads_recent -%}
    {%- set read = [
        entity_kit._sessions_touched(spec),
        entity_kit._sessions_restarts(spec),
        entity_kit._sessions_recent(spec),
        entity_kit._entity_versions(spec, 'recent'),
        entity_kit._entity_stated(spec),
        entity_kit._sessions_timed(spec),
        entity_kit._sessions_entities(spec)
    ] -%}
{%- else -%}
    {%- set read = ([entity_kit._entity_touched(spec)] if spec.narrowed else []) + [
        entity_kit._entity_versions(spec),
        entity_kit._entity_stated(spec),
        entity_kit._sessions_timed(spec),
        entity_kit._entity_entities(spec)
    ] -%}
{%- endif -%}
{%- set ctes = read + [entity_kit._sessions_numbered(spec), entity_kit._sessions_found(spec)] -%}
{{ entity_kit._model_query(spec, ctes, final_select) }}
{%- endmacro -%}
