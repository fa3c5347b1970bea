"""A patient asks for a consultation with few answers, and a mistake loses none of them."""

import datetime

import pytest
from bs4 import BeautifulSoup

from treatments.models import ConsultationRequest, Notice
from treatments.tests.builders import (
    make_edition_of,
    make_form_key,
    make_open_clinic,
    make_treatment,
    plain_document,
)
from treatments.tests.meaning import field, words
from treatments.tests.tables import one_in
from treatments.values.moments import moment_of

HOUR = datetime.timedelta(hours=1)
LABELS = [
    "Your name",
    "Phone",
    "Email",
    "What is it about?",
    "Anything we should know (optional)",
    "You may use what I write here to answer me.",
]
DETAILS = "/consultation/details/"
ANSWERS = {"name": "Aisha", "phone": "+60 12 345 6789", "email": "", "message": "Evenings, please.", "consent": "on"}
ANSWERS["best_time"] = "any"
WHOLE_NUMBER = (
    "Enter the whole phone number, with the country code if it is from abroad. "
    "Or leave it empty and give an email address."
)
NO_NAME = "Enter a name: one line with letters in it."
NO_EMAIL = "Enter an email address like name@example.com, or leave it empty."
TYPE_ANEW = "Delete that place and type it anew."
NEITHER = "Enter an email address or a phone number."
NO_PHONE = "Enter the phone number that we should call."
#: A Wednesday, ten o'clock at the clinic.
TIME = "2026-06-03T02:00Z"


@pytest.fixture
def consent():
    return Notice.objects.create(kind="consent", text="We use it **only** to answer you.")


@pytest.fixture
def open_clinic(db, time_machine):
    """On a Monday, at eight."""
    time_machine.move_to("2026-06-01T08:00:00+08:00", tick=False)
    return make_open_clinic()


@pytest.fixture
def send(client):
    """Send the form with these changes, as agreed to under the newest consent notice; return the response."""

    def post(path=DETAILS, **changes):
        notice = Notice.objects.newest("consent")
        answers = {"form_key": make_form_key(), "notice": str(notice.pk) if notice else "", **ANSWERS, **changes}
        answers = {name: value for name, value in answers.items() if value is not None}
        return client.post(path, answers)

    return post


@pytest.fixture
def send_wrong(client, send):
    """Send a form that has to come back; return the page."""

    def post(**changes):
        response = send(**changes)
        assert response.status_code == 422
        assert not ConsultationRequest.objects.exists()
        return BeautifulSoup(response.content, "html.parser")

    return post


def summary(page):
    """The errors in the summary: (id of the field, message)."""
    (box,) = page.select("[role=alert]")
    assert words(page.find(id=box["aria-labelledby"])) == "There is a problem"
    return [(link["href"][1:], words(link)) for link in box.find_all("a")]


@pytest.mark.django_db
class TestTheForm:
    def test_has_a_label_for_every_field(self, read, consent):
        page = read(DETAILS)

        controls = page.main.select("input:not([type=hidden], [type=radio], [tabindex]), select, textarea")

        assert [field(page, label) for label in LABELS] == controls
        assert words(page.h1) == "Ask us to call you"
        assert not page.select("[role=alert]")

    def test_says_why_it_asks_where_the_field_is(self, read):
        page = read(DETAILS)

        for label in ("Your name", "Phone", "What is it about?", "Anything we should know (optional)"):
            described_by = field(page, label)["aria-describedby"]
            assert words(page.find(id=described_by))

    def test_helps_browsers_to_fill_it_in(self, read):
        page = read(DETAILS)

        kinds = {label: field(page, label).get("autocomplete") for label in LABELS[:3]}

        assert kinds == {"Your name": "name", "Phone": "tel", "Email": "email"}

    def test_shows_the_consent_notice(self, read, consent):
        text = words(read(DETAILS).form)

        assert "We use it only to answer you." in text

    def test_works_without_any_consent_notice(self, read, send):
        read(DETAILS)

        assert send().status_code == 302
        assert ConsultationRequest.objects.get().consent_notice is None

    def test_is_kept_by_nobody_on_the_way(self, read):
        policy = read(DETAILS).response.headers["Cache-Control"]

        assert set(policy.split(", ")) == {"private", "no-cache"}

    def test_answers_head_and_refuses_other_methods(self, client):
        assert client.head(DETAILS).status_code == 200
        assert client.put(DETAILS).status_code == 405


