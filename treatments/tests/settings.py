"""The site's settings with what tests must not share: folders, the key, and slow password hashing."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

folder = tempfile.mkdtemp(prefix="clinic-tests-")
atexit.register(shutil.rmtree, folder, ignore_errors=True)
os.environ["DATA_DIR"] = folder
for name in (
    "SITE_URL",
    "SITE_LANGUAGE",
    "HOST",
    "PORT",
    "DEBUG",
    "CACHE_URL",
    "SECRET_KEY",
    "PAGES_DIR",
    "BACKUP_FOLDER",
    "BACKUP_PASSPHRASE",
):
    os.environ.pop(name, None)

from clinic_site import settings as site  # noqa: E402  (it reads the environment, so that comes first)

# What Django takes as settings: the names in capitals.
globals().update({name: value for name, value in vars(site).items() if name.isupper()})

# It lives as long as the tests do, in this process alone.
HAS_KEPT_KEY = True
# Pages become files only in the tests that ask for it (`written`).
PAGES_DIR = None
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Pages name static files as they are; that collecting works is tested on its own.
STORAGES = {
    "default": {"BACKEND": "treatments.text.media_files.WholeFiles"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
STATIC_ROOT = Path(folder) / "static"
STATIC_ROOT.mkdir()
