"""The API itself: how bodies are read, answers written, errors told, and the OpenAPI document made true."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson
from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.parser import Parser
from ninja.renderers import BaseRenderer

from annotation.api import problems
from annotation.api.auth import Bearer
from annotation.errors import Refusal
from annotation.ingest import body

DESCRIPTION = (
    "Send interactions and signals, label from elsewhere, fetch datasets, report back what was trained and deployed. "
    "Each request names a token: `Authorization: Bearer fw_…`. Errors are `application/problem+json` (RFC 9457)."
)


class NotJson(Refusal):
    """This address takes application/json, and the body says that it is “{content_type}”. Mend the Content-Type."""

    code = "unsupported_media_type"
    status = 415


class JsonParser(Parser):
    def parse_body(self, request: HttpRequest) -> Any:
        if request.content_type != "application/json":
            raise NotJson(content_type=(request.content_type or "nothing")[:60])
        try:
            return _whole(orjson.loads(request.body))
        except orjson.JSONDecodeError as error:
            raise body.MalformedJson(reason=error) from error


def _whole(value: Any) -> Any:
    """The same with 7 for 7.0: to JSON, and to our document, these are one number.

    Level by level and not by recursion: what is sent must not decide how deep the stack gets.
    """
    root = [value]
    waiting: list[Any] = [root]
    while waiting:
        inside = waiting.pop()
        for place, one in list(inside.items() if isinstance(inside, dict) else enumerate(inside)):
            if isinstance(one, float) and one.is_integer() and abs(one) < 2**63:
                inside[place] = int(one)
            elif isinstance(one, dict | list):
                waiting.append(one)
    return root[0]


class JsonRenderer(BaseRenderer):
    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return orjson.dumps(data, option=orjson.OPT_UTC_Z)


class FlywheelApi(NinjaAPI):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        # It takes half a second to put together. Of few prefixes, since a request can bring one of its own.
        self._kept = lru_cache(maxsize=4)(self._schema)

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """It is kept: nobody changes what is returned."""
        return self._kept(self.get_root_path(path_params or {}) if path_prefix is None else path_prefix)

    def _schema(self, prefix: str) -> OpenAPISchema:
        schema = super().get_openapi_schema(path_prefix=prefix)
        scopes = self._scopes()
        for operations in schema["paths"].values():
            for operation in operations.values():
                operation["x-scope"] = scopes[operation["operationId"]]
                _say_problems(operation)
        return schema

    def _scopes(self) -> dict[str, str]:
        """The scope that each operation asks for, by operation id."""
        views = (view for router in self._get_bound_routers() for view in router.path_operations.values())
        return {
            self.get_openapi_operation_id(operation): auth.scope
            for view in views
            for operation in view.operations
            for auth in operation.auth_callbacks
            if isinstance(auth, Bearer)
        }

    def get_openapi_operation_id(self, operation: Operation) -> str:
        view = operation.view_func
        return f"{view.__module__.rpartition('.')[2]}_{view.__name__}"


def _say_problems(operation: dict[str, Any]) -> None:
    """Problems have a content type of their own, which the document otherwise would not tell."""
    for answer in operation["responses"].values():
        media = answer.get("content", {}).get("application/json", {})
        if media.get("schema", {}).get("$ref", "").endswith("/Problem"):
            answer["content"] = {problems.CONTENT_TYPE: media}


def make(*, version: str) -> FlywheelApi:
    api = FlywheelApi(
        title="Flywheel",
        version=version,
        description=DESCRIPTION,
        urls_namespace="api",
        docs_url=None,
        parser=JsonParser(),
        renderer=JsonRenderer(),
    )
    problems.register(api)
    return api
