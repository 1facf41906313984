from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from flywheel_app.local import place, process, servers, valkey
from flywheel_app.local.process import Group

SERVE = """
import sys, time
from pathlib import Path
from flywheel_app.local import servers
with servers.running(Path(sys.argv[1]), durable=True) as urls:
    print(urls["DATABASE_URL"], urls["REDIS_URL"], flush=True)
    time.sleep(float(sys.argv[2]))
"""


def _launch(folder: Path, *, seconds: float) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", SERVE, str(folder), str(seconds)], stdout=subprocess.PIPE, text=True)


@pytest.fixture
def killed(folder: Path) -> list[str]:
    """The URLs of servers whose launcher was killed after it had started them and written a row and a key."""
    with _launch(folder, seconds=60) as launcher:
        assert launcher.stdout
        urls = launcher.stdout.readline().split()
        with psycopg.connect(urls[0], autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
        with redis.Redis.from_url(urls[1]) as client:
            client.set("kept", 7)
        launcher.kill()
    return urls


def test_what_a_killed_launcher_left_is_ended_before_the_next_start(killed: list[str], folder: Path) -> None:
    here = place.prepare(folder)
    left = [found.pid for found in process.tagged(here.tag)]
    assert left
    with servers.running(folder, durable=True) as urls:
        assert not any(process.is_alive(pid) for pid in left)
        assert len(process.tagged(valkey.tag(here))) == 1
        with psycopg.connect(urls["DATABASE_URL"]) as connection:
            assert connection.execute("SELECT n FROM kept").fetchone() == (7,)
        with redis.Redis.from_url(urls["REDIS_URL"]) as client:
            assert client.get("kept") == b"7"
    assert process.tagged(here.tag) == []


def test_who_comes_second_waits_for_the_first(folder: Path) -> None:
    with _launch(folder, seconds=0.5) as first, _launch(folder, seconds=0) as second:
        assert first.wait() == second.wait() == 0


def test_given_urls_win_over_servers_of_our_own(folder: Path) -> None:
    given = {"DATABASE_URL": "postgresql://there", "REDIS_URL": "redis://there", "OTHER": "1"}
    with servers.running(folder, given=given) as urls:
        assert urls == {"DATABASE_URL": "postgresql://there", "REDIS_URL": "redis://there"}
    assert list(folder.iterdir()) == []


def test_a_held_folder_is_refused_with_the_process_to_stop(folder: Path) -> None:
    with process.lock(folder):
        assert process.is_locked(folder)
        with pytest.raises(process.AlreadyRunning, match=f"kill {os.getpid()}"), process.lock(folder):
            pass
    assert not process.is_locked(folder)


def test_the_lock_of_a_killed_process_is_free(folder: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from flywheel_app.local import process\n"
        "with process.lock(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        holder.stdout.readline()
        assert process.is_locked(folder)
        holder.kill()
    with process.lock(folder):
        assert process.holder(folder) == str(os.getpid())


def test_a_zombie_is_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    while psutil.Process(child.pid).status() != psutil.STATUS_ZOMBIE:
        pass
    assert not process.is_alive(child.pid)
    assert child.wait() == 0
    assert not process.is_alive(child.pid)


def test_children_share_a_group_that_outlives_its_first_member(folder: Path, group: Group) -> None:
    first, second = _sleeper(group, folder), _sleeper(group, folder)
    number = os.getpgid(first.pid)
    assert number == os.getpgid(second.pid) != os.getpgid(0)
    first.kill()
    first.wait()
    assert os.getpgid(_sleeper(group, folder).pid) == number
    assert process.stop(place.tag(folder))


def test_a_process_that_ignores_the_signal_is_ended_by_force(folder: Path, group: Group) -> None:
    child = _sleeper(group, folder, before="import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1)")
    while not (folder / "log").read_text():
        pass
    assert process.stop(place.tag(folder), grace=0.1)
    assert child.wait() == -signal.SIGKILL
    assert not process.stop(place.tag(folder))


def _sleeper(group: Group, folder: Path, *, before: str = "") -> subprocess.Popen[bytes]:
    command = [sys.executable, "-u", "-c", f"{before}\nimport time; time.sleep(60)", place.tag(folder)]
    return group.spawn(command, log=folder / "log", environment=os.environ, folder=folder)
