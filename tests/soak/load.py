"""Everybody who comes: senders, annotators, an engineer who wants datasets, somebody who looks at pages.

All send again what was not answered, as the documentation says, and stop with nothing on its way.
"""

from __future__ import annotations

import hashlib
import itertools
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any
from urllib.parse import urlsplit

from tests.caller import SECONDS, Answer, Caller, Host
from tests.soak.prepare import FEATURE
from tests.web_server import label_form

SYLLABLES = ["".join(two) for two in itertools.product("bdfghjklmnprst", "aeiou")]
WORDS = ["".join(two) for two in itertools.product(SYLLABLES, repeat=2)]
"""As many as a language has in daily use: texts of few words would all be near duplicates of each other."""

QUEUE = f"/annotate/{FEATURE}.default/"
PAGES = ("/annotate/history/", "/insights/", "/insights/validity/", "/manage/backlog/", "/datasets/", "/manage/queues/")
FORMATS = ("reasons", "sft", "kto")
PAUSE_SECONDS = 0.3


@dataclass
class Seen:
    """What all of them sent, and what was acknowledged."""

    interactions: set[str] = field(default_factory=set)
    signals: set[tuple[str, str]] = field(default_factory=set)
    labels: list[str] = field(default_factory=list)
    exports: dict[str, str] = field(default_factory=dict)
    failures: list[Answer] = field(default_factory=list)
    answered: int = 0
    unanswered: int = 0
    files: int = 0
    signed_out: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, answer: Answer) -> None:
        with self.lock:
            self.answered += 1
            if answer.status >= 500:
                self.failures.append(answer)


