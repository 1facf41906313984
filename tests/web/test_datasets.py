"""`/datasets/` and `/datasets/<id>/`: count, ask, watch, cancel, download; each for members of the feature alone."""

from __future__ import annotations

import fnmatch
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from annotation import jobs, storage
from annotation.exports import wanted
from annotation.exports.files import write
from annotation.exports.finished import rewriting, serve
from annotation.exports.selection import causes, select
from annotation.exports.series import since
from annotation.models import AuditEvent, ConsensusRevision, Export, Feature, InteractionContent, Item, SplitPlan, User
from annotation.web.datasets import loading, progress, words
from annotation.web.progress import STATUSES
from tests import cast, stock, worlds
from tests.exports import world
from tests.web import pages
from tests.web.pages import SCRIPT

LIST, ASK, COUNT = "/datasets/", "/datasets/ask/", "/datasets/count/"


@pytest.fixture
def labeled(feature: Feature) -> Feature:
    """Three answers to imitate, one bad one, and one that nobody has looked at."""
    for _ in range(3):
        world.decided(feature, "accepted", "verified")
    world.decided(feature, "thumbs_down", "wrong_fact")
    world.waiting(world.shown(feature), "accepted")
    return feature


@pytest.fixture
def done(transactional_db: None, labeled: Feature) -> Export:
    """A finished export of the three. Its job works on a connection of its own, so all has to be committed."""
    return world.made(labeled, splits={"train": 1})


@pytest.fixture
def client(engineer: User) -> Client:
    return pages.sign_in(engineer)


def wish(**changes: Any) -> dict[str, Any]:
    """What the form sends."""
    sent = {
        "key": uuid4(),
        "feature": "email-drafts",
        "format": "sft",
        "container": "jsonl",
        "train": "1",
        "validation": "0",
        "test": "0",
    }
    sent |= {"group_by": "conversation", "seed": "0", "purpose": "training", "override": "There is no verdict yet."}
    return sent | changes


def of(export: Export, verb: str = "") -> str:
    return f"{LIST}{export.public_id}/{verb}"


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_a_dataset_is_asked_for_and_its_page_follows(client: Client, engineer: User, labeled: Feature) -> None:
    sent = wish(signal_kinds=["accepted"], occurred_from="2026-03-01T00:00", model_versions="drafts-1\ndrafts-2\n")
    answer = client.post(ASK, sent)
    export = Export.objects.get()
    assert answer.headers["Location"] == of(export)
    assert export.requested_by == engineer
    assert AuditEvent.objects.get(verb="export.requested").user == engineer
    filters = export.request["filters"]
    assert (filters["signal_kinds"], filters["from"]) == (["accepted"], "2026-03-01T00:00:00+00:00")
    assert filters["model_versions"] == ["drafts-1", "drafts-2"]
    assert export.request["splits"] == {"train": 1}


def test_a_form_sent_twice_makes_one_export(client: Client, labeled: Feature) -> None:
    sent = wish()
    first, again = client.post(ASK, sent), client.post(ASK, sent)
    assert first.headers["Location"] == again.headers["Location"]
    assert Export.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_eight_times_at_once_makes_one_export(labeled: Feature, engineer: User) -> None:
    sent = wish()
    clients = [pages.sign_in(engineer) for _ in range(8)]
    answers = stock.together(8, lambda client: client.post(ASK, sent), clients)
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert Export.objects.count() == 1


def test_a_form_that_was_changed_after_it_was_sent_asks_for_another_dataset(client: Client, labeled: Feature) -> None:
    sent = wish()
    client.post(ASK, sent)
    client.post(ASK, sent | {"format": "kto"})
    assert {export.request["format"] for export in Export.objects.all()} == {"sft", "kto"}


def test_the_same_key_of_two_people_makes_two_exports(client: Client, labeled: Feature) -> None:
    sent = wish()
    client.post(ASK, sent)
    pages.sign_in(cast.person("eva", roles=["engineer"], features=[labeled])).post(ASK, sent)
    assert Export.objects.count() == 2


def test_the_count_says_what_is_in_and_why_the_rest_is_not(client: Client, labeled: Feature) -> None:
    page = pages.text(client.post(COUNT, wish(), headers=SCRIPT))
    assert "<html" not in page
    assert "<strong>3</strong>" in page
    assert re.search(r"accepted: verified\s*<svg.*?</th><td class=\"number\">3</td><td class=\"number\">100.0", page)
    assert "1 item has no consensus yet." in page
    assert "1 item has a reason that doesn't permit this use." in page
    assert str(words.MENDS["no_consensus"]) in page


