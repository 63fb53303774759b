{{ config(enabled=target.type in ['duckdb', 'postgres']) }}

{#- Users who work together for a while are linked. A restated session may withdraw its link. -#}
{{ entity_kit.identity_map(
    source('shop_events', 'sessions_log'), loaded_at='loaded_at', linked_at='started_at',
    nodes=[{'column': 'user_id', 'type': 'user'}, {'column': 'shared_with', 'type': 'user'}],
    row_key='session_id', deleted_when='minutes < 80', max_members=6
) }}
