"""Files in a folder and in a bucket: the same verbs, whole or not at all, and what goes wrong said in words."""

from __future__ import annotations

import errno
import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from annotation import storage
from annotation.storage import bucket as buckets
from tests.disks import small_disk
from tests.s3 import S3
from tests.serving import serving

SOON = timedelta(minutes=1)


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, settings: LazySettings, tmp_path: Path) -> str:
    settings.STORAGE_FOLDER = tmp_path / "storage"
    if request.param == "bucket":
        request.getfixturevalue("bucket")
    return str(request.param)


@pytest.fixture
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.STORAGE_FOLDER = tmp_path / "storage"
    return tmp_path / "storage"


def write(name: str, data: bytes = b"some bytes", *, attempt: int = 1) -> None:
    with storage.writing(name, attempt=attempt) as file:
        file.write(data)


def read(name: str, **part: int) -> bytes:
    return b"".join(storage.pieces(name, **part))


def test_what_is_written_is_there_whole_to_be_read_in_part_listed_and_removed(place: str) -> None:
    data = os.urandom(buckets.PIECE + 1000)
    with storage.writing("a/b/c.bin", attempt=1) as file:
        file.write(data[:10])
        assert not storage.exists("a/b/c.bin")
        file.write(data[10:])
    write("a/d.txt", b"")
    write("ab/e.txt")

    assert (file.bytes, storage.exists("a/b/c.bin"), storage.exists("a/b")) == (len(data), True, False)
    assert read("a/b/c.bin") == data
    assert read("a/b/c.bin", start=5, length=buckets.PIECE) == data[5 : buckets.PIECE + 5]
    assert (read("a/b/c.bin", start=len(data) - 3), read("a/d.txt")) == (data[-3:], b"")
    with storage.opened("a/b/c.bin") as opened:
        assert (opened.seek(-4, os.SEEK_END), opened.read()) == (len(data) - 4, data[-4:])
        assert (opened.seek(1), opened.read(3), opened.tell()) == (1, data[1:4], 4)
    assert (storage.names("a"), storage.names("a/b"), storage.names("no")) == (["a/d.txt"], ["a/b/c.bin"], [])
    now = datetime.now(UTC)
    assert storage.folders("a", older_than=now + SOON) == ["b"]
    assert (storage.folders("a", older_than=now - SOON), storage.folders("no", older_than=now)) == ([], [])

    storage.remove("a")
    storage.remove("a")
    assert (storage.exists("a/d.txt"), storage.exists("a/b/c.bin"), storage.exists("ab/e.txt")) == (False, False, True)
    assert storage.trouble() is None
    assert storage.misconfigured() is None


def test_a_block_that_fails_leaves_nothing_and_a_second_writing_replaces_the_first(place: str) -> None:
    with pytest.raises(TypeError):
        _write_and_fail("a/c.txt")
    assert storage.names("a") == []
    write("a/c.txt", b"first")
    write("a/c.txt", b"second", attempt=2)
    assert (read("a/c.txt"), storage.names("a")) == (b"second", ["a/c.txt"])
    for gone in (lambda: read("a/none"), lambda: storage.opened("a/none")):
        with pytest.raises(FileNotFoundError):
            gone()


def _write_and_fail(name: str) -> None:
    with storage.writing(name, attempt=1) as file:
        file.write(b"half")
        raise TypeError


def test_a_full_disk_is_said_with_what_to_do(place: str) -> None:
    with small_disk(), pytest.raises(OSError, match="File too large") as raised:
        write("a/large.bin", b"." * 100_000)
    assert storage.said(raised.value) == "File too large. Free space at the storage"
    assert storage.names("a") == []


