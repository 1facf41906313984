"""GitHub Copilot in a user study: code suggestions shown, and accepted, rejected or left.

A suggestion is the run of events from one `Shown` to the next within a session. `Replay` shows it again as the
programmer types along; after `Browsing` they look at an alternative, which is then the one that they decide about:
the output is the suggestion of the last event, and those passed over are in `metadata.browsed_past`.
One session's log begins in the middle of a suggestion, with a `Replay`: its decision counts as any other, and its
`occurred_at` is that first event's time, later than it was really shown. A run that ends without a decision has no
signal; most of those also lack their prompt, and then have no `input`. (One prompt is there and empty: a new file.)

Times are the log's own, in UTC. `since_last_displayed_ms` restarts at every replay, so it is at most the span from
`occurred_at` to `observed_at`, give or take the 7 ms by which the two clocks differ.
`labeled_state` is the programmer's own word, given afterwards, for what they were doing when they decided.
`edit_percentages` are the log's five later looks at how much of the accepted code had changed, in order, 0 to 1; the
file doesn't say when each was taken. Rejected code has none: what the file holds there describes code that isn't.
Which model answered is unknown.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from tests import realdata
from tests.realdata import Record

FOLDER = "coderec_copilot_telemetry"
FEATURE = {"slug": "copilot-telemetry", "name": "Copilot code suggestions"}

_KINDS = {"Accepted": "accepted", "Rejected": "dismissed"}

Event = dict[str, Any]


def records() -> Iterator[Record]:
    """One record a suggestion, session by session, in the order shown."""
    with gzip.open(realdata.folder(FOLDER) / "data_labeled_study.converted.jsonl.gz", "rt", encoding="utf-8") as file:
        for events in _suggestions(json.loads(line) for line in file):
            yield _record(events)


def _suggestions(events: Iterable[Event]) -> Iterator[list[Event]]:
    """The events of one suggestion after another."""
    together: list[Event] = []
    for event in events:
        if together and (event["StateName"] == "Shown" or event["session"] != together[0]["session"]):
            yield together
            together = []
        together.append(event)
    if together:
        yield together


def _record(events: list[Event]) -> Record:
    first, last = events[0], events[-1]
    metadata: dict[str, Any] = {"task": first["Task"], "events": dict(Counter(event["StateName"] for event in events))}
    # A dict keeps the order and drops repetitions.
    *browsed_past, output = dict.fromkeys(json.loads(event["CurrentSuggestion"]) for event in events)
    if browsed_past:
        metadata["browsed_past"] = browsed_past
    record = {
        "feature": FEATURE["slug"],
        "id": _event_id(first),
        "conversation_id": f"session-{first['session']}",
        "user_key": f"programmer-{first['UserId']}",
        "occurred_at": first["TimeGenerated"],
        "output": output,
        "metadata": metadata,
        "signals": [_signal(last)] if last["StateName"] in _KINDS else [],
    }
    if first["CurrentPrompt"]:
        record["input"] = json.loads(first["CurrentPrompt"])
    return record


def _signal(event: Event) -> dict[str, Any]:
    kind = _KINDS[event["StateName"]]
    details = {
        "since_last_displayed_ms": event["Measurements"]["timeSinceDisplayedMs"],
        "labeled_state": event["LabeledState"],
    }
    if kind == "accepted":
        details["edit_percentages"] = event["EditPercentage"]
    return {"id": _event_id(event), "kind": kind, "observed_at": event["TimeGenerated"], "details": details}


def _event_id(event: Event) -> str:
    return f"copilot-{event['session']}-{event['seq']}"
