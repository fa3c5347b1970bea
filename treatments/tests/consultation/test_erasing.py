"""Of a patient who was erased nothing is left in any row of any table, nor in the files of letters.

Which columns there are is read from the models, so that a new one is looked after by itself.
"""

import re
import smtplib
import sys

import pytest
from bs4 import BeautifulSoup
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection, models

from treatments import comments
from treatments.consultation import staff_acts
from treatments.follow_up.mail import FolderBackend
from treatments.models import Clinic, Comment, ConsultationRequest, Message, Notice
from treatments.tests.builders import full_document, make_edition_of, make_form_key, make_open_clinic
from treatments.tests.monday import ELEVEN, FRIDAY, HOUR, NOW, WEDNESDAY
from treatments.times import clashes
from treatments.values.moments import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

DESK = "/admin/treatments/consultationrequest/"
#: What the patient and staff write. Each word below stands in one of these texts and nowhere else.
CONTACT = {"name": "Zebedee Quux", "phone": "+60 12 987 6501", "email": "Zebedee.Quux@private.example"}
CORRECTED = {"name": "Ebenezer Quux", "phone": "+60 12 987 6502", "email": "ebenezer@private.example"}
ANSWERS = {
    "message": "I have keloids.",
    "precautions": ["pregnant"],
    "seen": "pregnant",
    "consent": "on",
}
NOTE, COMMENT = "Fears needles.", "It stung."
WORDS = ["zebedee", "ebenezer", "quux", "private.example", "keloid", "needles", "stung"]
#: Numbers, however they are grouped.
NUMBERS = ["9876501", "9876502"]
#: Models whose module declares what is personal, and those whose rows hang on a request.
ABOUT_PEOPLE = {
    *(model for model in apps.get_models() if hasattr(sys.modules[model.__module__], "PERSONAL")),
    *(relation.related_model for relation in ConsultationRequest._meta.related_objects),
}
OF_WORDS = (models.CharField, models.TextField, models.JSONField, models.BinaryField)


@pytest.fixture
def patient(client, settings, tmp_path):
    """A request, and a comment, whose every column is filled as patients, staff and the worker fill it."""
    settings.MAIL_FOLDER = tmp_path / "mail"
    settings.EMAIL_BACKEND = "treatments.follow_up.mail.FolderBackend"
    make_open_clinic(email="desk@clinic.example")
    Notice.objects.create(kind="consent", text="We use it to answer you.")
    treatment = make_edition_of(full_document())
    fill_in(client, f"/consultation/details/?time={text_of(FRIDAY)}", **CONTACT, **ANSWERS, treatment=treatment.pk)
    request = ConsultationRequest.objects.get()
    fill_in(
        client, f"{treatment.get_absolute_url()}comments/", name=CONTACT["name"], email=CONTACT["email"], text=COMMENT
    )
    call_command("work", once=True)
    return request


def fill_in(client, path, **answers):
    """Send the form of a page as a patient does, who takes a while to fill it in."""
    page = BeautifulSoup(client.get(path).content, "html.parser")
    hidden = {str(field["name"]): field.get("value", "") for field in page.select("form input[type=hidden]")}
    response = client.post(path, {**hidden, "form_key": make_form_key(), **answers})
    assert response.status_code == 302, BeautifulSoup(response.content, "html.parser").select(".error-summary")


@pytest.fixture
def known(client, admin_user, patient, monkeypatch):
    """The same patient after staff have acted at their screens, with a letter that was refused and an open asking."""
    client.force_login(admin_user)
    clinic = Clinic.objects.prefetched()
    clinic.closures.create(starts_at=FRIDAY, ends_at=FRIDAY + HOUR, reason="Training")
    clashes.put_on_the_list(clashes.find(clinic, NOW), clinic, NOW)
    for verb, values in [("correct", CORRECTED), ("note", {"note": NOTE})]:
        seen = patient.events.last().pk
        assert client.post(f"{DESK}{patient.pk}/act/{verb}/", {**values, "seen": seen}).status_code == 302
    comments.answer(Comment.objects.get(), "Thank you, Zebedee.", by=admin_user)
    staff_acts.offer(patient, [WEDNESDAY, ELEVEN], by=admin_user)
    client.post("/consultation/link/", {"email": CORRECTED["email"]})
    with monkeypatch.context() as patch:
        patch.setattr(FolderBackend, "send_messages", refuse)
        call_command("work", once=True)
    call_command("work", once=True)
    client.post("/consultation/link/", {"email": CONTACT["email"]})
    # What lasts for a moment only.
    Message.objects.filter(pk=Message.objects.earliest("not_before", "pk").pk).update(lease_owner="me")
    ConsultationRequest.objects.update(wished_at=NOW)
    patient.refresh_from_db()
    return patient


def refuse(backend, sent):
    """As a mail server does that names whom it refuses."""
    raise smtplib.SMTPRecipientsRefused({to: (450, f"<{to}>: busy".encode()) for letter in sent for to in letter.to})


def cells():
    """(table and column, text) of every value in the database, tables of Django and links between rows included."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    yield f"{table}.{name}", readable(value)
    for session in Session.objects.all():
        yield "django_session.session_data", str(session.get_decoded())


def readable(value):
    """A value as text; what is stored as bytes is UTF-8."""
    return bytes(value).decode(errors="replace") if isinstance(value, bytes | memoryview) else str(value)


def told_by(texts):
    """{word or number: where it stands} of all that is personal, among pairs of a place and a text."""
    found: dict[str, set[str]] = {}
    for place, text in texts:
        digits = re.sub(r"[\s().+-]", "", text)
        for sought in [word for word in WORDS if word in text.casefold()] + [n for n in NUMBERS if n in digits]:
            found.setdefault(sought, set()).add(place)
    return found


def letters_in(folder):
    """(name, text) of each file of a letter, and of anything else that lies there."""
    return [(path.name, path.read_text(encoding="utf-8")) for path in folder.rglob("*") if path.is_file()]


def unfilled():
    """The columns for words of the tables about people in which no row holds anything."""
    for model in ABOUT_PEOPLE:
        for column in model._meta.concrete_fields:
            if isinstance(column, OF_WORDS) and not any(model._default_manager.values_list(column.name, flat=True)):
                yield f"{model.__name__}.{column.name}"


class TestAPatientWhoIsErased:
    def test_was_known_by_every_column_and_every_word(self, known, settings):
        assert list(unfilled()) == []
        # The first number was corrected, and a correction keeps no old value.
        assert told_by(cells()).keys() == {*WORDS, *NUMBERS} - {"9876501"}
        assert told_by(letters_in(settings.MAIL_FOLDER))

    def test_is_in_no_row_of_any_table_and_in_no_letter(
        self, client, known, settings, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            client.post(f"{known.private_path()}erase/")
            client.post(f"{Comment.objects.get().private_path()}erase/")
        # Who asked for a link is forgotten as soon as the worker has answered.
        call_command("work", once=True)

        assert ConsultationRequest.objects.get().erased_at
        assert told_by(cells()) == {}
        assert told_by(letters_in(settings.MAIL_FOLDER)) == {}
