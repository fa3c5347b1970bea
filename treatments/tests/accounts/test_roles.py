"""Each role reaches what it needs and nothing else."""

import itertools

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.urls import NoReverseMatch, reverse

from treatments.accounts import roles
from treatments.follow_up import tasks
from treatments.models import (
    PARTS,
    Approval,
    Clinician,
    Closure,
    ConsultationRequest,
    Edition,
    Notice,
    OpeningHours,
    TaskKind,
)
from treatments.models.task import OF_THE_CLINIC
from treatments.tests.builders import (
    PICTURE,
    make_comment,
    make_fit_treatment,
    make_open_clinic,
    make_published_treatment,
    make_request,
)
from treatments.tests.screens import screen, typed
from treatments.tests.signing import make_staff

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

PART_NAMES = {model._meta.model_name for model in PARTS.values()}
CONTENT = ["treatment", "edition", "comment"]
#: The models whose screens each role may open; those that lead elsewhere only for whoever may see where they lead.
REACHES = {
    "Front desk": {"consultationrequest", "message", "task", "clinic"},
    "Editor": {"treatment", "edition", "comment"},
    "Clinician": {"treatment", "edition", "comment", "consultationrequest", "task"},
    "Manager": {
        "treatment",
        "edition",
        "comment",
        "consultationrequest",
        "message",
        "task",
        "clinic",
        "notice",
        "approval",
        "clinician",
        "user",
        "group",
    },
}
#: The acts that each role may do, as (name of the address, model whose row it is about).
ACTS = {
    "treatments_treatment_publish": {"Editor", "Clinician", "Manager"},
    "treatments_treatment_withdraw": {"Editor", "Clinician", "Manager"},
    "treatments_treatment_waive": {"Clinician"},
    "treatments_treatment_review": {"Clinician"},
    "treatments_treatment_preview": {"Editor", "Clinician", "Manager"},
    "treatments_clinic_open": {"Manager"},
    "treatments_clinic_letter": {"Manager"},
    "treatments_clinic_address": {"Manager"},
    "treatments_clinic_checklist": {"Front desk", "Manager"},
    "treatments_edition_restore": {"Editor", "Clinician", "Manager"},
    "treatments_photo_withdraw": {"Editor", "Clinician", "Manager"},
    "treatments_consultationrequest_act": {"Front desk", "Manager"},
    "treatments_consultationrequest_undo": {"Front desk", "Manager"},
    "treatments_consultationrequest_add": {"Front desk", "Manager"},
    "treatments_consultationrequest_to_check": {"Front desk", "Manager"},
    "treatments_consultationrequest_day": {"Front desk", "Clinician", "Manager"},
    **{
        f"treatments_comment_{verb}": {"Editor", "Clinician", "Manager"}
        for verb in ("show", "refuse", "answer", "erase")
    },
    "treatments_message_again": {"Front desk", "Manager"},
    "treatments_message_call": {"Front desk", "Manager"},
    "treatments_notice_add": {"Manager"},
    **{f"treatments_{model}_{verb}": {"Manager"} for model in ("approval", "clinician") for verb in ("add", "delete")},
    "treatments_treatment_add": {"Editor", "Clinician", "Manager"},
    "auth_user_add": {"Manager"},
    "auth_group_add": set(),
    "auth_user_password_change": {"Manager"},
    "auth_user_second_factor": {"Manager"},
}
#: Addresses of the admin itself that every member of staff may open.
EVERYONES = {"index", "login", "logout", "password_change", "password_change_done", "jsi18n"}
EVERYONES |= {"autocomplete", "view_on_site", "app_list", "second_factor"}
#: Models whose rows are edited on another screen, where they lead.
ELSEWHERE = {
    *PART_NAMES,
    *("reviewedstatement", "openinghours", "closure", "requestevent", "seatcell", "linkasked", "searchword"),
}
#: An address that changes something only when it is posted to, and leads back to the screen otherwise.
POSTED_TO = "treatments_task_end"


@pytest.fixture
def rows():
    """One row of everything, by the model's name."""
    make_open_clinic(email="desk@example.org")
    make_published_treatment().photo_rows.create(key="a", picture=PICTURE, width=1, height=1, alt="Skin")
    make_request(phone="+60123456789")
    make_comment()
    Closure.objects.create(starts_at="2026-06-01T00:00Z", ends_at="2026-06-02T00:00Z", reason="Holiday")
    Notice.objects.create(kind="privacy", text="Ours.")
    Approval.objects.create(edition=Edition.objects.get(), number="Example 1", expires_on="2030-01-01")
    Clinician.objects.create(name="Dr Lim", register="Example Council", register_number="1")
    get_user_model().objects.create_user("somebody")
    return {
        model._meta.model_name: model._default_manager.first()
        for label in ("treatments", "auth")
        for model in apps.get_app_config(label).get_models()
    }


