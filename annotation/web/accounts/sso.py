"""Signing in at an OpenID provider (OIDC_ISSUER), by allauth's code flow with PKCE and a nonce.

Allauth takes an ID token that came from the token endpoint as it is; here its signature, issuer, audience, time and
nonce are checked, since not every provider is reached by TLS.
"""

from __future__ import annotations

import hmac
import secrets
from typing import Any, Final

import jwt
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base.constants import AuthError
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from requests import RequestException

from annotation import access, audit
from annotation.access import invitations
from annotation.errors import Refusal
from annotation.models import Invitation, User

ID: Final = "oidc"

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""None that anybody could sign with who knows the public key."""

LEEWAY_SECONDS: Final = 60


class WrongState(Refusal):
    """This sign-in was not begun in this browser, or more than ten minutes ago. Go to the sign-in page and begin
    again."""

    code = "sso_state"
    status = 400


class ProviderFailed(Refusal):
    """The place where you signed in did not answer as an OpenID provider should, so you are not let in. Try again; if
    it goes on, tell an admin, who checks OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET."""

    code = "sso_provider"
    status = 502


class WrongToken(Refusal):
    """What came back from where you signed in is not to be trusted: {what}. Begin again at the sign-in page; if it
    goes on, tell an admin."""

    code = "sso_token"
    status = 403


class Unverified(Refusal):
    """The place where you signed in does not vouch for your email address, so Flywheel can't tell who you are. Have
    the address verified there, then sign in again."""

    code = "sso_unverified"
    status = 403


class NotAdmitted(Refusal):
    """You are known where you signed in, but nobody let you in here. Ask an admin of this Flywheel for an
    invitation."""

    code = "sso_not_admitted"
    status = 403


class Provider(OpenIDConnectProvider):  # type: ignore[misc]  # allauth ships no types
    """Allauth's own; a nonce goes with each sign-in, and of what comes back nothing is stored but the subject."""

    def redirect(
        self, request: HttpRequest, process: str, next_url: str | None = None, data: Any = None, **named: Any
    ) -> HttpResponse:
        nonce = secrets.token_urlsafe(24)
        params = self.get_auth_params() | {"nonce": nonce}
        answer: HttpResponse = super().redirect(
            request, process, next_url, data, auth_params=params, nonce=nonce, **named
        )
        return answer

    def get_oauth2_adapter(self, request: HttpRequest) -> Exchange:
        return Exchange(request, ID)

    def get_login_url(self, request: HttpRequest, **named: Any) -> str:
        return reverse("sso_login")

    def extract_extra_data(self, data: Any) -> dict[str, Any]:
        return {}


