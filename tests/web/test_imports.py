"""`/manage/imports/` and `/manage/imports/<id>/`: upload, see what will become of it, start, watch, cancel."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from annotation.ingest.files import formats
from annotation.ingest.imports import job, request
from annotation.models import Feature, Import, Interaction, User
from annotation.web.imports import forms, progress, upload
from tests import cast
from tests.ingest.sent import interaction, signal
from tests.web import pages
from tests.web.pages import SCRIPT

pytestmark = pytest.mark.django_db(transaction=True)

LIST, UPLOAD = "/manage/imports/", "/manage/imports/upload/"


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.STORAGE_FOLDER = tmp_path / "storage"
    return tmp_path / "storage"


@pytest.fixture
def client(engineer: User) -> Client:
    return pages.sign_in(engineer)


def send(client: Client, *records: Any, name: str = "a.jsonl", feature: str = "email-drafts", **typed: str) -> Any:
    data = b"".join((one if isinstance(one, bytes) else orjson.dumps(one)) + b"\n" for one in records)
    return client.post(UPLOAD, {"file": SimpleUploadedFile(name, data), "feature": feature} | typed)


def of(one: Import, verb: str = "") -> str:
    return f"/manage/imports/{one.public_id}/{verb}{'/' if verb else ''}"


def worked(one: Import) -> Import:
    job.run(import_id=one.pk, by="test", clock=timezone.now)
    return Import.objects.get(pk=one.pk)


def checked(client: Client, *records: Any, **options: str) -> Import:
    send(client, *records, **options)
    return worked(Import.objects.get())


def test_from_upload_to_end(client: Client, feature: Feature) -> None:
    answer = send(client, interaction("a", signals=[signal()]), {"id": "bad"}, interaction("b"))
    one = Import.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, of(one))
    assert "It starts as soon as a worker does" in pages.text(client.get(of(one)))
    assert "No worker is running" in pages.text(client.get(of(one)))

    worked(one)
    page = pages.text(client.get(of(one)))
    assert re.findall(r'<dd class="number">([\d,]+)</dd>', page) == ["2", "0", "1"]
    assert "would be taken" in page
    assert '<strong class="number">line 2</strong> <code>bad</code>: occurred_at is missing' in page
    assert "Dear Ann, thank you." in page
    assert "Nothing is stored yet" in page
    assert not Interaction.objects.exists()

    assert client.post(of(one, "start"))["Location"] == of(one)
    worked(one)
    page = pages.text(client.get(of(one)))
    assert "This import is done" in page
    assert re.findall(r'<dd class="number">([\d,]+)</dd>', page) == ["2", "0", "1"]
    assert Interaction.objects.count() == 2
    assert "a.jsonl" in pages.text(client.get(LIST))


def test_the_list_of_refusals_is_plain_text(client: Client, feature: Feature) -> None:
    one = checked(client, {"id": "=cmd()"}, b"{")
    answer = client.get(f"{of(one)}refused.txt")
    first, second = answer.content.decode().splitlines()

    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="{one.public_id}-refused.txt"'
    assert first.startswith("line 1: =cmd() missing_field: ")
    assert second.startswith("line 2: malformed_json: This line is not JSON")


def test_scores_are_shown_with_what_they_mean_and_can_be_mapped_anew(client: Client, feature: Feature) -> None:
    score = {"id": "s", "name": "stars", "value": 1, "dataType": "NUMERIC", "timestamp": "2026-03-02T08:00:00Z"}
    call = {"id": "g", "type": "GENERATION", "startTime": "2026-03-02T08:00:00Z", "output": "Ho"}
    one = checked(client, {"id": "t", "observations": [call], "scores": [score]})
    page = pages.text(client.get(of(one)))
    assert '<th scope="row">stars</th><td>1</td><td><code>stars</code></td>' in page
    assert "any other score is kept as a signal under its own name" in page

    wrong = client.post(of(one, "change"), {"format": "langfuse", "rules": "stars"})
    assert wrong.status_code == 422
    assert "is no rule" in pages.text(wrong)
    assert client.post(of(one, "change"), {"format": "langfuse", "rules": "stars:1=thumbs_down"}).status_code == 302
    page = pages.text(client.get(of(worked(one))))
    assert "<code>thumbs_down</code>" in page
    assert ">stars:1=thumbs_down</textarea>" in page.replace("\n", "")


def test_what_can_not_be_kept_is_said_at_the_form_and_leaves_nothing(
    client: Client, feature: Feature, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for answer, told in (
        (client.post(UPLOAD, {"feature": "email-drafts"}), "Choose a file."),
        (send(client), "The file is empty"),
        (send(client, b"PAR1 x", name="a.parquet"), "can't be read further"),
        (send(client, interaction(), rules="nothing"), "is no rule"),
        (send(client, interaction(), feature="elsewhere"), "Select a valid choice"),
    ):
        assert answer.status_code == 422
        assert told in pages.text(answer)
    monkeypatch.setattr(upload, "MAX_BYTES", 100)
    answer = send(client, interaction(output="x" * 200))
    assert answer.status_code == 422
    assert "manage.py import_interactions a.jsonl --feature email-drafts" in pages.text(answer)
    assert not Import.objects.exists()
    assert not list(folder.glob("imports/*"))


def test_nobody_s_file_is_kept_who_is_not_signed_in(feature: Feature, folder: Path) -> None:
    answer = send(Client(), interaction())
    assert answer.status_code == 401
    assert not Import.objects.exists()
    assert answer.wsgi_request.FILES == {}


def test_another_feature_s_import_is_not_found(client: Client, feature: Feature, admin: User) -> None:
    cast.feature("support-chat")
    send(pages.sign_in(admin), interaction(feature="support-chat"), feature="support-chat")
    one = Import.objects.get()
    assert client.get(of(one)).status_code == 404
    assert "a.jsonl" not in pages.text(client.get(LIST))
    assert [client.post(of(one, verb)).status_code for verb in ("start", "cancel", "change")] == [404] * 3


def test_it_is_cancelled_before_it_starts_and_not_twice(client: Client, feature: Feature) -> None:
    one = checked(client, interaction())
    client.post(of(one, "cancel"))
    assert "Nothing was stored, and the file is deleted" in pages.text(client.get(of(one)))
    assert client.post(of(one, "cancel")).status_code == 409
    answer = client.post(of(one, "start"))
    assert answer.status_code == 409
    assert "only one that is checked can be started" in pages.text(answer)


def test_one_that_failed_is_tried_again_on_its_page(client: Client, feature: Feature, folder: Path) -> None:
    send(client, interaction())
    one = Import.objects.get()
    path = folder / request.file(one)
    path.rename(path.with_suffix(".away"))
    worked(one)
    assert "The file is kept for a day" in pages.text(client.get(of(one)))

    path.with_suffix(".away").rename(path)
    assert client.post(of(one, "again")).headers["Location"] == of(one)
    assert worked(one).status == "checked"
    assert client.post(of(one, "again")).status_code == 409


def test_a_script_asks_for_news_and_gets_the_part_that_changed(client: Client, feature: Feature) -> None:
    send(client, interaction())
    one = Import.objects.get()
    page = pages.text(client.get(of(one), headers=SCRIPT))
    assert "<html" not in page
    (seen,) = re.findall(r"\?seen=(\w+)", page)
    assert client.get(of(one), {"seen": seen}, headers=SCRIPT).status_code == 204

    worked(one)
    news = pages.text(client.get(of(one), {"seen": seen}, headers=SCRIPT))
    assert "The import is now checked." in news


def test_progress_tells_rate_time_left_and_trouble(feature: Feature) -> None:
    now = timezone.now()
    one = Import(
        status=Import.Status.RUNNING,
        stage=Import.Stage.TAKE,
        bytes_done=250,
        bytes_total=1000,
        accepted=9_000,
        duplicates=3_000,
        started_at=now - timedelta(seconds=4),
        heartbeat_at=now,
    )
    told = progress.of(one, has_worker=True, now=now)
    assert told.text == "12,000 records, 25 % of the file. 3,000 a second, about 12 s left."
    one.heartbeat_at = now - timedelta(seconds=11)
    assert "nothing is taken twice" in progress.of(one, has_worker=True, now=now).trouble


def test_every_format_has_its_name_on_the_page() -> None:
    assert tuple(forms.FORMATS) == formats.NAMES
    assert request.MAX_BYTES == 1024**3
