"""What staff had to do stood among the letters, and promises on their requests; both are tasks from now on."""

import datetime
import zoneinfo

from django.db import migrations
from django.db.models import Exists, Min, OuterRef
from django.utils import timezone

BATCH = 2000
BY_HAND = ("call-to-confirm", "call-to-remind", "look-again")
OVER = ("called", "attended", "missed", "cancelled")
NEW_ACTS = (
    "will-come is-real removed released corrected link-sent revoked noted looked-at kept told call-added".split()
)
TASK_OF_WAY = {"call": "call", "time": "confirm"}


def forwards(apps, schema_editor):
    Models = {name: apps.get_model("treatments", name) for name in MODELS}
    forget_what_erased_rows_kept(Models)
    # Whoever asked before was taken as they are; nobody has to say again that they will come.
    open_ones = Models["ConsultationRequest"].objects.filter(is_set_apart=False, erased_at__isnull=True)
    open_ones.exclude(state__in=OVER).update(is_heard=True)
    # What an act had changed was stored in another shape: such an act cannot be undone any more.
    Models["RequestEvent"].objects.filter(before__isnull=False).update(before=None)
    opening = Opening(Models)
    move_by_hand_messages(Models, opening)
    move_promises(Models, opening)
    raise_health_answers(Models, opening)
    give_letters_their_payload(Models)
    raise_what_was_not_delivered(Models, opening)


MODELS = ("Clinic", "Closure", "ConsultationRequest", "Message", "OpeningHours", "RequestEvent", "SeatCell", "Task")


class Opening:
    """Moves a moment into the clinic's opening time."""

    def __init__(self, Models):
        clinic = Models["Clinic"].objects.filter(pk=1).first()
        self.zone = zoneinfo.ZoneInfo(clinic.time_zone if clinic else "Asia/Kuala_Lumpur")
        self.hours = {}
        for row in Models["OpeningHours"].objects.all():
            self.hours.setdefault(row.weekday, []).append((row.opens, row.closes))
        self.closures = sorted(Models["Closure"].objects.values_list("starts_at", "ends_at"))

    def next(self, moment):
        """The moment, or the next one at which the clinic is open; the moment where there is none in 400 days."""
        for number in range(400):
            date = moment.astimezone(self.zone).date() + datetime.timedelta(days=number)
            for opens, closes in sorted(self.hours.get(date.isoweekday(), ())):
                start = max(moment, datetime.datetime.combine(date, opens, self.zone))
                end = datetime.datetime.combine(date, closes, self.zone)
                for closed_from, closed_to in self.closures:
                    if closed_from <= start < closed_to:
                        start = closed_to
                if start < end:
                    return start
        return moment


    def due(self, message, start):
        """When a call is due: to remind, at the opening of the last open day before the visit; never past the visit."""
        due_at = self.next(message.not_before)
        if message.kind == "call-to-remind" and due_at != message.not_before:
            midnight = datetime.datetime.combine(start.astimezone(self.zone).date(), datetime.time(), self.zone)
            before = (self.next(midnight - datetime.timedelta(days=days)) for days in range(1, 15))
            due_at = next((moment for moment in before if moment < midnight), due_at)
        return min(due_at, start)


def forget_what_erased_rows_kept(Models):
    erased = Models["ConsultationRequest"].objects.filter(erased_at__isnull=False)
    erased.update(treatment=None, needs_clinician=False, best_time="any", offered_times="", precautions="")


def starts_of(Models, requests):
    """The start of the visit of each request, by its id."""
    cells = Models["SeatCell"].objects.filter(request__in=requests).order_by()
    return dict(cells.values_list("request").annotate(start=Min("starts_at")))


