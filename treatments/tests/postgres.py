"""Run a command with DATABASE_URL pointing at a PostgreSQL of its own, in a temporary folder.

python -m treatments.tests.postgres pytest -q
"""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any


def program(name):
    """The path of one of PostgreSQL's programs; Debian keeps them out of PATH."""
    found = shutil.which(name) or next(map(str, sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))[::-1]), None)
    if found is None:
        sys.exit(f"PostgreSQL's {name} is missing; on Debian: apt-get install postgresql")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Postgres:
    """A PostgreSQL server in a folder, reached at its `url`."""

    def __init__(self, folder):
        self.folder = folder
        self.become: dict[str, Any] = {}
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root.
            account = pwd.getpwnam("postgres")
            os.chown(folder, account.pw_uid, account.pw_gid)
            self.become = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        self.port = free_port()
        self.url = f"postgresql://clinic@127.0.0.1:{self.port}/postgres"
        self.run("initdb", "-U", "clinic", "-A", "trust", "-E", "UTF8", "--no-sync")

    def run(self, name, *arguments):
        command = [program(name), "-D", f"{self.folder}/data", *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder, **self.become)

    def start(self):
        options = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories={self.folder}"
        self.run(
            "pg_ctl", "-l", f"{self.folder}/log", "-o", f"{options} -c fsync=off -c full_page_writes=off", "-w", "start"
        )

    def stop(self):
        """Stop at once, as if the machine had lost its power, but for what the disk has."""
        self.run("pg_ctl", "-m", "immediate", "-w", "stop")


@contextlib.contextmanager
def postgres():
    """A running PostgreSQL that goes with the block."""
    with tempfile.TemporaryDirectory(prefix="clinic-postgres-") as folder:
        server = Postgres(folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def main(command):
    with postgres() as server:
        return subprocess.run(command, env={**os.environ, "DATABASE_URL": server.url}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
