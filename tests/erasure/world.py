"""Users who sent something, through the door; and what is left of them anywhere in the database."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from annotation import audit, erasure
from annotation.ingest import store
from annotation.ingest.outcome import Outcome
from annotation.models import Erasure, Feature, Item
from tests.cast import NOW
from tests.exports import world
from tests.ingest.sent import interaction, signal

LATER = NOW + timedelta(hours=3)
WORD = "xylophone"
"""Stands in every text and id of whoever is to be forgotten, and nowhere else."""

TEXTS = """
    SELECT table_name FROM information_schema.tables
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1
"""


def sent(*records: dict[str, Any], now: datetime = NOW) -> Outcome:
    return store.interactions(records=list(enumerate(records)), now=now)


def record(number: int = 1, *, user: str | None = WORD, **changes: Any) -> dict[str, Any]:
    """A record of this user, full of the word."""
    values: dict[str, Any] = {
        "conversation_id": f"{WORD}-c{number}",
        "user_key": user,
        "input": f"My {WORD} number {number}?",
        "output": f"About your {WORD}.",
        "final_text": f"About the {WORD}, dear.",
        "metadata": {"who": WORD},
        "exposure": {"set_id": f"{WORD}-set", "rank": 1, "of": 2},
        "signals": [signal("accepted", id=f"{WORD}-{number}", details={"comment": WORD})],
    }
    return interaction(f"{WORD}-{number}", **(values | changes))


def plain(name: str = "gen_1", **changes: Any) -> dict[str, Any]:
    """A record of somebody else."""
    values: dict[str, Any] = {"user_key": "u-1", "signals": [signal("accepted")]}
    return interaction(name, **(values | changes))


def item(name: str) -> Item:
    return Item.objects.get(interaction__external_id=name)


def labeled(name: str, reason: str = "verified", **answer: Any) -> Item:
    found = item(name)
    world.label(found, reason, **answer)
    return found


def erase(feature: Feature, *, now: datetime = LATER, **subject: str) -> Erasure:
    """Erase by `user_key` or `interaction_id`."""
    by = erasure.user if "user_key" in subject else erasure.interaction
    return erasure.erase(subject=by(feature=feature, **subject), actor=audit.FLYWHEEL, clock=lambda: now)


def traces(word: str = WORD) -> dict[str, int]:
    """By table: in how many rows this word stands, in whatever column."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(TEXTS)
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text ILIKE %s', [f"%{word}%"])
            (count,) = cursor.fetchone() or (0,)
            if count:
                found[table] = count
    return found
