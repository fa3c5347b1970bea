"""What staff typed outlives their session: the sign-in carries it, and the same account gets it back unsaved."""

import re

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django_otp.oath import TOTP

from treatments.accounts import typed_work
from treatments.models import Clinic, Comment, ConsultationRequest, Notice
from treatments.tests.builders import make_comment, make_fit_treatment, make_full_treatment, make_open_clinic
from treatments.tests.screens import page_of, part_address, screen, typed
from treatments.tests.signing import PASSWORD, SECOND_FACTOR, confirm, enrol, make_staff
from treatments.tests.source_files import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

WORDS = "Kühle die Haut – sanft.\r\nDann <b>ruhen</b> & “warten”."
LINES = WORDS.replace("\r\n", "\n")


@pytest.fixture
def rosa(client):
    user = get_user_model().objects.create_superuser("rosa", email="rosa@example.org", password=PASSWORD)
    client.force_login(user)
    return user


def end_session(client=None):
    """As after two hours, or when the server has forgotten it."""
    Session.objects.all().delete()


def form_of(page):
    """The form of a page of the sign-in: (whereto, what it sends by itself)."""
    form = page.select_one("form[data-unsaved]")
    fields = [(str(field["name"]), str(field.get("value", ""))) for field in form.select("input[type=hidden]")]
    values: dict[str, list[str]] = {}
    for name, value in fields:
        values.setdefault(name, []).append(value)
    return form.get("action"), values


def sign_in(client, page, name="rosa", password=PASSWORD):
    address, values = form_of(page)
    return client.post(address, {**values, "username": name, "password": password})


def go_on(client, page):
    """Press the button of the page that only passes on what was typed."""
    address, values = form_of(page)
    return client.post(address, values)


def sent_too_late(client, address, values):
    """The sign-in page that answers a form sent after the session has ended."""
    end_session()
    response = client.post(address, values)
    assert response.status_code == 403
    assert "no-store" in response.headers["Cache-Control"]
    return page_of(response)


def brought_back(client, address, values):
    """The screen on which the form stands again after the sign-in."""
    response = go_on(client, page_of(sign_in(client, sent_too_late(client, address, values))))
    assert response.status_code in (200, 422), response.headers
    page = page_of(response)
    assert "is not saved yet" in page.select_one(".messagelist").text
    assert page.select_one("[data-unsaved]")
    return page


