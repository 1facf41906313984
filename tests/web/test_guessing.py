"""Passwords can't be guessed by trying."""

from __future__ import annotations

import pytest
from django.test import Client

from tests import cast

pytestmark = pytest.mark.django_db


def test_after_five_wrong_passwords_the_right_one_is_refused_too() -> None:
    cast.person("grace")
    client = Client()

    def sign_in(password: str) -> int:
        form = {"login": "grace@example.com", "password": password}
        return int(client.post("/accounts/login/", form).status_code)

    assert [sign_in("wrong") for _ in range(5)] == [200] * 5
    assert sign_in(cast.PASSWORD) in (200, 429)
    assert "_auth_user_id" not in client.session
