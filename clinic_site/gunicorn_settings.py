"""How gunicorn serves the site, in `make run` and in the image alike."""

import os
import tempfile
from pathlib import Path

bind = f"{os.environ.get('HOST', '').strip() or '127.0.0.1'}:{os.environ.get('PORT', '').strip() or 8000}"
workers = int(os.environ.get("WEB_CONCURRENCY", "").strip() or 2)
# Threads, so that a slow phone does not hold up a whole worker.
worker_class = "gthread"
threads = 4
preload_app = True
# Heartbeats in memory where there is such a folder: a disk under load would look like a dead worker.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else tempfile.gettempdir()
# The supervisor says that the site is up; gunicorn speaks only of trouble.
loglevel = "warning"
accesslog = None
# Nobody steers a running gunicorn here, and a read-only system has no place for its socket.
control_socket_disable = True
proc_name = "clinic"