@pytest.mark.django_db(transaction=True)
def test_a_count_that_takes_too_long_ends_in_words(
    client: Client, labeled: Feature, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(select, "PREVIEW_SECONDS", 1)
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("LOCK TABLE annotation_consensusrevision")
        page = pages.text(client.post(COUNT, wish(), headers=SCRIPT))
    assert "There is too much to count within 1 seconds." in page
    assert "can't be made" not in page
    assert "<strong>3</strong>" in pages.text(client.post(COUNT, wish(), headers=SCRIPT))


def test_counting_writes_nothing(client: Client, labeled: Feature) -> None:
    client.post(COUNT, wish(), headers=SCRIPT)
    assert not Export.objects.exists()
    assert not SplitPlan.objects.exists()


def test_without_a_script_the_count_stands_beside_the_form_as_it_was_filled(client: Client, labeled: Feature) -> None:
    page = pages.text(client.post(COUNT, wish(seed="7", signal_kinds=["edited"])))
    assert "Nothing matches" in page
    assert 'name="seed" value="7"' in page
    assert re.search(r'value="edited"[^>]* checked', page)
    assert client.get(COUNT).headers["Location"] == ASK


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"train": "0.5"}, "train", "these sum to 0.5"),
        ({"train": "2"}, "train", "less than or equal to 1"),
        ({"occurred_from": "2026-05-05T10:00", "occurred_to": "2026-05-04T10:00"}, "occurred_to", "ends before it"),
        ({"sources": ["judge"]}, "sources", "Only people and gold decide"),
        ({"min_confidence": "nan"}, "min_confidence", "Enter a number"),
        ({"reasons": "nice"}, "reasons", "“nice” is not known here"),
        ({"seed": "1.5"}, "seed", "Enter a whole number"),
        ({"format": "openai_sft", "container": "parquet"}, "container", "is not written as parquet"),
        ({"feature": "support-chat"}, "feature", "not one of the available choices"),
    ],
)
def test_what_can_not_be_made_is_said_at_its_field(
    client: Client, labeled: Feature, change: dict[str, Any], field: str, said: str
) -> None:
    cast.feature("support-chat")
    live = pages.text(client.post(COUNT, wish(**change), headers=SCRIPT))
    asked = client.post(ASK, wish(**change))
    assert asked.status_code == 422
    for page in (live, pages.text(asked)):
        assert said in page.split(f'<div id="said-{field}"')[1].split("</div>")[0]
    assert not Export.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_splits_that_an_earlier_export_fixed_are_what_the_form_starts_with(client: Client, labeled: Feature) -> None:
    world.made(labeled, splits={"train": 0.5, "test": 0.5})
    page = pages.text(client.get(ASK))
    assert 'name="train" value="0.5"' in page
    said = pages.text(client.post(COUNT, wish(), headers=SCRIPT)).split('<div id="said-train"')[1]
    assert "fixed its splits at" in said.split("</div>")[0]


@pytest.mark.django_db(transaction=True)
def test_the_list_shows_the_exports_of_my_features_newest_first(client: Client, labeled: Feature, done: Export) -> None:
    new = world.asked(labeled, "kto", seed=1, now=world.LATER + timedelta(hours=1))
    strange = world.asked(cast.feature("support-chat"))
    page = pages.text(client.get(LIST))
    assert page.index(new.public_id) < page.index(done.public_id)
    assert strange.public_id not in page
    assert "2 exports, newest first" in page
    assert "3 rows" in page


@pytest.mark.parametrize("verb", ["", "archive/", "files/README.md"])
def test_an_export_of_another_feature_is_not_found(client: Client, verb: str) -> None:
    strange = world.asked(cast.feature("support-chat"))
    answer = client.get(of(strange, verb))
    assert answer.status_code == 404
    assert "There is no such page" in pages.text(answer)
    assert client.post(of(strange, "cancel/")).status_code == 404
    assert client.get(ASK, {"like": strange.public_id}).status_code == 404
    strange.refresh_from_db()
    assert strange.status == "pending"


