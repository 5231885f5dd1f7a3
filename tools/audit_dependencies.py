"""Asks the advisory database about everything we install; fails on known faults, says what could not be asked about."""

from __future__ import annotations

import json
import subprocess
import sys

LOCKS = ("requirements/web.txt", "requirements/s3.txt")
MOST_S = 120


def main() -> int:
    """Return 1 when a dependency has a known fault, else 0."""
    command = [sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip", "--format", "json"]
    for lock in LOCKS:
        command += ["-r", lock]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=MOST_S)
        found = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, json.JSONDecodeError, KeyError) as error:
        print(f"The advisory database did not answer ({type(error).__name__}); nothing was audited.")
        return 0
    faulty = [(d["name"], d["version"], v["id"]) for d in found for v in d.get("vulns", ())]
    skipped = [d["name"] for d in found if "skip_reason" in d]
    for name, version, fault in faulty:
        print(f"{name} {version}: {fault}")
    print(
        f"{len(found) - len(skipped)} dependencies audited, {len(faulty)} known faults, {len(skipped)} not known there."
    )
    return 1 if faulty else 0


if __name__ == "__main__":
    sys.exit(main())
