"""The schema: migrations up and down, equal to the models, one line of history, and tables that only grow."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, text
from sqlalchemy.exc import DatabaseError

from tests.database import fresh_postgres, sqlite_url
from tests.far_sides import EXAMPLE
from wxserver.app import MIGRATIONS, create_app
from wxserver.settings import parse
from wxserver.store.tables import Base


@pytest.fixture
def app(kind, request, tmp_path):
    """The app over an empty database of each kind."""
    import tomllib

    def over(url):
        document = tomllib.loads(EXAMPLE.read_text("utf-8"))
        document["database"]["url"] = url
        made = create_app(parse(document, "example", {"VAR_DIR": str(tmp_path)}))
        with made.app_context():
            yield made
        made.extensions["world"].database.engine.dispose()

    if kind == "sqlite":
        yield from over(sqlite_url(tmp_path))
    else:
        with fresh_postgres(request.getfixturevalue("postgres_server")) as url:
            yield from over(url)


def engine(app):
    return app.extensions["world"].database.engine


def test_migrations_lead_to_what_the_models_say(app):
    upgrade()
    with engine(app).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_migrations_go_down_to_nothing_and_up_again(app):
    upgrade()
    downgrade(revision="base")
    assert set(inspect(engine(app)).get_table_names()) == {"alembic_version"}
    upgrade()
    assert set(inspect(engine(app)).get_table_names()) == {"alembic_version", *Base.metadata.tables}


def test_the_history_of_migrations_is_one_line():
    assert len(ScriptDirectory(str(MIGRATIONS)).get_heads()) == 1


@pytest.mark.parametrize("change", ["UPDATE audit_log SET action = 'x'", "DELETE FROM audit_log"])
def test_evidence_can_be_added_to_but_not_changed(app, change):
    upgrade()
    with engine(app).begin() as connection:
        connection.execute(
            text(
                "INSERT INTO audit_log (id, number, at, actor_kind, action, subject_kind, subject_id, reason, data,"
                " previous_hash, hash) VALUES ('a', 1, '2026-11-22 00:00:00', 'x', 'x', 'x', 'x', 'x', '{}', 'x', 'x')"
            )
        )
    with pytest.raises(DatabaseError, match="only added"), engine(app).begin() as connection:
        connection.execute(text(change))


def test_evidence_cannot_be_emptied_at_one_stroke(app):
    upgrade()
    if engine(app).dialect.name == "sqlite":
        return  # knows no TRUNCATE; its DELETE is refused above
    with pytest.raises(DatabaseError, match="only added"), engine(app).begin() as connection:
        connection.execute(text("TRUNCATE audit_log"))


def test_healthz_says_so_while_the_database_is_not_migrated(app):
    client = app.test_client()
    assert client.get("/healthz").status_code == 503
    upgrade()
    assert client.get("/healthz").status_code == 200
