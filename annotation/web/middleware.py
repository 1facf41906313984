"""What every answer goes through: its content policy, and words where a page refuses or text can't be stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import cached_property

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed

from annotation.errors import Refusal
from annotation.web import errors


class UnstorableText(Refusal):
    """This address or form holds the character U+0000, which no database text can hold. Remove it and try again."""

    code = "unstorable_text"
    status = 400


class RefusalMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        # Django answers a wrong method with an empty page, which is what who reloads a refused form would see.
        is_wrong_method = isinstance(answer, HttpResponseNotAllowed) and not answer.content
        return errors.wrong_method(request, answer["Allow"]) if is_wrong_method else answer

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, DataError) and "NUL (0x00)" in str(error):
            return errors.refusal(request, UnstorableText())
        return errors.refusal(request, error) if isinstance(error, Refusal) else None


class PolicyMiddleware(CSPMiddleware):
    """One content policy for every answer, put together once: no page has a nonce or a policy of its own."""

    def process_request(self, request: HttpRequest) -> None:
        pass

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault(HEADER, self._policy)
        return response

    @cached_property
    def _policy(self) -> str:
        parts = self.get_policy_parts(request=HttpRequest(), response=HttpResponse())
        return str(build_policy(**asdict(parts)))
