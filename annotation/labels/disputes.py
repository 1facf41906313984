"""What people said of the items in review: side by side for one of them, and by pairs of reasons for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from django.db.models import QuerySet

from annotation.labels import notes, second_looks
from annotation.models import Item, Label, Rater, Reason, ReviewNote


@dataclass(frozen=True, kw_only=True)
class Opinion:
    """One current label of an item in review, with the notes about what this rater said, the latest last."""

    label: Label
    notes: Sequence[ReviewNote]
    is_second_look: bool
    can_be_sent_back: bool

    @property
    def name(self) -> str:
        rater = self.label.rater
        return str(rater.user or rater.name)


@dataclass(frozen=True, order=True, kw_only=True)
class Pair:
    """Two reasons that people chose for one item, by their codes in order."""

    one: str
    other: str

    @property
    def code(self) -> str:
        return f"{self.one}~{self.other}"


@dataclass(frozen=True, kw_only=True)
class Named:
    """A pair of reasons with their titles, and how many items it stands on."""

    pair: Pair
    title: str
    items: int


def opinions(items: Sequence[Item], *, now: datetime) -> dict[int, list[Opinion]]:
    """By item: each label of the looks at its signal, the first first."""
    signals = [item.signal_id for item in items]
    labels = Label.objects.filter(item__signal__in=signals, item__purpose__in=_LOOKS, superseded_at=None)
    about = _notes(signals)
    waiting = set(notes.waiting(now=now).filter(item__signal__in=signals).values_list("pk", flat=True))
    found: dict[int, list[Opinion]] = defaultdict(list)
    for label in labels.select_related("reason", "rater__user", "content", "item").order_by("received_at", "pk"):
        opinion = _opinion(label, about[label.item_id, label.rater_id], waiting)
        found[label.item.signal_id].append(opinion)
    return {item.pk: found[item.signal_id] for item in items}


def pairs(items: QuerySet[Item]) -> dict[int, frozenset[Pair]]:
    """By item: which pairs of reasons people chose for it."""
    # By ids, since the planner takes a question inside a question for a far larger one.
    signals = dict(items.order_by().values_list("pk", "signal_id"))
    said = Label.objects.filter(
        item__signal__in=set(signals.values()),
        item__purpose__in=_LOOKS,
        superseded_at=None,
        rater__kind=Rater.Kind.HUMAN,
    )
    codes: dict[int, set[str]] = defaultdict(set)
    for signal, code in said.values_list("item__signal_id", "reason__code"):
        codes[signal].add(code)
    return {item: pairs_of(codes[signal]) for item, signal in signals.items()}


def pairs_of(codes: Iterable[str]) -> frozenset[Pair]:
    """Every two different ones of these reasons."""
    return frozenset(Pair(one=one, other=other) for one, other in combinations(sorted(set(codes)), 2))


def counted(found: Mapping[int, frozenset[Pair]]) -> list[Named]:
    """The pairs with their titles and how many of these items each stands on, the commonest first."""
    counts: dict[Pair, int] = defaultdict(int)
    for of_item in found.values():
        for pair in of_item:
            counts[pair] += 1
    codes = {code for pair in counts for code in (pair.one, pair.other)}
    # A code may have other words in another version; the latest are shown.
    titles = dict(Reason.objects.filter(code__in=codes).order_by("pk").values_list("code", "title"))
    named = [
        Named(pair=pair, title=f"{titles[pair.one]} / {titles[pair.other]}", items=items)
        for pair, items in counts.items()
    ]
    return sorted(named, key=lambda one: (-one.items, one.title))


_LOOKS = (*second_looks.FIRST, Item.Purpose.SECOND_LOOK)


def _notes(signals: Sequence[int]) -> dict[tuple[int, int], list[ReviewNote]]:
    """By item and rater."""
    found: dict[tuple[int, int], list[ReviewNote]] = defaultdict(list)
    about = ReviewNote.objects.filter(item__signal__in=signals).order_by("sent_at", "pk")
    for note in about.select_related("content", "sent_by__user", "label__reason", "answer_label__reason"):
        found[note.item_id, note.rater_id].append(note)
    return found


def _opinion(label: Label, about: list[ReviewNote], waiting: set[int]) -> Opinion:
    is_annotators = label.role == Label.Role.ANNOTATOR and label.rater.user_id is not None
    return Opinion(
        label=label,
        notes=about,
        is_second_look=label.item.purpose == Item.Purpose.SECOND_LOOK,
        can_be_sent_back=is_annotators and not any(note.pk in waiting for note in about),
    )
