"""A real nginx with the configuration that the site prints, on a port of its own, in a folder of its own."""

import contextlib
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: How long nginx may take to start, and between one look and the next, in seconds.
PATIENCE, PAUSE = 30, 0.05

#: What Debian's nginx.conf has around the site's own file, but for its folders.
AROUND = """
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
include /etc/nginx/modules-enabled/*.conf;
events {{ worker_connections 1024; }}
http {{
    access_log {folder}/access.log;
    sendfile on;
    tcp_nopush on;
    {temporary}
    {site}
}}
"""
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def printed(environment: Mapping[str, str], *arguments: str) -> str:
    """What `manage.py nginx` prints in this environment."""
    command = [sys.executable, "manage.py", "nginx", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout


def here(configuration: str, folder: Path) -> str:
    """The same configuration with its logs in this folder, and without IPv6, which not every machine has."""
    return re.sub(r" *listen \[::\].*\n", "", configuration.replace("/var/log/nginx/", f"{folder}/"))


@contextlib.contextmanager
def nginx(folder: Path | str, configuration: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run nginx with a configuration that listens on this port; gives its process."""
    folder = Path(folder)
    file = folder / "nginx.conf"
    file.write_text(
        AROUND.format(
            folder=folder,
            user="user root;" if os.getuid() == 0 else "",
            temporary="".join(f"{kind}_temp_path {folder}/temporary-{kind};" for kind in TEMPORARY),
            site=here(configuration, folder),
        )
    )
    process = subprocess.Popen(["/usr/sbin/nginx", "-e", str(folder / "nginx-error.log"), "-c", str(file)])
    try:
        for _look in range(int(PATIENCE / PAUSE)):
            if listens(port):
                break
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(PAUSE)
        assert process.poll() is None, (folder / "nginx-error.log").read_text()
        yield process
    finally:
        process.terminate()
        process.wait(10)


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
