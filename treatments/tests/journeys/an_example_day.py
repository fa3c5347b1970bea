"""What the pictures of the staff guides show: example patients, staff and pages, put into a running site.

Each function runs in a process of its own, as those of at_the_desk do. The numbers are from the range that Ofcom
keeps for drama; nobody has them.
"""

import contextlib
import datetime

from django.utils import timezone

PHONE = "+4420794600{number:02}"
#: Who sits at the desk in the pictures, by role.
STAFF = {"Front desk": "reception", "Editor": "editor", "Clinician": "clinician", "Manager": "manager"}


def staff_with_roles():
    """An account for each role that nobody has signed in to: {role: (name, password)}."""
    from django.contrib.auth.models import Group, User

    from treatments.accounts.staff import new_password

    User.objects.update(email="owner@clinic.example")
    accounts = {}
    for role, name in STAFF.items():
        accounts[role] = name, new_password()
        user = User.objects.create_user(name, f"{name}@clinic.example", accounts[role][1], is_staff=True)
        user.groups.add(Group.objects.get(name=role))
    return accounts


def receptionist():
    from django.contrib.auth.models import User

    return User.objects.get(username=STAFF["Front desk"])


def ask(name, number, start=None, by=None, **answers):
    """A request of an example patient for this moment, or for a call; `by` is who took it by phone."""
    from treatments.consultation import booking
    from treatments.models.private_link import new_secret

    given = {"name": f"{name} Example", "phone": PHONE.format(number=number), "email": "", **answers}
    return booking.ask(given, start=start, form_key=new_secret(), by=by)


def free_times():
    """The times of the first day on which patients may still choose every one."""
    from treatments.models import Clinic
    from treatments.times import holding
    from treatments.values import availability

    clinic, now = Clinic.objects.current(), timezone.now()
    first = now.astimezone(clinic.zone).date()
    rules, taken = holding.rules_and_taken(clinic, first, first + 14 * availability.DAY)
    days = [availability.day(rules, first + number * availability.DAY, now, taken) for number in range(2, 14)]
    return next(day.times for day in days if day.times)


def a_busy_morning():
    """Calls and a time to confirm that are overdue, times that a patient has still to choose from, and visits.

    The date of the visits.
    """
    from treatments.consultation import staff_acts
    from treatments.models import Clinic, Treatment

    times = free_times()
    about = Treatment.objects.get(slug="pico-laser").pk
    for number, name in enumerate(["Aisha", "Ben", "Chandra"]):
        ask(name, number, times[number], by=receptionist(), treatment_id=about)
    Clinic.objects.update(confirms_by_hand=True)
    to_confirm = ask("Devi", 10, times[4], treatment_id=about)
    Clinic.objects.update(confirms_by_hand=False)
    to_call = ask("Elena", 11, needs_clinician=True)
    offered = ask("Farid", 12, email="farid@example.org")
    staff_acts.offer(offered, times[6:8], by=receptionist())
    for request, minutes in ((to_confirm, 25), (to_call, 10)):
        late = timezone.now() - datetime.timedelta(minutes=minutes)
        request.tasks.filter(is_promise=True).update(due_at=late)
    return f"{times[0].astimezone(Clinic.objects.current().zone):%Y-%m-%d}"


def a_visit(name, number):
    """A visit of an example patient who has an email address; the request's id."""
    return ask(name, number, free_times()[-1], email=f"{name.lower()}@example.org").pk


def a_lost_letter(name, number):
    """A visit whose confirmation was not delivered; the request's id."""
    from treatments.follow_up import tasks
    from treatments.models import Message, MessageKind, MessageState

    pk = a_visit(name, number)
    letter = Message.objects.filter(request=pk, kind=MessageKind.CONFIRMED)
    letter.update(state=MessageState.FAILED, error="There is no such mailbox.", sent_at=None)
    tasks.not_delivered(letter.get())
    return pk


def set_apart(name, number):
    """A request that looks like a machine's; its id."""
    from treatments.consultation import booking
    from treatments.models.private_link import new_secret

    address = f"{name.lower()}@example.org"
    given = {"name": f"{name} Example", "phone": PHONE.format(number=number), "email": address}
    return booking.ask(given, start=free_times()[-2], form_key=new_secret(), looks_like_spam=True).pk


def a_wave():
    """The task about unusually many requests, due now whether or not the clinic is open at this hour."""
    from treatments.follow_up import tasks
    from treatments.models import Task, TaskKind

    task = tasks.raise_for_clinic(TaskKind.WAVE, since=timezone.now().isoformat())
    Task.objects.filter(pk=task.pk).update(due_at=timezone.now())


def comments():
    """Two comments to read, and one that looks like spam."""
    from treatments import comments
    from treatments.models import Treatment
    from treatments.models.private_link import new_secret

    said = {
        "Jun Example": "The page answered my questions. How long did the redness last for others?",
        "Kim Example": "I did not know that it takes several visits.",
        "Spam Example": "Look at my shop.",
    }
    for name, text in said.items():
        words = {"name": name, "text": text, "email": ""}
        is_spam = name.startswith("Spam")
        comments.leave(Treatment.objects.first(), words, form_key=new_secret(), looks_like_spam=is_spam)


def a_fit_page():
    """A page with two editions and a draft that may be published; its id."""
    from treatments.publication import publishing
    from treatments.tests.builders import make_fit_treatment, reviewed

    rows = [{"title": "Smoother feel", "text": "Rough skin feels smoother.", "basis": "clinic"}]
    treatment = make_fit_treatment(benefits=rows)
    publishing.publish(treatment, note="The first edition")
    treatment.benefit_rows.update(text="Rough skin feels smoother for some weeks.")
    publishing.publish(reviewed(treatment), note="How long it lasts")
    treatment.benefit_rows.update(text="Rough skin feels smoother for four to six weeks.")
    return treatment.pk


def a_promise_on(treatment):
    """Put a sentence that promises too much into the first benefit of a draft."""
    from treatments.models import Benefit

    Benefit.objects.filter(pk=Benefit.objects.filter(treatment=treatment).first().pk).update(
        text="The treatment is not painless."
    )


def take_every_seat(text):
    """Let the example clinic's last places at a time be taken, in the moment before someone chooses it."""
    from treatments.times import holding
    from treatments.values.moments import moment_of

    with contextlib.suppress(holding.TimeGone):
        for number in range(50, 99):
            ask("Taken", number, moment_of(text), by=receptionist())


def withdraw_every_page():
    """Take every page from the public, so that none awaits its review."""
    from treatments.models import Treatment
    from treatments.publication import publishing

    for treatment in Treatment.objects.public():
        publishing.withdraw(treatment)
