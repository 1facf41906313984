"""A database is restored from an older state, and the log that is kept outside of it erases again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import LiteralString

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from annotation.erasure import replay
from annotation.ingest import store
from annotation.models import Erasure, Export, Feature, Interaction, Tombstone
from tests.cast import NOW
from tests.erasure import world
from tests.erasure.world import LATER, WORD
from tests.exports import world as exports
from tests.ingest.sent import later

pytestmark = pytest.mark.django_db(transaction=True)

TABLES: LiteralString = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.STORAGE_FOLDER = tmp_path
    return tmp_path


def backup() -> Callable[[], None]:
    """Copy every row of every table out, and return what puts them all back."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        names = [sql.Identifier(name) for (name,) in cursor.fetchall()]
        copied = []
        for name in names:
            with cursor.copy(sql.SQL("COPY {} TO STDOUT (FORMAT BINARY)").format(name)) as out:
                copied.append(b"".join(bytes(piece) for piece in out))

    def restore() -> None:
        with connection.cursor() as cursor:
            # As pg_restore does: neither triggers nor foreign keys look at what is put back.
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(names)))
            for name, rows in zip(names, copied, strict=True):
                with cursor.copy(sql.SQL("COPY {} FROM STDIN (FORMAT BINARY)").format(name)) as into:
                    into.write(rows)
            cursor.execute("SET session_replication_role = DEFAULT")

    return restore


def again() -> replay.Replayed:
    return replay.replay(clock=lambda: LATER + timedelta(days=1))


def test_what_a_restore_brings_back_is_erased_again(feature: Feature, folder: Path) -> None:
    world.sent(*[world.record(number) for number in range(3)], world.record(7, user="else"), world.plain())
    world.labeled(f"{WORD}-1", comment=WORD)
    restore = backup()
    world.erase(feature, user_key=WORD)
    world.erase(feature, interaction_id=f"{WORD}-7")
    restore()
    assert world.traces()
    assert not Erasure.objects.exists()
    done = again()
    assert world.traces() == {}
    assert (done.erasures, done.interactions, done.tombstones) == (2, 4, 4)
    assert Interaction.objects.get(erased_at=None).external_id == "gen_1"
    assert [one.code for one in world.sent(world.record(1), world.record(7, user="else")).refused] == ["erased"] * 2


def test_it_is_harmless_when_repeated_and_where_nothing_was_restored(feature: Feature) -> None:
    world.sent(world.record(1), world.record(2, user="else"))
    world.erase(feature, user_key=WORD)
    world.erase(feature, interaction_id=f"{WORD}-2")
    before = list(Interaction.objects.order_by("pk").values())
    rows = list(Erasure.objects.order_by("pk").values("pk", "asked_at", "interactions"))
    for _ in range(2):
        done = again()
        assert (done.interactions, done.tombstones) == (0, 0)
    assert list(Interaction.objects.order_by("pk").values()) == before
    assert list(Erasure.objects.order_by("pk").values("pk", "asked_at", "interactions")) == rows
    assert not Erasure.objects.filter(finished_at=None).exists()


def test_what_the_user_did_after_the_erasure_is_new_and_stays(feature: Feature) -> None:
    at = LATER + timedelta(hours=1)
    world.sent(world.record(1))
    world.erase(feature, user_key=WORD)
    world.sent(world.record(2, occurred_at=at.isoformat()), now=at)
    restore = backup()
    restore()
    again()
    assert Interaction.objects.get(erased_at=None).external_id == f"{WORD}-2"


def test_what_was_sent_after_the_backup_is_refused_when_it_is_sent_again(feature: Feature) -> None:
    restore = backup()
    world.sent(world.record(1, user=None), world.record(2))
    world.erase(feature, interaction_id=f"{WORD}-1")
    world.erase(feature, user_key=WORD)
    restore()
    again()
    assert Tombstone.objects.count() == 2
    sent = world.sent(world.record(1, user=None), world.record(2), world.record(3))
    assert [one.code for one in sent.refused] == ["erased"] * 3


def test_signals_that_waited_in_the_backup_go_too(feature: Feature) -> None:
    store.signals(records=[(0, later(f"{WORD}-1", id=WORD))], now=NOW)
    restore = backup()
    world.erase(feature, interaction_id=f"{WORD}-1")
    restore()
    assert world.traces()
    again()
    assert world.traces() == {}


def test_datasets_of_the_backup_that_held_it_lose_their_files(feature: Feature, folder: Path) -> None:
    world.sent(world.record(1), world.plain())
    for name in (f"{WORD}-1", "gen_1"):
        world.labeled(name)
    held = exports.made(feature)
    restore = backup()
    copies = {path: path.read_bytes() for path in (folder / "exports").rglob("*") if path.is_file()}
    world.erase(feature, user_key=WORD)
    restore()
    for path, data in copies.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    again()
    assert not [path for path in (folder / "exports").rglob("*") if path.is_file()]
    assert Export.objects.get(pk=held.pk).files_erased_at is not None
    assert list(Erasure.objects.get().exports.all()) == [held]


def test_the_command_says_what_it_did_and_what_it_has_no_feature_for(
    feature: Feature, capsys: pytest.CaptureFixture[str]
) -> None:
    world.sent(world.record(1))
    restore = backup()
    world.erase(feature, user_key=WORD)
    restore()
    call_command("replay_erasures")
    said = "Erasures in the log: 1. Interactions erased again: 1. Ids that are refused again: 1.\n"
    assert capsys.readouterr().out == said
    Feature.objects.filter(pk=feature.pk).update(slug="renamed")
    call_command("replay_erasures")
    assert "no feature email-drafts" in capsys.readouterr().err


def test_without_a_log_there_is_nothing_to_do(feature: Feature) -> None:
    assert again().erasures == 0