@pytest.mark.django_db
class TestTheChoiceOfTreatment:
    def options(self, page):
        return {words(option): option for option in field(page, "What is it about?").find_all("option")}

    def test_offers_public_treatments_and_something_else(self, read):
        make_edition_of(plain_document())
        make_treatment(slug="draft", name="Draft")
        gone = make_edition_of(plain_document(slug="gone", name="Gone"))
        gone.withdrawn_at = "2026-01-01T00:00:00Z"
        gone.save()

        assert list(self.options(read(DETAILS))) == ["Something else, or not sure", "Light peel"]

    def test_calls_a_treatment_as_the_public_knows_it(self, read):
        treatment = make_edition_of(plain_document())
        treatment.name = "Renamed in the draft"
        treatment.save()

        assert "Light peel" in self.options(read(DETAILS))

    def test_begins_with_the_treatment_from_which_one_came(self, read):
        make_edition_of(plain_document())
        make_edition_of(plain_document(slug="other", name="Other"))

        chosen = [
            name
            for name, option in self.options(read("/consultation/details/?treatment=other")).items()
            if option.has_attr("selected")
        ]

        assert chosen == ["Other"]

    @pytest.mark.parametrize("slug", one_in(4, ["", "no-such", "draft", "<script>"]))
    def test_begins_with_nothing_for_any_other_address(self, read, slug):
        make_edition_of(plain_document())
        make_treatment(slug="draft", name="Draft")

        options = self.options(read(f"/consultation/details/?treatment={slug}"))

        assert [name for name, option in options.items() if option.has_attr("selected")] in (
            [],
            ["Something else, or not sure"],
        )

    @pytest.mark.parametrize("kind", one_in(3, ["a draft", "nothing", "words"]))
    def test_takes_no_other(self, send_wrong, kind):
        value = {"a draft": make_treatment().pk, "nothing": 0, "words": "x"}[kind]

        page = send_wrong(treatment=value)

        assert [place for place, _message in summary(page)] == ["id_treatment"]


