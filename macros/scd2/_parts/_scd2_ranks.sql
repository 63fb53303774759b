{#-
    What the rows of an entity are ordered by, as a list. A deletion that is ignored comes before what it must not hide;
    an absence, after what it ends.
-#}
{%- macro _scd2_ranks(spec) -%}
{%- set sequence = namespace(columns=[]) -%}
{%- for _ in spec.sequence -%}
    {%- set sequence.columns = sequence.columns + ['entity_kit_sequence_' ~ loop.index] -%}
{%- endfor -%}
{{ return(
    ['entity_kit_changed_at']
    + (['entity_kit_deletes desc'] if spec.ignores_deletions else [])
    + (['entity_kit_is_absence'] if spec.finds_absences else [])
    + sequence.columns
    + ['entity_kit_loaded_at']
    + (['entity_kit_deletes'] if spec.marks_deletions else [])
    + ['entity_kit_hashdiff']
    + (['entity_kit_overwrite'] if spec.overwrite else [])
) }}
{%- endmacro -%}