@pytest.fixture
def sign_in(client):
    def as_role(role):
        user = make_staff(f"{role} person", role)
        client.force_login(user)
        return user

    return as_role


def every_address(rows):
    """(name, model's name, address) of every screen and act of the desk."""
    for pattern in itertools.chain.from_iterable(
        getattr(resolver, "url_patterns", [resolver]) for resolver in admin.site.urls[0]
    ):
        name = pattern.name
        if name is None or name in EVERYONES:
            continue
        model = name.split("_")[1] if "_" in name else ""
        row = rows.get(model)
        pk = getattr(row, "pk", 1)
        for arguments in ([], [pk], [pk, "cancel"], [pk, "painless", "0" * 32]):
            try:
                yield name, model, reverse(f"admin:{name}", args=arguments)
                break
            except NoReverseMatch:
                continue


def may_open(role, name, model):
    if name in ACTS:
        return role in ACTS[name]
    if name.endswith(("_add", "_delete")):
        return False
    return model in REACHES[role]


class TestARole:
    @pytest.mark.parametrize("role", roles.ROLES)
    def test_opens_its_own_screens_and_no_other(self, client, sign_in, rows, role):
        sign_in(role)
        wrong = []

        for name, model, address in every_address(rows):
            response = client.get(address)
            # Rows that are edited on another screen lead there, and are refused there.
            if response.status_code == 302 and (model in ELSEWHERE or name == POSTED_TO):
                continue
            is_open = response.status_code in (200, 302)
            if is_open != may_open(role, name, model):
                wrong.append((name, response.status_code))

        assert not wrong, wrong

    def test_is_tried_on_every_address(self, rows):
        names = {name for name, _model, _address in every_address(rows)}

        assert len(names) > 100
        assert set(ACTS) <= names

    def test_of_nobody_opens_nothing(self, client, rows):
        client.force_login(get_user_model().objects.create_user("new", is_staff=True))

        found = {client.get(address).status_code for name, model, address in every_address(rows) if name in ACTS}

        assert found == {403}

    def test_is_asked_to_sign_in_first(self, client, rows):
        found = [client.get(address) for _name, _model, address in every_address(rows)]

        assert {response.status_code for response in found} == {302}
        assert all(response.headers["Location"].startswith("/admin/login/") for response in found)


class TestAnEditor:
    def test_records_no_review(self, client, sign_in):
        treatment = make_fit_treatment()
        sign_in("Editor")
        address = reverse("admin:treatments_treatment_change", args=[treatment.pk])

        client.post(address, {**typed(screen(client, address)), "reviewer": "Myself", "title": "Another title"})

        treatment.refresh_from_db()
        assert (treatment.title, treatment.reviewer) == ("Another title", "Dr Lee, dermatologist")

    @pytest.mark.parametrize(("role", "basis"), [("Editor", "proposed"), ("Clinician", "clinic")])
    def test_confirms_no_proposed_line_but_a_clinician_does(self, client, sign_in, role, basis):
        row = {"key": "a", "title": "Smoother", "text": "For weeks.", "basis": "proposed"}
        treatment = make_fit_treatment(benefits=[row])
        sign_in(role)
        address = reverse("admin:treatments_treatment_change", args=[treatment.pk]) + "?part=benefits"

        client.post(address, {**typed(screen(client, address)), "benefit_rows-0-basis": "clinic"})

        assert treatment.benefit_rows.get().basis == basis

    @pytest.mark.parametrize("basis", ["evidence", "proposed"])
    def test_makes_no_line_the_clinics_own_figure_in_two_steps_or_with_a_new_row(self, client, sign_in, basis):
        row = {"key": "a", "title": "Smoother", "text": "For weeks.", "basis": basis}
        treatment = make_fit_treatment(benefits=[row])
        sign_in("Editor")
        address = reverse("admin:treatments_treatment_change", args=[treatment.pk]) + "?part=benefits"
        new = {"benefit_rows-1-title": "New", "benefit_rows-1-text": "Yes.", "benefit_rows-1-basis": "clinic"}

        for changes in ({"benefit_rows-0-basis": "evidence"}, {"benefit_rows-0-basis": "clinic"}, new):
            client.post(address, {**typed(screen(client, address)), **changes})

        assert treatment.benefit_rows.get().basis == "evidence"


