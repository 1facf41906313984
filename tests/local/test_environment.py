from __future__ import annotations

import json
from pathlib import Path

import pytest

from flywheel_app.local import environment, keys, process

SETTINGS = {"DATABASE_URL": "postgresql://demo", "HASH_KEY": "the demo's"}


@pytest.fixture
def environ(folder: Path) -> dict[str, str]:
    environment.publish(folder, settings=SETTINGS, demo={"url": "http://127.0.0.1:8000"})
    return {"FLYWHEEL_DIR": str(folder)}


def test_a_command_joins_a_running_demo(environ: dict[str, str], folder: Path) -> None:
    with process.lock(folder):
        assert environment.join(environ, root=folder)
    assert environ.items() >= SETTINGS.items()


def test_a_demo_that_was_killed_is_not_joined(environ: dict[str, str], folder: Path) -> None:
    assert not environment.join(environ, root=folder)
    assert "HASH_KEY" not in environ


def test_a_demo_that_does_not_serve_yet_is_not_joined(environ: dict[str, str], folder: Path) -> None:
    environment.withdraw(folder)
    with process.lock(folder):
        assert not environment.join(environ, root=folder)


def test_a_database_of_ones_own_is_kept(environ: dict[str, str], folder: Path) -> None:
    (folder / ".env").write_text("DATABASE_URL=postgresql://mine\n")
    with process.lock(folder):
        assert not environment.join(environ, root=folder)
        assert not environment.join(environ | {"DATABASE_URL": "postgresql://other"}, root=Path("/"))


def test_the_environment_is_stronger_than_the_file_and_empty_is_not_set(folder: Path) -> None:
    (folder / ".env").write_text("A=file\nB=file\nC=\n")
    assert environment.given({"A": "environment", "B": ""}, root=folder) == {"A": "environment", "B": "file"}


def test_what_scripts_read_is_for_the_owner_alone(environ: dict[str, str], folder: Path) -> None:
    for name in (environment.FOR_SCRIPTS, environment.FOR_COMMANDS):
        assert (folder / name).stat().st_mode & 0o777 == 0o600
    assert json.loads((folder / "demo.json").read_text()) == {"url": "http://127.0.0.1:8000"}


def test_keys_are_random_made_once_and_for_the_owner_alone(folder: Path) -> None:
    made = keys.read_or_make(folder, has_data=False)
    assert len(set(made.values())) == len(keys.NAMES)
    assert keys.read_or_make(folder, has_data=True) == made
    assert (folder / "keys.json").stat().st_mode & 0o777 == 0o600


def test_data_without_its_keys_is_refused_in_words(folder: Path) -> None:
    with pytest.raises(keys.KeysLost, match="Put the file back from a backup"):
        keys.read_or_make(folder, has_data=True)
