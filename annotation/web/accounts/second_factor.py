"""The second factor: a code of an app, a security key, and codes for the day on which they are lost. By allauth, told
to the audit log."""

from __future__ import annotations

import base64
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, EditWebAuthnView, RemoveWebAuthnView
from cryptography.fernet import Fernet
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation import audit
from annotation.lib import keyed
from annotation.models import User


class Adapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Secrets are stored encrypted under HASH_KEY, which is not in the database."""

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("The code is wrong, or no longer the one that the app shows."),
    }

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """What a new key is called unless one says otherwise."""
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return _("Key %(number)s") % {"number": number}

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(keyed.digest(settings.HASH_KEY, purpose="second-factor", size=32)))


class _Told:
    """A form of allauth's whose change and audit event are one block."""

    verb: str
    request: Any

    def form_valid(self, form: Any) -> HttpResponse:
        user = self.request.user
        with transaction.atomic():
            answer: HttpResponse = super().form_valid(form)  # type: ignore[misc]  # of the view beside it
            audit.record(actor=audit.Actor(user=user), verb=self.verb, target=("user", user.pk), now=timezone.now())
        return answer


class SetUp(_Told, ActivateTOTPView):  # type: ignore[misc]
    verb = "second_factor.set_up"


class Remove(_Told, DeactivateTOTPView):  # type: ignore[misc]
    verb = "second_factor.removed"


class AddKey(_Told, AddWebAuthnView):  # type: ignore[misc]
    verb = "second_factor.key_added"


class RemoveKey(_Told, RemoveWebAuthnView):  # type: ignore[misc]
    verb = "second_factor.key_removed"


class MakeCodes(_Told, GenerateRecoveryCodesView):  # type: ignore[misc]
    verb = "second_factor.codes_made"


set_up, remove, make_codes = SetUp.as_view(), Remove.as_view(), MakeCodes.as_view()
add_key, rename_key, remove_key = AddKey.as_view(), EditWebAuthnView.as_view(), RemoveKey.as_view()