@pytest.mark.django_db
class TestARequest:
    def test_that_is_right_is_stored_and_answered_with_its_private_page(self, client, send, consent):
        treatment = make_edition_of(plain_document())

        response = send(treatment=treatment.pk)

        request = ConsultationRequest.objects.get()
        assert (response.status_code, response.headers["Location"]) == (302, request.private_path())
        assert (request.name, request.phone, request.email) == ("Aisha", "+60123456789", "")
        assert (request.treatment, request.message) == (treatment, "Evenings, please.")
        assert (request.way, request.state, request.is_set_apart) == ("call", "requested", False)

    @pytest.mark.parametrize(("closed", "says"), [(False, "Book this time"), (True, "Ask us to call")])
    def test_for_a_time_that_has_gone_says_on_its_button_what_it_will_send(self, send, open_clinic, closed, says):
        open_clinic.closures.create(starts_at=moment_of(TIME), ends_at=moment_of(TIME) + HOUR, reason="Training")
        if closed:
            open_clinic.opening_hours.all().delete()

        response = send(time=TIME)

        assert response.status_code == 409
        page = BeautifulSoup(response.content, "html.parser")
        assert words(page.select("form .form__send button")[-1]) == says

    def test_notes_the_consent_notice_that_was_shown(self, send, consent):
        newer = Notice.objects.create(kind="consent", text="A new wording.")
        Notice.objects.create(kind="privacy", text="Another kind.")

        send()

        assert ConsultationRequest.objects.get().consent_notice == newer

    @pytest.mark.parametrize(
        ("typed", "stored"),
        one_in(
            4,
            [
                ("012-345 6789", "+60123456789"),
                ("+49 (0) 30 901820", "+4930901820"),
                ("0060 12 345 6789", "+60123456789"),
                ("+1 212.555.2368", "+12125552368"),
            ],
        ),
    )
    def test_holds_a_phone_of_any_country_typed_any_way(self, send, typed, stored):
        send(phone=typed)

        assert ConsultationRequest.objects.get().phone == stored

    @pytest.mark.parametrize(
        ("typed", "stored", "shown"),
        one_in(
            6,
            [
                ("+60 3-2161 1234 ext 5", "+60321611234;ext=5", "+60 3-2161 1234 ext. 5"),
                ("+60 3-2161 1234 x77", "+60321611234;ext=77", "+60 3-2161 1234 ext. 77"),
                ("03-2161 1234 #77", "+60321611234;ext=77", "+60 3-2161 1234 ext. 77"),
                ("+60321611234;ext=5", "+60321611234;ext=5", "+60 3-2161 1234 ext. 5"),
                ("+44 20 7946 0000 extension 1234567", "+442079460000;ext=1234567", "+44 20 7946 0000 x1234567"),
                ("+60 3-2161 1234", "+60321611234", "+60 3-2161 1234"),
            ],
        ),
    )
    def test_holds_an_extension_and_shows_the_number_as_it_was_understood(self, read, send, typed, stored, shown):
        assert send(phone=typed).status_code == 302

        request = ConsultationRequest.objects.get()
        assert request.phone == stored
        assert f"Your phone number, as we understood it: {shown}." in words(read(request.private_path()).main)

    @pytest.mark.parametrize(
        "typed",
        one_in(4, ["\u202a+60123456789\u202c", "\u2068+60 12\u2011345 6789\u2069", "٠١٢٣٤٥٦٧٨٩", "tel:+60123456789"]),
    )
    def test_holds_a_number_that_was_copied_with_signs_that_nobody_sees(self, send, typed):
        send(phone=typed)

        assert ConsultationRequest.objects.get().phone == "+60123456789"

    @pytest.mark.parametrize(
        ("typed", "stored"),
        one_in(
            6,
            [
                ("a+b@example.org", "a+b@example.org"),
                ("a@例え.jp", "a@例え.jp"),
                ("A.B@EXAMPLE.org", "A.B@example.org"),
                ("a@exa\u200bmple.org", "a@example.org"),
                ("a@例え。jp", "a@例え.jp"),
                ("a@ｅｘａｍｐｌｅ.org", "a@example.org"),
            ],
        ),
    )
    def test_holds_an_email_in_one_form_and_shows_it_as_it_was_understood(self, read, send, typed, stored):
        send(email=typed)

        request = ConsultationRequest.objects.get()
        assert request.email == stored
        assert f"A letter to {stored} is on its way." in words(read(request.private_path()).main)

    @pytest.mark.parametrize("changes", one_in(3, [{"email": "a@example.org"}, {"message": ""}, {"treatment": ""}]))
    def test_needs_no_more_than_a_name_and_a_phone_number_to_be_called(self, send, changes):
        assert send(**changes).status_code == 302
        assert ConsultationRequest.objects.count() == 1

    @pytest.mark.parametrize("changes", [{"phone": "", "email": "a@example.org"}, {"email": ""}])
    def test_for_a_time_needs_no_more_than_one_of_phone_and_email(self, send, open_clinic, changes):
        assert send(time=TIME, **changes).status_code == 302
        assert ConsultationRequest.objects.get().held_visit()

    @pytest.mark.parametrize(
        "name",
        one_in(
            6,
            [
                "X",
                "明",
                "Siti a/p Kumar",
                "Kumar s/o Raman",
                "Tan @ Lim Mei",
                "J.R. Smith",
                "d'Souza",
                "O’Brien-Ng",
                "தமிழ்",
                "Aisha 2",
                "Aisha (mother of Ben)",
                "Win at https://evil.example",
                "www.evil.example",
            ],
        ),
    )
    def test_holds_a_name_as_people_write_it(self, send, name):
        assert send(name=name).status_code == 302
        assert ConsultationRequest.objects.get().name == name

    def test_may_be_in_any_script(self, send):
        send(name="عائشة 👩🏽", message="<b>é</b>\n'; DROP TABLE")

        request = ConsultationRequest.objects.get()
        assert request.name == "عائشة 👩🏽"
        assert request.message == "<b>é</b>\n'; DROP TABLE"

    @pytest.mark.parametrize("sign", one_in(5, ["\u202e", "\u202d", "\u2066", "\u2067", "\u202a"]))
    def test_never_holds_a_name_that_turns_a_line_of_the_desk_around(self, send, sign):
        send(name=f"Ann {sign}gnp.exe Tan")

        assert not ConsultationRequest.objects.filter(name__contains=sign).exists()


@pytest.mark.django_db
class TestAConsent:
    """Counts for the notice that was shown."""

    def test_is_to_the_notice_on_the_page(self, read, send, consent):
        assert read(DETAILS).find("input", attrs={"name": "notice"})["value"] == str(consent.pk)

    @pytest.mark.parametrize("before", one_in(3, ["an older one", "none", "nonsense"]))
    def test_is_asked_for_again_when_another_holds_by_now(self, send_wrong, consent, before):
        newer = Notice.objects.create(kind="consent", text="A new wording.")
        notice = {"an older one": str(consent.pk), "none": "", "nonsense": "x" * 5000}[before]

        page = send_wrong(notice=notice)

        ((place, message),) = summary(page)
        assert (place, message.startswith("What you agree to has changed meanwhile.")) == ("id_consent", True)
        assert not field(page, LABELS[-1]).has_attr("checked")
        assert page.find("input", attrs={"name": "notice"})["value"] == str(newer.pk)
        assert "A new wording." in words(page.form)
        assert field(page, "Your name")["value"] == "Aisha"

    def test_given_once_more_is_to_the_new_one(self, send, send_wrong, consent):
        newer = Notice.objects.create(kind="consent", text="A new wording.")
        send_wrong(notice=str(consent.pk))

        assert send(notice=str(newer.pk)).status_code == 302
        assert ConsultationRequest.objects.get().consent_notice == newer


