"""The server that judges ask, as the settings name it."""

from __future__ import annotations

from django.conf import settings

from annotation.errors import Refusal
from annotation.lib.chat import Server


class NoServer(Refusal):
    """No server is set that judges could ask. Set JUDGE_BASE_URL, and JUDGE_API_KEY where it wants one, for the web
    processes and the workers, and start them again."""

    code = "no_judge_server"
    status = 409


def is_set() -> bool:
    return bool(settings.JUDGE_BASE_URL)


def configured(*, seconds: float = Server.seconds) -> Server:
    """Raises NoServer."""
    if not settings.JUDGE_BASE_URL:
        raise NoServer
    return Server(base_url=settings.JUDGE_BASE_URL, api_key=settings.JUDGE_API_KEY or "", seconds=seconds)
