"""An installation is prepared once, and runs with the key that it was made with."""

from __future__ import annotations

import os
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Group

from annotation import installation, taxonomy
from annotation.models import Installation, TaxonomyVersion
from tests import away, stock
from tests.cast import NOW
from tests.web_server import Visitor, WebServer
from tests.workers import ROOT, environment, until

START = {
    "web": ["gunicorn", "flywheel_app.wsgi:application", "--bind", "127.0.0.1:0"],
    "worker": ["celery", "-A", "flywheel_app", "worker", "--concurrency", "1"],
}


@pytest.mark.django_db
def test_the_first_start_publishes_the_taxonomy_and_makes_the_roles() -> None:
    installation.ensure(now=NOW)
    installation.ensure(now=NOW)
    assert taxonomy.current().number == 1
    assert set(Group.objects.values_list("name", flat=True)) == {"annotator", "adjudicator", "engineer", "admin"}


@pytest.mark.django_db
def test_another_hash_key_is_refused_in_words(settings: LazySettings) -> None:
    installation.ensure(now=NOW)
    settings.HASH_KEY = b"another key, of some other installation"
    with pytest.raises(installation.OtherHashKey, match="Set HASH_KEY to the former value"):
        installation.ensure(now=NOW)


@pytest.mark.django_db(transaction=True)
def test_processes_that_start_together_prepare_once() -> None:
    stock.together(8, lambda _: installation.ensure(now=NOW), list(range(8)))
    assert (Installation.objects.count(), TaxonomyVersion.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("process", list(START))
def test_no_process_starts_with_another_hash_key(process: str) -> None:
    installation.ensure(now=NOW)
    told = refusal_to_start(process, HASH_KEY="another key, of some other installation")
    assert "Flywheel can't start: HASH_KEY is not the key that this database was made with" in told


@pytest.mark.django_db(transaction=True)
def test_without_its_database_a_worker_says_what_to_check() -> None:
    told = refusal_to_start("worker", DATABASE_URL="postgresql://nobody@127.0.0.1:9/nothing", DATABASE_POOL="0")
    assert "Flywheel can't start: The database can't be reached" in told
    assert "Check DATABASE_URL" in told


@pytest.mark.django_db(transaction=True)
def test_without_its_database_a_web_process_answers_in_words_until_it_is_there(tmp_path: Path) -> None:
    """gunicorn would end with it, and nobody be answered at all."""
    with away.database():
        server = WebServer(tmp_path, workers=1)
    with server:
        with away.database():
            answer = Visitor(server).get("/accounts/login/")
            assert (answer.status, Visitor(server).get("/healthz").status) == (503, 200)
            assert "can't reach its database" in unescape(answer.text)
        until(lambda: Visitor(server).get("/accounts/login/").status == 200, every=0.2)


@pytest.mark.django_db(transaction=True)
def test_a_web_process_that_finds_another_installation_later_answers_nothing_of_it(tmp_path: Path) -> None:
    installation.ensure(now=NOW)
    with away.database():
        server = WebServer(tmp_path, workers=1, settings={"HASH_KEY": "another key, of some other installation"})
    with server:
        until(
            lambda: Visitor(server).get("/accounts/login/").status == 503 and _says(tmp_path, "HASH_KEY is not the key")
        )


def _says(folder: Path, words: str) -> bool:
    return any(words in log.read_text() for log in folder.glob("web-*.log"))


@pytest.mark.django_db(transaction=True)
def test_on_a_database_without_tables_it_says_how_to_make_them() -> None:
    # The tests' own tables are in another database of this server.
    told = refusal_to_start("web", DATABASE_URL=os.environ["DATABASE_URL"])
    assert "Make them with: manage.py migrate" in told


def refusal_to_start(process: str, **changed: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", *START[process]],
        cwd=ROOT,
        env=environment() | changed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode != 0
    assert "Traceback" not in ended.stderr
    return ended.stderr
