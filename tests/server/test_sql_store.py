"""What only the real store can do or suffer."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from microsip_manager.server.errors import StoreFailed
from microsip_manager.server.sql_store import SqlStore, shown_url
from microsip_manager.server.tables import metadata


def test_a_second_start_finds_its_tables(tmp_path: Path) -> None:
    SqlStore(f"sqlite:///{tmp_path}/a.db").close()
    store = SqlStore(f"sqlite:///{tmp_path}/a.db")

    assert store.load() == []
    store.close()


def test_the_migrations_make_the_very_tables_the_code_uses(tmp_path: Path) -> None:
    SqlStore(f"sqlite:///{tmp_path}/a.db").close()

    engine = sa.create_engine(f"sqlite:///{tmp_path}/a.db")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_readers_do_not_wait_for_the_writer(tmp_path: Path) -> None:
    store = SqlStore(f"sqlite:///{tmp_path}/a.db")

    with closing(sqlite3.connect(tmp_path / "a.db")) as reader:
        assert reader.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    store.close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:////dev/null/x/a.db", "/dev/null/x/a.db: .*Not a directory"),
        ("nonsense", "DATABASE_URL is not a database"),
        ("mysterydb://u:secret@127.0.0.1/x", r"mysterydb://u:\*\*\*@127.0.0.1/x is not a database"),
    ],
)
def test_a_database_that_cannot_be_used_is_named_without_its_password(url: str, said: str) -> None:
    with pytest.raises(StoreFailed, match=said) as caught:
        SqlStore(url)

    assert "secret" not in str(caught.value)


def test_a_damaged_file_is_named_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"this was a shopping list\n" * 100)

    with pytest.raises(StoreFailed, match=r"a\.db: file is not a database"):
        SqlStore(f"sqlite:///{tmp_path}/a.db")

    assert (tmp_path / "a.db").read_bytes().startswith(b"this was")


def test_a_database_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    SqlStore(f"sqlite:///{tmp_path}/a.db").close()
    with closing(sqlite3.connect(tmp_path / "a.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()

    with pytest.raises(StoreFailed, match="9999"):
        SqlStore(f"sqlite:///{tmp_path}/a.db")


def test_a_url_without_a_password_is_shown_as_it_is() -> None:
    assert shown_url("sqlite:///data/a.db") == "sqlite:///data/a.db"
