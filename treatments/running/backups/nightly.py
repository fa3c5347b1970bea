"""The backup of each night, in the folder that BACKUP_FOLDER names: when one is due, how old the last is, what goes."""

import datetime
import re
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from clinic_site.private_files import alone_in, make_private
from treatments.models import Clinic
from treatments.running.backups.make import Say, make
from treatments.values.availability import DAY, HOUR

#: At which hour of the clinic's night a backup is due.
NIGHT = datetime.time(3)
#: So many are kept, and none for longer than as many days; the privacy notice says so.
KEPT = 14
#: An older one says that something is wrong.
LONGEST_AGE = 36 * HOUR
#: After one that failed, the next is tried so much later.
PAUSE = HOUR
NAME = re.compile(r"nightly-(\d{8}T\d{6}Z)\.backup")
MOMENT = "%Y%m%dT%H%M%SZ"


def made_at(path: Path) -> datetime.datetime | None:
    """When a nightly backup was made, by its name; None for any other file."""
    found = NAME.fullmatch(path.name)
    return datetime.datetime.strptime(found[1], MOMENT).replace(tzinfo=datetime.UTC) if found else None


def there() -> list[tuple[datetime.datetime, Path]]:
    """(when, path) of each nightly backup, the newest first; none where no folder is named, or none can be read."""
    folder = settings.BACKUP_FOLDER
    try:
        paths = list(folder.iterdir()) if folder else []
    except OSError:
        return []
    return sorted(((at, path) for path in paths if (at := made_at(path))), reverse=True)


def age(now: datetime.datetime) -> datetime.timedelta | None:
    """How old the newest nightly backup is; None if there is none."""
    found = there()
    return now - found[0][0] if found else None


def is_young(now: datetime.datetime) -> bool:
    """Whether the newest nightly backup is no older than it should be."""
    found = age(now)
    return found is not None and found < LONGEST_AGE


def is_due(now: datetime.datetime) -> bool:
    """Whether a folder is named, and no backup there is of last night or later."""
    if settings.BACKUP_FOLDER is None:
        return False
    here = now.astimezone(Clinic.objects.current().zone)
    night = datetime.datetime.combine(here.date(), NIGHT, here.tzinfo)
    last_night = night if night <= here else night - DAY
    found = there()
    return not found or found[0][0] < last_night


def make_if_due(say: Say) -> None:
    """Make the backup of last night unless another machine has, then drop those that are too many or too old.

    Raises CommandError, as `make` does.
    """
    folder = settings.BACKUP_FOLDER
    if folder is None:
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    make_private(folder)
    with alone_in(folder):
        now = timezone.now()
        if is_due(now):
            make(folder / f"nightly-{now.astimezone(datetime.UTC).strftime(MOMENT)}.backup", say)
            drop_old(now)


def drop_old(now: datetime.datetime) -> None:
    """Drop the nightly backups that are too many or too old; all others of the folder's files stay."""
    for place, (at, path) in enumerate(there()):
        if place >= KEPT or now - at > KEPT * DAY:
            path.unlink(missing_ok=True)