def test_the_pages_are_for_engineers_and_admins(annotator: User, admin: User, done: Export) -> None:
    other, chief = pages.sign_in(annotator), pages.sign_in(admin)
    for address in (LIST, ASK, of(done), of(done, "archive/"), of(done, "files/README.md"), of(done, "rows/1/")):
        refused = other.get(address)
        assert (refused.status_code, "role engineer" in pages.text(refused)) == (403, True)
        assert Client().get(address).status_code == 302
        assert chief.get(address).status_code == 200
    for form in (ASK, COUNT, of(done, "cancel/")):
        assert other.post(form, wish()).status_code == 403


def test_who_is_no_member_of_a_feature_is_told_whom_to_ask(feature: Feature) -> None:
    lonely = cast.person("lone", roles=["engineer"])
    for address in (LIST, ASK):
        assert "Ask an admin" in pages.text(pages.sign_in(lonely).get(address))


def test_without_a_worker_the_pages_say_at_once_what_to_start(client: Client, labeled: Feature) -> None:
    export = world.asked(labeled)
    for address in (LIST, ASK, of(export)):
        assert "No worker is running." in pages.text(client.get(address))
    jobs.report_worker("celery@here", now=timezone.now())
    for address in (LIST, ASK, of(export)):
        assert "No worker is running." not in pages.text(client.get(address))


def test_a_waiting_export_asks_for_news_and_gets_none_while_nothing_changes(client: Client, labeled: Feature) -> None:
    export = world.asked(labeled)
    page = pages.text(client.get(of(export)))
    (news,) = re.findall(r'hx-get="([^"]+)" hx-trigger="every 1s', page)
    assert client.get(news, headers=SCRIPT).status_code == 204
    jobs.report_worker("celery@here", now=timezone.now())
    changed = pages.text(client.get(news, headers=SCRIPT))
    assert "<html" not in changed
    assert "as soon as a worker is free" in changed


def test_an_ended_export_asks_for_no_news_and_says_that_it_ended(client: Client, done: Export) -> None:
    news = pages.text(client.get(of(done), headers=SCRIPT))
    assert "hx-trigger" not in news
    assert "The export has ended: done." in news


def running(**fields: Any) -> Export:
    started = {"status": "running", "exported_at": cast.NOW, "heartbeat_at": cast.NOW, "rows_total": 50_000}
    return Export(**(started | fields))


def test_progress_tells_rows_rate_and_time_left() -> None:
    now = cast.NOW + timedelta(seconds=5)
    found = progress.of(running(rows_done=10_000), has_worker=True, now=now)
    assert found.text == "10,000 of 50,000 rows. 2,000 a second, about 20 s left."
    assert (found.done, found.of, found.trouble) == (10_000, 50_000, "")
    assert progress.of(running(rows_done=0), has_worker=True, now=now).text == "0 of 50,000 rows."


def test_progress_tells_what_has_no_rows_yet() -> None:
    choosing = progress.of(running(exported_at=None, rows_total=None), has_worker=True, now=cast.NOW)
    assert (choosing.title, choosing.of) == ("Choosing the rows", None)
    stopping = progress.of(running(cancel_asked_at=cast.NOW), has_worker=True, now=cast.NOW)
    assert stopping.title == "Stopping"


def test_a_silent_worker_is_said_and_what_becomes_of_the_work() -> None:
    found = progress.of(running(rows_done=1), has_worker=True, now=cast.NOW + timedelta(seconds=12))
    assert "another one goes on where it stopped" in found.trouble


def test_a_waiting_export_is_cancelled(client: Client, labeled: Feature) -> None:
    export = world.asked(labeled)
    page = client.post(of(export, "cancel/"), follow=True)
    assert "This export was cancelled." in pages.text(page)
    again = client.post(of(export, "cancel/"))
    assert (again.status_code, "already ended" in pages.text(again)) == (409, True)


@pytest.mark.django_db(transaction=True)
def test_a_failed_export_says_why(client: Client, labeled: Feature) -> None:
    export = world.made(labeled, filters={"signal_kinds": ["edited"]})
    page = pages.text(client.get(of(export)))
    assert "Nothing matches this request" in page
    assert "Download" not in page


def test_one_like_an_earlier_one_is_asked_for_by_the_same_form(client: Client, labeled: Feature) -> None:
    filters = {"signal_kinds": ["accepted"], "from": "2026-03-01T10:11:12Z", "reasons": ["verified"]}
    export = world.asked(labeled, "kto", splits={"train": 1}, seed=7, filters=filters)
    page = pages.text(client.get(ASK, {"like": export.public_id}))
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
    assert (fields["seed"], fields["occurred_from"]) == ("7", "2026-03-01T10:11:12")
    assert re.search(r'value="kto"[^>]* checked', page)
    chosen = {name: fields[name] for name in ("seed", "occurred_from", "train", "validation", "test")}
    client.post(ASK, wish(format="kto", signal_kinds=["accepted"], reasons="verified", **chosen))
    newest = Export.objects.order_by("-pk").first()
    assert newest is not None
    assert newest.request == export.request | {"override": wish()["override"]}


