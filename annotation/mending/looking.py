"""Look through a model's answers for those whose prompt is like that of a bad one, in the order of their time.

The answers that are read together are compared together, so the nearest are the nearest among those; what came in late,
dated before the last one that was read, is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, LiteralString, NamedTuple

import orjson
from django.conf import settings
from django.db import transaction

from annotation import loading
from annotation.ingest import gate
from annotation.lib import keyed, messages, public_ids
from annotation.lib.similarity import Rarity, Text
from annotation.mending import drawing, matching, standing
from annotation.mending.matching import Prompt
from annotation.models import MendedPair, MendedSearch

WIDTH: Final = 1000
"""Answers that are read together."""

BACKGROUND: Final = 500
"""Prompts, the model's newest, by which it is told what is rare."""

TWICE: Final = 0.2
"""The share of pairs that two people judge, so that it can be told how far people agree."""

OPEN: LiteralString = f"""
    SELECT c.id, n.occurred_at, x.input, c.draw, (SELECT count(*) FROM annotation_mendedpair p WHERE p.case_id = c.id)
    FROM annotation_mendedcase c
    JOIN annotation_mendedsearch s ON s.id = c.search_id
    JOIN annotation_interaction n ON n.id = c.interaction_id
    JOIN annotation_interactioncontent x ON x.interaction_id = n.id
    WHERE c.search_id = %(search)s AND {standing.CASE}
      AND (SELECT count(*) FROM annotation_mendedpair p WHERE p.case_id = c.id) < %(most)s
"""  # noqa: S608 - our own text

LATER: LiteralString = """
    SELECT n.id, n.occurred_at, x.input, x.interaction_id IS NOT NULL
    FROM annotation_interaction n
    LEFT JOIN annotation_interactioncontent x ON x.interaction_id = n.id
    WHERE n.feature_id = %(feature)s AND n.model_version = %(version)s
      AND n.occurred_at >= (
          SELECT min(deployed_at) FROM annotation_deployment
          WHERE feature_id = %(feature)s AND model_version = %(version)s
      )
      AND (%(at)s::timestamptz IS NULL OR (n.occurred_at, n.id) > (%(at)s::timestamptz, %(id)s::bigint))
    ORDER BY n.occurred_at, n.id LIMIT %(width)s
"""

MORE: LiteralString = f"SELECT EXISTS ({LATER})"

NEWEST: LiteralString = """
    SELECT x.input
    FROM annotation_interaction n JOIN annotation_interactioncontent x ON x.interaction_id = n.id
    WHERE n.feature_id = %(feature)s AND n.model_version = %(version)s
    ORDER BY n.occurred_at DESC LIMIT %(background)s
"""


class Case(NamedTuple):
    """`has`: so many pairs."""

    id: int
    prompt: Prompt
    draw: float
    has: int


class Answer(NamedTuple):
    """`is_there`: its text is."""

    id: int
    prompt: Prompt
    is_there: bool


def look(*, now: datetime) -> int:
    """Go on with each model version that is followed. Returns how many answers were read; call again until it is 0.

    Several at once do no harm: each version is one worker's.
    """
    drawing.begin(now=now)
    return sum(_go_on(pk, now) for pk in MendedSearch.objects.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _go_on(pk: int, now: datetime) -> int:
    free = MendedSearch.objects.select_for_update(skip_locked=True, of=("self",))
    search = free.select_related("feature").filter(pk=pk).first()
    if search is None:
        return 0
    if drawing.is_due(search, now=now):
        drawing.draw(search, now=now)
    # Nothing is erased or let go of meanwhile.
    gate.share([search.feature_id])
    # The texts of up to DRAWN cases are read only where something came to compare them with.
    cases = _open_cases(search) if _has_next(search) else []
    answers = _next_answers(search) if cases else []
    if answers:
        _pair(search, cases, answers, now)
        _remember(search, answers)
    return len(answers)


def _pair(search: MendedSearch, cases: Sequence[Case], answers: Sequence[Answer], now: datetime) -> None:
    prompts = {one.id: one.prompt for one in cases}
    matches = matching.nearest(
        cases=prompts,
        answers={one.id: one.prompt for one in answers if one.is_there},
        rarity=Rarity([*_background(search), *(one.text for one in prompts.values())]),
        has={one.id: one.has for one in cases},
    )
    draws = {one.id: one.draw for one in cases}
    MendedPair.objects.bulk_create(_made(search, match, draws[match.case], now) for match in matches)


def _made(search: MendedSearch, match: matching.Match, draw: float, now: datetime) -> MendedPair:
    return MendedPair(
        # Of random bits, and not of a key of its own, which would tell who was there first.
        public_id=public_ids.new("cmp", now_ms=int(now.timestamp() * 1000)),
        feature=search.feature,
        case_id=match.case,
        later_id=match.later,
        similarity=match.similarity,
        rank=match.rank,
        draw=draw,
        later_first=_number(match, "mended-order") < 0.5,
        needed=2 if _number(match, "mended-twice") < TWICE else 1,
        made_at=now,
    )


def _number(match: matching.Match, purpose: str) -> float:
    return keyed.unit_interval(settings.HASH_KEY, str(match.case), str(match.later), purpose=purpose)


def _open_cases(search: MendedSearch) -> list[Case]:
    found = loading.fetched(OPEN, {"search": search.pk, "most": matching.MOST})
    return [Case(pk, Prompt(at, prompt_of(sent)), draw, has) for pk, at, sent, draw, has in found]


def _has_next(search: MendedSearch) -> bool:
    return bool(loading.fetched(MORE, _after(search, width=1))[0][0])


def _next_answers(search: MendedSearch) -> list[Answer]:
    found = loading.fetched(LATER, _after(search, width=WIDTH))
    return [Answer(pk, Prompt(at, prompt_of(sent)), is_there) for pk, at, sent, is_there in found]


def _after(search: MendedSearch, *, width: int) -> dict[str, Any]:
    return _asked(search) | {"at": search.read_until_at, "id": search.read_until_id, "width": width}


def _background(search: MendedSearch) -> Iterable[Text]:
    return (prompt_of(sent) for (sent,) in loading.fetched(NEWEST, _asked(search) | {"background": BACKGROUND}))


def _remember(search: MendedSearch, answers: Sequence[Answer]) -> None:
    search.read += len(answers)
    search.read_until_at, search.read_until_id = answers[-1].prompt.at, answers[-1].id
    search.save(update_fields=["read", "read_until_at", "read_until_id"])


def _asked(search: MendedSearch) -> dict[str, Any]:
    return {"feature": search.feature_id, "version": search.model_version}


def prompt_of(sent: str | None) -> Text:
    """The user's last message, as the database tells an input: what an answer is an answer to."""
    asked = messages.texts_of(orjson.loads(sent), "user") if sent else []
    return Text.of(asked[-1] if asked else "")
