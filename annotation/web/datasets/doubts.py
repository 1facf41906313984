"""What to look at before somebody trains on a dataset, and what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from annotation.access import ENGINEER, Person
from annotation.audit import Actor
from annotation.exports import hygiene
from annotation.exports.finished import suspects
from annotation.exports.hygiene import Near
from annotation.models import Export
from annotation.web import charts
from annotation.web.charts import Part
from annotation.web.datasets import seen, words
from annotation.web.roles import needs


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """`bar`: its rows beside those of the largest one; red where it stands in more than one split."""

    near: Near
    splits: str
    bar: Sequence[Part]


def of(export: Export) -> dict[str, Any]:
    found = hygiene.report(export=export)
    most = max((one.rows for one in found.near_duplicates), default=0)
    return {
        "hygiene": found,
        "near": [_cluster(one, most) for one in found.near_duplicates],
        "leaks": sum(len(one.splits) > 1 for one in found.near_duplicates),
    }


@require_POST
@needs(ENGINEER)
def send_back(request: HttpRequest, person: Person, export: str) -> HttpResponse:
    """Have the labels in doubt looked at once more."""
    found = seen.export(person, export)
    made = suspects.send_back(export=found, actor=Actor(user=person.user), now=timezone.now())
    said = ngettext(
        "%(made)s item was sent back to its queue, for somebody who hasn't seen it.",
        "%(made)s items were sent back to their queues, for people who haven't seen them.",
        made,
    )
    messages.success(request, said % {"made": f"{made:,}"})
    return redirect("dataset", found.public_id)


def _cluster(near: Near, most: int) -> Cluster:
    splits = ", ".join(str(words.SPLITS.get(split, split)) for split in near.splits)
    tone = "bad" if len(near.splits) > 1 else "left"
    return Cluster(near=near, splits=splits, bar=charts.bar([(tone, near.rows)], of=most))