class TestWhatWasTyped:
    def test_comes_back_unsaved_with_rows_that_were_added_and_can_be_saved(self, client, rosa):
        treatment = make_full_treatment()
        address = part_address(treatment, "benefits")
        values = typed(screen(client, address))
        prefix, count = "benefit_rows", int(values["benefit_rows-TOTAL_FORMS"])
        new = {
            f"{prefix}-{count}-title": "Calmer",
            f"{prefix}-{count}-text": "New.",
            f"{prefix}-{count}-basis": "proposed",
            f"{prefix}-{count}-order": 30,
        }
        values |= {f"{prefix}-0-text": WORDS, f"{prefix}-TOTAL_FORMS": count + 1, **new}

        page = brought_back(client, address, values)

        assert treatment.benefit_rows.filter(text__in=[LINES, "New."]).count() == 0
        again = typed(page)
        assert again[f"{prefix}-0-text"].replace("\r\n", "\n") == LINES
        assert again[f"{prefix}-{count}-title"] == "Calmer"
        assert client.post(address, again).status_code == 302
        assert treatment.benefit_rows.filter(text__in=[LINES, "New."]).count() == 2

    def test_does_not_hide_what_someone_else_saved_meanwhile(self, client, rosa):
        treatment = make_full_treatment()
        address = part_address(treatment, "benefits")
        values = typed(screen(client, address)) | {"benefit_rows-0-text": "Mine."}
        treatment.benefit_rows.update(text="Theirs.")

        page = brought_back(client, address, values)

        assert "Someone else has changed or removed the same rows" in page.text
        assert "Theirs." in page.text

    def test_comes_back_with_the_mistakes_that_are_in_it(self, client, rosa):
        address = part_address(make_full_treatment(), "benefits")
        values = typed(screen(client, address)) | {"benefit_rows-0-references": "R99"}

        page = brought_back(client, address, values)

        assert "There is no source R99" in page.text

    @pytest.mark.parametrize(
        ("name", "fields"),
        [
            ("treatments_clinic_change", {"access": WORDS, "closures-0-starts_at_0": "28/12/2026"}),
            ("treatments_notice_add", {"kind": "privacy", "text": WORDS}),
            ("treatments_treatment_add", {"name": "Light peel", "answer": WORDS}),
            ("auth_user_change", {"first_name": "Rosa-Lee"}),
            ("auth_group_add", {"name": "Nurse"}),
        ],
    )
    def test_comes_back_on_every_screen_of_a_row(self, client, rosa, name, fields):
        make_open_clinic()
        pk = {"treatments_clinic_change": [Clinic.ONLY], "auth_user_change": [rosa.pk]}.get(name, [])
        address = reverse(f"admin:{name}", args=pk)
        confirm(client)

        page = brought_back(client, address, typed(screen(client, address)) | fields)

        again = typed(page)
        assert {name: again[name].replace("\r\n", "\n") for name in fields} == {
            name: value.replace("\r\n", "\n") for name, value in fields.items()
        }
        assert not Notice.objects.filter(kind="privacy", text=LINES).exists()

    def test_comes_back_as_an_answer_to_a_comment(self, client, rosa):
        comment = make_comment()
        address = reverse("admin:treatments_comment_answer", args=[comment.pk])
        form = screen(client, reverse("admin:treatments_comment_change", args=[comment.pk]))
        values = hidden(form.find("form", action=address)) | {"answer": WORDS}

        page = brought_back(client, address, values)

        assert Comment.objects.get().answer == ""
        assert page.find("textarea", {"name": "answer"}).text.strip().replace("\r\n", "\n") == LINES
        client.post(address, hidden(page.find("form", action=address)) | {"answer": WORDS})
        assert Comment.objects.get().answer == LINES

    def test_comes_back_as_a_request_by_phone(self, client, rosa):
        make_open_clinic()
        address = reverse("admin:treatments_consultationrequest_add")
        values = hidden(screen(client, address).select_one("#content form"))
        values |= {"name": "Mei Ling", "phone": "+60312345678", "message": "After 5 pm", "consent": "on"}

        page = brought_back(client, address, values)

        assert not ConsultationRequest.objects.exists()
        assert page.find("input", {"name": "name"})["value"] == "Mei Ling"

    def test_comes_back_as_a_note_to_an_edition_and_as_the_reason_of_a_waiver(self, client, rosa):
        treatment = make_fit_treatment(answer="It is completely painless.")
        address = reverse("admin:treatments_treatment_publish", args=[treatment.pk])
        waive = BeautifulSoup(client.get(address).content, "html.parser").select_one("a[href*='/waive/']")["href"]
        values = hidden(screen(client, waive).select_one("#content form")) | {"why": WORDS}

        page = brought_back(client, waive, values)

        assert page.find("textarea", {"name": "why"}).text.strip().replace("\r\n", "\n") == LINES
        assert not treatment.waiver_rows.exists()

    def test_is_shown_as_text_where_it_cannot_come_back_as_a_form(self, client, rosa):
        address = reverse("admin:treatments_clinic_letter")
        values = {typed_work.AUTHOR: typed_work.mark_of(rosa.pk), "to": "boss@example.org"}

        page = page_of(go_on(client, page_of(sign_in(client, sent_too_late(client, address, values)))))

        assert "boss@example.org" in page.text

    def test_waits_while_the_password_is_wrong_or_the_tries_are_used_up(self, client, rosa):
        address = reverse("admin:treatments_notice_add")
        page = sent_too_late(client, address, typed_notice(rosa))

        for _try in range(6):
            page = page_of(sign_in(client, page, password="wrong"))
        assert "Too many tries" in page.text
        page = page_of(go_on(client, page))

        assert form_of(page)[1]["typed-text"] == [WORDS]

    def test_passes_the_second_factor_too(self, client, settings):
        settings.IS_DEMONSTRATION = False
        rosa = get_user_model().objects.create_superuser("rosa", password=PASSWORD)
        client.force_login(rosa)
        confirm(client)
        codes = enrol(client)
        address = reverse("admin:treatments_notice_add")

        page = page_of(sign_in(client, sent_too_late(client, address, typed_notice(rosa))))
        assert form_of(page)[0].startswith(SECOND_FACTOR)
        page = page_of(go_on(client, page))
        _action, values = form_of(page)
        wrong = client.post(f"{SECOND_FACTOR}?next={address}", {**values, "code": "000000"})
        _action, values = form_of(page_of(wrong))
        page = page_of(client.post(f"{SECOND_FACTOR}?next={address}", {**values, "code": codes[0]}))
        page = page_of(go_on(client, page))

        assert page.find("textarea", {"name": "text"}).text.strip().replace("\r\n", "\n") == LINES
        assert not Notice.objects.exists()

    def test_passes_the_first_enrolment_too(self, client, settings):
        settings.IS_DEMONSTRATION = False
        rosa = get_user_model().objects.create_superuser("rosa", password=PASSWORD)
        address = reverse("admin:treatments_notice_add")
        page = page_of(go_on(client, page_of(sign_in(client, sent_too_late(client, address, typed_notice(rosa))))))
        _action, values = form_of(page)
        code = f"{TOTP(bytes.fromhex(client.session['second_factor_key'])).token():06}"

        page = page_of(client.post(f"{SECOND_FACTOR}?next={address}", {**values, "code": code}))
        assert page.select(".recovery code")
        page = page_of(go_on(client, page))

        assert page.find("textarea", {"name": "text"}).text.strip().replace("\r\n", "\n") == LINES

    def test_comes_back_after_a_sign_in_in_another_window(self, rosa):
        client = Client(enforce_csrf_checks=True)
        client.cookies["csrftoken"] = "a" * 32
        client.force_login(rosa)

        response = client.post(reverse("admin:treatments_notice_add"), typed_notice(rosa))

        assert form_of(page_of(response))[1]["typed-text"] == [WORDS]
        assert not Notice.objects.exists()