class TestAManager:
    def test_makes_nobody_more_than_a_manager(self, client, sign_in):
        other = get_user_model().objects.create_user("other", is_staff=True)
        sign_in("Manager")
        address = reverse("admin:auth_user_change", args=[other.pk])

        page = screen(client, address)
        client.post(address, {**typed(page), "is_superuser": "on", "user_permissions": ["1"]})

        other.refresh_from_db()
        assert not page.select("[name=is_superuser], [name=user_permissions]")
        assert (other.is_superuser, other.user_permissions.count()) == (False, 0)

    @pytest.mark.parametrize("name", ["auth_user_change", "auth_user_password_change", "auth_user_second_factor"])
    def test_touches_no_superuser(self, client, sign_in, name):
        above = get_user_model().objects.create_superuser("above", password="x")
        sign_in("Manager")

        response = client.post(
            reverse(f"admin:{name}", args=[above.pk]), {"password1": "y" * 12, "password2": "y" * 12}
        )

        assert response.status_code == 403
        above.refresh_from_db()
        assert above.check_password("x")


@pytest.fixture
def task_of():
    """An open task of a kind: about a request with a health answer, or the clinic's own."""
    make_open_clinic(email="desk@example.org")

    def make(kind):
        request = make_request(needs_clinician=True, precautions="new-spot", phone="+60123456789")
        if kind == TaskKind.LOOK_AGAIN:
            return tasks.raise_for(request, kind, request.requested_at, reason="erased", start="2026-06-01T00:00:00Z")
        if kind in OF_THE_CLINIC:
            return tasks.raise_for_clinic(kind, since="2026-06-01T00:00:00+00:00", date="2026-06-01", number=1)
        return request.tasks.get(kind=kind)

    return make


class TestATask:
    @pytest.mark.parametrize(
        ("kind", "verb", "by"),
        [
            (TaskKind.HEALTH_ANSWER, "", {"Front desk", "Clinician", "Manager"}),
            (TaskKind.LOOK_AGAIN, "", {"Front desk", "Manager"}),
            (TaskKind.MAIL_FAILS, "retry", {"Manager"}),
            (TaskKind.WAVE, "release", {"Manager"}),
            (TaskKind.WAVE, "leave", {"Manager"}),
            (TaskKind.ERASING_WAITS, "go-on", {"Manager"}),
            (TaskKind.LETTERS_HELD, "send", {"Manager"}),
            (TaskKind.LETTERS_HELD, "drop", {"Manager"}),
        ],
    )
    @pytest.mark.parametrize("role", roles.ROLES)
    def test_is_ended_only_by_those_whose_it_is(self, client, sign_in, task_of, role, kind, verb, by):
        task = task_of(kind)
        sign_in(role)
        seen = task.request.events.last().pk if task.request else ""

        response = client.post(f"/admin/treatments/task/{task.pk}/end/", {"verb": verb, "seen": seen})

        task.refresh_from_db()
        assert (task.state, response.status_code) == (("done", 302) if role in by else ("open", 403))

    def test_about_a_health_answer_is_shown_to_a_clinician_with_its_button_and_nothing_else_to_press(
        self, client, sign_in, task_of
    ):
        task = task_of(TaskKind.HEALTH_ANSWER)
        sign_in("Clinician")

        page = screen(client, f"/admin/treatments/consultationrequest/{task.request_id}/change/")

        assert page.select(f"form[action='/admin/treatments/task/{task.pk}/end/']")
        assert not page.select(".request__verbs a")

    def test_of_the_clinic_is_on_no_list_but_a_managers(self, client, sign_in, task_of, time_machine):
        # A Monday, ten o'clock at the clinic.
        time_machine.move_to("2026-06-01T02:00Z", tick=False)
        task_of(TaskKind.MAIL_FAILS)
        found = {}

        for role in roles.ROLES:
            sign_in(role)
            found[role] = b"Letters do not go out" in client.get("/admin/?list=due").content

        assert found == {"Front desk": False, "Editor": False, "Clinician": False, "Manager": True}


class TestTheFrontDesk:
    def test_cannot_change_the_hours_but_sees_them(self, client, sign_in):
        make_open_clinic()
        sign_in("Front desk")
        address = "/admin/treatments/clinic/1/change/"

        assert client.get(address).status_code == 200
        assert client.post(address, {"name": "Another"}).status_code == 403
        assert OpeningHours.objects.count() == 5

    def test_can_do_what_came_in(self, client, sign_in):
        make_open_clinic()
        sign_in("Front desk")
        request = make_request()
        values = {"seen": request.events.last().pk}

        client.post(f"/admin/treatments/consultationrequest/{request.pk}/act/cancel/", values)

        assert ConsultationRequest.objects.get().state == "cancelled"
