"""The web process is killed between a label's request and its answer: nothing is lost, nothing doubled."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import psycopg
import pytest
from django.db import connection

from annotation.models import Item, Label, User
from tests import stock
from tests.locks import somebody_waits
from tests.web_server import Visitor, WebServer, label_form
from tests.workers import until

pytestmark = pytest.mark.django_db(transaction=True)

Got = TypeVar("Got")

QUEUE = "/annotate/email-drafts.default/"


def test_a_label_that_was_killed_before_it_was_saved_can_be_sent_again(tmp_path: Path, annotator: User) -> None:
    stock.items(annotator.memberships.get().feature, 1)
    with WebServer(tmp_path, workers=1) as server, psycopg.connect(**connection.get_connection_params()) as own:
        tab = Visitor(server, annotator)
        form = _form(tab)
        own.execute("LOCK TABLE annotation_label IN EXCLUSIVE MODE")
        sender = threading.Thread(target=_send_and_lose, args=(tab, form))
        sender.start()
        until(somebody_waits)
        server.restart()
        sender.join()
        own.rollback()
        assert not Label.objects.exists()
        assert tab.post(f"{QUEUE}label/", form).status == 200
    assert Label.objects.get().item == Item.objects.get(status="resolved")


@pytest.mark.parametrize("kills", [4, pytest.param(10, marks=pytest.mark.long)])
def test_labels_sent_while_the_server_is_killed_at_random_are_there_once(
    kills: int, tmp_path: Path, annotator: User
) -> None:
    """Kills at random moments; each form is sent until it is answered."""
    stock.items(annotator.memberships.get().feature, 60)
    chance = random.Random(7)
    ended = threading.Event()
    answered: list[str] = []
    with WebServer(tmp_path, workers=1) as server:
        killer = threading.Thread(target=_kill_at_random, args=(server, chance, kills, ended))
        killer.start()
        tab = Visitor(server, annotator)
        while form := _retried(lambda: label_form(tab.get(QUEUE).text)):
            answer = _retried(partial(tab.post, f"{QUEUE}label/", form | {"reason": "verified"}))
            assert answer.status == 200
            answered.append(form["item"])
        ended.set()
        killer.join()
    assert sorted(answered) == sorted(Label.objects.values_list("item__public_id", flat=True))
    assert Label.objects.count() == 60


def _form(tab: Visitor) -> dict[str, str]:
    form = label_form(tab.get(QUEUE).text)
    assert form is not None
    return form | {"reason": "verified"}


def _send_and_lose(tab: Visitor, form: dict[str, str]) -> None:
    with pytest.raises(ConnectionError):
        tab.post(f"{QUEUE}label/", form)


def _kill_at_random(server: WebServer, chance: random.Random, kills: int, ended: threading.Event) -> None:
    for _ in range(kills):
        if ended.wait(chance.uniform(0.02, 0.5)):
            return
        server.restart()


def _retried(attempt: Callable[[], Got]) -> Got:
    """Ask until the server answers, as a person would press again."""
    end = time.monotonic() + 180
    while time.monotonic() < end:
        try:
            return attempt()
        except ConnectionError:
            time.sleep(0.05)
    raise AssertionError("the server did not come back")