class Crowd:
    """`until`: the time of the monotonic clock at which everybody stops; `patience`: how long each is sent again;
    `seconds`: how long one answer is waited for."""

    def __init__(
        self,
        hosts: Sequence[Host],
        *,
        token: str,
        until: float,
        patience: float,
        seed: int,
        seconds: float = SECONDS,
    ) -> None:
        self.seen = Seen()
        self._door = threading.Lock()
        self._seconds = seconds
        self._hosts = hosts
        self._token = token
        self._until = until
        self._patience = patience
        self._seed = seed

    def stop(self) -> None:
        """Everybody ends what they are at."""
        self._until = 0.0

    # --- Who comes

    def send(self, number: int, *, per_second: float, batch: int) -> None:
        """Interactions at a pace: what an outage held up is made up for."""
        chance = Random(f"{self._seed} sender {number}")
        caller = self.caller(number, token=self._token)
        due, count = time.monotonic(), 0
        while time.monotonic() < self._until:
            records = [
                _record(chance, f"s{number}-{count + place}") for place in range(chance.randint(1, 2 * batch - 1))
            ]
            count += len(records)
            self.deliver(caller, records)
            if chance.random() < 0.03:
                # The answer was lost, as far as this sender knows.
                self.deliver(caller, records)
            due += len(records) / per_second
            time.sleep(max(0.0, due - time.monotonic()))

    def deliver(self, caller: Caller, records: list[dict[str, Any]]) -> None:
        answer = self._answered(lambda: caller.post("/api/v1/interactions", records))
        told = answer.json
        assert (answer.status, told["refused"]) == (200, []), answer.text[:1000]
        assert told["accepted"] + told["duplicates"] == len(records), told
        with self.seen.lock:
            self.seen.interactions |= {one["id"] for one in records}
            self.seen.signals |= {(one["id"], signal["id"]) for one in records for signal in one.get("signals", [])}

    def annotate(self, number: int, email: str, password: str, *, seconds: float) -> None:
        """Take an item, look at it, label it; each answer brings the next item."""
        chance = Random(f"{self._seed} annotator {number}")
        caller = self.caller(number)
        self._sign_in(caller, email, password)
        form = None
        while time.monotonic() < self._until:
            if form is None:
                form = self._form(self._answered(lambda: caller.get(QUEUE)))
            self._wait(chance.uniform(0.5, 1.5) * seconds)
            if form is None:
                continue
            sent = form | {"reason": chance.choice(("verified", "adequate", "unread"))}
            answer = self._answered(lambda sent=sent: caller.form(f"{QUEUE}label/", sent))  # type: ignore[misc]
            assert answer.status == 200, (answer.status, answer.text[:1500])
            with self.seen.lock:
                self.seen.labels.append(sent["item"])
            form = self._form(answer)

    def fetch(self, number: int) -> None:
        """Ask for one dataset after the other, and fetch each whole."""
        chance = Random(f"{self._seed} engineer {number}")
        caller = self.caller(number, token=self._token)
        count = 0
        while time.monotonic() < self._until:
            count += 1
            body = {"feature": FEATURE, "format": FORMATS[(number + count) % len(FORMATS)], "container": "jsonl"}
            key = f"export-{number}-{count}"
            answer = self._answered(
                lambda body=body, key=key: caller.post("/api/v1/exports", body, Idempotency_Key=key)  # type: ignore[misc]
            )
            assert answer.status == 202, answer.text[:1000]
            name = answer.json["id"]
            with self.seen.lock:
                self.seen.exports[name] = "asked"
            self._fetch(caller, name)
            self._wait(chance.uniform(0.5, 2.0))

    def look(self, email: str, password: str) -> None:
        """Open page after page."""
        caller = self.caller()
        self._sign_in(caller, email, password)
        place = 0
        while time.monotonic() < self._until:
            page = PAGES[place % len(PAGES)]
            answer = self._answered(lambda page=page: caller.get(page))  # type: ignore[misc]
            assert answer.status in (200, 302, 403), (page, answer.status)
            self._note_sign_in(answer)
            place += 1
            self._wait(1.0)

    # --- What they do

    def _fetch(self, caller: Caller, name: str) -> None:
        """Until it has ended: its files are there and are what it says, or it says why not."""
        began = time.monotonic()
        while True:
            shown = self._answered(lambda: caller.get(f"/api/v1/exports/{name}")).json
            if shown["status"] in ("done", "failed", "cancelled"):
                break
            assert time.monotonic() - began < self._patience, f"not done in {self._patience:.0f} s: {shown}"
            time.sleep(0.5)
        if shown["status"] == "done":
            for file in shown["files"]:
                body = self._answered(lambda file=file: caller.get(_path(file["url"]))).body  # type: ignore[misc]
                assert (len(body), hashlib.sha256(body).hexdigest()) == (file["bytes"], file["sha256"]), file
        with self.seen.lock:
            self.seen.files += len(shown["files"])
            self.seen.exports[name] = shown["status"] + (f": {shown['error']}" if shown["error"] else "")

    def _form(self, answer: Answer) -> dict[str, str] | None:
        self._note_sign_in(answer)
        return label_form(answer.text) if answer.status == 200 else None

    def _note_sign_in(self, answer: Answer) -> None:
        if answer.status in (302, 401) and "login" in answer.headers.get("location", "login"):
            self.seen.signed_out += 1

    def _answered(self, ask: Callable[[], Answer]) -> Answer:
        """The answer of who is asked until there is one that doesn't say: later."""

        def once() -> Answer:
            answer = ask()
            self.seen.note(answer)
            if answer.status in (429, 503):
                raise ConnectionError(f"{answer.status}")
            return answer

        answer: Answer = self._retried(once)
        return answer

    def _retried(self, attempt: Callable[[], Any]) -> Any:
        began = time.monotonic()
        while True:
            try:
                return attempt()
            except ConnectionError as error:
                with self.seen.lock:
                    self.seen.unanswered += 1
                if time.monotonic() - began > self._patience:
                    raise AssertionError(f"not answered for {self._patience:.0f} s: {error}") from error
                time.sleep(PAUSE_SECONDS)

    def _sign_in(self, caller: Caller, email: str, password: str) -> None:
        """One after the other: of who come from one address at the same time, more than ten look like somebody who
        guesses passwords."""
        with self._door:
            self._retried(lambda: caller.sign_in(email, password))

    def _wait(self, seconds: float) -> None:
        time.sleep(max(0.0, min(seconds, self._until - time.monotonic())))

    def caller(self, number: int = 0, *, token: str = "") -> Caller:
        """Somebody whose first host is that of their number."""
        return Caller(self._hosts, token=token, first=number, seconds=self._seconds)


def records(chance: Random, count: int, *, prefix: str) -> list[dict[str, Any]]:
    """Interactions, each with a signal that is queued."""
    return [_record(chance, f"{prefix}-{number}", share=1.0) for number in range(count)]


def _record(chance: Random, name: str, *, share: float = 0.6) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    record: dict[str, Any] = {
        "feature": FEATURE,
        "id": name,
        "occurred_at": now,
        "model_version": f"drafts-{chance.randint(1, 3)}",
        "user_key": f"u-{chance.randint(1, 500)}",
        "input": " ".join(chance.choices(WORDS, k=20)),
        "output": " ".join(chance.choices(WORDS, k=40)),
    }
    if chance.random() < share:
        record["signals"] = [{"id": f"{name}-1", "kind": "accepted", "observed_at": now}]
    return record


def _path(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")