def hidden(form):
    return {field["name"]: field.get("value", "") for field in form.select("input[type=hidden]")}


def typed_notice(user):
    return {typed_work.AUTHOR: typed_work.mark_of(user.pk), "kind": "privacy", "text": WORDS}


class TestWhatIsCarried:
    def test_has_no_passwords_codes_or_tokens_in_it(self, client, rosa):
        secrets = {
            "password1": "geheim",
            "old_password": "geheim",
            "code": "geheim",
            "again-password": "geheim",
            "csrfmiddlewaretoken": "geheim",
        }

        page = sent_too_late(client, reverse("admin:auth_user_add"), typed_notice(rosa) | secrets)

        assert "geheim" not in str(page)
        assert form_of(page)[1]["typed-text"] == [WORDS]

    def test_is_stored_nowhere(self, client, rosa):
        address = reverse("admin:treatments_notice_add")
        cookies = set(client.cookies)
        page = sent_too_late(client, address, typed_notice(rosa))
        sign_in(client, page, password="wrong")

        sign_in(client, page)

        stored = [session.get_decoded() for session in Session.objects.all()]
        assert not re.search("Kühle|ruhen", str(stored) + str(client.cookies))
        assert set(client.cookies) - cookies <= {"csrftoken", "sessionid"}

    def test_is_a_megabyte_at_most(self, client, rosa):
        address = reverse("admin:treatments_notice_add")
        end_session()
        fits = client.post(address, typed_notice(rosa) | {"text": "x" * 1_000_000})
        large = client.post(address, typed_notice(rosa) | {"text": "x" * 1_048_577})

        assert fits.status_code == 403
        # Before anything is read.
        assert large.status_code == 413

    def test_is_shown_to_no_other_account(self, client, rosa):
        get_user_model().objects.create_superuser("lee", password=PASSWORD)
        address = reverse("admin:treatments_notice_add")

        response = sign_in(client, sent_too_late(client, address, typed_notice(rosa)), "lee")

        assert response.headers["Location"] == address
        page = page_of(client.get(address))
        assert "belongs to another account" in page.select_one(".messagelist").text
        assert "ruhen" not in page.text

    def test_comes_back_to_nobody_who_has_lost_the_right(self, client, rosa):
        address = reverse("admin:treatments_notice_add")
        page = sent_too_late(client, address, typed_notice(rosa))
        rosa.is_superuser = False
        rosa.save()

        assert go_on(client, page_of(sign_in(client, page))).status_code == 403

    @pytest.mark.parametrize("field", ["typed-text", "typed_on", "typed_by", "typed_seal", "typed-further"])
    def test_is_nothing_if_it_was_changed_on_the_way(self, client, rosa, field):
        address = reverse("admin:treatments_notice_add")
        page = page_of(sign_in(client, sent_too_late(client, address, typed_notice(rosa))))
        _action, values = form_of(page)

        values[field] = ["1:planted"] if field == "typed_by" else ["planted"]
        response = client.post(address, {**values, "kind": "privacy", "text": "planted"})

        assert response.headers["Location"] == address
        assert not Notice.objects.exists()

    def test_of_an_attacker_with_an_account_is_shown_to_nobody_else(self, client, rosa):
        attacker = get_user_model().objects.create_user("eve", password=PASSWORD, is_staff=True)
        address = reverse("admin:treatments_notice_add")
        planted = sent_too_late(Client(), address, typed_notice(attacker))

        response = sign_in(client, planted)

        assert response.status_code == 302
        assert "ruhen" not in page_of(client.get(address)).text

    def test_saves_nothing_when_it_comes_back_however_often(self, client, rosa):
        address = reverse("admin:treatments_notice_add")
        page = page_of(sign_in(client, sent_too_late(client, address, typed_notice(rosa))))

        for _time in range(3):
            assert go_on(client, page).status_code == 200

        assert not Notice.objects.exists()

    def test_goes_back_only_to_where_it_was_typed(self, client, rosa):
        page = page_of(
            sign_in(client, sent_too_late(client, reverse("admin:treatments_notice_add"), typed_notice(rosa)))
        )
        _action, values = form_of(page)

        response = client.post(reverse("admin:treatments_treatment_add"), values)

        assert response.headers["Location"] == reverse("admin:treatments_treatment_add")

    @pytest.mark.parametrize("mark", ["", "1", "1:forged", "x" * 300])
    def test_needs_a_mark_of_ours(self, client, rosa, mark):
        address = reverse("admin:treatments_notice_add")
        end_session()

        response = client.post(address, typed_notice(rosa) | {typed_work.AUTHOR: mark})

        assert response.headers["Location"] == f"/admin/login/?next={address}"

    @pytest.mark.parametrize("text", ["\r", "\n\n", "a\rb\nc\r\nd", "\\r\\n", "\0x", "‮", "𝔘", "=\"'<>&"])
    def test_survives_what_browsers_make_of_line_ends(self, client, rosa, text):
        address = reverse("admin:treatments_notice_add")
        page = sent_too_late(client, address, typed_notice(rosa) | {"text": text})
        for field in page.select("input[name^=typed-]"):
            field["value"] = re.sub("\r\n?|\n", "\r\n", field["value"])

        assert "is not shown" not in page.text
        assert go_on(client, page_of(sign_in(client, page))).status_code == 200


