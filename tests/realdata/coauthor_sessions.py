"""CoAuthor: people write with GPT-3, ask for suggestions, take one of those shown or none, and write on.

A request (`suggestion-get`) whose suggestions were shown (`suggestion-open`) is one exposure. The suggestion that was
selected is the record's answer, or the first one shown where none was; the others stand in `metadata.also_shown`. The
text is rebuilt from the keystrokes, so that the input is what stood before the cursor.

Which one was selected says `currentHoverIndex`: a choice by mouse leaves `currentSuggestionIndex` as it was.
Times are real, in milliseconds. The file has no author: sessions are conversations, and nobody's.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests import realdata
from tests.realdata import Record

FOLDER = "coauthor_sessions"
FEATURE = {"slug": "coauthor", "name": "CoAuthor suggestions"}
MODEL = "gpt-3"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Event = dict[str, Any]


def sessions() -> list[Path]:
    return sorted((realdata.folder(FOLDER) / "sessions").glob("*.jsonl.gz"))


def events(path: Path) -> list[Event]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def records() -> Iterator[Record]:
    """One record a request whose suggestions were shown, in the order of the sessions' names."""
    for path in sessions():
        yield from _of_session(path.name.partition(".")[0], events(path))


def _of_session(name: str, log: list[Event]) -> Iterator[Record]:
    text = ""
    shown: Record | None = None
    for event in log:
        text = written(text, event)
        match event["eventName"]:
            case "suggestion-open" if event["currentSuggestions"]:
                if shown is not None:
                    yield _ended(shown, event, "dismissed")
                shown = _shown(name, event, text)
            case "suggestion-select" if shown is not None:
                yield _ended(_chosen(shown, event), event, "accepted")
                shown = None
            case "suggestion-close" if shown is not None and event["eventSource"] == "user":
                yield _ended(shown, event, "dismissed")
                shown = None
    if shown is not None:
        yield _ended(shown, log[-1], "dismissed")


def written(text: str, event: Event) -> str:
    """The text after an event: its first state stands in the log, and each later one follows from a change."""
    if event["eventName"] == "system-initialize":
        return str(event["currentDoc"])
    delta = event["textDelta"]
    if not isinstance(delta, dict):
        return text
    at, made = 0, ""
    for step in delta["ops"]:
        if "retain" in step:
            made += text[at : at + step["retain"]]
            at += step["retain"]
        at += step.get("delete", 0)
        made += step["insert"] if isinstance(step.get("insert"), str) else ""
    return made + text[at:]


def _shown(name: str, event: Event, text: str) -> Record:
    """With all `suggestions` by their index, which is not their place in the list, until one is chosen or none."""
    suggestions = {one["index"]: one["original"] for one in event["currentSuggestions"]}
    first = next(iter(suggestions))
    record = {
        "feature": FEATURE["slug"],
        "id": f"coauthor-{name}-{event['eventNum']}",
        "conversation_id": name,
        "occurred_at": _at(event),
        "request_model": MODEL,
        "input": text[: event["currentCursor"]] or text,
        "exposure": {"set_id": f"{name}-{event['eventNum']}", "of": len(suggestions)},
        "metadata": {"temperature": event["currentTemperature"]},
    }
    return _with_answer(record, suggestions, first) | {"suggestions": suggestions}


def _chosen(record: Record, event: Event) -> Record:
    return _with_answer(record, record["suggestions"], int(event["currentHoverIndex"]))


def _with_answer(record: Record, suggestions: dict[int, str], index: int) -> Record:
    others = [text for other, text in suggestions.items() if other != index]
    return record | {
        "output": suggestions[index],
        "exposure": record["exposure"] | {"rank": list(suggestions).index(index) + 1},
        "metadata": record["metadata"] | {"also_shown": others},
    }


def _ended(record: Record, event: Event, kind: str) -> Record:
    signal = {"id": f"{record['id']}-{kind}", "kind": kind, "observed_at": _at(event), "details": {}}
    return {name: one for name, one in record.items() if name != "suggestions"} | {"signals": [signal]}


def _at(event: Event) -> str:
    return (_EPOCH + timedelta(milliseconds=event["eventTimestamp"])).isoformat()
