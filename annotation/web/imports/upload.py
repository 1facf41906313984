"""How an uploaded file comes in: to the disk as it comes, from who is signed in alone, up to a bound."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

from annotation.ingest.imports.request import MAX_BYTES
from annotation.models import User


class Bounded(FileUploadHandler):
    """Lets pass what the next handler keeps. What is too large is read to its end and thrown away, so that its sender
    reads an answer and not a connection that breaks."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._left = MAX_BYTES
        if not isinstance(getattr(self.request, "user", None), User):
            raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self._left -= len(raw_data)
        if self._left < 0:
            self.request.META["flywheel.too_large"] = self.file_name  # type: ignore[union-attr]
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


def too_large(request: HttpRequest) -> str | None:
    """The name of the file that was thrown away for its size."""
    name = request.META.get("flywheel.too_large")
    return str(name) if name is not None else None
