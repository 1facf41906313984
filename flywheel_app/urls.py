"""Every address of Flywheel. Pages are in `annotation.web`, machines talk to `annotation.api`."""

from __future__ import annotations

from django.urls import include, path, re_path

from annotation.api import health, metrics, otlp
from annotation.web import account
from annotation.web.accounts import forgotten, joining, own, second_factor, sso

handler500 = "annotation.web.errors.broken"

urlpatterns = [
    # They are looked through in this order, and machines ask most.
    path("api/v1/", include("annotation.api.urls")),
    path("otlp/v1/traces", otlp.traces, name="otlp-traces"),
    path("otlp/v1/logs", otlp.logs, name="otlp-logs"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("accounts/password/reset/", forgotten.ask, name="account_reset_password"),
    path("accounts/password/new/<str:password_link>/", forgotten.choose, name="choose_password"),
    re_path(r"^accounts/(?:password/reset|email|confirm-email)/", account.by_mail),
    path("accounts/invitation/<str:link>/", joining.accept, name="accept_invitation"),
    # In place of allauth's, which don't tell the audit log.
    path("accounts/password/change/", own.change_password, name="account_change_password"),
    path("accounts/2fa/totp/activate/", second_factor.set_up, name="mfa_activate_totp"),
    path("accounts/2fa/totp/deactivate/", second_factor.remove, name="mfa_deactivate_totp"),
    path("accounts/2fa/recovery-codes/generate/", second_factor.make_codes, name="mfa_generate_recovery_codes"),
    path("accounts/2fa/webauthn/add/", second_factor.add_key, name="mfa_add_webauthn"),
    path("accounts/2fa/webauthn/keys/<int:pk>/remove/", second_factor.remove_key, name="mfa_remove_webauthn"),
    path("accounts/2fa/webauthn/keys/<int:pk>/edit/", second_factor.rename_key, name="mfa_edit_webauthn"),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/sso/", sso.begin, name="sso_login"),
    path("accounts/sso/callback/", sso.come_back, name="sso_callback"),
    path("accounts/", include("allauth.account.urls")),
    path("", include("annotation.web.urls")),
]
