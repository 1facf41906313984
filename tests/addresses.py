"""Every address with something real behind it, and what each machine's operation is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import md5
from pathlib import Path
from typing import Any

from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from annotation import access, audit
from annotation.access import invitations, passwords
from annotation.labels import raters
from annotation.models import Feature, User
from tests import cast
from tests.backlog import world as alarms
from tests.erasure import world as erasures
from tests.exports import world
from tests.ingest.imports import world as imports
from tests.labels import world as reviews
from tests.labels.judge import world as judges
from tests.labels.rules import world as rules
from tests.mending import world as compared
from tests.recipes import world as recipes
from tests.taxonomy import world as taxonomy
from tests.triggers import world as triggers
from tests.web import pages

Parts = dict[tuple[str, ...], dict[str, Any]]

# `outsider` has every role but admin, in another feature. What a verb answers to an empty form (422) shows that it
# let the person in; 409 likewise, since a finished export can't be cancelled.
PERMISSIONS = """
                                          visitor stranger outsider annotator adjudicator engineer admin
GET  home                                     302      200      302       302         302      302   302
GET  my_account                               302      200      200       200         200      200   200
POST end_session                              401      302      302       302         302      302   302
POST end_other_sessions                       401      302      302       302         302      302   302
GET  annotate                                 302      403      200       200         200      403   200
GET  history                                  302      403      200       200         200      403   200
GET  labeled                                  302      403      404       200         404      403   404
GET  me                                       302      403      200       200         200      403   200
GET  note                                     302      403      404       200         404      403   404
POST answer_note                              401      403      404       422         404      403   404
GET  compare                                  302      403      200       200         200      403   200
POST judge_pair                               401      403      422       422         422      403   422
POST undo_judgement                           401      403      422       422         422      403   422
GET  work                                     302      403      404       200         200      403   200
POST change_label                             401      403      404       422         404      403   404
GET  items                                    302      403      404       200         200      403   200
GET  last                                     302      403      404       200         200      403   200
GET  ahead                                    302      403      404       404         404      403   404
POST mark_shown                               401      403      404       404         404      403   404
POST label                                    401      403      404       422         422      403   422
POST skip                                     401      403      404       422         422      403   422
POST flag                                     401      403      404       422         422      403   422
POST undo                                     401      403      404       200         200      403   200
POST renew                                    401      403      404       404         404      403   404
POST draft                                    401      403      404       422         422      403   422
GET  guide                                    302      403      404       200         200      403   200
GET  conversation                             302      403      404       200         200      200   200
GET  review                                   302      403      200       403         200      403   200
GET  review_list                              302      403      200       403         200      403   200
POST send_back                                401      403      422       403         422      403   422
POST settle                                   401      403      422       403         422      403   422
GET  insights                                 302      403      200       403         403      200   200
GET  validity                                 302      403      200       403         403      200   200
GET  validity_report                          302      403      200       403         403      200   200
GET  validity_items                           302      403      404       403         403      404   404
GET  validity_item                            302      403      404       403         403      200   200
GET  closure                                  302      403      200       403         403      200   200
GET  mended                                   302      403      200       403         403      200   200
GET  mended_pairs                             302      403      404       403         403      404   404
GET  mended_pair                              302      403      404       403         403      200   200
GET  agreement                                302      403      200       403         403      200   200
GET  loops                                    302      403      200       403         403      200   200
GET  outcomes                                 302      403      200       403         403      200   200
POST name_outcome                             401      403      403       403         403      403   422
POST remove_outcome                           401      403      403       403         403      403   404
GET  versions                                 302      403      200       403         403      200   200
GET  connect                                  302      403      200       403         403      200   200
POST connect_token                            401      403      200       403         403      200   200
GET  datasets                                 302      403      200       403         403      200   200
GET  ask_dataset                              302      403      200       403         403      200   200
POST ask_dataset                              401      403      422       403         403      422   422
GET  count_dataset                            302      403      302       403         403      302   302
POST count_dataset                            401      403      200       403         403      200   200
GET  recipes                                  302      403      200       403         403      200   200
GET  new_recipe                               302      403      200       403         403      200   200
POST new_recipe                               401      403      422       403         403      422   422
GET  recipe                                   302      403      404       403         403      200   200
GET  change_recipe                            302      403      404       403         403      200   200
POST change_recipe                            401      403      404       403         403      422   422
POST run_recipe                               401      403      404       403         403      302   302
POST new_webhook_secret                       401      403      404       403         403      200   200
POST send_delivery_again                      401      403      404       403         403      302   302
GET  recipe_from                              302      403      404       403         403      200   200
GET  triggers                                 302      403      200       403         403      200   200
GET  new_trigger                              302      403      200       403         403      200   200
POST new_trigger                              401      403      422       403         403      422   422
GET  trigger                                  302      403      404       403         403      200   200
POST switch_trigger_on                        401      403      404       403         403      302   302
POST switch_trigger_off                       401      403      404       403         403      302   302
POST new_trigger_secret                       401      403      404       403         403      200   200
POST send_firing_again                        401      403      404       403         403      302   302
GET  dataset                                  302      403      404       403         403      200   200
POST cancel_dataset                           401      403      404       403         403      409   409
POST pin_dataset                              401      403      404       403         403      302   302
POST unpin_dataset                            401      403      404       403         403      302   302
POST make_dataset_again                       401      403      404       403         403      409   409
GET  remove_dataset                           302      403      404       403         403      200   200
GET  dataset_archive                          302      403      404       403         403      200   200
GET  dataset_file                             302      403      404       403         403      200   200
POST send_back_suspects                       401      403      404       403         403      302   302
GET  dataset_changes                          302      403      404       403         403      200   200
GET  dataset_rows                             302      403      404       403         403      200   200
GET  dataset_row                              302      403      404       403         403      200   200
POST remove_dataset                           401      403      404       403         403      302   302
GET  backlog                                  302      403      403       403         403      403   200
GET  reached                                  302      403      403       403         403      403   200
GET  alarms                                   302      403      403       403         403      403   200
POST alarms                                   401      403      403       403         403      403   422
POST switch_alarm_off                         401      403      403       403         403      403   302
GET  at_work                                  302      403      403       403         403      403   200
POST give_back_of_person                      401      403      403       403         403      403   302
POST hand_over                                401      403      403       403         403      403   422
GET  waiting_queue                            302      403      403       403         403      403   200
POST pause_queue                              401      403      403       403         403      403   302
POST resume_queue                             401      403      403       403         403      403   302
POST give_back_of_queue                       401      403      403       403         403      403   302
POST move_items                               401      403      403       403         403      403   422
GET  imports                                  302      403      200       403         403      200   200
GET  upload_import                            302      403      302       403         403      302   302
POST upload_import                            401      403      422       403         403      422   422
GET  import                                   302      403      404       403         403      200   200
GET  change_import                            302      403      404       403         403      302   302
POST change_import                            401      403      404       403         403      422   422
POST start_import                             401      403      404       403         403      302   302
POST cancel_import                            401      403      404       403         403      302   302
POST retry_import                             401      403      404       403         403      409   409
GET  import_refused                           302      403      404       403         403      200   200
GET  features                                 302      403      403       403         403      403   200
POST features                                 401      403      403       403         403      403   422
GET  feature                                  302      403      403       403         403      403   200
POST feature                                  401      403      403       403         403      403   422
POST try_redaction                            401      403      403       403         403      403   200
GET  taxonomy                                 302      403      403       403         403      403   200
POST draft_taxonomy                           401      403      403       403         403      403   409
POST remap                                    401      403      403       403         403      403   409
POST cancel_remap                             401      403      403       403         403      403   404
GET  taxonomy_version                         302      403      403       403         403      403   200
GET  compare_taxonomy                         302      403      403       403         403      403   200
POST publish_taxonomy                         401      403      403       403         403      403   422
POST add_kind                                 401      403      403       403         403      403   422
POST change_kind                              401      403      403       403         403      403   302
POST move_reason                              401      403      403       403         403      403   404
POST bring_back_reason                        401      403      403       403         403      403   404
GET  add_reason                               302      403      403       403         403      403   200
POST add_reason                               401      403      403       403         403      403   422
GET  reason                                   302      403      403       403         403      403   200
POST reason                                   401      403      403       403         403      403   422
POST merge_reason                             401      403      403       403         403      403   422
POST split_reason                             401      403      403       403         403      403   422
POST retire_reason                            401      403      403       403         403      403   302
POST discard_taxonomy                         401      403      403       403         403      403   302
GET  manage_queues                            302      403      403       403         403      403   200
GET  new_queue                                302      403      403       403         403      403   200
POST new_queue                                401      403      403       403         403      403   422
GET  manage_queue                             302      403      403       403         403      403   200
POST manage_queue                             401      403      403       403         403      403   422
POST decide_anew                              401      403      403       403         403      403   302
POST cancel_anew                              401      403      403       403         403      403   302
GET  people                                   302      403      403       403         403      403   200
GET  person                                   302      403      403       403         403      403   200
POST decide_person                            401      403      403       403         403      403   422
GET  judges                                   302      403      403       403         403      403   200
GET  judge                                    302      403      403       403         403      403   200
GET  new_judge                                302      403      403       403         403      403   200
POST new_judge                                401      403      403       403         403      403   422
GET  new_judge_version                        302      403      403       403         403      403   200
POST new_judge_version                        401      403      403       403         403      403   422
GET  new_judge_run                            302      403      403       403         403      403   200
POST new_judge_run                            401      403      403       403         403      403   422
GET  judge_run                                302      403      403       403         403      403   200
GET  judge_failures                           302      403      403       403         403      403   200
POST cancel_judge_run                         401      403      403       403         403      403   409
GET  rules                                    302      403      403       403         403      403   200
GET  new_rule                                 302      403      403       403         403      403   200
POST new_rule                                 401      403      403       403         403      403   422
GET  rule                                     302      403      403       403         403      403   200
GET  change_rule                              302      403      403       403         403      403   200
POST change_rule                              401      403      403       403         403      403   422
POST try_rule                                 401      403      403       403         403      403   302
POST switch_rule_on                           401      403      403       403         403      403   302
POST switch_rule_off                          401      403      403       403         403      403   302
POST run_rule                                 401      403      403       403         403      403   409
POST cancel_rule                              401      403      403       403         403      403   404
GET  gold                                     302      403      403       403         403      403   200
POST mark_gold                                401      403      403       403         403      403   302
POST retire_gold                              401      403      403       403         403      403   404
GET  audit                                    302      403      403       403         403      403   200
GET  audit_file                               302      403      403       403         403      403   200
GET  accounts                                 302      403      403       403         403      403   200
GET  account                                  302      403      403       403         403      403   200
POST account                                  401      403      403       403         403      403   422
POST sign_out_account                         401      403      403       403         403      403   302
POST new_password                             401      403      403       403         403      403   200
POST reset_factor                             401      403      403       403         403      403   302
POST switch_account_off                       401      403      403       403         403      403   302
POST switch_account_on                        401      403      403       403         403      403   302
POST release_lockout                          401      403      403       403         403      403   302
GET  accept_invitation                        200      200      200       200         200      200   200
POST accept_invitation                        422      422      422       422         422      422   422
GET  invitations                              302      403      403       403         403      403   200
POST invitations                              401      403      403       403         403      403   422
POST send_invitation                          401      403      403       403         403      403   302
POST withdraw_invitation                      401      403      403       403         403      403   302
GET  tokens                                   302      403      403       403         403      403   200
POST tokens                                   401      403      403       403         403      403   422
POST rotate_token                             401      403      403       403         403      403   422
POST end_former_secret                        401      403      403       403         403      403   302
POST revoke_token                             401      403      403       403         403      403   302
GET  jobs                                     302      403      403       403         403      403   200
POST cancel_job                               401      403      403       403         403      403   409
POST do_job_again                             401      403      403       403         403      403   409
POST send_message_again                       401      403      403       403         403      403   302
GET  erasures                                 302      403      403       403         403      403   200
GET  preview_erasure                          302      403      403       403         403      403   302
POST preview_erasure                          401      403      403       403         403      403   422
GET  erase                                    302      403      403       403         403      403   302
POST erase                                    401      403      403       403         403      403   422
GET  erasure                                  302      403      403       403         403      403   200
GET  healthz                                  200      200      200       200         200      200   200
GET  readyz                                   503      503      503       503         503      503   503
GET  metrics                                  401      401      401       401         401      401   401
POST otlp-traces                              401      401      401       401         401      401   401
POST otlp-logs                                401      401      401       401         401      401   401
GET  api-docs                                 200      200      200       200         200      200   200
GET  account_login                            200      302      302       302         302      302   302
GET  account_logout                           302      200      200       200         200      200   200
GET  account_signup                           200      302      302       302         302      302   302
GET  account_inactive                         200      200      200       200         200      200   200
GET  account_reauthenticate                   302      200      200       200         200      200   200
GET  account_email                            404      404      404       404         404      404   404
GET  account_email_verification_sent          404      404      404       404         404      404   404
GET  account_confirm_email                    404      404      404       404         404      404   404
GET  account_change_password                  302      200      200       200         200      200   200
GET  account_set_password                     302      302      302       302         302      302   302
GET  account_reset_password                   200      200      200       200         200      200   200
POST account_reset_password                   200      200      200       200         200      200   200
GET  choose_password                          200      200      200       200         200      200   200
POST choose_password                          422      422      422       422         422      422   422
GET  account_reset_password_done              404      404      404       404         404      404   404
GET  account_reset_password_from_key          404      404      404       404         404      404   404
GET  account_reset_password_from_key_done     404      404      404       404         404      404   404
GET  mfa_index                                302      200      200       200         200      200   200
GET  mfa_authenticate                         302      302      302       302         302      302   302
GET  mfa_reauthenticate                       302      302      302       302         302      302   302
GET  mfa_activate_totp                        302      302      302       302         302      302   302
GET  mfa_deactivate_totp                      302      404      404       404         404      404   404
GET  mfa_view_recovery_codes                  302      404      404       404         404      404   404
GET  mfa_generate_recovery_codes              302      302      302       302         302      302   302
GET  mfa_download_recovery_codes              302      404      404       404         404      404   404
GET  mfa_list_webauthn                        302      200      200       200         200      200   200
GET  mfa_add_webauthn                         302      302      302       302         302      302   302
GET  mfa_reauthenticate_webauthn              302      302      302       302         302      302   302
GET  mfa_edit_webauthn                        302      302      302       302         302      302   302
GET  mfa_remove_webauthn                      302      302      302       302         302      302   302
GET  sso_login                                404      404      404       404         404      404   404
GET  sso_callback                             404      404      404       404         404      404   404
GET  account_confirm_login_code               302      302      302       302         302      302   302
"""
HEAD, *ROWS = [line.split() for line in PERMISSIONS.strip().splitlines()]

# Sessions and sign-ins come and go with the one who asks.
VISITS = ("django_session", "account_", "auth_", "django_")


def filled(feature: Feature, annotator: User, folder: Path) -> Parts:
    """What stands in the addresses, by the names of their parts: one thing of each kind, all of one feature.

    Texts that came from outside try to run as a script.
    """
    item = pages.item(
        feature, output="<img src=x onerror=alert(1)>\n\n[x](javascript:alert(1)) ![](https://evil/x.png)"
    )
    pages.label(pages.sign_in(annotator), feature)
    pages.item(feature, output='<script>alert(1)</script> <p style="color:red" onclick="x()">hi</p>')
    note = reviews.sent_back(reviews.disputed(feature, annotator))
    export = world.made(feature)
    token, _ = cast.token()
    recipe, told = recipes.told(feature)
    trigger, fired = triggers.told(feature)
    imported = imports.worked(imports.uploaded(feature, folder, "a.jsonl", [{"id": "<b>x</b>"}]))
    erased = erasures.erase(feature, interaction_id="gen_erased")
    failed = judges.failed(item.signal, text="<script>alert(1)</script>").call.run
    draft = taxonomy.draft()
    invited = invitations.invite(
        email="ivy@example.com", roles=[access.ENGINEER], features=[feature], actor=audit.FLYWHEEL, now=timezone.now()
    )
    somebody = cast.person("somebody", roles=[access.ANNOTATOR], features=[feature])
    return {
        (): {},
        ("number",): {"number": draft.number},
        ("number", "other"): {"number": draft.number, "other": 1},
        ("kind", "number"): {"number": draft.number, "kind": "accepted"},
        ("number", "reason"): {"number": draft.number, "reason": taxonomy.reason(draft, "verified").pk},
        ("item",): {"item": item.public_id},
        ("note",): {"note": note.pk},
        ("pair",): {"pair": compared.bare(feature).public_id},
        ("queue",): {"queue": f"{feature.slug}.default"},
        ("token",): {"token": token.pk},
        ("rater",): {"rater": raters.for_user(annotator).pk},
        ("rule",): {"rule": rules.written(feature).rule_id},
        ("erasure_id",): {"erasure_id": erased.pk},
        ("slug",): {"slug": feature.slug},
        ("export",): {"export": export.public_id},
        ("source",): {"source": imported.public_id},
        ("export", "ordinal"): {"export": export.public_id, "ordinal": 1},
        ("export", "name"): {"export": export.public_id, "name": "manifest.json"},
        ("judge",): {"judge": failed.version.judge_id},
        ("run",): {"run": failed.public_id},
        ("recipe",): {"recipe": recipe.pk},
        ("delivery", "recipe"): {"recipe": recipe.pk, "delivery": told.public_id},
        ("delivery",): {"delivery": told.public_id},
        ("job", "kind"): {"kind": "export", "job": export.pk},
        ("trigger",): {"trigger": trigger.pk},
        ("alarm",): {"alarm": alarms.alarm(feature).pk},
        ("delivery", "trigger"): {"trigger": trigger.pk, "delivery": fired.public_id},
        ("account",): {"account": somebody.pk},
        ("password_link",): {"password_link": passwords.link_of(somebody)},
        ("invitation",): {"invitation": invited.pk},
        ("link",): {"link": invitations.link_of(invited)},
        ("pk",): {"pk": 1},
        ("key",): {"key": "no-such-key"},
        ("key", "uidb36"): {"uidb36": "1", "key": "no-such-key"},
    }


def patterns(resolver: URLResolver | None = None, before: str = "/") -> Iterator[tuple[str, URLPattern]]:
    """Each address as it is written down, such as `/annotate/<queue>/`; those of the API are in its own document."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLPattern):
            yield before + str(pattern.pattern), pattern
        elif pattern.namespace != "api":
            yield from patterns(pattern, before + str(pattern.pattern))


def parts(name: str) -> tuple[str, ...]:
    """The names of what stands in the address of this name."""
    found = next(pattern for _, pattern in patterns() if pattern.name == name)
    return tuple(sorted(found.pattern.regex.groupindex))


def held() -> dict[str, str]:
    """What the database holds, as a digest of each table."""
    with connection.cursor() as cursor:
        tables = [one for one in connection.introspection.table_names(cursor) if not one.startswith(VISITS)]
        found = {}
        for table in tables:
            # A table is named by Django, never by who asks.
            cursor.execute(f"SELECT coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '') FROM \"{table}\" t")
            found[table] = md5(cursor.fetchone()[0].encode()).hexdigest()
    return found
