"""Who is signed in is read with their session, and Django's own rules hold for them."""

from __future__ import annotations

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from annotation.models import Session, User
from tests import cast
from tests.web import pages


def signed_in(user: User) -> Client:
    client = Client()
    assert client.post("/accounts/login/", {"login": user.email, "password": cast.PASSWORD}).status_code == 302
    return client


def test_a_session_its_person_and_their_roles_are_read_by_one_statement(annotator: User) -> None:
    client = signed_in(annotator)
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/annotate/").status_code == 200
    about = [one["sql"] for one in asked if "annotation_session" in one["sql"] or "auth_group" in one["sql"]]
    assert len(about) == 1
    assert not any("FROM annotation_user" in one["sql"] for one in asked)


def test_whom_a_session_names_counts_and_not_whose_its_row_is_said_to_be(annotator: User, annotator2: User) -> None:
    client = signed_in(annotator)
    Session.objects.update(user=annotator2)
    page = pages.text(client.get("/annotate/"))
    assert annotator.email in page
    assert annotator2.email not in page


def test_a_session_from_before_another_password_opens_nothing(annotator: User) -> None:
    client = signed_in(annotator)
    annotator.set_password("another one, set elsewhere")
    annotator.save()
    assert client.get("/annotate/").status_code == 302
    assert not Session.objects.filter(user=annotator).exists()
