"""A real nginx with the configuration that the site prints, on a port of its own, in a folder of its own."""

import contextlib
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

from django.conf import settings

from treatments.tests.waiting import until

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


def printed(environment, *arguments):
    """What `manage.py nginx` prints in this environment."""
    command = [sys.executable, "manage.py", "nginx", *arguments]
    return subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, check=True, capture_output=True, text=True
    ).stdout


def here(configuration, folder):
    """The same configuration with its logs in this folder, and without IPv6, which not every machine has."""
    return re.sub(r" *listen \[::\].*\n", "", configuration.replace("/var/log/nginx/", f"{folder}/"))


@contextlib.contextmanager
def nginx(folder, configuration, port):
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
        until(lambda: process.poll() is not None or listens(port))
        assert process.poll() is None, (folder / "nginx-error.log").read_text()
        yield process
    finally:
        process.terminate()
        process.wait(10)


def listens(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