@pytest.mark.django_db
class TestTheQuestionsOfATreatment:
    """A yes to one of them shows its card before the form is taken, whichever way the treatment was chosen."""

    @pytest.fixture
    def peel(self):
        row = {"situation": "A tan", "advice": "wait", "says": "Let it fade.", "question": "Are you tanned?"}
        return make_edition_of(plain_document(slug="peel", name="Peel", precautions=[{**row, "ask_first": True}]))

    @pytest.fixture
    def laser(self):
        row = {"situation": "Pregnant", "advice": "wait", "says": "Please wait.", "question": "Are you pregnant?"}
        return make_edition_of(plain_document(slug="laser", name="Laser", precautions=[{**row, "ask_first": True}]))

    def asked(self, page):
        return [words(label) for label in page.select("[name=precautions] ~ label, label:has([name=precautions])")]

    def hidden(self, page):
        return {field["name"]: field.get("value", "") for field in page.main.select("input[type=hidden]")}

    def test_are_those_of_the_treatment_that_was_read(self, read, peel, laser):
        assert self.asked(read(f"{DETAILS}?treatment=peel")) == ["Are you tanned?"]

    def test_are_all_of_them_while_none_is_chosen(self, read, peel, laser):
        assert self.asked(read(DETAILS)) == ["Are you pregnant?", "Are you tanned?"]

    @pytest.mark.parametrize("path", one_in(2, [DETAILS, f"{DETAILS}?treatment=laser"]))
    def test_show_the_card_of_a_yes_once(self, read, send, laser, path):
        page = read(path)
        answers = {**self.hidden(page), "treatment": laser.pk, "precautions": "pregnant", "form_key": make_form_key()}

        response = send(path, **answers)

        page = BeautifulSoup(response.content, "html.parser")
        assert "Please wait." in words(page.select_one(".callout"))
        assert not ConsultationRequest.objects.exists()
        send(path, **{**answers, **self.hidden(page), "form_key": answers["form_key"]})
        assert ConsultationRequest.objects.get().needs_clinician

    def test_of_another_treatment_are_asked_when_it_is_chosen_in_the_form(self, read, send, peel, laser):
        path = f"{DETAILS}?treatment=peel"
        answers = {**self.hidden(read(path)), "treatment": laser.pk, "form_key": make_form_key()}

        response = send(path, **answers)

        page = BeautifulSoup(response.content, "html.parser")
        assert response.status_code == 200
        assert "You have chosen another treatment" in words(page.select_one(".callout"))
        assert "Are you pregnant?" in self.asked(page)
        assert not ConsultationRequest.objects.exists()
        send(path, **{**answers, **self.hidden(page), "form_key": answers["form_key"]})
        assert ConsultationRequest.objects.get().treatment == laser

    def test_are_asked_at_the_desk(self, desk, laser):
        page = BeautifulSoup(desk.get("/admin/treatments/consultationrequest/add/").content, "html.parser")

        assert self.asked(page) == ["Are you pregnant?"]


