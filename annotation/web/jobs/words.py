"""How jobs, their progress and messages are called."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation import jobs
from annotation.access import ENGINEER, Person
from annotation.models import Delivery, Job
from annotation.operations.joblist import Line, State
from annotation.web.progress import STATUSES as PLAIN
from annotation.web.progress import pace, trouble

Text = str | Promise

TITLES: Final[dict[str, Text]] = {
    "export": gettext_lazy("dataset"),
    "rewriting": gettext_lazy("files of a dataset, again"),
    "firing": gettext_lazy("recipe, fired"),
    "import": gettext_lazy("import"),
    "judgerun": gettext_lazy("judge's run"),
    "rulerun": gettext_lazy("rule over past items"),
    "consensusrun": gettext_lazy("consensus of a queue"),
    "remap": gettext_lazy("labels to a new taxonomy"),
    "itemmove": gettext_lazy("items to another queue"),
    "redecision": gettext_lazy("items decided anew"),
}

STATES: Final[dict[State, Text]] = {
    State.UNFINISHED: gettext_lazy("under way"),
    State.FAILED: gettext_lazy("failed"),
    State.ENDED: gettext_lazy("ended"),
}

STATUSES: Final[dict[str, Text]] = {
    **PLAIN,
    "checked": gettext_lazy("checked, waits for somebody"),
    "capped": gettext_lazy("ended at its cost cap"),
}

UNITS: Final[dict[str, Text]] = {
    "rows": gettext_lazy("%(done)s of %(of)s rows."),
    "items": gettext_lazy("%(done)s of %(of)s items."),
    "labels": gettext_lazy("%(done)s of %(of)s labels."),
    "bytes": gettext_lazy("%(done)s of %(of)s."),
}

SO_FAR: Final[dict[str, Text]] = {
    "rows": gettext_lazy("%(done)s rows so far."),
    "items": gettext_lazy("%(done)s items so far."),
    "labels": gettext_lazy("%(done)s labels so far."),
}


def line(one: Line, *, person: Person, now: datetime) -> dict[str, Any]:
    """What the page shows of a job."""
    job = one.job
    is_running = job.status == Job.Status.RUNNING
    return {
        "line": one,
        "title": TITLES[one.kind.name],
        "status": _("stopping") if job.cancel_asked_at and is_running else STATUSES[job.status],
        "progress": _progress(one, now) if job.status in jobs.UNFINISHED or one.done else "",
        "trouble": trouble(job, now=now) if is_running else "",
        "url": page_of(one, person),
    }


ENGINEERS: Final = ("export", "rewriting", "firing")
"""Whose pages are for engineers."""


def page_of(one: Line, person: Person) -> str:
    """Where more is said of it; empty where that is all, or where this person may not look."""
    job: Any = one.job
    if one.kind.name in ENGINEERS and not person.has(ENGINEER):
        return ""
    match one.kind.name:
        case "export":
            return reverse("dataset", args=[job.public_id])
        case "rewriting":
            return reverse("dataset", args=[job.export.public_id])
        case "firing":
            return reverse("recipe", args=[job.recipe_id])
        case "import":
            return reverse("import", args=[job.public_id])
        case "judgerun":
            return reverse("judge_run", args=[job.public_id])
        case "rulerun":
            return reverse("rule", args=[job.version.rule_id])
        case "consensusrun":
            return reverse("manage_queue", args=[f"{job.queue.feature.slug}.{job.queue.name}"])
        case "remap":
            return reverse("taxonomy")
        case "itemmove":
            return reverse("backlog")
    return ""


def _progress(one: Line, now: datetime) -> str:
    shown = filesizeformat if one.kind.unit == "bytes" else "{:,}".format
    if not one.of:
        return str(SO_FAR[one.kind.unit]) % {"done": shown(one.done)} if one.done else ""
    said = str(UNITS[one.kind.unit]) % {"done": shown(one.done), "of": shown(one.of)}
    if one.job.status != Job.Status.RUNNING or jobs.was_interrupted(one.job):
        return said
    since = getattr(one.job, "exported_at", None) or one.job.started_at
    return f"{said} {_left(one, since, now)}".rstrip()


def _left(one: Line, since: datetime | None, now: datetime) -> str:
    if one.kind.unit != "bytes":
        return pace(done=one.done, of=one.of or 0, since=since, now=now)
    # A rate of bytes is told in kilobytes.
    return pace(done=one.done // 1000, of=(one.of or 0) // 1000, since=since, now=now).replace(
        _("a second"), _("kB a second")
    )


def message(one: Delivery) -> dict[str, Any]:
    """What the page shows of a message that was given up."""
    webhook = one.webhook
    return {
        "delivery": one,
        "to": one.person.email if one.person else webhook.url if webhook else "",
        "is_mail": webhook is None,
        "said": _answer(one),
        "is_off": webhook is not None and not webhook.is_enabled,
    }


def _answer(one: Delivery) -> str:
    if one.problem:
        return str(one.get_problem_display())
    return _("it answered %(status)s") % {"status": one.answer_status}
