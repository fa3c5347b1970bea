"""What staff do to a running site, each from a process of its own that works on the same database."""

import concurrent.futures
import contextlib
import datetime
import multiprocessing
import os
import threading

import django
from django.conf import settings

PROCESSES = 4
#: How long they may take to get ready, in seconds.
PATIENCE = 120
#: In each of the processes: where all of them, and the test, wait for one another.
meeting = None


def open_database(folder, barrier):
    """Make this process one of the site whose data is in the folder."""
    global meeting
    meeting = barrier
    os.environ.update(DATA_DIR=str(folder), DJANGO_SETTINGS_MODULE="clinic_site.settings")
    django.setup()
    options = settings.DATABASES["default"]["OPTIONS"]
    if "timeout" in options:
        # SQLite lets one write after the other: the last of many waits for all, and on a slow machine for long.
        options["timeout"] = PATIENCE


@contextlib.contextmanager
def desk(folder):
    """Processes for the functions below, beside the site whose data is in the folder: `desk.submit(change, …)`.

    What is done at once begins when every process has its share of it and the test calls `desk.meeting.wait()`.
    """
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(PROCESSES + 1, timeout=PATIENCE)
    with concurrent.futures.ProcessPoolExecutor(PROCESSES, context, open_database, (folder, barrier)) as processes:
        processes.meeting = barrier  # type: ignore[attr-defined]  # The test that is given them waits there too.
        yield processes


def at_once(act, subjects):
    """Do this to every subject in a thread of its own, at the same moment as the other processes."""
    begin = threading.Barrier(len(subjects), action=meeting.wait)

    def wait_and_act(subject):
        begin.wait()
        act(subject)

    threads = [threading.Thread(target=wait_and_act, args=[subject]) for subject in subjects]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def write_draft(document):
    """Make a draft of a canonical document."""
    from treatments.publication import document as documents

    documents.write(document)


def edit_rows(numbers):
    """Each of these benefits of the newest draft is changed by an editor of its own, all at the same moment.

    All have opened the screen before. The statuses of the answers.
    """
    from bs4 import BeautifulSoup
    from django.contrib.auth import get_user_model
    from django.db import connection
    from django.test import Client

    from treatments.models import Treatment
    from treatments.tests.screens import part_address, typed

    editor, _is_new = get_user_model().objects.get_or_create(username="editor", is_staff=True, is_superuser=True)
    address = part_address(Treatment.objects.latest("pk"), "benefits")
    statuses = []

    def open_screen(number):
        client = Client(headers={"host": "127.0.0.1"})
        client.force_login(editor)
        values = typed(BeautifulSoup(client.get(address).content, "html.parser"))
        return client, {**values, f"benefit_rows-{number}-text": f"By {number}."}

    def edit(opened):
        client, values = opened
        statuses.append(client.post(address, values).status_code)
        connection.close()

    at_once(edit, [open_screen(number) for number in numbers])
    return statuses


def texts_of_benefits():
    """The texts of the benefits of the newest draft."""
    from treatments.models import Treatment

    return [row.text for row in Treatment.objects.latest("pk").benefit_rows.all()]


def change_clinic(**values):
    """Save the clinic with these values."""
    from treatments.models import Clinic

    Clinic.objects.filter(pk=Clinic.ONLY).update(**values)
    Clinic.objects.touch()


def take_calls(number):
    """Store so many call-backs; their ids."""
    from treatments.consultation import booking
    from treatments.models.private_link import new_secret

    answers = [{"name": f"Caller {caller}", "phone": "", "email": f"c{caller}@example.org"} for caller in range(number)]
    return [booking.ask(answer, form_key=new_secret()).pk for answer in answers]


def take_visit(start):
    """Store a visit at this moment; its id."""
    from treatments.consultation import booking
    from treatments.models.private_link import new_secret

    answers = {"name": "Aisha", "phone": "", "email": f"{start:%d%H%M}@example.org"}
    return booking.ask(answers, start=start, form_key=new_secret()).pk


def act_at_once(act, requests, *arguments):
    """All at the same moment, do one of the acts of booking or desk to requests as a member of staff; how each ended.

    `act` is the function's name, `requests` are ids.
    """
    from django.contrib.auth import get_user_model
    from django.db import connection

    from treatments.consultation import booking, staff_acts
    from treatments.consultation.acting import NotPossible
    from treatments.models import ConsultationRequest
    from treatments.times import holding

    act = getattr(staff_acts, act, None) or getattr(booking, act)
    rosa, _is_new = get_user_model().objects.get_or_create(username="rosa")
    ends = []

    def act_on(request):
        try:
            act(request, *arguments, by=rosa)
            ends.append("done")
        except (holding.TimeGone, NotPossible) as refusal:
            ends.append(type(refusal).__name__)
        finally:
            connection.close()

    at_once(act_on, [ConsultationRequest.objects.get(pk=pk) for pk in requests])
    return ends


def held_at(start, end):
    """What is held between two moments: {request: {(seat, start of a cell)}}."""
    from treatments.models import SeatCell

    found: dict[int, set[tuple[int, datetime.datetime]]] = {}
    for cell in SeatCell.objects.filter(starts_at__gte=start, starts_at__lt=end):
        found.setdefault(cell.request_id, set()).add((cell.seat, cell.starts_at.astimezone(datetime.UTC)))
    return found


def waiting_of(name):
    """How many requests of addresses that begin like this wait on the front desk's list, and how many are set apart."""
    from treatments.models import Task

    waiting = Task.objects.open().filter(kind="call", request__email__startswith=name)
    apart = waiting.filter(request__is_set_apart=True).count()
    return waiting.count() - apart, apart


def hear_everyone():
    """Everybody who has asked until now was heard from, so that none of them counts for a wave of unknown people."""
    from treatments.models import ConsultationRequest

    ConsultationRequest.objects.update(is_heard=True)


def said_to(request):
    """The kinds of the messages and the acts of a request."""
    from treatments.models import Message, RequestEvent

    kinds = Message.objects.filter(request=request).values_list("kind", flat=True)
    return sorted(kinds), list(RequestEvent.objects.filter(request=request).values_list("act", flat=True))