def test_a_finished_export_shows_what_it_holds(client: Client, done: Export) -> None:
    page = pages.text(client.get(of(done)))
    assert "3 rows, as things stood at" in page
    assert "1 item has no consensus yet." in page
    assert "No row has a weight yet" in page
    assert re.search(r"Exported</th><td class=\"number\">3</td><td class=\"number\">2 h", page)
    for file in serve.files(done):
        assert file["sha256"] in page


def test_every_file_is_served_whole_and_in_parts(client: Client, done: Export) -> None:
    page = pages.text(client.get(of(done)))
    links = re.findall(rf'href="({of(done)}files/[^"]+)"', page)
    assert len(links) == len(serve.files(done))
    for link, file in zip(links, serve.files(done), strict=True):
        whole = body(client.get(link))
        assert len(whole) == file["bytes"]
        part = client.get(link, headers={"Range": "bytes=10-"})
        assert (part.status_code, body(part)) == (206, whole[10:])
    assert body(client.get(of(done, "archive/"))).startswith(b"PK")


@pytest.mark.django_db(transaction=True)
def test_what_a_model_wrote_is_text_among_the_first_rows(client: Client, labeled: Feature) -> None:
    InteractionContent.objects.update(output="<script>alert(1)</script>")
    export = world.made(labeled, splits={"train": 1})
    raw = client.get(of(export)).content.decode()
    assert "<script>alert" not in raw
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in raw


@pytest.mark.django_db(transaction=True)
def test_a_row_that_is_too_long_and_files_that_are_away_are_said(client: Client, labeled: Feature) -> None:
    InteractionContent.objects.update(output="long " * 300_000)
    export = world.made(labeled, splits={"train": 1})
    assert "too long to show" in pages.text(client.get(of(export)))
    storage.remove(write.folder(export))
    assert "can't be read from the storage now" in pages.text(client.get(of(export)))


def test_files_that_were_erased_are_said_and_the_figures_stay(client: Client, done: Export) -> None:
    Export.objects.filter(pk=done.pk).update(files_erased_at=timezone.now())
    page = pages.text(client.get(of(done)))
    assert "The files were deleted" in page
    assert "What it holds" in page
    assert "Download" not in page
    gone = client.get(of(done, "files/README.md"))
    assert (gone.status_code, "were deleted" in pages.text(gone)) == (410, True)
    assert "<h1>That is gone</h1>" in pages.text(gone)
    assert "its files are gone" in pages.text(client.get(LIST))


def test_files_that_were_removed_are_said_in_the_list(client: Client, done: Export) -> None:
    assert "its files are gone" not in pages.text(client.get(LIST))
    Export.objects.filter(pk=done.pk).update(files_removed_at=timezone.now(), files_removed_why="asked")
    assert "its files are gone" in pages.text(client.get(LIST))


@pytest.mark.django_db(transaction=True)
def test_the_card_names_each_data_file_once_and_the_code_to_copy_is_code(labeled: Feature) -> None:
    export = world.made(labeled, splits={"train": 0.5, "test": 0.5}, shard_rows=1)
    splits = (export.manifest or {})["rows"]["split"]
    readme = b"".join(storage.pieces(f"{write.folder(export)}/README.md")).decode()
    globs = re.findall(r"path: (data/.+)", readme)
    for name in [file["name"] for file in serve.files(export) if file["rows"]]:
        assert sum(fnmatch.fnmatch(name, glob) for glob in globs) == 1
    compile(loading.hugging_face(name="x"), "copied", "exec")
    only_withdrawn = (export.manifest or {}) | {"rows": {"split": {}}}
    assert len(loading.snippets(only_withdrawn, archive="http://localhost/", runs="http://localhost/")) == 1
    for container in wanted.CONTAINERS:
        compile(loading.pandas(name="x", splits=splits, container=container), "copied", "exec")


