"""The pages of each role, in the order in which they are offered."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from annotation.access import ADJUDICATOR, ADMIN, ANNOTATOR, ENGINEER, Person


@dataclass(frozen=True, kw_only=True)
class Page:
    """`name` is the name of the address; `roles` are those to whom it is offered; `/` leads `home_of` there."""

    name: str
    title: str | Promise
    roles: tuple[str, ...]
    home_of: str | None = None


@dataclass(frozen=True, kw_only=True)
class Link:
    title: str | Promise
    url: str
    is_current: bool


PAGES: tuple[Page, ...] = (
    Page(name="annotate", title=_("Annotate"), roles=(ANNOTATOR,), home_of=ANNOTATOR),
    Page(name="history", title=_("My labels"), roles=(ANNOTATOR,)),
    Page(name="me", title=_("My page"), roles=(ANNOTATOR,)),
    Page(name="review", title=_("Review"), roles=(ADJUDICATOR,), home_of=ADJUDICATOR),
    Page(name="insights", title=_("Insights"), roles=(ENGINEER,), home_of=ENGINEER),
    Page(name="closure", title=_("Closure"), roles=(ENGINEER,)),
    Page(name="connect", title=_("Connect"), roles=(ENGINEER,)),
    Page(name="datasets", title=_("Datasets"), roles=(ENGINEER,)),
    Page(name="backlog", title=_("Backlog"), roles=(ADMIN,), home_of=ADMIN),
    Page(name="manage_queues", title=_("Queues"), roles=(ADMIN,)),
    Page(name="imports", title=_("Imports"), roles=(ENGINEER, ADMIN)),
    Page(name="erasures", title=_("Erasures"), roles=(ADMIN,)),
    Page(name="features", title=_("Features"), roles=(ADMIN,)),
    Page(name="taxonomy", title=_("Taxonomy"), roles=(ADMIN,)),
    Page(name="tokens", title=_("Tokens"), roles=(ADMIN,)),
)


def links(person: Person, path: str) -> list[Link]:
    """Links to the pages of a person's roles; the current one is the longest that the path is in."""
    pages = [(page, reverse(page.name)) for page in PAGES if person.has(*page.roles)]
    current = max((url for _page, url in pages if path.startswith(url)), key=len, default="")
    return [Link(title=page.title, url=url, is_current=url == current) for page, url in pages]


def home(person: Person) -> str | None:
    """Where a person's work is; of several roles, the rarest decides. None for who has no role yet."""
    homes = {page.home_of: page.name for page in PAGES if page.home_of}
    for role in (ADMIN, ENGINEER, ADJUDICATOR, ANNOTATOR):
        if role in person.roles and role in homes:
            return reverse(homes[role])
    return next((reverse(page.name) for page in PAGES if person.has(*page.roles)), None)
