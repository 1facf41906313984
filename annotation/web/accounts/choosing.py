"""A password typed twice, by who joins and by who has forgotten theirs."""

from __future__ import annotations

from django import forms
from django.contrib.auth import password_validation
from django.utils.translation import gettext as _

from annotation.models import User


class PasswordForm(forms.Form):
    password1 = forms.CharField(
        strip=False, max_length=4096, help_text=password_validation.password_validators_help_text_html()
    )
    password2 = forms.CharField(strip=False, max_length=4096)

    def whose(self) -> User:
        """Whom it must not resemble."""
        raise NotImplementedError

    def clean(self) -> None:
        sent = self.cleaned_data
        password = sent.get("password1")
        if password is None:
            return
        try:
            password_validation.validate_password(password, self.whose())
        except forms.ValidationError as error:
            self.add_error("password1", error)
        if sent.get("password2", password) != password:
            self.add_error("password2", _("This is not the same password."))
