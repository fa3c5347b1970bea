"""A draft is published at a set time if the gate lets it pass then; whoever planned it hears if it does not."""

import datetime

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.management import call_command
from django.utils import timezone

from treatments.follow_up import sending
from treatments.models import Edition, Message, MessageState, Treatment
from treatments.publication import publishing
from treatments.tests.builders import make_clinic, make_fit_treatment, reviewed
from treatments.tests.meaning import parsed, words

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

NOW = datetime.datetime(2026, 6, 1, 1, tzinfo=datetime.UTC)
AN_HOUR = datetime.timedelta(hours=1)
A_DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def editor():
    return get_user_model().objects.create_superuser("rosa", email="rosa@example.org")


@pytest.fixture
def planned(editor):
    """A treatment with one edition whose draft, with another title, is to be published in an hour."""
    make_clinic(email="clinic@example.org")
    treatment = make_fit_treatment(next_review_date="2027-06-01", review_date="2026-05-01")
    publishing.publish(treatment)
    Treatment.objects.filter(pk=treatment.pk).update(title="Another title")
    reviewed(treatment)
    publishing.schedule(treatment, NOW + AN_HOUR, by=editor, note="A clearer title")
    return treatment


def letters():
    """What the worker sends now, by address."""
    mail.outbox.clear()
    sending.send_due(sending.new_owner())
    return {letter.to[0]: letter for letter in mail.outbox}


class TestAPlannedDraft:
    def test_is_published_at_its_time_and_no_sooner(self, planned, read):
        assert publishing.publish_due(NOW + AN_HOUR / 2) == []
        assert words(read(planned.get_absolute_url()).title) != "Another title"

        with time_machine.travel(NOW + AN_HOUR, tick=False):
            (edition,) = publishing.publish_due(timezone.now())
            assert words(read(planned.get_absolute_url()).title) == "Another title"

        assert (edition.number, edition.note, str(edition.published_by)) == (2, "A clearer title", "rosa")
        assert not edition.is_sample

    def test_is_published_once(self, planned):
        publishing.publish_due(NOW + AN_HOUR)

        assert publishing.publish_due(NOW + 2 * AN_HOUR) == []
        assert Edition.objects.count() == 2

    def test_is_published_as_it_is_then(self, planned):
        Treatment.objects.filter(pk=planned.pk).update(title="A third title")
        reviewed(planned)

        (edition,) = publishing.publish_due(NOW + AN_HOUR)

        assert edition.content()["title"] == "A third title"

    def test_that_was_reworded_after_it_was_planned_is_stopped(self, planned):
        planned.risk_rows.filter(key="redness").update(text="It is nothing.")

        assert publishing.publish_due(NOW + AN_HOUR) == []
        assert "rosa@example.org" in letters()

    def test_is_left_alone_when_it_was_called_off(self, planned):
        publishing.unschedule(planned)

        assert publishing.publish_due(NOW + AN_HOUR) == []

    def test_is_not_planned_if_the_gate_stops_it_now(self, planned, editor):
        planned.risk_rows.all().delete()
        publishing.unschedule(planned)

        with pytest.raises(publishing.Stopped):
            publishing.schedule(planned, NOW + AN_HOUR, by=editor)

        assert Treatment.objects.get().publish_at is None

    def test_that_the_gate_stops_is_told_to_its_editor_once(self, planned):
        planned.risk_rows.all().delete()

        for _round in range(2):
            assert publishing.publish_due(NOW + AN_HOUR) == []

        letter = letters()["rosa@example.org"]
        assert "was to be published on Monday 1 June 2026, 10:00" in letter.body
        assert f"/admin/treatments/treatment/{planned.pk}/publish/" in letter.body
        assert letters() == {}
        assert Edition.objects.count() == 1

    def test_whose_editor_has_no_address_is_told_to_the_clinic(self, planned, editor):
        get_user_model().objects.update(email="")
        planned.risk_rows.all().delete()

        publishing.publish_due(NOW + AN_HOUR)

        assert list(letters()) == ["clinic@example.org"]

    def test_that_cannot_even_be_stored_is_told_too(self, planned):
        Treatment.objects.filter(pk=planned.pk).update(title="Signs\x07")

        publishing.publish_due(NOW + AN_HOUR)

        assert "rosa@example.org" in letters()

    @pytest.mark.parametrize("change", [{"is_active": False}, {"is_superuser": False}])
    def test_of_someone_who_may_not_publish_any_more_is_stopped(self, planned, change):
        get_user_model().objects.update(**change)

        assert publishing.publish_due(NOW + AN_HOUR) == []
        assert "rosa@example.org" in letters()

    def test_of_an_account_that_is_gone_is_stopped_and_told_to_the_clinic(self, planned, editor):
        editor.delete()

        assert publishing.publish_due(NOW + AN_HOUR) == []
        assert list(letters()) == ["clinic@example.org"]

    def test_passes_the_gate_by_the_date_at_the_clinic(self, planned):
        make_clinic(time_zone="Pacific/Auckland")
        Treatment.objects.filter(pk=planned.pk).update(review_date="2026-06-02")

        with time_machine.travel(datetime.datetime(2026, 6, 1, 20, tzinfo=datetime.UTC), tick=False):
            assert len(publishing.publish_due(timezone.now())) == 1

    def test_is_planned_no_more_when_it_is_withdrawn(self, planned):
        publishing.withdraw(planned)

        assert publishing.publish_due(NOW + AN_HOUR) == []
        assert Edition.objects.count() == 1

    def test_is_published_by_the_worker(self, planned, capsys):
        with time_machine.travel(NOW + AN_HOUR, tick=False):
            call_command("work", "--once")

        assert "Published: 1." in capsys.readouterr().out
        assert Edition.objects.count() == 2


