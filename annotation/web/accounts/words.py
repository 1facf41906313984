"""What is known of accounts, sessions and invitations, in words."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.access import ADJUDICATOR, ADMIN, ANNOTATOR, ENGINEER
from annotation.lib import browsers
from annotation.models import Session

ROLES: dict[str, str | Promise] = {
    ANNOTATOR: gettext_lazy("annotator: labels"),
    ADJUDICATOR: gettext_lazy("adjudicator: settles what annotators dispute"),
    ENGINEER: gettext_lazy("engineer: reads figures, makes datasets"),
    ADMIN: gettext_lazy("admin: sets everything up, sees all features"),
}


@dataclass(frozen=True, kw_only=True)
class State:
    """`look`: the class of its chip."""

    title: str | Promise
    look: str


STATES = {
    "open": State(title=gettext_lazy("open"), look="good"),
    "used": State(title=gettext_lazy("used"), look=""),
    "expired": State(title=gettext_lazy("expired"), look="unknowable"),
    "withdrawn": State(title=gettext_lazy("withdrawn"), look="bad"),
}


def device(session: Session) -> str:
    browser, system = browsers.named(session.agent)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("an unknown browser")
