"""The list of rules, the form of one, and its page: tried, switched on and off, run over past items."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation import jobs, tasks
from annotation.access import ADMIN, Person
from annotation.audit import Actor
from annotation.errors import Refusal
from annotation.labels.rules import accuracy, backfill, switch, trial, writing
from annotation.models import Feature, Rule
from annotation.web import chosen
from annotation.web.progress import STATUSES
from annotation.web.roles import needs
from annotation.web.rules import loading, words
from annotation.web.rules.forms import PARTS, NewRuleForm, RuleForm


@require_safe
@needs(ADMIN)
def rules(request: HttpRequest, person: Person) -> HttpResponse:
    feature = chosen.feature(request, person)
    context: dict[str, Any] = {"feature": feature, "features": person.features}
    if feature is not None:
        context |= {"lines": loading.listed(feature), "min_judged": accuracy.MIN_JUDGED}
    return render(request, "rules/rules.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ADMIN)
def new(request: HttpRequest, person: Person) -> HttpResponse:
    """A new rule of `?feature=`, switched off."""
    feature = chosen.feature(request, person)
    if feature is None:
        return redirect("features")
    form = NewRuleForm(request.POST if request.method == "POST" else None, feature=feature)
    if request.method != "POST" or _grown(request, form):
        return _form(request, form, feature)
    try:
        if form.is_valid():
            made = writing.create(feature=feature, name=form.cleaned_data["name"], spec=form.spec(), **_by(person))
            messages.success(request, _("The rule is kept, and switched off. Try it on past items now."))
            return redirect("rule", made.rule_id)
    except Refusal as refusal:
        form.add_error(_field(form, refusal), refusal.message)
    return _form(request, form, feature, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ADMIN)
def change(request: HttpRequest, person: Person, rule: int) -> HttpResponse:
    """The next version of a rule."""
    found = _found(rule)
    sent = request.POST if request.method == "POST" else None
    form = RuleForm(sent, feature=found.feature, version=writing.latest(found))
    if request.method != "POST" or _grown(request, form):
        return _form(request, form, found.feature, rule=found)
    if not form.is_valid():
        return _form(request, form, found.feature, rule=found, status=422)
    made = writing.revise(rule=found, spec=form.spec(), **_by(person))
    messages.success(request, _("This is version %(number)s. Try it, then switch it on.") % {"number": made.number})
    return redirect("rule", found.pk)


@require_safe
@needs(ADMIN)
def rule(request: HttpRequest, person: Person, rule: int) -> HttpResponse:
    """One rule. Asked by the page itself, only how far a run is, and nothing where that is as it was."""
    found = _found(rule)
    now = timezone.now()
    context: dict[str, Any] = {"rule": found, "feature": found.feature, "last": backfill.last(found)}
    context["workers"] = jobs.workers_alive(now=now)
    if context["last"] is not None:
        context["status"] = STATUSES[context["last"].status]
        if context["last"].status in jobs.UNFINISHED:
            context["progress"] = words.progress(context["last"], has_worker=bool(context["workers"]), now=now)
    if "progress" in context and context["progress"].seen == request.GET.get("seen"):
        return HttpResponse(status=204)
    template = "rules/rule.html"
    if request.headers.get("HX-Request"):
        return render(request, f"{template}#run", context)
    return render(request, template, loading.detail(found) | context)


@require_POST
@needs(ADMIN)
def try_out(request: HttpRequest, person: Person, rule: int) -> HttpResponse:
    trial.run(version=writing.latest(_found(rule)), **_by(person))
    return redirect("rule", rule)


@require_POST
@needs(ADMIN)
def switch_on(request: HttpRequest, person: Person, rule: int) -> HttpResponse:
    """The latest version is switched on; the form names it, so that nobody switches on what they haven't seen."""
    found = _found(rule)
    latest = writing.latest(found)
    if request.POST.get("version") != str(latest.number):
        messages.error(request, _("Nothing was changed: there is a newer version. Look at it, then switch it on."))
        return redirect("rule", rule)
    switch.on(version=latest, **_by(person))
    messages.success(request, _("The rule is on: it labels new items within minutes."))
    return redirect("rule", rule)


@require_POST
@needs(ADMIN)
def switch_off(request: HttpRequest, person: Person, rule: int) -> HttpResponse:
    switch.off(rule=_found(rule), **_by(person))
    messages.success(request, _("The rule is off. What it has labeled stays."))
    return redirect("rule", rule)


@require_POST
@needs(ADMIN)
def run(request: HttpRequest, person: Person, rule: int) -> HttpResponse:
    """Label past items."""
    asked = backfill.start(rule=_found(rule), **_by(person))
    tasks.ring(asked)
    return redirect("rule", rule)


@require_POST
@needs(ADMIN)
def cancel(request: HttpRequest, person: Person, rule: int) -> HttpResponse:
    found = get_object_or_404(backfill.unfinished(_found(rule)))
    backfill.cancel(run=found, **_by(person))
    return redirect("rule", rule)


def _found(pk: int) -> Rule:
    return get_object_or_404(Rule.objects.select_related("feature"), pk=pk)


def _by(person: Person) -> dict[str, Any]:
    return {"actor": Actor(user=person.user), "now": timezone.now()}


def _grown(request: HttpRequest, form: RuleForm) -> bool:
    """Whether the form asked for more lines, and for nothing else."""
    part = request.POST.get("more", "")
    if part not in PARTS:
        return False
    form.grow(part)
    return True


def _field(form: RuleForm, refusal: Refusal) -> str | None:
    name = str(refusal.loc[0]) if refusal.loc else ""
    return name if name in form.fields else None


def _form(
    request: HttpRequest, form: RuleForm, feature: Feature, *, rule: Rule | None = None, status: int = 200
) -> HttpResponse:
    is_growing = request.POST.get("more", "") in PARTS
    context = {
        "form": form,
        "feature": feature,
        "rule": rule,
        "is_growing": is_growing,
        "comparisons": words.COMPARISONS.items(),
        "names": loading.names(feature),
        "fields": words.FIELDS.items(),
        "evidence": list(words.evidence()),
    }
    return render(request, "rules/form.html", context, status=status)
