"""What JSON Schema says of a value beside its type: patterns, and a way to put more into a document."""

from typing import Any

from pydantic import GetJsonSchemaHandler
from pydantic_core import CoreSchema

STORABLE = r"^[^\x00]*$"
"""What a database's text can hold."""

WRITTEN = r"^[^\x00]*[^\s\x00\x1c-\x1f][^\x00]*$"
"""The same, and not white space alone."""


class Documented:
    """In the document, more than a type checks itself: what a room checks, and refuses in words of its own."""

    def __init__(self, more: dict[str, Any]) -> None:
        self._more = more

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return handler(core) | self._more
