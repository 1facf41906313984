"""Signing in at an OpenID provider: the whole code flow against a real one, and everything that is refused."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from annotation import audit
from annotation.access import Person, invitations
from annotation.models import AuditEvent, Feature, Invitation, User
from annotation.web.accounts.second_factor import Adapter
from tests import cast, openid_provider
from tests.openid_provider import CLIENT, SECRET, OpenIdProvider
from tests.web import pages

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]

BEGIN, SIGN_IN = "/accounts/sso/", "/accounts/login/"


@pytest.fixture
def provider(settings: LazySettings) -> Iterator[OpenIdProvider]:
    with openid_provider.running() as found:
        own = {"server_url": found.url, "issuer": found.url, "oauth_pkce_enabled": True}
        app = {"provider_id": "oidc", "name": "Example ID", "client_id": CLIENT, "secret": SECRET, "settings": own}
        settings.SOCIALACCOUNT_PROVIDERS = {
            "openid_connect": settings.SOCIALACCOUNT_PROVIDERS["openid_connect"] | {"APPS": [app]}
        }
        yield found


def come(provider: OpenIdProvider, client: Client | None = None, *, begin: str = BEGIN) -> Any:
    """All the way of a browser: to the provider, there signed in, back, and on to the first page."""
    client = client or Client()
    away = client.get(begin)
    assert away.status_code == 302
    assert away.headers["Location"].startswith(f"{provider.url}/authorize?")
    return client.get(provider.authorize(away.headers["Location"]), follow=True)


def who(client: Client) -> str | None:
    found = client.session.get("_auth_user_id")
    return User.objects.get(pk=found).email if found else None


def refused(answer: Any, *, status: int, said: str) -> None:
    assert answer.status_code == status
    assert said in pages.words(answer)
    assert "_auth_user_id" not in answer.client.session
    assert not SocialAccount.objects.exists()


def test_who_has_an_account_comes_in_by_the_verified_address(feature: Feature, provider: OpenIdProvider) -> None:
    ivy = cast.person("ivy", roles=["annotator"], features=[feature])
    client = Client()
    assert 'href="/accounts/sso/?next=/annotate/me/"' in pages.text(client.get(f"{SIGN_IN}?next=/annotate/me/"))
    assert "Sign in with Example ID" in pages.text(client.get(SIGN_IN))
    answer = come(provider, client, begin=f"{BEGIN}?next=/annotate/me/")
    assert (answer.status_code, answer.request["PATH_INFO"], who(client)) == (200, "/annotate/me/", ivy.email)
    assert AuditEvent.objects.get(verb="account.connected").user == ivy
    # From then on by the subject, whatever becomes of the address.
    provider.claims |= {"email": "other@example.com", "email_verified": False}
    again = Client()
    come(provider, again)
    assert who(again) == ivy.email
    assert (SocialAccount.objects.get().uid, SocialAccount.objects.get().extra_data) == ("u-17", {})


def test_a_next_page_elsewhere_is_not_gone_to(feature: Feature, provider: OpenIdProvider) -> None:
    cast.person("ivy", roles=["annotator"], features=[feature])
    answer = come(provider, begin=f"{BEGIN}?next=https://evil.example/")
    assert answer.redirect_chain[-1][0] == "/annotate/"


@pytest.mark.parametrize(
    ("bent", "said"),
    [
        ({"nonce": "another"}, "belongs to another sign-in"),
        ({"nonce": None}, "belongs to another sign-in"),
        ({"aud": "another-service"}, "made for another service"),
        ({"aud": [CLIENT, "another"], "azp": "another"}, "made for another service"),
        ({"iss": "https://evil.example"}, "somebody else has made it"),
        ({"exp": int(time.time()) - 600}, "has expired"),
        ({"iat": None}, "signature or its form"),
    ],
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(
    feature: Feature, provider: OpenIdProvider, bent: dict[str, Any], said: str
) -> None:
    cast.person("ivy", roles=["annotator"], features=[feature])
    provider.bent = bent
    refused(come(provider), status=403, said=said)


@pytest.mark.parametrize("bent", [{"signs_with": 1}, {"algorithm": "HS256"}])
def test_a_token_that_the_provider_did_not_sign_is_refused(
    feature: Feature, provider: OpenIdProvider, bent: dict[str, Any]
) -> None:
    cast.person("ivy", roles=["annotator"], features=[feature])
    for name, value in bent.items():
        setattr(provider, name, value)
    refused(come(provider), status=403, said="signature or its form")


@pytest.mark.parametrize("verified", [False, None, "true"])
def test_an_address_that_nobody_vouches_for_opens_nothing(
    feature: Feature, provider: OpenIdProvider, verified: Any
) -> None:
    cast.person("ivy", roles=["annotator"], features=[feature])
    provider.bent = {"email_verified": verified}
    refused(come(provider), status=403, said="does not vouch for your email address")


def test_a_state_of_another_browser_is_refused(feature: Feature, provider: OpenIdProvider) -> None:
    cast.person("ivy", roles=["annotator"], features=[feature])
    back = provider.authorize(Client().get(BEGIN).headers["Location"])
    refused(Client().get(back), status=400, said="not begun in this browser")
    refused(Client().get("/accounts/sso/callback/"), status=400, said="not begun in this browser")


def test_a_state_works_once(feature: Feature, provider: OpenIdProvider) -> None:
    cast.person("ivy", roles=["annotator"], features=[feature])
    client = Client()
    back = provider.authorize(client.get(BEGIN).headers["Location"])
    assert client.get(back).status_code == 302
    assert client.get(back).status_code == 400


def test_who_gives_up_there_is_back_at_the_sign_in_page(provider: OpenIdProvider) -> None:
    client = Client()
    state = provider.codes[provider.authorize(client.get(BEGIN).headers["Location"]).split("code=")[1].split("&")[0]]
    answer = client.get(f"/accounts/sso/callback/?error=access_denied&state={state['state']}")
    assert answer.headers["Location"] == SIGN_IN


def test_a_provider_that_is_away_or_refuses_is_said_in_words(provider: OpenIdProvider, settings: LazySettings) -> None:
    client = Client()
    back = provider.authorize(client.get(BEGIN).headers["Location"])
    provider.codes.clear()
    refused(client.get(back), status=502, said="did not answer as an OpenID provider should")
    providers: Any = settings.SOCIALACCOUNT_PROVIDERS
    providers["openid_connect"]["APPS"][0]["settings"]["server_url"] = "http://127.0.0.1:9"
    assert Client().get(BEGIN).status_code == 502


def test_where_no_provider_is_set_there_is_no_button_and_no_page(db: None) -> None:
    assert "Sign in with" not in pages.text(Client().get(SIGN_IN))
    assert Client().get(BEGIN).status_code == 404


def test_who_is_known_there_alone_is_not_let_in(feature: Feature, provider: OpenIdProvider) -> None:
    invited(feature)
    refused(come(provider), status=403, said="nobody let you in here")
    assert not User.objects.filter(email="ivy@example.com").exists()


def test_who_is_invited_comes_in_with_what_was_promised(
    feature: Feature, provider: OpenIdProvider, settings: LazySettings
) -> None:
    settings.OIDC_ADMITS = "invited"
    invited(feature)
    client = Client()
    come(provider, client)
    made = Person(User.objects.get(email="ivy@example.com"))
    assert (set(made.roles), made.features, made.user.name) == ({"annotator"}, [feature], "Ivy of elsewhere")
    assert who(client) == "ivy@example.com"
    assert not made.user.has_usable_password()
    assert Invitation.objects.get().user == made.user
    Invitation.objects.all().delete()
    invited(feature, "zoe@example.com")
    Invitation.objects.update(expires_at=timezone.now() - timedelta(days=1))
    provider.claims |= {"sub": "u-18", "email": "zoe@example.com"}
    assert "nobody let you in" in pages.words(come(provider))


def test_everybody_of_a_domain_comes_in_with_the_role_that_is_set(
    feature: Feature, provider: OpenIdProvider, settings: LazySettings
) -> None:
    settings.OIDC_ADMITS, settings.OIDC_DOMAIN, settings.OIDC_ROLE = "domain", "example.com", "engineer"
    come(provider)
    made = Person(User.objects.get(email="ivy@example.com"))
    assert (set(made.roles), made.features) == ({"engineer"}, [])
    provider.claims |= {"sub": "u-18", "email": "ivy@example.com.evil.example"}
    assert "nobody let you in" in pages.words(come(provider))


def test_who_is_switched_off_stays_out(feature: Feature, provider: OpenIdProvider) -> None:
    ivy = cast.person("ivy", roles=["annotator"], features=[feature])
    User.objects.filter(pk=ivy.pk).update(is_active=False)
    client = Client()
    assert "switched off" in pages.text(come(provider, client))
    assert who(client) is None


def test_a_second_factor_of_here_is_asked_for_after_it(feature: Feature, provider: OpenIdProvider) -> None:
    ivy = cast.person("ivy", roles=["annotator"], features=[feature])
    Authenticator.objects.create(user=ivy, type="totp", data={"secret": Adapter().encrypt("A" * 32)})
    client = Client()
    assert come(provider, client).request["PATH_INFO"] == "/accounts/2fa/authenticate/"
    assert who(client) is None


def test_an_address_that_only_userinfo_knows_counts_for_the_same_person_alone(
    feature: Feature, provider: OpenIdProvider
) -> None:
    cast.person("ivy", roles=["annotator"], features=[feature])
    provider.bent = {"email": None, "email_verified": None}
    provider.userinfo = {"sub": "u-99", "email": "ivy@example.com", "email_verified": True}
    refused(come(provider), status=403, said="speaks of two people")
    provider.userinfo["sub"] = "u-17"
    client = Client()
    come(provider, client)
    assert who(client) == "ivy@example.com"


def invited(feature: Feature, email: str = "ivy@example.com") -> None:
    invitations.invite(email=email, roles=["annotator"], features=[feature], actor=audit.FLYWHEEL, now=timezone.now())