class Exchange(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """Code against ID token. `nonce`: the one that this sign-in began with."""

    nonce = ""

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return request.build_absolute_uri(reverse("sso_callback"))

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **named: Any) -> SocialLogin:
        claims = self._verified(app, str(named["response"].get("id_token") or ""))
        if "email" not in claims and "userinfo_endpoint" in self.openid_config:
            told = self._fetch_user_info(token.token)
            if told.get("sub") != claims["sub"]:
                raise WrongToken(what="it speaks of two people")
            claims = {name: told[name] for name in ("email", "email_verified", "name") if name in told} | claims
        return self.get_provider().sociallogin_from_response(request, {"id_token": claims})

    def _verified(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        issuer = app.settings["issuer"]
        if self.openid_config.get("issuer") != issuer:
            raise WrongToken(what="it calls itself by another name than OIDC_ISSUER says")
        try:
            claims: dict[str, Any] = jwt.decode(
                id_token,
                self._key(jwt.get_unverified_header(id_token)),
                algorithms=list(ALGORITHMS),
                issuer=issuer,
                audience=app.client_id,
                leeway=LEEWAY_SECONDS,
                options={"require": ["iss", "aud", "sub", "exp", "iat"]},
            )
        except jwt.InvalidAudienceError as error:
            raise WrongToken(what="it was made for another service") from error
        except jwt.InvalidIssuerError as error:
            raise WrongToken(what="somebody else has made it") from error
        except jwt.ExpiredSignatureError as error:
            raise WrongToken(what="it has expired") from error
        except jwt.PyJWTError as error:
            raise WrongToken(what="its signature or its form is wrong") from error
        if not self.nonce or not hmac.compare_digest(str(claims.get("nonce", "")), self.nonce):
            raise WrongToken(what="it belongs to another sign-in (nonce)")
        if isinstance(claims["aud"], list) and claims.get("azp", app.client_id) != app.client_id:
            raise WrongToken(what="it was made for another service")
        return claims

    def _key(self, header: dict[str, Any]) -> jwt.PyJWK:
        """The provider's key of this id; without an id the only one that there is."""
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
        found = [one for one in answer.json()["keys"] if one.get("use", "sig") == "sig"]
        named = [one for one in found if one.get("kid") == header.get("kid")] if "kid" in header else found
        if len(named) != 1:
            raise WrongToken(what="its provider has no such key")
        return jwt.PyJWK(named[0])


class _Callback(OAuth2CallbackView):  # type: ignore[misc]
    """Hands the nonce of the sign-in on, which allauth keeps beside the state."""

    def _get_state(self, request: HttpRequest, provider: Provider) -> tuple[dict[str, Any] | None, Any]:
        state, answer = super()._get_state(request, provider)
        self.adapter.nonce = (state or {}).get("nonce", "")
        return state, answer


class Adapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Who may come."""

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        if error == AuthError.CANCELLED:
            raise ImmediateHttpResponse(redirect("account_login"))
        if exception is None and "error" not in request.GET:
            raise WrongState
        raise ProviderFailed from exception

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Who came before is known by the subject. Who comes first is found by the email address that the provider
        vouches for."""
        if sociallogin.is_existing:
            return
        address = next((one.email for one in sociallogin.email_addresses if one.verified is True), None)
        if address is None:
            raise Unverified
        with transaction.atomic():
            user = _admitted(address, name=sociallogin.user.name)
            sociallogin.connect(request, user)
            target = ("user", user.pk)
            audit.record(actor=audit.Actor(user=user), verb="account.connected", target=target, now=timezone.now())

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        user.name = str(data.get("name") or "")[:150]
        return user

    def send_notification_mail(self, *given: Any, **named: Any) -> None:
        pass


def _admitted(address: str, *, name: str) -> User:
    """The account of this address, made where that is allowed. Raises NotAdmitted."""
    now = timezone.now()
    found = User.objects.filter(email__iexact=address).first()
    if found is not None:
        return found
    if settings.OIDC_ADMITS == "accounts":
        raise NotAdmitted
    waiting = Invitation.objects.select_for_update().filter(email__iexact=address, used_at=None, withdrawn_at=None)
    invitation = waiting.filter(expires_at__gt=now).first()
    if invitation is not None:
        return invitations.use(invitation, name=name, password=None, now=now)
    if settings.OIDC_ADMITS != "domain" or address.rpartition("@")[2].lower() != settings.OIDC_DOMAIN:
        raise NotAdmitted
    user = User.objects.create_user(email=address, name=name)
    access.give(user=user, roles=[settings.OIDC_ROLE], features=[], actor=audit.FLYWHEEL, now=now)
    return user


@never_cache
@require_safe
def begin(request: HttpRequest) -> HttpResponse:
    """To the provider; from there back to `come_back`."""
    provider = _provider(request)
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    try:
        answer: HttpResponse = provider.redirect(request, "login", wanted if is_ours else "/")
    except (RequestException, ValueError, KeyError) as error:
        raise ProviderFailed from error
    return answer


@never_cache
@require_safe
def come_back(request: HttpRequest) -> HttpResponse:
    provider = _provider(request)
    try:
        answer: HttpResponse = _Callback.adapter_view(provider.get_oauth2_adapter(request))(request)
    except (ValueError, KeyError) as error:
        raise ProviderFailed from error
    return answer


def _provider(request: HttpRequest) -> Provider:
    if not settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]:
        raise Http404
    found: Provider = get_adapter(request).get_provider(request, ID)
    return found