class TestAnEditorsRole:
    def test_is_enough_for_what_it_may_change(self, client):
        user = make_staff("rosa", "Editor", password=PASSWORD)
        client.force_login(user)
        address = part_address(make_full_treatment(), "benefits")

        page = brought_back(client, address, typed(screen(client, address)) | {"benefit_rows-0-text": WORDS})

        assert "ruhen" in page.find("textarea", {"name": "benefit_rows-0-text"}).text


FORM = re.compile(r'<form\b[^>]*method="post".*?</form>', re.S)
TYPED = re.compile(r"\{\{ form\b|\{% crispy|as_field_group|<textarea|type=\"(?:text|email)\"")
#: Passwords and codes are never carried, and the sign-in carries what others sent.
OF_THE_SIGN_IN = re.compile(r"second_factor/|again\.html|own_password|login\.html")


@pytest.mark.parametrize("path", sorted((ROOT / "templates" / "admin").rglob("*.html")), ids=lambda path: path.stem)
def test_every_form_of_the_desk_into_which_one_types_says_for_whom_it_was_made(path):
    forms = FORM.findall(path.read_text(encoding="utf-8"))

    bare = [form for form in forms if TYPED.search(form) and "{% typed_by %}" not in form]

    assert not bare or OF_THE_SIGN_IN.search(str(path)), bare
