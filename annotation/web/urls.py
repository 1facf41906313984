"""The pages. A form's address is one below its page's: a refused form leads back to the page above it."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from annotation.web import (
    agreement,
    annotate,
    connect,
    conversation,
    drafts,
    erasures,
    guide,
    home,
    items,
    manage,
    me,
    sent_back,
)
from annotation.web.datasets import asking, changes, doubts, keeping, rows
from annotation.web.datasets import pages as datasets
from annotation.web.features import pages as features
from annotation.web.gold import pages as gold
from annotation.web.history import pages as history
from annotation.web.imports import pages as imports
from annotation.web.insights import pages as insights
from annotation.web.judges import pages as judges
from annotation.web.judges import runs as judge_runs
from annotation.web.people import pages as people
from annotation.web.queues import pages as queues
from annotation.web.recipes import pages as recipes
from annotation.web.review import desk as review
from annotation.web.review import listing
from annotation.web.rules import pages as rules
from annotation.web.taxonomy import editor
from annotation.web.taxonomy import pages as taxonomies
from annotation.web.validity import behind
from annotation.web.validity import pages as validity

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("annotate/", annotate.queues, name="annotate"),
    path("annotate/history/", history.history, name="history"),
    path("annotate/history/<str:item>/", history.labeled, name="labeled"),
    path("annotate/history/<str:item>/change/", history.change, name="change_label"),
    path("annotate/me/", me.me, name="me"),
    path("annotate/notes/<int:note>/", sent_back.note, name="note"),
    path("annotate/notes/<int:note>/answer/", sent_back.answer, name="answer_note"),
    # <queue> is `<feature>.<queue>`.
    path("annotate/<str:queue>/", annotate.work, name="work"),
    path("annotate/<str:queue>/guide/", guide.guide, name="guide"),
    path("annotate/<str:queue>/items/", items.items, name="items"),
    path("annotate/<str:queue>/last/", annotate.last, name="last"),
    path("annotate/<str:queue>/next/", annotate.ahead, name="ahead"),
    path("annotate/<str:queue>/shown/", annotate.mark_shown, name="mark_shown"),
    path("annotate/<str:queue>/label/", annotate.label, name="label"),
    path("annotate/<str:queue>/skip/", annotate.skip, name="skip"),
    path("annotate/<str:queue>/flag/", annotate.flag, name="flag"),
    path("annotate/<str:queue>/undo/", annotate.undo, name="undo"),
    path("annotate/<str:queue>/renew/", annotate.renew, name="renew"),
    path("annotate/<str:queue>/draft/", drafts.draft, name="draft"),
    path("items/<str:item>/conversation/", conversation.conversation, name="conversation"),
    path("review/", review.review, name="review"),
    path("review/list/", listing.listed, name="review_list"),
    path("review/settle/", review.settle, name="settle"),
    path("review/send-back/", review.send_back, name="send_back"),
    path("insights/", insights.verdicts, name="insights"),
    path("insights/closure/", insights.stages, name="closure"),
    path("insights/validity/", validity.page, name="validity"),
    path("insights/validity/report/", validity.report, name="validity_report"),
    path("insights/validity/items/", behind.items, name="validity_items"),
    path("insights/validity/items/<str:item>/", behind.item, name="validity_item"),
    path("insights/agreement/", agreement.page, name="agreement"),
    path("insights/connect/", connect.connect, name="connect"),
    path("insights/connect/token/", connect.make_token, name="connect_token"),
    path("manage/backlog/", manage.waiting, name="backlog"),
    path("manage/queues/", queues.queues, name="manage_queues"),
    path("manage/queues/new/", queues.new, name="new_queue"),
    # <queue> is `<feature>.<queue>`.
    path("manage/queues/<str:queue>/", queues.queue, name="manage_queue"),
    path("manage/queues/<str:queue>/decide/", queues.decide_anew, name="decide_anew"),
    path("manage/queues/<str:queue>/decide/cancel/", queues.cancel_anew, name="cancel_anew"),
    path("manage/judges/", judges.judges, name="judges"),
    path("manage/judges/new/", judges.new, name="new_judge"),
    path("manage/judges/<int:judge>/", judges.judge, name="judge"),
    path("manage/judges/<int:judge>/version/", judges.version, name="new_judge_version"),
    path("manage/judges/<int:judge>/run/", judge_runs.new, name="new_judge_run"),
    path("manage/judges/runs/<str:run>/", judge_runs.detail, name="judge_run"),
    path("manage/judges/runs/<str:run>/cancel/", judge_runs.cancel, name="cancel_judge_run"),
    path("manage/judges/runs/<str:run>/failures/", judge_runs.failures, name="judge_failures"),
    path("manage/rules/", rules.rules, name="rules"),
    path("manage/rules/new/", rules.new, name="new_rule"),
    path("manage/rules/<int:rule>/", rules.rule, name="rule"),
    path("manage/rules/<int:rule>/change/", rules.change, name="change_rule"),
    path("manage/rules/<int:rule>/try/", rules.try_out, name="try_rule"),
    path("manage/rules/<int:rule>/on/", rules.switch_on, name="switch_rule_on"),
    path("manage/rules/<int:rule>/off/", rules.switch_off, name="switch_rule_off"),
    path("manage/rules/<int:rule>/run/", rules.run, name="run_rule"),
    path("manage/rules/<int:rule>/cancel/", rules.cancel, name="cancel_rule"),
    path("manage/gold/", gold.gold, name="gold"),
    path("manage/gold/mark/", gold.mark, name="mark_gold"),
    path("manage/gold/retire/", gold.retire, name="retire_gold"),
    path("manage/features/", features.features, name="features"),
    path("manage/features/<slug:slug>/", features.feature, name="feature"),
    path("manage/features/<slug:slug>/try/", features.try_redaction, name="try_redaction"),
    path("manage/taxonomy/", taxonomies.versions, name="taxonomy"),
    path("manage/taxonomy/draft/", editor.begin, name="draft_taxonomy"),
    path("manage/taxonomy/remap/", taxonomies.remap, name="remap"),
    path("manage/taxonomy/cancel/", taxonomies.cancel, name="cancel_remap"),
    path("manage/taxonomy/<int:number>/", taxonomies.version, name="taxonomy_version"),
    path("manage/taxonomy/<int:number>/publish/", taxonomies.publish, name="publish_taxonomy"),
    path("manage/taxonomy/<int:number>/discard/", editor.discard, name="discard_taxonomy"),
    path("manage/taxonomy/<int:number>/kind/", editor.add_kind, name="add_kind"),
    path("manage/taxonomy/<int:number>/polarity/", editor.change_kind, name="change_kind"),
    path("manage/taxonomy/<int:number>/move/", editor.move, name="move_reason"),
    path("manage/taxonomy/<int:number>/back/", editor.bring_back, name="bring_back_reason"),
    path("manage/taxonomy/<int:number>/add/<slug:kind>/", editor.add, name="add_reason"),
    path("manage/taxonomy/<int:number>/reasons/<int:reason>/", editor.reason, name="reason"),
    path("manage/taxonomy/<int:number>/reasons/<int:reason>/merge/", editor.merge, name="merge_reason"),
    path("manage/taxonomy/<int:number>/reasons/<int:reason>/split/", editor.split, name="split_reason"),
    path("manage/taxonomy/<int:number>/reasons/<int:reason>/retire/", editor.retire, name="retire_reason"),
    path("manage/taxonomy/<int:number>/compare/<int:other>/", taxonomies.compare, name="compare_taxonomy"),
    path("manage/people/", people.people, name="people"),
    path("manage/people/<int:rater>/", people.one, name="person"),
    path("manage/people/<int:rater>/decide/", people.decide, name="decide_person"),
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
    path("datasets/ask/", asking.ask, name="ask_dataset"),
    path("datasets/count/", asking.count, name="count_dataset"),
    path("datasets/recipes/", recipes.recipes, name="recipes"),
    path("datasets/recipes/new/", recipes.new, name="new_recipe"),
    path("datasets/recipes/<int:recipe>/", recipes.recipe, name="recipe"),
    path("datasets/recipes/<int:recipe>/change/", recipes.change, name="change_recipe"),
    path("datasets/recipes/<int:recipe>/run/", recipes.run, name="run_recipe"),
    path("datasets/recipes/<int:recipe>/secret/", recipes.new_secret, name="new_webhook_secret"),
    path("datasets/recipes/<int:recipe>/again/<str:delivery>/", recipes.send_again, name="send_delivery_again"),
    path("datasets/<str:export>/", datasets.dataset, name="dataset"),
    path("datasets/<str:export>/recipe/", recipes.from_export, name="recipe_from"),
    path("datasets/<str:export>/cancel/", datasets.cancel, name="cancel_dataset"),
    path("datasets/<str:export>/pin/", keeping.pin, name="pin_dataset"),
    path("datasets/<str:export>/unpin/", keeping.unpin, name="unpin_dataset"),
    path("datasets/<str:export>/again/", keeping.again, name="make_dataset_again"),
    path("datasets/<str:export>/remove/", keeping.remove, name="remove_dataset"),
    path("datasets/<str:export>/archive/", datasets.archive, name="dataset_archive"),
    path("datasets/<str:export>/files/<path:name>", datasets.file, name="dataset_file"),
    path("datasets/<str:export>/suspects/", doubts.send_back, name="send_back_suspects"),
    path("datasets/<str:export>/changes/", changes.changes, name="dataset_changes"),
    path("datasets/<str:export>/rows/", rows.rows, name="dataset_rows"),
    path("datasets/<str:export>/rows/<int:ordinal>/", rows.row, name="dataset_row"),
]
