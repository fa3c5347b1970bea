"""What a restore has laid ready beside the data, put in its place, whatever stops the machine meanwhile.

A restore prepares everything in one folder, RESTORING. Renaming that to RESTORED decides; from then on each file is
moved, and a start that finds such a folder moves what is left. PostgreSQL is changed by a transaction of its own: there
the folder counts only if that was committed, which a token in both tells.
"""

import os
import shutil
from pathlib import Path

from django.conf import settings
from django.db import connection

from clinic_site.private_files import keep, write_private
from treatments.models import Clinic
from treatments.running import database_file
from treatments.running.backups.archive import DATABASE, KEY, MEDIA

RESTORING, RESTORED = "restoring", "restored"
#: Files and folders in RESTORED: the token of the clinic's row that was restored, and the pictures from before.
TOKEN, BEFORE = "page_token", "media-before"


def decide(staged: Path, token: str) -> None:
    """Let what was laid ready count. On PostgreSQL, call it last before its transaction is committed.

    `token` is that of the clinic's row in what was restored.
    """
    write_private(staged / TOKEN, token)
    (staged / MEDIA).mkdir(exist_ok=True)
    # All of it, with its folders, before it can count.
    os.sync()
    staged.rename(settings.DATA_DIR / RESTORED)
    keep(settings.DATA_DIR)


def finish() -> None:
    """Put in place what a restore has decided on, and drop what one has not; call it with the folder to ourselves."""
    shutil.rmtree(settings.DATA_DIR / RESTORING, ignore_errors=True)
    ready = settings.DATA_DIR / RESTORED
    if ready.exists() and was_committed(ready):
        put_in_place(ready)
    shutil.rmtree(ready, ignore_errors=True)


def was_committed(ready: Path) -> bool:
    """Whether the database is the restored one, or will be once its file is in place."""
    if connection.vendor != "postgresql":
        return True
    if "treatments_clinic" not in connection.introspection.table_names():
        return False
    return Clinic.objects.filter(page_token=(ready / TOKEN).read_text()).exists()


def put_in_place(ready: Path) -> None:
    """Move each thing that is still here to its place; what was there before is gone."""
    file = database_file.path()
    if file and (ready / DATABASE).exists():
        connection.close()
        for beside in database_file.beside(file):
            beside.unlink(missing_ok=True)
        os.replace(ready / DATABASE, file)
        keep(file.parent)
    if (ready / KEY).exists():
        os.replace(ready / KEY, settings.SECRET_KEY_FILE)
    if (ready / MEDIA).exists():
        if settings.MEDIA_ROOT.exists():
            settings.MEDIA_ROOT.rename(ready / BEFORE)
        (ready / MEDIA).rename(settings.MEDIA_ROOT)
    # Letters that were written into files in place of sending them, also about people who are not here any more.
    shutil.rmtree(settings.MAIL_FOLDER, ignore_errors=True)
    keep(settings.DATA_DIR)
