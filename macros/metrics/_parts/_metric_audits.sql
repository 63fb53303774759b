{#- The upstreams that a source's rows come from, itself first, by the names that their audit columns begin with. -#}
{%- macro _metric_audits(source) -%}
{%- set found = namespace(all=[source.id]) -%}
{%- for id in source.joins -%}
    {%- set found.all = found.all + [id] -%}
{%- endfor -%}
{{ return(found.all) }}
{%- endmacro -%}
