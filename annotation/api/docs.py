"""The OpenAPI document as a page that people read: made on the server, with nothing from elsewhere and no script."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe
from ninja import NinjaAPI


@dataclass(frozen=True)
class Field:
    name: str
    type: str
    is_required: bool
    default: str


@dataclass(frozen=True)
class Endpoint:
    method: str
    path: str
    summary: str
    description: SafeString
    scope: str
    parameters: list[Field]
    body: list[Field]
    answer: list[Field]
    refusals: list[tuple[str, str]]
    curl: str


@require_safe
def page(request: HttpRequest, api: NinjaAPI) -> HttpResponse:
    schema = api.get_openapi_schema()
    base = request.build_absolute_uri("/").rstrip("/")
    info = schema["info"] | {"description": _with_code(schema["info"]["description"])}
    context = {"info": info, "groups": _groups(schema, base), "title": "Flywheel API"}
    return render(request, "api/docs.html", context)


def _with_code(text: str) -> SafeString:
    """What stands between two backticks as code."""
    parts = enumerate(text.split("`"))
    return format_html_join(
        "", "{}", ((format_html("<code>{}</code>", part) if at % 2 else part,) for at, part in parts)
    )


def _groups(schema: dict[str, Any], base: str) -> dict[str, list[Endpoint]]:
    groups: dict[str, list[Endpoint]] = {}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            name = (operation.get("tags") or ["Other"])[0]
            groups.setdefault(name, []).append(_endpoint(schema, base, path, method, operation))
    return groups


def _endpoint(schema: dict[str, Any], base: str, path: str, method: str, operation: dict[str, Any]) -> Endpoint:
    media = operation.get("requestBody", {}).get("content", {})
    body = _resolved(schema, _shape(media))
    answers = operation["responses"]
    success = next(answer for status, answer in answers.items() if int(status) < 400)
    answer = _shape(success.get("content", {}))
    return Endpoint(
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        description=_with_code(operation.get("description", "")),
        scope=operation.get("x-scope", ""),
        parameters=[_field(schema, one["name"], one["schema"], one["required"]) for one in operation["parameters"]],
        body=list(_fields(schema, body)),
        answer=list(_fields(schema, _resolved(schema, answer))),
        refusals=[(str(status), one["description"]) for status, one in answers.items() if int(status) >= 400],
        curl=_curl(base, path, method, next(iter(media), ""), _example(schema, body)),
    )


def _shape(content: dict[str, Any]) -> dict[str, Any]:
    """The schema of the first content type, which is JSON; empty where there is no content."""
    for media in content.values():
        return dict(media["schema"])
    return {}


def _fields(schema: dict[str, Any], shape: dict[str, Any]) -> Iterator[Field]:
    required = shape.get("required", [])
    for name, one in shape.get("properties", {}).items():
        yield _field(schema, name, one, name in required)


def _field(schema: dict[str, Any], name: str, one: dict[str, Any], is_required: bool) -> Field:
    default = json.dumps(one["default"]) if "default" in one else ""
    return Field(name=name, type=_type(schema, one), is_required=is_required, default=default)


def _type(schema: dict[str, Any], one: dict[str, Any]) -> str:
    if "enum" in one or "const" in one:
        return " | ".join(json.dumps(value) for value in one.get("enum", [one.get("const")]))
    if "anyOf" in one:
        return " | ".join(dict.fromkeys(_type(schema, choice) for choice in one["anyOf"]))
    if "$ref" in one:
        inside = _resolved(schema, one).get("properties", {})
        return "{" + ", ".join(inside) + "}"
    if one.get("type") == "array":
        return f"[{_type(schema, one.get('items', {}))}]"
    return str(one.get("format") or one.get("type") or "any")


def _resolved(schema: dict[str, Any], shape: dict[str, Any]) -> dict[str, Any]:
    """A shape without indirection; of a choice the first, which is the single object."""
    if "anyOf" in shape:
        return _resolved(schema, shape["anyOf"][0])
    name = shape.get("$ref", "").rpartition("/")[2]
    return schema["components"]["schemas"][name] if name else shape


def _example(schema: dict[str, Any], body: dict[str, Any]) -> Any:
    if "examples" in body:
        return body["examples"][0]
    required = body.get("required", [])
    return {name: _sample(schema, one) for name, one in body.get("properties", {}).items() if name in required}


def _sample(schema: dict[str, Any], one: dict[str, Any]) -> Any:
    samples = {"date-time": "2026-05-05T10:11:12Z", "string": "…", "integer": 1, "number": 0.5, "boolean": True}
    if "enum" in one:
        return one["enum"][0]
    return samples.get(_type(schema, one), [] if one.get("type") == "array" else {})


def _curl(base: str, path: str, method: str, media: str, example: Any) -> str:
    lines = [f"curl -X {method.upper()} '{base}{path}'", "-H 'Authorization: Bearer fw_…'"]
    if media:
        body = json.dumps(example, ensure_ascii=False).replace("'", "\\u0027")
        lines += [f"-H 'Content-Type: {media}'", f"-d '{body}'"]
    return " \\\n  ".join(lines)
