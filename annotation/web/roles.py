"""Who may open a page: checked at the page, by one decorator."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from annotation.access import Person, accounts
from annotation.errors import Refusal
from annotation.models import User
from annotation.web import errors, marks

Arguments = ParamSpec("Arguments")
Page = Callable[Concatenate[HttpRequest, Person, Arguments], HttpResponseBase]
View = Callable[Concatenate[HttpRequest, Arguments], HttpResponseBase]


class FactorNeeded(Refusal):
    """This Flywheel asks for a second factor, and your account has none yet. Open any page: it leads to where you set
    one up. Nothing was saved; send this again after that."""

    code = "second_factor_needed"
    status = 403


class NotYourRole(Refusal):
    """This page is for people with the role {role}, and your account doesn't have it. An admin can give it to
    you."""

    code = "not_your_role"
    status = 403


def needs(*roles: str) -> Callable[[Page[Arguments]], View[Arguments]]:
    """Let in who has one of these roles (none named: everybody who is signed in), and hand the person to the page.

    A visitor is sent to sign in and comes back; what a visitor sends is not thrown away but shown
    (`errors.signed_out`). So is what a page sends that somebody else had opened (`X-Person`). Who has to have a second
    factor and has none is sent to where it is set up.
    """

    def decorate(page: Page[Arguments]) -> View[Arguments]:
        @never_cache
        @functools.wraps(page)
        def view(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponseBase:
            user = request.user
            if not isinstance(user, User):
                return _ask_to_sign_in(request)
            if request.headers.get("X-Person", own := marks.of(user)) != own:
                return errors.somebody_else(request)
            person = person_of(request, user)
            if accounts.needs_factor(person) and not getattr(user, "has_factor", False):
                return _ask_for_factor(request)
            if roles and not person.has(*roles):
                raise NotYourRole(role=" or ".join(roles))
            return page(request, person, *args, **kwargs)

        # To be read off the address (docs/reference/permissions.md); decorators around this one keep it.
        view.roles = roles  # type: ignore[attr-defined]
        return view

    return decorate


def person_of(request: HttpRequest, user: User) -> Person:
    """The person behind a request, read once: the page, its navigation and its notices share it."""
    if not hasattr(request, "person"):
        request.person = Person(user, groups=getattr(user, "group_names", None))  # type: ignore[attr-defined]
    found: Person = request.person  # type: ignore[attr-defined]
    return found


def _ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.method == "POST" or request.headers.get("HX-Request"):
        return errors.signed_out(request)
    return redirect(f"/accounts/login/?{urlencode({'next': request.get_full_path()})}")


def _ask_for_factor(request: HttpRequest) -> HttpResponse:
    if request.method == "POST" or request.headers.get("HX-Request"):
        raise FactorNeeded
    return redirect("mfa_index")