@pytest.mark.django_db
class TestAMistake:
    @pytest.mark.parametrize(
        ("changes", "place", "message"),
        one_in(
            7,
            [
                ({"name": ""}, "id_name", "Enter your name."),
                ({"name": "   "}, "id_name", "Enter your name."),
                ({"phone": ""}, "id_phone", NO_PHONE),
                ({"phone": "", "email": "a@example.org"}, "id_phone", NO_PHONE),
                ({"phone": " ", "email": " "}, "id_phone", NO_PHONE),
                ({"phone": "", "time": TIME}, "id_phone", NEITHER),
                ({"phone": " ", "email": " ", "time": TIME}, "id_phone", NEITHER),
                ({"phone": "12"}, "id_phone", WHOLE_NUMBER),
                ({"phone": "12345", "email": "a@example.org"}, "id_phone", WHOLE_NUMBER),
                ({"email": "aisha"}, "id_email", "Enter an email address like name@example.com, or leave it empty."),
                ({"email": f"x@{'é' * 60}.com"}, "id_email", NO_EMAIL),
                ({"email": "jörg@example.org"}, "id_email", NO_EMAIL),
                ({"email": "yıldız@example.org"}, "id_email", NO_EMAIL),
                ({"email": "İlker@example.org"}, "id_email", NO_EMAIL),
                ({"email": "\u212aim@example.org"}, "id_email", NO_EMAIL),
                ({"email": "anna@straße.de"}, "id_email", NO_EMAIL),
                ({"email": "anna@βόλος.com"}, "id_email", NO_EMAIL),
                ({"name": "12 34"}, "id_name", NO_NAME),
                ({"name": "👩🏽"}, "id_name", NO_NAME),
                ({"name": "🙂 12"}, "id_name", NO_NAME),
                ({"name": "\u200b\u2060"}, "id_name", "Enter your name."),
                ({"name": "\u202e\u200b\u2066"}, "id_name", "Enter your name."),
                ({"name": "\u3164"}, "id_name", "Enter your name."),
                ({"name": "\uffa0 \u1160\u115f\u2800"}, "id_name", "Enter your name."),
                ({"message": "Hello\x92"}, "id_message", "The sign U+0092 after “Hello” cannot be shown. " + TYPE_ANEW),
                ({"consent": None}, "id_consent", "Tick the box so that we may use your details to answer you."),
                ({"message": "x" * 2001}, "id_message", "Shorten your message to 2,000 letters."),
            ],
        ),
    )
    def test_is_told_with_a_link_to_its_field(self, send_wrong, changes, place, message):
        page = send_wrong(**changes)

        assert summary(page) == [(place, message)]
        wrong = page.find(id=place)
        assert wrong["aria-invalid"] == "true"
        assert message in [words(page.find(id=name)) for name in wrong["aria-describedby"].split()]

    def test_comes_first_in_the_title(self, send_wrong):
        assert words(send_wrong(name="").title).startswith("Error: Ask us to call you")

    def test_loses_no_answer(self, send_wrong):
        treatment = make_edition_of(plain_document())

        page = send_wrong(name="", email="a@example.org", treatment=treatment.pk)

        assert field(page, "Phone")["value"] == "+60 12 345 6789"
        assert field(page, "Email")["value"] == "a@example.org"
        assert field(page, "Anything we should know (optional)").string.strip() == "Evenings, please."
        assert words(field(page, "What is it about?").find("option", selected=True)) == "Light peel"
        assert field(page, LABELS[-1]).has_attr("checked")

    def test_is_shown_as_text_whatever_was_typed(self, send_wrong):
        page = send_wrong(name="", phone='"><script>alert(1)</script>', message="</textarea><script>alert(1)</script>")

        assert field(page, "Phone")["value"] == '"><script>alert(1)</script>'
        assert not page.find_all("script")

    def test_is_put_right_in_a_second_try(self, send, send_wrong):
        send_wrong(phone="")

        assert send().status_code == 302
        assert ConsultationRequest.objects.count() == 1

    @pytest.mark.parametrize(
        "changes",
        one_in(5, [{"name": "a\0b"}, {"message": "\0"}, {"name": "x" * 121}, {"phone": "1" * 41}, {"name": "a\x07b"}]),
    )
    def test_of_a_kind_that_no_database_takes_is_told_too(self, send_wrong, changes):
        assert [place for place, _message in summary(send_wrong(**changes))] == [f"id_{name}" for name in changes]


@pytest.mark.django_db
class TestAnOddRequest:
    def test_begins_with_nothing_for_a_nul(self, client):
        # Only PostgreSQL refuses it: ?treatment=%00 is a 500 there.
        assert client.get("/consultation/details/?treatment=%00").status_code == 200

    def test_links_every_error_to_its_field_when_all_is_wrong(self, client):
        response = client.post(DETAILS, {"name": "", "phone": "", "email": ""})
        items = BeautifulSoup(response.content, "html.parser").select("[role=alert] li")
        assert [item.a and item.a["href"] for item in items] == [
            "#id_name",
            "#id_phone",
            "#id_best_time",
            "#id_consent",
        ]

    def test_whose_time_cannot_be_read_is_not_taken_for_a_call(self, client):
        response = client.post(DETAILS, ANSWERS | {"time": "abc"})

        page = BeautifulSoup(response.content, "html.parser")
        assert response.status_code == 422
        assert "Your time did not reach us." in words(page.find(role="alert"))
        assert page.find("input", attrs={"name": "time"}).get("value", "") == ""
        assert not ConsultationRequest.objects.exists()

    def test_sent_empty_is_a_mistake(self, client):
        assert client.post(DETAILS, {}).status_code == 422