def batches(queryset):
    """The rows of a queryset in lists, by their ids."""
    last = 0
    while rows := list(queryset.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield rows
        last = rows[-1].pk


def move_by_hand_messages(Models, opening):
    Task, Message = Models["Task"], Models["Message"]
    now = timezone.now()
    for messages in batches(Message.objects.filter(kind__in=BY_HAND).select_related("request")):
        starts = starts_of(Models, [message.request_id for message in messages])
        seen, tasks = set(), []
        for message in messages:
            start = starts.get(message.request_id)
            request = message.request
            is_ahead = start is not None and start > now and request.state not in OVER and not request.erased_at
            state = {"queued": "open", "sent": "done"}.get(message.state, "lapsed")
            if state == "open" and (not is_ahead or (request.pk, message.kind) in seen):
                state = "lapsed"
            if state == "open":
                seen.add((request.pk, message.kind))
            details = {}
            if message.kind == "look-again":
                details = {"reason": "hours", "start": (start or message.not_before).isoformat()}
            tasks.append(
                Task(
                    request=request,
                    kind=message.kind,
                    state=state,
                    due_at=opening.due(message, start) if state == "open" else message.not_before,
                    payload=details,
                    raised_at=message.not_before,
                    ended_at=None if state == "open" else message.sent_at or now,
                )
            )
        known = Task.objects.filter(state="open", request__in=[task.request_id for task in tasks])
        open_before = set(known.values_list("request_id", "kind"))
        for task in tasks:
            if task.state == "open" and (task.request_id, task.kind) in open_before:
                task.state, task.ended_at = "lapsed", now
        Task.objects.bulk_create(tasks)
    Message.objects.filter(kind__in=BY_HAND).delete()


def move_promises(Models, opening):
    """A call or a confirmation that was promised, for every request that still waits for one."""
    Request, Task = Models["ConsultationRequest"], Models["Task"]
    waiting = Request.objects.filter(erased_at__isnull=True, state__in=("requested", "offered"))
    now = timezone.now()
    for requests in batches(waiting):
        starts = starts_of(Models, requests)
        tasks = []
        for request in requests:
            start = starts.get(request.pk)
            is_ahead = start is not None and start > now
            if request.state == "offered" and not request.promised_at:
                offered = [parsed(text) for text in request.offered_times.split()]
                due_at = opening.next(max(offered, default=now))
            else:
                due_at = opening.next(request.promised_at or now)
            tasks.append(
                Task(
                    request=request,
                    kind="confirm" if is_ahead and request.state == "requested" else "call",
                    due_at=min(due_at, start) if is_ahead else due_at,
                    is_promise=request.promised_at is not None,
                    raised_at=request.heard_at,
                )
            )
        Task.objects.bulk_create(tasks)


def parsed(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def raise_health_answers(Models, opening):
    """A clinician looks at what was said yes to, for visits and requests that are still to come."""
    Request, Task, SeatCell = Models["ConsultationRequest"], Models["Task"], Models["SeatCell"]
    now = timezone.now()
    due_at = opening.next(now)
    begun = SeatCell.objects.filter(request=OuterRef("pk"), starts_at__lte=now)
    waiting = Request.objects.filter(~Exists(begun), needs_clinician=True, erased_at__isnull=True, is_set_apart=False)
    for requests in batches(waiting.exclude(state__in=OVER)):
        Task.objects.bulk_create(
            Task(request=request, kind="health-answer", due_at=due_at, raised_at=now) for request in requests
        )


def raise_what_was_not_delivered(Models, opening):
    """Each letter to a patient that was given up; those that are not true any more lapse in the worker's next round."""
    Task, now = Models["Task"], timezone.now()
    failed = Models["Message"].objects.filter(state="failed", request__erased_at__isnull=True, request__isnull=False)
    for messages in batches(failed.exclude(kind="clinic-notice")):
        Task.objects.bulk_create(
            Task(
                request_id=message.request_id,
                message=message,
                kind="not-delivered",
                due_at=opening.next(message.not_before),
                raised_at=now,
            )
            for message in messages
        )


def give_letters_their_payload(Models):
    """What unsent letters speak of; those of before that are not true any more are taken back when they are due."""
    Message = Models["Message"]
    unsent = Message.objects.filter(state__in=("queued", "failed"))
    unsent |= Message.objects.filter(kind__in=("review-due", "not-published"))
    for messages in batches(unsent):
        starts = starts_of(Models, [message.request_id for message in messages if message.request_id])
        for message in messages:
            start = starts.get(message.request_id)
            message.payload = payload_of(message, start.isoformat() if start else None)
            if message.kind == "changed":
                # From which time it was changed was not stored.
                message.kind = "confirmed"
        Message.objects.bulk_update(messages, ["payload", "kind"])


def payload_of(message, start):
    if message.kind in ("confirmed", "changed", "reminder-3-days", "reminder-1-day"):
        return {"start": start}
    if message.kind in ("cancelled", "offer"):
        first, _stroke, last = message.note.partition("/")
        return {"start": first or None, "end": last or None}
    if message.kind == "clinic-notice":
        act, _blank, moment = message.note.partition(" ")
        return {"act": act or "cancelled", "start": moment or None}
    if message.kind in ("not-published", "review-due"):
        return {"at": parsed(message.note).isoformat()}
    return {}


def backwards(apps, schema_editor):
    Models = {name: apps.get_model("treatments", name) for name in MODELS}
    Task, Message, Request = Models["Task"], Models["Message"], Models["ConsultationRequest"]
    Models["RequestEvent"].objects.filter(act__in=NEW_ACTS).update(act="confirmed")
    Models["RequestEvent"].objects.filter(before__isnull=False).update(before=None)
    Message.objects.filter(kind="wished").delete()
    for tasks in batches(Task.objects.filter(state="open", kind__in=("call", "confirm"))):
        for task in tasks:
            Request.objects.filter(pk=task.request_id).update(promised_at=task.due_at)
    states = {"open": "queued", "done": "sent", "lapsed": "cancelled"}
    for tasks in batches(Task.objects.filter(kind__in=BY_HAND)):
        Message.objects.bulk_create(
            Message(
                request_id=task.request_id,
                kind=task.kind,
                key=f"{task.kind}:{task.request_id}:task:{task.pk}",
                state=states[task.state],
                not_before=task.due_at,
                sent_at=task.ended_at if task.state == "done" else None,
            )
            for task in tasks
        )
    for messages in batches(Message.objects.exclude(payload={})):
        for message in messages:
            message.note = note_of(message)
        Message.objects.bulk_update(messages, ["note"])
    Task.objects.all().delete()


def note_of(message):
    details = message.payload
    if message.kind in ("cancelled", "offer"):
        return f"{details['start']}/{details['end']}" if details.get("start") else ""
    if message.kind == "clinic-notice":
        return f"{details['act']} {details['start']}" if details.get("start") else details["act"]
    return details.get("at", "")


class Migration(migrations.Migration):
    dependencies = [("treatments", "0007_tasks_and_wishes")]
    operations = [migrations.RunPython(forwards, backwards)]
