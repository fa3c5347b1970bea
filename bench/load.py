"""Load on one server by wrk, and what an answer cost the server."""

import subprocess
import sys
from pathlib import Path

from bench.proxy import Proxy
from bench.server import BROWSERS, Server, running_on

CONNECTIONS = 8
#: What the count of bytes may differ from whole answers: those under way when the time was over, and chance.
TOLERANCE = 0.01


def requests_per_cpu_second(server: Server | Proxy, seconds: int, core: int | None) -> float:
    """Load `server` for that long and return the requests it answered per second of its processor time.

    SystemExit if an answer failed, differed from the first one in size, or if a worker died meanwhile.
    """
    before = server.cpu_seconds()
    requests = answered(server, seconds, core)
    after = server.cpu_seconds()
    if before.keys() != after.keys():
        sys.exit(f"{server.name}: a worker died under load")
    return requests / (sum(after.values()) - sum(before.values()))


def answered(server: Server | Proxy, seconds: int, core: int | None) -> int:
    """Run wrk and return how many requests were answered, all of them well."""
    command = [
        *("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}", "-s", str(Path(__file__).with_name("totals.lua"))),
        *("-H", f"Accept-Encoding: {BROWSERS}", server.url),
    ]
    with running_on(core):
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    totals = next(line for line in output.splitlines() if line.startswith("totals "))
    requests, size, failed = map(int, totals.split()[1:])
    if failed or not requests:
        sys.exit(f"{server.name}: {failed} of {requests} requests failed\n{output}")
    # wrk takes redirections for success, but they are not as long as the page.
    whole = requests * server.size
    if abs(size - whole) > whole * TOLERANCE + CONNECTIONS * server.size:
        sys.exit(f"{server.name}: {requests} answers had {size} bytes instead of {whole}")
    return requests
