"""The pages of each role, in the order in which they are offered."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from annotation.access import ADJUDICATOR, ADMIN, ANNOTATOR, ENGINEER, Person


@dataclass(frozen=True, kw_only=True)
class Page:
    """`name` is the name of the address; `roles` are those to whom it is offered; `/` leads `home_of` there.

    `group` is what it stands under for who has many pages; `below` names the page on which it is offered instead.
    """

    name: str
    title: str | Promise
    roles: tuple[str, ...]
    group: str | Promise
    home_of: str | None = None
    below: str | None = None


@dataclass(frozen=True, kw_only=True)
class Link:
    title: str | Promise
    group: str | Promise
    url: str
    is_current: bool


@dataclass(frozen=True, kw_only=True)
class Group:
    title: str | Promise
    links: list[Link]

    @property
    def is_current(self) -> bool:
        return any(link.is_current for link in self.links)


FEW = 8
"""So many links fit beside each other on a laptop."""

LABELING, INSIGHTS, MANAGE = _("Label"), _("Insights"), _("Manage")

PAGES: tuple[Page, ...] = (
    Page(name="annotate", title=_("Annotate"), group=LABELING, roles=(ANNOTATOR,), home_of=ANNOTATOR),
    Page(name="history", title=_("My labels"), group=LABELING, roles=(ANNOTATOR,)),
    Page(name="me", title=_("My page"), group=LABELING, roles=(ANNOTATOR,)),
    Page(name="compare", title=_("Compare"), group=LABELING, roles=(ANNOTATOR,)),
    Page(name="review", title=_("Review"), group=LABELING, roles=(ADJUDICATOR,), home_of=ADJUDICATOR),
    Page(name="insights", title=_("Insights"), group=INSIGHTS, roles=(ENGINEER,), home_of=ENGINEER),
    Page(name="validity", title=_("Validity"), group=INSIGHTS, roles=(ENGINEER,), below="insights"),
    Page(name="closure", title=_("Closure"), group=INSIGHTS, roles=(ENGINEER,), below="insights"),
    Page(name="loops", title=_("Loops"), group=INSIGHTS, roles=(ENGINEER,), below="insights"),
    Page(name="versions", title=_("Versions"), group=INSIGHTS, roles=(ENGINEER,), below="insights"),
    Page(name="mended", title=_("Mended"), group=INSIGHTS, roles=(ENGINEER,), below="insights"),
    Page(name="agreement", title=_("Agreement"), group=INSIGHTS, roles=(ENGINEER,), below="insights"),
    Page(name="connect", title=_("Connect"), group=INSIGHTS, roles=(ENGINEER,)),
    Page(name="datasets", title=_("Datasets"), group=INSIGHTS, roles=(ENGINEER,)),
    Page(name="backlog", title=_("Backlog"), group=MANAGE, roles=(ADMIN,), home_of=ADMIN),
    Page(name="manage_queues", title=_("Queues"), group=MANAGE, roles=(ADMIN,)),
    Page(name="judges", title=_("Judges"), group=MANAGE, roles=(ADMIN,)),
    Page(name="rules", title=_("Rules"), group=MANAGE, roles=(ADMIN,)),
    Page(name="gold", title=_("Known answers"), group=MANAGE, roles=(ADMIN,)),
    Page(name="imports", title=_("Imports"), group=MANAGE, roles=(ENGINEER, ADMIN)),
    Page(name="jobs", title=_("Jobs"), group=MANAGE, roles=(ADMIN,)),
    Page(name="erasures", title=_("Erasures"), group=MANAGE, roles=(ADMIN,)),
    Page(name="features", title=_("Features"), group=MANAGE, roles=(ADMIN,)),
    Page(name="taxonomy", title=_("Taxonomy"), group=MANAGE, roles=(ADMIN,)),
    Page(name="people", title=_("People"), group=MANAGE, roles=(ADMIN,)),
    Page(name="accounts", title=_("Accounts"), group=MANAGE, roles=(ADMIN,)),
    Page(name="invitations", title=_("Invitations"), group=MANAGE, roles=(ADMIN,), below="accounts"),
    Page(name="tokens", title=_("Tokens"), group=MANAGE, roles=(ADMIN,)),
    Page(name="audit", title=_("Audit"), group=MANAGE, roles=(ADMIN,)),
)


def links(person: Person, path: str) -> list[Link]:
    """Links to the pages of a person's roles. The current one is the deepest that the path is in, or what that page
    stands below."""
    return _links([page for page in PAGES if page.below is None and person.has(*page.roles)], path)


def beside(name: str, path: str) -> list[Link]:
    """Links to the page of this name and those that stand below it, offered on each of them."""
    return _links([page for page in PAGES if name in (page.name, page.below)], path)


def groups(person: Person, path: str) -> list[Group]:
    """The links, each by itself where they are few, else under what they are about."""
    found = links(person, path)
    if len(found) <= FEW:
        return [Group(title=link.title, links=[link]) for link in found]
    titles = dict.fromkeys(link.group for link in found)
    return [Group(title=title, links=[link for link in found if link.group == title]) for title in titles]


def _links(pages: list[Page], path: str) -> list[Link]:
    urls = {page.name: reverse(page.name) for page in PAGES}
    around = [page for page in PAGES if path.startswith(urls[page.name])]
    current = max(around, key=lambda page: len(urls[page.name]), default=None)
    name = current and (current.name if current in pages else current.below)
    return [
        Link(title=page.title, group=page.group, url=urls[page.name], is_current=page.name == name) for page in pages
    ]


def home(person: Person) -> str | None:
    """Where a person's work is; of several roles, the rarest decides. None for who has no role yet."""
    homes = {page.home_of: page.name for page in PAGES if page.home_of}
    for role in (ADMIN, ENGINEER, ADJUDICATOR, ANNOTATOR):
        if role in person.roles and role in homes:
            return reverse(homes[role])
    return next((reverse(page.name) for page in PAGES if person.has(*page.roles)), None)
