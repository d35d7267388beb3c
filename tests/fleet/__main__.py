"""`./setup.sh fleet`: a terminal of a fleet in a booted Debian, with Debian's own log server and
Prometheus beside it, as root.

The terminal and both servers are one guest; what they say to each other goes over TLS and TCP as it
would between machines. Ends with a line of counts; exit status 1 where a check failed.
"""

from __future__ import annotations

import sys

from fleet.checks import CHECKS
from guest.__main__ import main

PACKAGES = ("systemd-journal-remote", "stunnel4", "prometheus-node-exporter", "prometheus")

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], CHECKS, name="fleet", about=__doc__, also=PACKAGES))
