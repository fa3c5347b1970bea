"""How gunicorn serves the site, in `make run` and in the image alike; `serve` adds the address and the workers."""

import tempfile
from pathlib import Path

from gunicorn.config import Config
from gunicorn.glogging import Logger

from clinic_site.environment import Environment
from clinic_site.logs import JsonLine, PrivateLinks

# Threads, so that a slow phone or a database that hangs does not hold up a whole worker.
worker_class = "clinic_site.punctual.PunctualWorker"
threads = 16
# How long, in seconds, a slow visitor may hold up the end: shorter than the supervisor waits.
graceful_timeout = 8
preload_app = True
# Heartbeats in memory where there is such a folder: a disk under load would look like a dead worker.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else tempfile.gettempdir()
# The supervisor says that the site is up; gunicorn speaks only of trouble.
loglevel = "warning"
accesslog = None
# The site stands at the root of its host: a header that says otherwise would be kept in the pages of all readers.
forwarder_headers = ""
# Nobody steers a running gunicorn here, and a read-only system has no place for its socket.
control_socket_disable = True
proc_name = "clinic"


class PrivateLog(Logger):  # type: ignore[misc]  # gunicorn has no types.
    """gunicorn's own log, whose complaints name the path that they are about."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        self.error_log.addFilter(PrivateLinks())
        if Environment().choice("LOG_FORMAT", "text", "json") == "json":
            for handler in self.error_log.handlers:
                handler.setFormatter(JsonLine())


logger_class = PrivateLog
