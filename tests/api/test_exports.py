"""/api/v1/exports: ask, watch, cancel, fetch."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from annotation import jobs
from annotation.exports import job
from annotation.exports.files import write
from annotation.exports.finished import rewriting, serve
from annotation.models import AuditEvent, Export, Feature, Rewriting
from annotation.storage import bucket as buckets
from flywheel_app.celery import app
from tests import cast
from tests.cast import Machine
from tests.exports import world
from tests.s3 import S3

pytestmark = pytest.mark.django_db(transaction=True)

BODY = {"feature": "email-drafts", "format": "sft", "splits": {"train": 1}}


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.STORAGE_FOLDER = tmp_path
    return tmp_path


@pytest.fixture
def labeled(feature: Feature) -> Feature:
    for _ in range(3):
        world.decided(feature, "accepted", "verified")
    return feature


@pytest.fixture
def done(labeled: Feature) -> Export:
    return world.made(labeled, splits={"train": 1})


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_a_dataset_is_asked_for_made_and_fetched(machine: Machine, labeled: Feature) -> None:
    asked = machine.post("/exports", BODY)
    assert asked.status_code == 202
    export = asked.json()
    assert (export["status"], export["manifest"], export["files"]) == ("pending", None, [])
    assert export["request"]["splits"] == {"train": 1}
    assert export["request"]["seed"] == 0

    job.run(export_id=Export.objects.get().pk, by="test", clock=timezone.now)

    export = machine.get(export["url"]).json()
    assert export["status"] == "done"
    assert export["progress"] == {"rows_done": 3, "rows_total": 3}
    assert [file["name"] for file in export["files"]] == [
        "data/train-00000-of-00001.jsonl",
        "README.md",
        "croissant.json",
        "axolotl.yaml",
        "manifest.json",
    ]
    for file in export["files"]:
        data = body(machine.get(file["url"]))
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file["bytes"], file["sha256"])


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.conf, "broker_write_url", "redis+socket:///nowhere/socket")
    monkeypatch.setattr(app.amqp, "_producer_pool", None)


@pytest.mark.usefixtures("no_broker")
def test_without_a_broker_the_request_is_kept_for_the_sweep_to_ring(machine: Machine, labeled: Feature) -> None:
    assert machine.post("/exports", BODY).status_code == 202
    assert jobs.unattended(Export, now=timezone.now() + jobs.BELL_LOST_AFTER) == [Export.objects.get().pk]


def test_the_same_key_makes_one_export(machine: Machine, labeled: Feature) -> None:
    first = machine.post("/exports", BODY, idempotency_key="k1")
    again = machine.post("/exports", BODY, idempotency_key="k1")
    other = machine.post("/exports", BODY | {"format": "kto"}, idempotency_key="k1")

    assert again.status_code == 202
    assert again.json()["id"] == first.json()["id"]
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert Export.objects.count() == 1
    assert AuditEvent.objects.filter(verb="export.requested").count() == 1


def test_a_key_sent_again_is_answered_whatever_was_fixed_since(machine: Machine, labeled: Feature) -> None:
    first = machine.post("/exports", BODY, idempotency_key="k1")
    world.made(labeled, splits={"train": 0.5, "test": 0.5})
    assert machine.post("/exports", BODY).status_code == 409
    again = machine.post("/exports", BODY, idempotency_key="k1")
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])


@pytest.mark.parametrize(
    ("change", "status", "code", "loc"),
    [
        ({"format": "openai_sft", "container": "parquet"}, 422, "container_does_not_fit", ["body", "container"]),
        ({"format": "csv"}, 422, "unknown_value", ["body", "format"]),
        ({"container": "zip"}, 422, "unknown_value", ["body", "container"]),
        ({"group_by": "family"}, 422, "unknown_value", ["body", "group_by"]),
        ({"split_by": "luck"}, 422, "unknown_value", ["body", "split_by"]),
        ({"splits": {"train": 0.8}}, 422, "invalid_splits", ["body", "splits"]),
        ({"splits": {"dev": 1}}, 422, "unknown_value", ["body", "splits", "dev"]),
        ({"filters": {"signal_kinds": ["liked"]}}, 422, "unknown_value", ["body", "filters", "signal_kinds"]),
        ({"filters": {"reasons": ["nice"]}}, 422, "unknown_value", ["body", "filters", "reasons"]),
        ({"filters": {"outcomes": ["fine"]}}, 422, "unknown_value", ["body", "filters", "outcomes"]),
        ({"filters": {"sources": ["judge"]}}, 422, "source_never_decides", ["body", "filters", "sources"]),
        ({"filters": {"from": "2026-05-05T10:00:00"}}, 422, "invalid", ["body", "filters", "from"]),
        ({"filters": {"from": 1}}, 422, "invalid", ["body", "filters", "from"]),
        (
            {"filters": {"from": "2026-05-05T10:00:00Z", "to": "2026-05-04T10:00:00Z"}},
            422,
            "empty_period",
            ["body", "filters", "to"],
        ),
        ({"filters": {"min_confidence": 2}}, 422, "invalid", ["body", "filters", "min_confidence"]),
        ({"seed": 1.5}, 422, "invalid", ["body", "seed"]),
        ({"unknown": 1}, 422, "invalid", ["body", "unknown"]),
        ({"feature": "none"}, 404, "unknown_feature", None),
    ],
)
def test_what_can_not_be_made_is_refused_in_words(
    machine: Machine, labeled: Feature, change: dict[str, Any], status: int, code: str, loc: list[str] | None
) -> None:
    answer = machine.post("/exports", BODY | change)

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert problem["detail"].endswith(".") or code == "invalid"
    assert [error["loc"] for error in problem["errors"]] == ([loc] if loc else [])
    assert not Export.objects.exists()


def test_other_ratios_than_the_first_export_s_are_refused_with_those(machine: Machine, done: Export) -> None:
    problem = machine.post("/exports", BODY | {"splits": {"train": 0.5, "test": 0.5}}).json()

    assert (problem["status"], problem["code"]) == (409, "splits_are_fixed")
    assert "fixed its splits at train 1" in problem["detail"]
    assert machine.post("/exports", BODY | {"splits": {"train": 0.5, "test": 0.5}, "seed": 1}).status_code == 202


def test_it_says_at_once_that_no_worker_runs(machine: Machine, labeled: Feature) -> None:
    export = machine.post("/exports", BODY).json()
    assert "No worker runs" in export["warnings"][0]

    jobs.report_worker("celery@here", now=timezone.now())
    assert not any("No worker" in said for said in machine.get(export["url"]).json()["warnings"])


def test_exports_are_listed_newest_first_by_feature(machine: Machine, done: Export) -> None:
    other = cast.feature("support-chat")
    newest = world.asked(other)

    listed = machine.get("/exports").json()["results"]
    assert [export["id"] for export in listed] == [newest.public_id, done.public_id]
    of_one = machine.get("/exports", feature="email-drafts").json()["results"]
    assert [export["id"] for export in of_one] == [done.public_id]


def test_a_waiting_export_is_cancelled(machine: Machine, labeled: Feature) -> None:
    export = machine.post("/exports", BODY).json()

    answer = machine.post(f"/exports/{export['id']}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (202, "cancelled")
    again = machine.post(f"/exports/{export['id']}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "export_ended")


def test_another_feature_s_token_sees_nothing_of_it(done: Export) -> None:
    other = cast.machine("export", of=cast.feature("support-chat"))

    assert other.get("/exports").json()["results"] == []
    for path in ("", "/archive", "/files/README.md"):
        assert other.get(f"/exports/{done.public_id}{path}").json()["code"] == "unknown_export"
    assert other.post(f"/exports/{done.public_id}/cancel").status_code == 404


@pytest.mark.parametrize(
    "path", ["/exports", "/exports/exp_1", "/exports/exp_1/archive", "/exports/exp_1/files/README.md"]
)
def test_it_needs_a_token_with_the_scope_export(feature: Feature, path: str) -> None:
    assert Client().get(f"/api/v1{path}").status_code == 401
    assert cast.machine("read").get(path).json()["code"] == "missing_scope"


def test_a_broken_download_goes_on_where_it_stopped(machine: Machine, done: Export) -> None:
    address = f"/api/v1/exports/{done.public_id}/files/data/train-00000-of-00001.jsonl"
    whole = machine.client.get(address)
    data, etag = body(whole), whole["ETag"]

    def part(range_: str, **headers: str) -> Any:
        return machine.client.get(address, headers={"Range": range_, **headers})

    first, rest = part("bytes=0-99"), part("bytes=100-", **{"If-Range": etag})
    assert (first.status_code, rest.status_code) == (206, 206)
    assert first["Content-Range"] == f"bytes 0-99/{len(data)}"
    assert body(first) + body(rest) == data
    assert body(part("bytes=-10")) == data[-10:]
    assert body(part(f"bytes=0-{len(data) + 5}")) == data
    assert part("bytes=0-9", **{"If-Range": '"of another"'}).status_code == 200
    assert part("bytes=0-1,3-4").status_code == 200
    assert part(f"bytes={'9' * 5000}-").status_code == 200
    assert machine.client.get(address, headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize("range_", ["bytes=100000-", "bytes=-0"])
def test_a_range_past_the_end_is_answered_416(machine: Machine, done: Export, range_: str) -> None:
    answer = machine.client.get(f"/api/v1/exports/{done.public_id}/files/README.md", headers={"Range": range_})

    assert answer.status_code == 416
    assert answer["Content-Range"].startswith("bytes */")
    assert answer.json()["status"] == 416


def test_the_archive_holds_every_file(machine: Machine, done: Export, folder: Path) -> None:
    packed = zipfile.ZipFile(io.BytesIO(body(machine.get(f"/exports/{done.public_id}/archive"))))

    assert packed.testzip() is None
    for entry in serve.files(done):
        assert packed.read(entry["name"]) == (folder / write.folder(done) / entry["name"]).read_bytes()


def test_an_unfinished_export_has_no_files_yet(machine: Machine, labeled: Feature) -> None:
    export = world.asked(labeled)

    for path in ("archive", "files/README.md"):
        answer = machine.get(f"/exports/{export.public_id}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (409, "export_not_done")


def test_no_file_outside_the_export_is_served(machine: Machine, done: Export) -> None:
    for name in ("../../secret", "data/../README.md", "data", "README.md.part-1"):
        answer = machine.get(f"/exports/{done.public_id}/files/{name}")
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_file")


def test_files_that_held_what_was_erased_are_gone_and_the_manifest_stays(machine: Machine, done: Export) -> None:
    Export.objects.filter(pk=done.pk).update(files_erased_at=timezone.now())

    for path in ("archive", "files/README.md"):
        answer = machine.get(f"/exports/{done.public_id}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (410, "erased")
    export = machine.get(f"/exports/{done.public_id}").json()
    assert (export["files"], export["manifest"]["id"]) == ([], done.public_id)


def test_files_are_pinned_removed_and_made_again(machine: Machine, done: Export) -> None:
    address = f"/exports/{done.public_id}"
    file = f"{address}/files/data/train-00000-of-00001.jsonl"
    before = body(machine.get(file))
    assert machine.get(address).json()["files_expire_at"] is not None
    assert machine.post(f"{address}/again").json()["code"] == "files_still_there"

    pinned = machine.post(f"{address}/pin").json()
    assert (pinned["pinned_at"] is not None, pinned["files_expire_at"]) == (True, None)
    refused = machine.post(f"{address}/remove")
    assert (refused.status_code, refused.json()["code"]) == (409, "pinned")
    assert machine.post(f"{address}/unpin").json()["pinned_at"] is None

    removed = machine.post(f"{address}/remove").json()
    assert (removed["files"], removed["archive"], removed["meaning"]["training_runs"]) == ([], None, [])
    assert removed["meaning"]["sentence"].startswith("No training run has named this export")
    for path in (file, f"{address}/archive", f"{address}/pin"):
        answer = machine.post(path) if path.endswith("pin") else machine.get(path)
        assert (answer.status_code, answer.json()["code"]) == (410, "files_removed")
    assert "make the files again" in machine.get(file).json()["detail"]

    asked = machine.post(f"{address}/again")
    assert (asked.status_code, asked.json()["again"]["status"]) == (202, "pending")
    assert machine.post(f"{address}/again").status_code == 202
    rewriting.run(rewriting_id=Rewriting.objects.get().pk, by="test", clock=timezone.now)
    shown = machine.get(address).json()
    assert (shown["again"]["status"], shown["files_removed_at"]) == ("done", None)
    assert (body(machine.get(file)), shown["manifest"]["content_sha256"]) == (before, done.content_sha256)


def test_files_in_a_bucket_are_served_in_part_and_as_one_archive(
    machine: Machine, labeled: Feature, bucket: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(buckets._BRISK, "retry_timeout", timedelta(seconds=0.3))
    export = world.made(labeled, splits={"train": 1})
    address = f"/api/v1/exports/{export.public_id}"
    whole = body(machine.client.get(f"{address}/files/README.md"))
    part = machine.client.get(f"{address}/files/README.md", headers={"Range": "bytes=5-9"})
    assert (part.status_code, body(part)) == (206, whole[5:10])
    packed = zipfile.ZipFile(io.BytesIO(body(machine.client.get(f"{address}/archive"))))
    assert packed.testzip() is None
    assert sorted(packed.namelist()) == sorted(entry["name"] for entry in serve.files(export))
    assert packed.read("README.md") == whole
    with bucket.cut():
        answer = machine.client.get(f"{address}/archive")
    assert (answer.status_code, answer.json()["code"]) == (503, "not_in_storage")


def test_a_storage_that_is_away_is_said_before_the_first_byte(machine: Machine, done: Export, folder: Path) -> None:
    (folder / "exports").rename(folder / "elsewhere")
    for path in ("archive", "files/README.md"):
        answer = machine.get(f"/exports/{done.public_id}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (503, "not_in_storage")
        assert "README.md" in answer.json()["detail"] or path == "archive"

    (folder / "elsewhere").rename(folder / "exports")
    assert machine.get(f"/exports/{done.public_id}/files/README.md").status_code == 200
