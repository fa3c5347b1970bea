"""nginx in front of the site, beside nginx alone with the same bytes, and the processor time that both use."""

import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.server import PATIENCE, ROOT, Server, children, cpu_seconds, exchange, running_on
from treatments.tests.an_nginx import nginx, printed
from treatments.tests.postgres import free_port

#: nginx with a folder, as short as it can be written, but for what the site's pages have too: encodings and a log.
PLAIN = """
server {{
    listen {port};
    root "{folder}";
    types {{ }}
    default_type "text/html; charset=utf-8";
    brotli_static on;
    gzip_static on;
}}
"""


@dataclass(frozen=True)
class Proxy:
    """What `bench.load` asks of a server: where it answers, how long an answer is, what it costs."""

    name: str
    url: str
    size: int
    #: The masters of its processes: nginx's, and gunicorn's if there is one.
    masters: tuple[int, ...]

    def cpu_seconds(self) -> dict[int, float]:
        """Processor time used so far by masters and workers: process id to seconds."""
        processes = [process for master in self.masters for process in (master, *children(master))]
        return {process: cpu_seconds(process) for process in processes}


def certificate(folder: str) -> tuple[str, str]:
    """The files of a certificate for localhost, and of its key."""
    files = f"{folder}/certificate.pem", f"{folder}/key.pem"
    new_key = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command = [*new_key, "-subj", "/CN=localhost", "-out", files[0], "-keyout", files[1]]
    subprocess.run(command, check=True, capture_output=True)
    return files


@contextlib.contextmanager
def site_behind(
    name: str, site_url: str, path: str, environment: Mapping[str, str], core: int | None, *options: str
) -> Iterator[Proxy]:
    """The site with the configuration that it prints; the page at this path is a file as soon as it is given.

    `site_url` lacks the port, `options` are those of `manage.py nginx`.
    """
    port = free_port()
    variables = {**environment, "SITE_URL": f"{site_url}:{port}"}
    with contextlib.ExitStack() as running:
        server = Server(name, "clinic_site.wsgi", path, (), variables, core)
        variables |= {"PORT": str(server.port)}
        server.environment = variables
        # The folder belongs to the build that was prepared last, and an address is part of a build.
        subprocess.run([sys.executable, "manage.py", "prepare"], cwd=ROOT, env=variables, check=True)
        server.start()
        running.push(server)
        folder = running.enter_context(tempfile.TemporaryDirectory(prefix="clinic-bench-nginx-"))
        with running_on(core):
            process = running.enter_context(nginx(folder, printed(variables, *options), port))
        url = f"{site_url}:{port}{path}"
        size = size_once_a_file(url)
        yield Proxy(name, url, size, (process.pid, server.process.pid))


def size_once_a_file(url: str) -> int:
    """Ask until nginx answers from a file, which the site's own answers are not; the answer's size in bytes."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        head, size = exchange(url)
        if '\netag: "' in head and "content-encoding: br\r\n" in head:
            return size
        time.sleep(0.1)
    sys.exit(f"{url} did not become a file in brotli\n{head}")


@contextlib.contextmanager
def plain_folder(name: str, path: str, pages: Path, core: int | None) -> Iterator[Proxy]:
    """nginx with a folder of its own that holds the same bytes as the newest files of the site's page at this path."""
    port = free_port()
    newest = max(pages.glob(f"live/*/*{path}"), key=lambda folder: folder.stat().st_mtime)
    with tempfile.TemporaryDirectory(prefix="clinic-bench-plain-") as folder:
        place = Path(folder, path.strip("/"))
        place.parent.mkdir(parents=True)
        subprocess.run(["cp", "-a", str(newest), str(place)], check=True)
        Path(folder, "nginx").mkdir()
        with (
            running_on(core),
            nginx(f"{folder}/nginx", PLAIN.format(port=port, folder=folder), port) as process,
        ):
            url = f"http://127.0.0.1:{port}{path}"
            yield Proxy(name, url, size_once_a_file(url), (process.pid,))


def open_the_site(environment: Mapping[str, str]) -> None:
    """Open it as a manager does: pages of a site that is not open are no files."""
    said = "from django.utils import timezone; Clinic.objects.open_since(timezone.now())"
    command = [sys.executable, "manage.py", "shell", "-c", f"from treatments.models import Clinic; {said}"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
