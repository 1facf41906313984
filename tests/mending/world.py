"""Small worlds in which bad answers get company: `bad` ones that a model was trained on, and what it answered later."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from unittest.mock import patch
from uuid import uuid4

from annotation import mending
from annotation.mending import Said, looking, matching
from annotation.models import (
    Feature,
    InteractionContent,
    Item,
    MendedCase,
    MendedJudgement,
    MendedPair,
    MendedSearch,
    Rater,
)
from tests import stock, worlds

LOOKED = worlds.day(20)
"""When the pairs are made: the bad answers are of day 0, their model answers from day 4 on."""

WORDING = "can you tell me how to"

TOPICS = (
    "cancel the yearly plan before the next renewal",
    "change the delivery address of a parcel",
    "reset two factor login without a phone",
    "export invoices as one spreadsheet file",
    "invite a colleague to our shared board",
    "refund a ticket bought twice yesterday",
)


OTHERS = (
    "translate a recipe into french",
    "pick a name for my new boat",
    "sort these songs by mood",
    "draw a map of that island",
    "count birds in winter",
    "write a poem about rain",
)
"""What else the product is asked: without it, nothing tells which words are rare."""


def prompt(number: int, wording: str = "please tell me how to") -> str:
    """One for each number; what two numbers ask for is alike in the template alone."""
    return f"{wording} {TOPICS[number % len(TOPICS)]} case {'abcdefghijkl'[number // len(TOPICS) % 12] * 4}"


def bad(of: Feature, prompts: Sequence[str], *, reason: str = "pleasing_but_wrong") -> list[Item]:
    """Accepted answers to these prompts, labeled as bad by somebody who judges nothing here."""
    items = []
    for place, asked in enumerate(prompts):
        item = worlds.labeled(of, reason=reason)
        InteractionContent.objects.filter(interaction=item.interaction_id).update(input=asked, output=f"Old {place}.")
        items.append(item)
    return items


def trained(of: Feature, items: Iterable[Item], *, version: str = "drafts-2", on: float = 4) -> None:
    """An export that holds them, the run that used it, and the deployment of the model that it made."""
    worlds.run(worlds.export(items, of=of, on=on - 2), on=on - 1, makes=version, name=f"run of {version}")
    worlds.deploy(of, on=on, version=version)


def answered(of: Feature, prompts: Iterable[str], *, on: float = 5, version: str = "drafts-2") -> list[int]:
    """What the model answered later, a minute apart; returns the interactions' ids."""
    made = []
    for place, asked in enumerate(prompts):
        one = worlds.answer(of, on=on + place / 1440, version=version)
        InteractionContent.objects.create(interaction=one, input=asked, output=f"New {place}.")
        made.append(one.pk)
    return made


def looked(now: datetime = LOOKED) -> list[MendedPair]:
    """The pairs, once everything is looked through."""
    while mending.look(now=now):
        pass
    return list(MendedPair.objects.select_related("case__item", "later__content").order_by("pk"))


def paired(of: Feature, count: int = 6, *, needed: int | None = None) -> list[MendedPair]:
    """So many pairs, each of a bad answer of its own and a later answer to nearly the same prompt.

    `needed`: by so many people, and not as drawn.
    """
    items = bad(of, [prompt(number) for number in range(count)])
    trained(of, items)
    answered(of, [prompt(number, WORDING) for number in range(count)])
    answered(of, [f"{WORDING} {other}" for other in OTHERS], on=5.5)
    with patch.object(looking, "TWICE", looking.TWICE if needed is None else needed - 1):
        return looked()


def bare(of: Feature) -> MendedPair:
    """A pair as rows, of no run and no export."""
    (item,) = bad(of, [prompt(0)])
    (later,) = answered(of, [prompt(0)])
    search = MendedSearch.objects.create(feature=of, model_version="drafts-2")
    case = MendedCase.objects.create(
        search=search, item=item, interaction_id=item.interaction_id, draw=0.5, drawn_at=LOOKED
    )
    match = matching.Match(case.pk, later, 1, 1)
    pair = looking._made(search, match, 0.5, LOOKED)
    pair.save()
    return pair


def judged(pair: MendedPair, verdict: str, *, by: Rater | None = None, now: datetime = LOOKED) -> MendedJudgement:
    """What the pair gets, said in the order in which it is shown."""
    said = {"same": Said.SAME, "apart": Said.APART}.get(verdict)
    if said is None:
        said = Said.FIRST if (verdict == "mended") is pair.later_first else Said.SECOND
    return mending.judge(pair=pair, rater=by or stock.rater(7), said=said, submission_id=uuid4(), now=now)
