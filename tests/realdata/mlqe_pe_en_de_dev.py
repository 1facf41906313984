"""MLQE-PE English-German: sentences translated by machine, and each translation as a person corrected it.

No times are known. Segment n is set at BASE_DATE plus n seconds, and its signal at the same moment; nothing may be
learned from them. Which of the translator's versions answered, and who edited, is unknown too.
`metadata.hter` is the published edit rate (0 = unchanged; block moves cost one edit; letter case is ignored).
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from tests import realdata
from tests.realdata import Record

FOLDER = "mlqe_pe_en_de_dev"
FEATURE = {"slug": "mlqe-pe", "name": "English-German translation"}
BASE_DATE = datetime(2021, 1, 1, tzinfo=UTC)


def records() -> Iterator[Record]:
    """One record a segment, in the file's order."""
    with tarfile.open(realdata.folder(FOLDER) / "en-de-dev.tar.gz") as archive:
        columns = [_lines(archive, f"en-de-dev/dev.{name}") for name in ("src", "mt", "pe", "hter")]
    for index, (source, translated, edited, hter) in enumerate(zip(*columns, strict=True)):
        yield _record(index, source=source, translated=translated, edited=edited, hter=float(hter))


def _lines(archive: tarfile.TarFile, name: str) -> list[str]:
    file = archive.extractfile(name)
    if file is None:
        raise FileNotFoundError(name)
    # Not splitlines: it would also cut at separators that may stand within a sentence.
    return file.read().decode().removesuffix("\n").split("\n")


def _record(index: int, *, source: str, translated: str, edited: str, hter: float) -> Record:
    segment_id = f"mlqe-en-de-dev-{index}"
    at = (BASE_DATE + timedelta(seconds=index)).isoformat()
    kind = "accepted" if translated.strip() == edited.strip() else "edited"
    return {
        "feature": FEATURE["slug"],
        "id": segment_id,
        "occurred_at": at,
        "input": source,
        "output": translated,
        "final_text": edited,
        "metadata": {"hter": hter},
        "signals": [{"id": f"{segment_id}-{kind}", "kind": kind, "observed_at": at}],
    }
