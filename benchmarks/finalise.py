"""What the end of a large round takes: finalising in the background, the snapshot, its check offline; one run.

Run: python benchmarks/finalise.py [--units 3000]
Every point of every unit is decided. Finalising writes, signs and checks the snapshot as the job does; the check
offline is the command that anybody runs, in a process of its own. The floors are packing the same bytes and hashing the
file.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from large_round import large_round, pack
from serving import inside, installation


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--units", type=int, default=3000)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        measure(given.units)
    else:
        inside(__file__, units=given.units)


def measure(units: int) -> None:
    """Make a round, bring it to its end and print what that took."""
    installation()
    from zhiheng_web.accounts.models import User
    from zhiheng_web.assessments.verification import finish_verification
    from zhiheng_web.results.actions import ask_finalise, finalise
    from zhiheng_web.results.engine import findings_of, public_key
    from zhiheng_web.results.models import Snapshot, Waiver
    from zhiheng_web.results.queries import place
    from zhiheng_web.results.source import ask, prepare, result_of
    from zhiheng_web.rounds.models import Round

    load = os.getloadavg()[0]
    print(f"\n{units} units x 44 points, {os.cpu_count()} cores, SQLite, load before {load:.1f}")
    made = large_round(units)
    admin = User.objects.get(username="admin")
    round_ = finish_verification(admin, made)
    Round.objects.filter(pk=round_.pk).update(stage="finalisation")
    round_.refresh_from_db()
    print(f"  {'peak memory before':<46}{peak_mb(resource.RUSAGE_SELF):8.0f} MB")
    shown("result worked out", lambda: prepare(ask(round_).pk))
    print(f"  {'peak memory':<46}{peak_mb(resource.RUSAGE_SELF):8.0f} MB")
    found = findings_of(result_of(round_))
    Waiver.objects.bulk_create(
        (Waiver(round=round_, key=one.key, message=one.message, reason="测速", by=admin) for one in found),
        batch_size=500,
    )
    print(f"  {'findings let stand':<46}{len(found):8d}")
    asked = ask_finalise(admin, round_, found)
    shown("finalised: written, signed, checked", lambda: finalise(asked.pk))
    asked.refresh_from_db()
    if asked.message:
        sys.exit(asked.message)
    print(f"  {'peak memory':<46}{peak_mb(resource.RUSAGE_SELF):8.0f} MB")
    path = place() / Snapshot.objects.get().file
    print(f"  {'size':<46}{path.stat().st_size / 1e6:8.1f} MB")
    key = path.with_name("office.pub")
    key.write_text(public_key().hex())
    program = Path(sys.executable).with_name("zhiheng")
    shown("checked offline", lambda: subprocess.run(
        [program, "verify", path, "--key", key, "--quiet"], check=True, stdout=subprocess.DEVNULL,
    ))  # fmt: skip
    print(f"  {'peak memory':<46}{peak_mb(resource.RUSAGE_CHILDREN):8.0f} MB")
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    print(f"  {'bytes in it':<46}{sum(map(len, parts.values())) / 1e6:8.1f} MB")
    shown("floor: its bytes packed", lambda: pack(parts))
    shown("floor: the file hashed", lambda: hashlib.sha256(path.read_bytes()).hexdigest())


def peak_mb(who: int) -> float:
    """Return the greatest memory so far of this process, or of the largest of its children."""
    return resource.getrusage(who).ru_maxrss / 1024


def shown(name: str, step: Callable[[], object]) -> None:
    """Take a step once and print its seconds."""
    start = time.perf_counter()
    step()
    print(f"  {name:<46}{time.perf_counter() - start:8.2f} s")


if __name__ == "__main__":
    main()
