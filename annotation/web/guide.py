"""What to go by while labeling: the queue's guideline, and what each reason means, with examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from annotation import taxonomy
from annotation.access import ADJUDICATOR, ANNOTATOR, Person
from annotation.lib import markdown
from annotation.models import Queue, Reason, TaxonomyVersion
from annotation.queues import progress
from annotation.web import shown
from annotation.web.desks import address
from annotation.web.roles import needs


@dataclass(frozen=True, kw_only=True)
class Explained:
    """A reason with its examples, which are safe HTML."""

    reason: Reason
    examples: Sequence[SafeString]


@dataclass(frozen=True, kw_only=True)
class Group:
    """The reasons of one outcome, in the order of their keys."""

    outcome: str
    title: str | Promise
    reasons: Sequence[Explained]


@require_safe
@needs(ANNOTATOR, ADJUDICATOR)
def guide(request: HttpRequest, person: Person, queue: str) -> HttpResponse:
    """The guide of `?kind=` in `?version=`, by default the one that labels are made in now. A page, or its content."""
    found = _queue(person, queue)
    version = _version(request, found)
    kind = request.GET.get("kind", "")
    reasons = taxonomy.reasons(version=version, kind=kind)
    context = {
        "queue": found,
        "url": address(found),
        "version": version,
        "kind": kind,
        "headline": shown.headline(kind) if kind else "",
        "guideline": _html(found.guideline),
        "groups": [_explained(group) for group in shown.groups(reasons)],
    }
    template = "annotate/guide.html"
    return render(request, f"{template}#guide" if request.headers.get("HX-Request") else template, context)


def _queue(person: Person, name: str) -> Queue:
    """One that the person labels, or whose disputes the person settles."""
    feature, _dot, queue_name = name.partition(".")
    own = Q(pk__in=progress.queues_of(person).values("pk"))
    if person.has(ADJUDICATOR):
        own |= Q(feature__in=person.features)
    named = Queue.objects.filter(own, feature__slug=feature, name=queue_name)
    found = named.select_related("feature", "taxonomy_version").first()
    if found is None:
        raise Http404
    return found


def _version(request: HttpRequest, queue: Queue) -> TaxonomyVersion:
    """Where a version was published since the item was shown, the item's form still speaks of the one before."""
    asked = request.GET.get("version", "")
    if not asked:
        return taxonomy.of_queue(queue)
    published = TaxonomyVersion.objects.filter(published_at__isnull=False)
    found = published.filter(number=int(asked)).first() if asked.isdecimal() and len(asked) < 10 else None
    if found is None:
        raise Http404
    return found


def _explained(group: shown.Group) -> Group:
    reasons = [Explained(reason=one, examples=[_html(text) for text in _examples(one)]) for one in group.reasons]
    return Group(outcome=group.outcome, title=group.title, reasons=reasons)


def _examples(reason: Reason) -> Sequence[str]:
    return getattr(reason, "examples", ())


def _html(text: str) -> SafeString:
    # Sanitized by `markdown.render`.
    return mark_safe(markdown.render(text) if text.strip() else "")  # noqa: S308
