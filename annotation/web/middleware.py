"""What every answer goes through: its name in the log, its content policy, and words where a page refuses or text can't
be stored."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import asdict
from functools import cached_property
from time import monotonic, perf_counter
from uuid import uuid4

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.utils import timezone

from annotation import installation
from annotation.errors import Refusal, of_database
from annotation.lib import logs
from annotation.operations import requests
from annotation.web import errors, reach

logger = logging.getLogger(__name__)

# One that a proxy gave goes on; nothing but hexadecimal digits, so that no text comes into the log.
REQUEST_ID = re.compile(r"[0-9a-f-]{16,64}")

# What asks whether a process lives, and what it lacks.
HEALTH = frozenset({"/healthz", "/readyz"})


class RequestMiddleware:
    """Gives each request an id, which its answer and all its lines in the log carry, and notes what became of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid4().hex
        began = perf_counter()
        with logs.about(request_id=request_id):
            answer = self.get_response(request)
            seconds = perf_counter() - began
            requests.note(view=_view(request), method=request.method or "", status=answer.status_code, seconds=seconds)
        answer["X-Request-ID"] = request_id
        return answer


def _view(request: HttpRequest) -> str:
    found = request.resolver_match
    if found is None:
        return "static" if request.path.startswith(settings.STATIC_URL) else "unknown"
    return found.view_name or "unnamed"


class DatabaseMiddleware:
    """Nothing is asked of a database that is known to be away, or not known to be ours yet: who started while it was
    away looks first."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path in HEALTH:
            return self.get_response(request)
        if reach.is_away():
            return errors.unavailable(request)
        began = monotonic()
        try:
            installation.settle(now=timezone.now())
        except Refusal as refusal:
            logger.error("Flywheel can't answer: %s", refusal.message)
            answer = errors.unavailable(request)
        else:
            answer = self.get_response(request)
        if answer.get("X-Problem") == errors.UNAVAILABLE:
            reach.doubt(since=began)
        return answer


class RefusalMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        # Django answers a wrong method with an empty page, which is what who reloads a refused form would see.
        is_wrong_method = isinstance(answer, HttpResponseNotAllowed) and not answer.content
        return errors.wrong_method(request, answer["Allow"]) if is_wrong_method else answer

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        refusal = of_database(error) if isinstance(error, DataError) else error
        return errors.refusal(request, refusal) if isinstance(refusal, Refusal) else None


class PolicyMiddleware(CSPMiddleware):
    """One policy for every answer, put together once: no page has a nonce or a policy of its own.

    What doesn't say how long it may be kept is not kept: nearly everything here is for one person's eyes.
    """

    def process_request(self, request: HttpRequest) -> None:
        pass

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        for name, value in {HEADER: self._policy, **settings.HEADERS}.items():
            response.headers.setdefault(name, value)
        return response

    @cached_property
    def _policy(self) -> str:
        parts = self.get_policy_parts(request=HttpRequest(), response=HttpResponse())
        return str(build_policy(**asdict(parts)))
