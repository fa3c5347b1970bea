"""Run a command with DATABASE_URL pointing at a PostgreSQL of its own, in a temporary folder.

python -m treatments.tests.postgres pytest -q
"""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path


def program(name):
    """The path of one of PostgreSQL's programs; Debian keeps them out of PATH."""
    found = shutil.which(name) or next(map(str, sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))[::-1]), None)
    if found is None:
        sys.exit(f"PostgreSQL's {name} is missing; on Debian: apt-get install postgresql")
    return found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main(command):
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="clinic-postgres-") as folder:
        become = {}
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root.
            account = pwd.getpwnam("postgres")
            os.chown(folder, account.pw_uid, account.pw_gid)
            become = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        data = f"{folder}/data"
        subprocess.run(
            [program("initdb"), "-D", data, "-U", "clinic", "-A", "trust", "-E", "UTF8", "--no-sync"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            **become,
        )
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c fsync=off"
        subprocess.run(
            [program("pg_ctl"), "-D", data, "-l", f"{folder}/log", "-o", options, "-w", "start"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            **become,
        )
        try:
            url = f"postgresql://clinic@127.0.0.1:{port}/postgres"
            return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}).returncode
        finally:
            subprocess.run(
                [program("pg_ctl"), "-D", data, "-m", "immediate", "stop"],
                stdout=subprocess.DEVNULL,
                cwd=folder,
                **become,
            )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