def test_training_runs_and_deployments_of_an_export_are_named(client: Client, labeled: Feature, done: Export) -> None:
    assert "No training run has named this export yet." in pages.text(client.get(of(done)))
    worlds.run(done, on=3, name="night-run")
    worlds.deploy(labeled, on=4)
    page = pages.text(client.get(of(done)))
    assert "night-run" in page
    assert "makes drafts-2" in page
    assert "deployed 2026-03-06 09:00 UTC" in page


def test_what_changed_since_the_version_before_is_a_picture_with_its_figures(
    client: Client, labeled: Feature, done: Export
) -> None:
    assert "It is the first of its kind" in pages.words(client.get(of(done)))
    gone = done.rows.get(ordinal=1).item
    Item.objects.filter(pk=gone.pk).update(status="withdrawn")
    world.decided(labeled, "accepted", "verified")
    world.decided(labeled, "thumbs_up", "right_and_useful")
    new = world.made(labeled, splits={"train": 1}, now=world.LATER + timedelta(hours=1))
    page = pages.words(client.get(of(new)))
    assert f"2 came, 1 went, 0 changed since {done.public_id}" in page
    assert "accepted: verified 1 0 1" in page
    beside = pages.words(client.get(of(new, "changes/"), {"old": done.public_id}))
    assert "2 came, 1 went, 0 changed" in beside
    assert f"{gone.interaction.external_id} was withdrawn or flagged as broken" in beside
    client.post(ASK, wish(since=done.public_id))
    increment = Export.objects.get(since=done)
    counted = pages.text(client.post(COUNT, wish(since=done.public_id), headers=SCRIPT))
    assert "<strong>2</strong>" in counted
    assert f'<option value="{done.public_id}" selected>' in pages.text(client.get(ASK, {"like": increment.public_id}))
    strange = world.asked(cast.feature("support-chat"))
    assert client.get(of(new, "changes/"), {"old": strange.public_id}).status_code == 404


def test_files_are_pinned_deleted_with_what_it_means_and_made_again(client: Client, done: Export) -> None:
    worlds.run(done, on=3, name="night-run")
    worlds.deploy(done.feature, on=4)
    before = {file["name"]: file["sha256"] for file in serve.files(done) if file["rows"]}
    client.post(of(done, "pin/"))
    assert "its files stay until it is unpinned" in pages.words(client.get(of(done)))
    refused = client.post(of(done, "remove/"))
    assert (refused.status_code, "This export is pinned" in pages.words(refused)) == (409, True)
    client.post(of(done, "unpin/"))
    asked = pages.words(client.get(of(done, "remove/")))
    assert "A model can't forget" in asked
    assert "made drafts-2, which answers since 2026-03-06 09:00 UTC" in asked
    gone = pages.words(client.post(of(done, "remove/"), follow=True))
    assert "because somebody asked for it" in gone
    assert "What it holds" in gone
    assert "Load it with" not in gone
    assert "no files now" in pages.words(client.get(of(done, "rows/1/")))
    again = pages.words(client.post(of(done, "again/"), follow=True))
    assert "The figures stay" not in again
    done.refresh_from_db()
    rewriting.run(rewriting_id=done.rewritings.get().pk, by="test", clock=lambda: world.LATER)
    done.refresh_from_db()
    assert "Load it with datasets" in pages.words(client.get(of(done)))
    assert {file["name"]: file["sha256"] for file in serve.files(done) if file["rows"]} == before


def test_no_page_has_inline_script_or_style(client: Client, labeled: Feature, done: Export) -> None:
    waiting = world.asked(labeled, "kto", seed=1)
    for address in (LIST, ASK, of(done), of(done, "rows/"), of(done, "rows/1/"), of(waiting)):
        raw = client.get(address).content.decode()
        assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", raw)


def test_every_code_has_its_words() -> None:
    assert tuple(words.FORMATS) == wanted.FORMATS
    assert set(STATUSES) == set(Export.Status.values)
    assert set(words.SOURCES) == set(wanted.SOURCES)
    assert set(words.GROUPINGS) == set(wanted.GROUPINGS)
    assert set(words.GROUPED) == set(wanted.GROUPINGS)
    assert set(words.SPLIT_BY) == set(words.DEALT) == set(wanted.SPLIT_BY)
    assert set(words.READERS) == set(wanted.FORMATS)
    assert set(words.SPLITS) == set(wanted.SPLITS)
    assert set(words.MENDS) == set(causes.LEFT_OUT)
    assert set(words.WITHDRAWN) == set(since.WHY)
    assert set(words.METHODS) == set(ConsensusRevision.Method.values)
