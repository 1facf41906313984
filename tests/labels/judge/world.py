"""Judges, and runs of them over stocked items."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import LazySettings
from django.utils import timezone

from annotation import audit, taxonomy
from annotation.ingest import cases
from annotation.labels.judge import job, prompt, request, versions
from annotation.labels.judge.chosen import Choice
from annotation.labels.judge.request import Limits
from annotation.models import Feature, JudgeAsk, JudgeCall, JudgeCallContent, JudgeRun, JudgeVersion, Signal
from tests.cast import NOW
from tests.judge_server import PRICE_IN, PRICE_OUT, JudgeServer


def asks(settings: LazySettings, server: JudgeServer) -> None:
    """Judges ask this server, in this process."""
    settings.JUDGE_BASE_URL, settings.JUDGE_API_KEY = server.url, "sk-judge"


def spec(**changes: Any) -> versions.Spec:
    values: dict[str, Any] = {
        "taxonomy_version": taxonomy.current(),
        "model": "small-1",
        "prompt": prompt.DEFAULT,
        "temperature": 0.0,
        "max_tokens": 200,
        "price_in": PRICE_IN,
        "price_out": PRICE_OUT,
    }
    return versions.Spec(**values | changes)


def judge(name: str = "Tone", **changes: Any) -> JudgeVersion:
    return versions.create(name=name, spec=spec(**changes), actor=audit.FLYWHEEL, now=NOW)


def asked(version: JudgeVersion, feature: Feature, *, choice: Choice | None = None, **limits: Any) -> JudgeRun:
    values: dict[str, Any] = {"per_second": 500.0, "concurrency": 4, "tries": 5, "cost_cap": Decimal(10)} | limits
    return request.create(
        version=version,
        feature=feature,
        choice=choice or Choice(),
        limits=Limits(**values),
        actor=audit.FLYWHEEL,
        now=timezone.now(),
    )


def worked(run: JudgeRun) -> JudgeRun:
    """Done here, as a worker does it."""
    job.run(run_id=run.pk, by="test", clock=timezone.now, look=cases.of)
    return JudgeRun.objects.get(pk=run.pk)


def failed(signal: Signal, *, text: str) -> JudgeCallContent:
    """What came back of a call about this signal's item, and was no answer."""
    item = signal.items.get()
    run = JudgeRun.objects.create(
        public_id=f"jrn_{signal.pk}",
        version=judge(f"Judge of {signal.pk}"),
        feature=item.feature,
        per_second=1,
        concurrency=1,
        tries=1,
        cost_cap=1,
        status=JudgeRun.Status.DONE,
        items_total=1,
        failed=1,
        created_at=NOW,
        started_at=NOW,
        selected_at=NOW,
        finished_at=NOW,
    )
    ask = JudgeAsk.objects.create(run=run, item=item, state="failed", tries=1, problem="unparsed")
    call = JudgeCall.objects.create(run=run, ask=ask, attempt=1, reserved=1, outcome="unparsed", sent_at=NOW)
    return JudgeCallContent.objects.create(call=call, text=text)
