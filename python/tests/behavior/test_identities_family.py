"""`identity_map` through dbt itself: the cases that people lose time on, what is refused, and the data test."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

pytestmark = pytest.mark.slow

NODES = "[{'column': 'visitor', 'type': 'visitor'}, {'column': 'user_id', 'type': 'user'}]"
ARGUMENTS = f"source('raw', 'logins'), {NODES}, 'loaded_at'"
LOG = """row_key='id', deleted_when='is_gone', linked_at='"seen at"'"""
# As in docs/behavior.md.
VIEWS = """
{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='view_id') }}
select
    views.view_id,
    views.visitor,
    views.viewed_at,
    identities.person_id,
    views.loaded_at,
    identities.loaded_at as identity_loaded_at
from {{ source('raw', 'views') }} as views
left join {{ ref('people') }} as identities
    on identities.node_type = 'visitor' and identities.node = views.visitor
where {{ entity_kit.touched_filter('views.visitor', [
    {'relation': source('raw', 'views'), 'loaded_at': 'loaded_at', 'watermark_column': 'loaded_at', 'keys': 'visitor'},
    {'relation': ref('people'), 'loaded_at': 'loaded_at', 'watermark_column': 'identity_loaded_at', 'keys': 'node'},
]) }}
"""
FILES = {
    "raw.yml": "sources: [{name: raw, schema: raw, tables: [{name: logins}, {name: views}]}]",
    "views_by_person.sql": VIEWS,
    "people.sql": f"{{{{ entity_kit.identity_map({ARGUMENTS}, {LOG}) }}}}",
    "people.yml": "models:\n  - name: people\n    data_tests: [entity_kit.identities_valid]\n",
    "people_of_cte.sql": "with seen as (select * from {{ source('raw', 'logins') }}) "
    f"{{{{ entity_kit.identity_map('seen', {NODES}, 'loaded_at', {LOG}) }}}}",
    "households.sql": f"{{{{ entity_kit.identity_map({ARGUMENTS}, {LOG}, one_to_one='user', max_members=100,"
    " shared={'visitor': 3}, handover='last_login') }}",
}


@pytest.fixture(scope="module")
def project(make_project: Any) -> Any:
    project = make_project(FILES)
    project.execute(
        "create schema raw; create table raw.logins (id integer, visitor varchar, user_id integer,"
        ' "seen at" timestamp, is_gone boolean, loaded_at timestamp); create table raw.views (view_id integer,'
        " visitor varchar, viewed_at timestamp, loaded_at timestamp)"
    )
    return project


class Logins:
    """The source; each load comes an hour after the previous one."""

    def __init__(self, project: Any) -> None:
        self.project = project
        self.loads = 0

    def load(self, *rows: tuple[int, str | None, int | None], is_gone: bool = False) -> None:
        """Load links as (id, visitor, user), seen an hour before each other, and run all models."""
        self.loads += 1
        loaded = datetime.fromisoformat("2024-03-31 12:00") + timedelta(hours=self.loads)
        for number, visitor, user in rows:
            name = "null" if visitor is None else "'" + visitor.replace("'", "''") + "'"
            self.project.execute(
                f"insert into raw.logins values ({number}, {name}, {'null' if user is None else user},"
                f" timestamp '2024-03-01' + to_hours({number}), {is_gone}, '{loaded}')"
            )
        self.project.run("build", "--exclude", "views_by_person")

    def people(self, table: str = "people") -> list[set[str]]:
        """Return the identifiers of each person with several."""
        found = self.project.query(
            f"select list(node order by node) from {table} group by person_id having count(*) > 1 order by 1"
        )
        return [set(nodes) for (nodes,) in found]


def test_the_cases_that_people_lose_time_on(project: Any) -> None:
    logins = Logins(project)
    # Names that SQL or a hash could misread, half a link, a whole one without a name, and one of a single identifier.
    logins.load((1, "o'neil", 1), (2, 'a","b', 2), (3, "NULL", None), (4, None, None), (5, "", 3))
    assert logins.people() == [{"", "3"}, {"1", "o'neil"}, {"2", 'a","b'}]
    assert project.query("select node, members, is_deleted from people where node = 'NULL'") == [
        ("NULL", 1, False)
    ]

    # A chain of 50 links that arrives backwards.
    chain = [(100 + n, f"v{(n + 1) // 2}", 1000 + n // 2) for n in range(50)]
    for start in (25, 0):
        logins.load(*reversed(chain[start : start + 25]))
    nodes = {name for _, visitor, user in chain for name in (visitor, str(user))}
    assert nodes in logins.people()
    assert len(nodes) == 51
    # The person is named for the first link of all, which came last.
    assert project.query(
        "select distinct first.node from people as first inner join people as last"
        " on first.durable_key = last.person_id where last.node = 'v25'"
    )[0][0] in ("v0", "1000")

    # A link in the middle is withdrawn, and comes back.
    logins.load(chain[25], is_gone=True)
    assert nodes not in logins.people()
    assert len([person for person in logins.people() if person & nodes]) == 2
    logins.load(chain[25])
    assert nodes in logins.people()

    # A link that leads elsewhere now: its former end is flagged, and changed in this load.
    logins.load((1, "o'neil", 2))
    assert {"2", 'a","b', "o'neil"} in logins.people()
    assert project.query(
        "select members, is_deleted, reason, loaded_at = (select max(loaded_at) from raw.logins)"
        " from people where node = '1'"
    ) == [(1, True, None, True)]
    assert logins.people("people_of_cte") == logins.people()

    # A device that changes hands, and one in a library.
    logins.load((200, "phone", 50), (201, "phone", 51))
    logins.load(*((210 + n, "library", 60 + n) for n in range(4)))
    assert {"phone", "51"} in logins.people("households")
    assert project.query("select node, reason, members from households where reason is not null and node > 'l'"
                         " and node < 'm'") == [("library", "shared_device", 1)]  # fmt: skip
    kept = project.query("from people order by all")
    project.run("run", "--full-refresh")
    assert project.query("from people order by all") == kept


def test_events_from_before_a_sign_up_get_their_person(project: Any) -> None:
    def load(sql: str) -> dict[int, str | None]:
        """Run both models after an arrival, and return what a full refresh of the views gives, too."""
        project.execute(sql)
        project.run("run", "--select", "people", "views_by_person")
        found = project.query("from views_by_person order by view_id")
        project.run("run", "--select", "views_by_person", "--full-refresh")
        assert project.query("from views_by_person order by view_id") == found
        return {row[0]: row[3] for row in found}

    def login(number: int, visitor: str, hour: int, gone: str = "false") -> str:
        return (
            f"insert into raw.logins values ({number}, '{visitor}', 999, '2024-05-01', {gone},"
            f" '2024-05-01 {hour}:00')"
        )

    before = load(
        "insert into raw.views values (1, 'early', '2024-04-01', '2024-04-01'),"
        " (2, 'late', '2024-04-02', '2024-04-02'), (3, 'never', '2024-04-03', '2024-04-03')"
    )
    assert before == {1: None, 2: None, 3: None}
    known = load(login(900, "early", 10))
    assert known[1] is not None
    assert (known[2], known[3]) == (None, None)
    both = load(login(901, "late", 11))
    assert both[1] == both[2] is not None
    parted = load(login(901, "late", 12, gone="true"))
    assert parted[1] != parted[2]
    assert None not in (parted[1], parted[2])


def test_a_table_that_cant_be_right_is_reported(project: Any) -> None:
    columns = "node_type, node, durable_key, person_id, members, component_id, reason"
    project.write(
        {
            "models/built.sql": "select * from (values ('v', 'good', 'a', 'a', 1, 'a', null),"
            " ('v', null, 'b', 'b', 1, 'b', null), ('v', 'twice', 'c', 'c', 2, 'c', null),"
            " ('v', 'twice', 'c', 'c', 2, 'c', null), ('v', 'nobody', 'd', null, 1, 'd', null),"
            " ('v', 'alone', 'e', 'e', 2, 'e', null), ('v', 'nameless', 'f', 'x', 1, 'f', null),"
            " ('v', 'apart', 'g', 'g', 2, 'g', null), ('v', 'there', 'h', 'g', 2, 'h', null),"
            " ('v', 'short', 'i', 'i', 1, 'i', 'max_steps'), ('v', 'kiosk', 'j', 'j', 1, 'j', 'shared_device'),"
            " ('v', 'sisters', 'k', 'k', 1, 'k', 'one_to_one'), ('v', 'crowd', 'l', 'l', 1, 'l', 'max_members'))"
            f" as built ({columns})"
        }
    )
    project.run("run", "--select", "built")

    def faults(call: str) -> list[tuple[Any, ...]]:
        sql = project.render(f"{{{{ entity_kit.{call} }}}}")
        return project.query(f"select node, failure_reason from ({sql}) order by durable_key, node")

    found = faults("identity_faults('built')")
    assert found == [
        (None, "it has no type or no value"),
        ("twice", "it has more than one row"),
        ("twice", "it has more than one row"),
        ("nobody", "it has no person_id"),
        ("alone", "its members are not the number of identifiers with its person_id"),
        ("nameless", "its person_id is not the durable_key of an identifier of the person"),
        ("apart", "its person has identifiers that no link connects"),
        ("there", "its person has identifiers that no link connects"),
        ("short", "max_steps: what it is linked with was cut short: raise max_steps"),
        ("kiosk", "shared_device: it is linked to more identifiers than `shared` allows, and joins nobody"),
        ("sisters", "one_to_one: it would join two identifiers of a one_to_one type"),
        ("crowd", "max_members: it would be of a person with more than max_members identifiers"),
    ]  # fmt: skip
    ignored = faults("identity_faults('built', ignore=['shared_device', 'max_members'])")
    assert {node for node, _ in found} - {node for node, _ in ignored} == {"kiosk", "crowd"}
    refused = project.refused(
        "compile", "--inline", "{{ entity_kit.identity_faults('built', ignore='shared') }}"
    )
    assert refused.startswith(
        "identities_valid: `ignore` must be one of max_steps, shared_device, one_to_one, max_members;"
    )


RAW = '"warehouse"."raw"."logins"'


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            "source('raw', 'logins'), [{'column': 'visitor', 'type': 'visitor'}], 'loaded_at'",
            (
                "identity_map: `nodes` must be a list of two or more mappings; got"
                " [{'column': 'visitor', 'type': 'visitor'}].\nWrite [{'column': 'anonymous_id', 'type': 'visitor'},"
                " {'column': 'user_id', 'type': 'user'}]."
            ),
        ),
        (
            "source('raw', 'logins'), [{'column': 'vistor', 'type': 'a'}, {'column': 'user_id', 'type': 'b'}], 'loaded_at'",
            f'identity_map: `nodes[0]` must be a column of {RAW}; got "vistor".\nClosest: visitor.',
        ),
        (
            "source('raw', 'logins'), [{'column': 'visitor'}, {'column': 'user_id', 'type': 'b'}], 'loaded_at'",
            (
                "identity_map: `nodes[0]` must be a mapping with either type or type_column; got {'column': 'visitor'}.\n"
                "Name the type of the identifier, such as 'user', or the column that has it."
            ),
        ),
        (
            "source('raw', 'logins'), [{'column': 'user_id', 'type': 'a'}, {'column': 'user_id', 'type': 'b'}], 'loaded_at'",
            (
                'identity_map: `nodes[1].column` must be a column that no other end of the link is; got "user_id".\n'
                "A link connects the identifiers in different columns."
            ),
        ),
        (
            f"source('raw', 'logins'), {NODES}, 'visitor'",
            (
                'identity_map: `loaded_at` must be a date or a timestamp; got "visitor".\nThis column has another type.'
                " Text is ordered by its letters: cast it to a timestamp in a CTE or an upstream model."
            ),
        ),
        (
            f"{ARGUMENTS}, max_members=1",
            (
                "identity_map: `max_members` must be a whole number, two or more; got 1.\n"
                "It is the most identifiers that one person can have."
            ),
        ),
        (
            f"{ARGUMENTS}, max_steps=0",
            (
                "identity_map: `max_steps` must be a whole number, one or more; got 0.\n"
                "Leave it out: 50 steps connect chains of any length that occurs."
            ),
        ),
        (
            f"{ARGUMENTS}, shared={{'visitors': 3}}",
            'identity_map: `shared` must be one of visitor, user; got "visitors".\nClosest: visitor.',
        ),
        (
            f"{ARGUMENTS}, shared={{'visitor': 0}}",
            (
                "identity_map: `shared.visitor` must be a whole number, one or more; got 0.\n"
                "It is the most identifiers that one of this type can be linked to."
            ),
        ),
        (
            f"{ARGUMENTS}, one_to_one='usr'",
            'identity_map: `one_to_one` must be one of visitor, user; got "usr".\nClosest: user.',
        ),
        (
            f"{ARGUMENTS}, one_to_one='user', handover='last'",
            (
                'identity_map: `handover` must be one of nobody, first_login, last_login; got "last".\n'
                "Choose one of these."
            ),
        ),
        (
            f"{ARGUMENTS}, handover='last_login'",
            (
                "identity_map: `one_to_one` must be set if there is a `handover`; got [].\n"
                "Name the type of which a person has one, such as ['user']."
            ),
        ),
        (
            f"'pairs', {NODES}, 'loaded_at'",
            (
                'identity_map: `links` must be a CTE with another name; got "pairs".\n'
                "The macro uses a CTE with this name. Rename yours."
            ),
        ),
        (
            f"{ARGUMENTS}, model_config={{'incremental_strategy': 'append'}}",
            (
                "identity_map: `model_config.incremental_strategy` must be one that replaces all rows of an entity;"
                ' got "append".\nLeave it out: a late row may withdraw links, and this strategy would keep them.'
            ),
        ),
    ],
)
def test_identity_map_refuses(project: Any, arguments: str, message: str) -> None:
    snippet = f"{{{{ entity_kit.identity_map({arguments}) }}}}"
    assert project.refused("compile", "--inline", snippet) == message


def test_other_engines_are_refused_by_name(project: Any) -> None:
    snippet = (
        f"{{{{ entity_kit.redshift__identity_map({ARGUMENTS}, {', '.join(['none'] * 11)}) }}}}"
    )
    assert project.refused("compile", "--inline", snippet) == (
        'identity_map: `target` must be DuckDB or Postgres; got "duckdb".\n'
        "It follows links with window functions in a recursive query, which this engine lacks or which nobody has run"
        " there. Disable the model for this target with `enabled`."
    )