def test_what_earlier_attempts_left_half_written_is_removed(folder: Path) -> None:
    (folder / "a/b").mkdir(parents=True)
    for name in ("a/b.txt", "a/b/c.txt"):
        for attempt in (1, 2, 3):
            (folder / f"{name}.part-{attempt}").write_bytes(b"half")

    storage.remove_unfinished("a/b.txt", before=3)
    assert sorted(path.name for path in folder.rglob("b.txt*")) == ["b.txt.part-3"]
    storage.remove_unfinished("a/b", before=2)
    assert sorted(path.name for path in folder.rglob("c.txt*")) == ["c.txt.part-2", "c.txt.part-3"]
    storage.remove_unfinished("a")
    assert not list(folder.rglob("*.part-*"))


def test_a_server_that_is_away_is_waited_for_by_the_patient_alone(bucket: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    write("a/b.txt")
    monkeypatch.setitem(buckets._BRISK, "retry_timeout", timedelta(seconds=0.5))
    pool = ThreadPoolExecutor(1)
    with bucket.cut():
        with pytest.raises(ConnectionError) as raised:
            storage.exists("a/b.txt", patient=False)
        assert f"{bucket.settings['endpoint']} doesn't answer. See that the storage" in storage.said(raised.value)
        with pytest.raises(ConnectionError), storage.writing("a/c.txt", attempt=1, patient=False) as file:
            file.write(b"half")
        storage.remove("a")
        assert "doesn't answer" in (storage.trouble() or "")
        going_on = pool.submit(write, "a/d.txt")
        time.sleep(0.3)
    going_on.result()
    assert bucket.names() == ["a/b.txt", "a/d.txt"]


def test_a_bucket_that_is_not_there_is_named(bucket: S3, settings: LazySettings) -> None:
    settings.STORAGE_BUCKET = bucket.settings | {"bucket": "no-such-bucket"}
    with pytest.raises(OSError, match="There is no bucket “no-such-bucket”") as raised:
        write("a/b.txt")
    assert raised.value.errno == errno.EIO
    assert "no-such-bucket" in (storage.trouble() or "")


def test_manage_check_says_what_is_set_up_wrong(settings: LazySettings, folder: Path, bucket: S3) -> None:
    call_command("check", tags=["storage"], deploy=True, fail_level="ERROR")
    settings.STORAGE_BUCKET = bucket.settings | {"secret_access_key": ""}
    with pytest.raises(SystemCheckError, match="AWS_SECRET_ACCESS_KEY one is set and one is not"):
        call_command("check", tags=["storage"], fail_level="WARNING")

    file = folder.parent / "a-file"
    file.write_bytes(b"")
    settings.STORAGE_FOLDER = file / "storage"
    with pytest.raises(SystemCheckError, match="this process may not write to"):
        call_command("check", tags=["storage"], fail_level="WARNING")
    with pytest.raises(SystemCheckError, match="No file can be written to"):
        call_command("check", tags=["storage"], deploy=True, fail_level="ERROR")


class _Refusing(BaseHTTPRequestHandler):
    """A server that answers everything with what its test says."""

    answer = (507, "XMinioStorageFull")

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        status, code = self.answer
        said = f"<Error><Code>{code}</Code><Message>No.</Message></Error>".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((507, "XMinioStorageFull"), "has no room for it. Free space at the storage"),
        ((403, "AccessDenied"), "refuses Flywheel's credentials. Let Flywheel read and write its storage"),
        ((400, "InvalidRequest"), "refuses it"),
        ((500, "InternalError"), "answers with an error of its own. See that the storage is up"),
    ],
)
def test_what_a_server_refuses_is_said_with_what_to_do(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch, answer: tuple[int, str], words: str
) -> None:
    monkeypatch.setattr(_Refusing, "answer", answer)
    monkeypatch.setitem(buckets._PATIENT, "retry_timeout", timedelta(seconds=0.3))
    with serving(_Refusing) as port:
        access = {"bucket": "datasets", "endpoint": f"http://127.0.0.1:{port}", "region": "us-east-1"}
        settings.STORAGE_FOLDER = None
        settings.STORAGE_BUCKET = access | {"access_key_id": "a", "secret_access_key": "b"}
        with pytest.raises(OSError, match="datasets at http") as raised:
            write("a/b.txt")
    assert words in storage.said(raised.value)
