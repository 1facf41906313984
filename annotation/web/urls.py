"""The pages. A form's address is one below its page's: a refused form leads back to the page above it."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from annotation.web import annotate, connect, conversation, erasures, history, home, insights, manage, review
from annotation.web.datasets import pages as datasets
from annotation.web.features import pages as features
from annotation.web.imports import pages as imports

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("annotate/", annotate.queues, name="annotate"),
    path("annotate/history/", history.history, name="history"),
    path("annotate/history/<str:item>/", history.labeled, name="labeled"),
    # <queue> is `<feature>.<queue>`.
    path("annotate/<str:queue>/", annotate.work, name="work"),
    path("annotate/<str:queue>/label/", annotate.label, name="label"),
    path("annotate/<str:queue>/skip/", annotate.skip, name="skip"),
    path("annotate/<str:queue>/flag/", annotate.flag, name="flag"),
    path("annotate/<str:queue>/undo/", annotate.undo, name="undo"),
    path("annotate/<str:queue>/renew/", annotate.renew, name="renew"),
    path("items/<str:item>/conversation/", conversation.conversation, name="conversation"),
    path("review/", review.review, name="review"),
    path("review/settle/", review.settle, name="settle"),
    path("insights/", insights.verdicts, name="insights"),
    path("insights/closure/", insights.stages, name="closure"),
    path("insights/connect/", connect.connect, name="connect"),
    path("insights/connect/token/", connect.make_token, name="connect_token"),
    path("manage/backlog/", manage.waiting, name="backlog"),
    path("manage/features/", features.features, name="features"),
    path("manage/features/<slug:slug>/", features.feature, name="feature"),
    path("manage/features/<slug:slug>/try/", features.try_redaction, name="try_redaction"),
    path("manage/tokens/", manage.tokens, name="tokens"),
    path("manage/tokens/<int:token>/revoke/", manage.revoke, name="revoke_token"),
    path("manage/imports/", imports.imports, name="imports"),
    path("manage/imports/upload/", imports.upload, name="upload_import"),
    path("manage/imports/<str:source>/", imports.detail, name="import"),
    path("manage/imports/<str:source>/change/", imports.change, name="change_import"),
    path("manage/imports/<str:source>/start/", imports.start, name="start_import"),
    path("manage/imports/<str:source>/cancel/", imports.cancel, name="cancel_import"),
    path("manage/imports/<str:source>/refused.txt", imports.refused, name="import_refused"),
    path("manage/erasures/", erasures.erasures, name="erasures"),
    path("manage/erasures/preview/", erasures.preview, name="preview_erasure"),
    path("manage/erasures/erase/", erasures.erase, name="erase"),
    path("manage/erasures/<int:erasure_id>/", erasures.shown, name="erasure"),
    path("datasets/", datasets.datasets, name="datasets"),
    path("datasets/ask/", datasets.ask, name="ask_dataset"),
    path("datasets/count/", datasets.count, name="count_dataset"),
    path("datasets/<str:export>/", datasets.dataset, name="dataset"),
    path("datasets/<str:export>/cancel/", datasets.cancel, name="cancel_dataset"),
    path("datasets/<str:export>/archive/", datasets.archive, name="dataset_archive"),
    path("datasets/<str:export>/files/<path:name>", datasets.file, name="dataset_file"),
]