class TestAReviewThatRunsOut:
    def test_is_told_to_the_clinic_thirty_days_before(self, planned):
        with time_machine.travel(datetime.datetime(2027, 5, 1, 16, tzinfo=datetime.UTC), tick=False):
            assert letters() == {}
        with time_machine.travel(datetime.datetime(2027, 5, 2, 1, tzinfo=datetime.UTC), tick=False):
            letter = letters()["clinic@example.org"]

        assert letter.subject == "A page is to be reviewed soon"
        assert "runs out on Tuesday 1 June 2027" in letter.body

    def test_of_an_edition_that_is_not_the_newest_is_told_to_nobody(self, planned):
        Treatment.objects.filter(pk=planned.pk).update(next_review_date="2028-01-01")
        publishing.publish_due(NOW + AN_HOUR)

        waiting = Message.objects.get(kind="review-due", state=MessageState.QUEUED)
        assert waiting.not_before.date() == datetime.date(2027, 12, 2)

    def test_of_a_sample_is_told_to_nobody(self, planned):
        Message.objects.all().delete()
        Treatment.objects.filter(pk=planned.pk).update(title="A sample")

        publishing.publish_sample(planned)

        assert not Message.objects.exists()

    def test_of_a_withdrawn_treatment_is_told_to_nobody(self, planned):
        publishing.withdraw(planned)

        with time_machine.travel(NOW + 400 * A_DAY, tick=False):
            assert letters() == {}
            publishing.bring_back(planned)
            assert list(letters()) == ["clinic@example.org"]


@pytest.mark.slow
class TestTheScreens:
    @pytest.fixture
    def signed_in(self, client, editor):
        client.force_login(editor)
        return client

    def publish(self, client, treatment, **values):
        return client.post(f"/admin/treatments/treatment/{treatment.pk}/publish/", values, follow=True)

    def test_plan_in_the_clinics_time_and_call_off(self, signed_in, planned):
        publishing.unschedule(planned)

        response = self.publish(signed_in, planned, note="Soon", at="2026-06-03T09:30")

        planned.refresh_from_db()
        assert planned.publish_at == datetime.datetime(2026, 6, 3, 1, 30, tzinfo=datetime.UTC)
        assert "To be published on Wednesday 3 June 2026, 09:30" in words(parsed(response.content))
        self.publish(signed_in, planned, unschedule="1")
        planned.refresh_from_db()
        assert planned.publish_at is None
        assert Edition.objects.count() == 1

    @pytest.mark.parametrize("at", ["2026-05-31T09:00", "2028-01-01T09:00", "9999-12-31T23:59", "tomorrow"])
    def test_refuse_times_that_make_no_sense(self, signed_in, planned, at):
        publishing.unschedule(planned)

        response = self.publish(signed_in, planned, at=at)

        assert response.status_code == 422
        assert parsed(response.content).select_one(".errorlist")
        assert Treatment.objects.get().publish_at is None

    def test_say_what_was_stopped_until_something_is_published(self, signed_in, planned):
        address = f"/admin/treatments/treatment/{planned.pk}/publish/"
        Treatment.objects.filter(pk=planned.pk).update(next_review_date="2026-06-01")
        with time_machine.travel(NOW + AN_HOUR, tick=False):
            publishing.publish_due(timezone.now())
        with time_machine.travel(NOW + 1.5 * AN_HOUR, tick=False):
            assert "something stood against it then" in words(parsed(signed_in.get(address).content))
            Treatment.objects.filter(pk=planned.pk).update(next_review_date="2027-06-01")
            self.publish(signed_in, planned)

            assert "something stood against it then" not in words(parsed(signed_in.get(address).content))

    def test_withdraw_after_a_question_and_bring_back(self, signed_in, planned, client):
        address = f"/admin/treatments/treatment/{planned.pk}/withdraw/"

        signed_in.get(address)
        assert client.get(planned.get_absolute_url()).status_code == 200
        for _press in range(2):
            signed_in.post(address, {"wanted": "away"})
            assert client.get(planned.get_absolute_url()).status_code == 410
        for _press in range(2):
            signed_in.post(address, {"wanted": "back"})
            assert client.get(planned.get_absolute_url()).status_code == 200
