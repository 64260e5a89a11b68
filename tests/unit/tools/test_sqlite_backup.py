"""The backup against real SQLite files: in use, damaged, locked, without room."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from addon_updater.tools.sqlite_backup import BackupError, ExitCode, back_up, main


def database(path: Path, *, dashboards: int = 3, journal: str = "delete") -> sqlite3.Connection:
    """A database as Grafana makes one, as far as the backup looks; the connection stays open."""
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA journal_mode={journal}")
    connection.execute("CREATE TABLE dashboard (id INTEGER PRIMARY KEY, data TEXT)")
    connection.execute("CREATE TABLE user (id INTEGER PRIMARY KEY)")
    connection.executemany("INSERT INTO dashboard (data) VALUES (?)", [("x" * 2000,)] * dashboards)
    connection.execute("INSERT INTO user DEFAULT VALUES")
    connection.commit()
    return connection


def rows(path: Path, table: str = "dashboard") -> int:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "grafana.db"
    database(path).close()
    return path


@pytest.fixture
def backups(tmp_path):
    return tmp_path / "backups"


def refusal(*args, **options):
    with pytest.raises(BackupError) as refused:
        back_up(*args, **{"keep": 3, **options})
    return refused.value


def test_the_copy_holds_what_the_source_holds_and_says_so(source, backups):
    backup = back_up(source, backups, "a1", keep=3)

    assert (backup.path, rows(backup.path)) == (backups / "a1.backup.db", 3)
    assert backup.rows == {"dashboard": 3, "user": 1}
    assert str(backup).endswith("MiB, integrity ok, 3 dashboard, 1 user")
    assert [path.name for path in backups.iterdir()] == ["a1.backup.db"]


def test_nobody_else_may_read_the_copy(source, backups):
    backup = back_up(source, backups, "a1", keep=3)

    assert (backups.stat().st_mode & 0o777, backup.path.stat().st_mode & 0o777) == (0o700, 0o600)


def test_a_writer_in_wal_mode_goes_on_and_its_committed_rows_are_in_the_copy(tmp_path, backups):
    source = tmp_path / "grafana.db"
    with closing(database(source, journal="wal")) as writer:
        writer.execute("INSERT INTO dashboard (data) VALUES ('committed, in the log only')")
        writer.commit()
        writer.execute("INSERT INTO dashboard (data) VALUES ('not committed')")
        backup = back_up(source, backups, "a1", keep=3)
        writer.commit()

    assert (backup.rows["dashboard"], rows(backup.path), rows(source)) == (4, 4, 5)


def test_the_copy_of_a_wal_database_is_one_file(tmp_path, backups):
    source = tmp_path / "grafana.db"
    with closing(database(source, journal="wal")):
        backup = back_up(source, backups, "a1", keep=3)
    rows(backup.path)

    assert [path.name for path in backups.iterdir()] == ["a1.backup.db"]


def test_a_hot_journal_of_a_killed_writer_is_rolled_back(source, backups):
    program = (
        "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('PRAGMA cache_size=1');"
        "c.executemany('INSERT INTO dashboard (data) VALUES (?)', [('y' * 3000,)] * 200); os._exit(9)"
    )
    killed = subprocess.run([sys.executable, "-c", program, source], check=False)
    journal = source.with_name("grafana.db-journal")

    assert (killed.returncode, journal.exists()) == (9, True)
    assert back_up(source, backups, "a1", keep=3).rows["dashboard"] == 3


def test_a_database_that_stays_locked_is_given_up(source, backups):
    with closing(sqlite3.connect(source)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        error = refusal(source, backups, "a1", lock_seconds=0.05)

    assert (error.code, list(backups.iterdir())) == (ExitCode.SOURCE_LOCKED, [])
    assert "stayed locked for 0.05 s" in str(error)


def test_a_file_that_is_no_database_is_refused(tmp_path, backups):
    source = tmp_path / "grafana.db"
    source.write_bytes(b"no database at all" * 1000)

    error = refusal(source, backups, "a1")

    assert (error.code, list(backups.iterdir())) == (ExitCode.SOURCE_UNREADABLE, [])


def test_damage_inside_the_database_is_found_in_the_copy_which_is_not_kept(tmp_path, backups):
    source = tmp_path / "grafana.db"
    with closing(database(source, dashboards=400)) as connection:
        connection.execute("CREATE INDEX by_data ON dashboard (data)")
        connection.commit()
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'by_data'").fetchone()
        (page,) = connection.execute("PRAGMA page_size").fetchone()
    with source.open("r+b") as file:
        file.seek((root - 1) * page)
        file.write(b"\xff" * page)

    error = refusal(source, backups, "a1")

    assert (error.code, list(backups.iterdir())) == (ExitCode.COPY_DAMAGED, [])
    assert "repair the database before any update" in str(error)


@pytest.mark.parametrize("share, fits", [(1.19, False), (1.21, True)])
def test_there_must_be_room_for_the_copy_and_a_fifth_more(source, backups, share, fits):
    free = int(source.stat().st_size * share)
    if fits:
        assert back_up(source, backups, "a1", keep=3, free_bytes=lambda _: free).size > 0
    else:
        assert refusal(source, backups, "a1", free_bytes=lambda _: free).code is ExitCode.NO_ROOM


def test_the_write_ahead_log_counts_for_the_room(tmp_path, backups):
    source = tmp_path / "grafana.db"
    with closing(database(source, dashboards=200, journal="wal")):
        alone = source.stat().st_size
        error = refusal(source, backups, "a1", free_bytes=lambda _: 2 * alone)

    assert error.code is ExitCode.NO_ROOM


def test_a_source_that_is_not_there_is_never_made(tmp_path, backups):
    error = refusal(tmp_path / "elsewhere.db", backups, "a1")

    assert (error.code, list(tmp_path.iterdir())) == (ExitCode.SOURCE_UNREADABLE, [])
    assert "check where the database lies" in str(error)


def test_a_directory_that_cannot_be_written_is_refused(source, tmp_path):
    occupied = tmp_path / "backups"
    occupied.write_text("a file")

    error = refusal(source, occupied, "a1")

    assert error.code is ExitCode.DIRECTORY_UNWRITABLE
    assert "run as the user of the database" in str(error)


def test_only_the_newest_copies_stay_and_nothing_else_is_touched(source, backups):
    backups.mkdir()
    (backups / "notes.txt").write_text("of a person")
    (backups / "killed.backup.db.partial").write_text("half a copy")
    for age, name in enumerate(["a4", "a3", "a2", "a1"]):
        path = back_up(source, backups, name, keep=9).path
        os.utime(path, (1000 - age, 1000 - age))

    backup = back_up(source, backups, "a5", keep=3)

    assert backup.removed == 2
    assert sorted(path.name for path in backups.iterdir()) == [
        "a3.backup.db",
        "a4.backup.db",
        "a5.backup.db",
        "notes.txt",
    ]


def test_a_second_run_of_the_same_name_replaces_the_copy(source, backups):
    back_up(source, backups, "a1", keep=3)
    with closing(sqlite3.connect(source)) as connection:
        connection.execute("INSERT INTO dashboard (data) VALUES ('new')")
        connection.commit()

    assert rows(back_up(source, backups, "a1", keep=3).path) == 4


def test_the_last_words_go_to_standard_output_and_to_the_termination_message(
    source, backups, tmp_path, capsys
):
    log = tmp_path / "termination-log"

    code = main([str(source), str(backups), "a1", "--keep", "1"], termination_log=log)

    assert (code, capsys.readouterr().out) == (0, f"{log.read_text()}\n")
    assert log.read_text().startswith(f"backup: {backups}/a1.backup.db holds ")


def test_a_failure_has_its_exit_code_and_one_line(backups, tmp_path, capsys):
    code = main([str(tmp_path / "none.db"), str(backups), "a1"], termination_log=tmp_path / "no" / "log")

    said = capsys.readouterr().out
    assert (code, said.count("\n")) == (ExitCode.SOURCE_UNREADABLE, 1)
    assert said.startswith("no backup: ")


@pytest.mark.parametrize("arguments", [["../a1"], ["A1"], [""], ["a1", "--keep", "0"], ["a1", "--keep", "x"]])
def test_a_name_that_leads_elsewhere_or_nothing_to_keep_is_a_wrong_argument(
    source, backups, arguments, capsys
):
    with pytest.raises(SystemExit) as ended:
        main([str(source), str(backups), *arguments])

    assert (ended.value.code, backups.exists()) == (2, False)
    assert "error: argument" in capsys.readouterr().err
