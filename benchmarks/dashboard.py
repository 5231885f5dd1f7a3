"""Latency of the pages about a result with 20 people at work; one run with its floor, medians and p95.

Run: python benchmarks/dashboard.py [--units 10 3000] [--people 20] [--each 20]
Every point of every unit is decided. The result is worked out first, as the job in the background does, and that takes
what is printed; then the pages are asked for as people do, about a second apart. The floor is /healthz, which asks the
database one thing. Client and server share the cores.
"""

from __future__ import annotations

import argparse
import os
import time

from large_round import large_round
from serving import Request, inside, installation, report, run, served, sessions

PAUSE_S = 1.0
PAGES = {
    "floor: /healthz": "/healthz",
    "dashboard": "/rounds/bench/dashboard/",
    "ranking": "/rounds/bench/results/",
    "ranking with points": "/rounds/bench/results/?level=points",
    "heat map": "/rounds/bench/heat/",
    "unit": "/rounds/bench/units/u00003/result/",
    "why a score": "/rounds/bench/units/u00003/result/why/?node=p1",
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--units", type=int, nargs="+", default=[10, 3000])
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--each", type=int, default=20, help="requests of each person at each page")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        measure(given.units[0], given.people, given.each)
        return
    for units in given.units:
        inside(__file__, units=units, people=given.people, each=given.each)


def measure(units: int, people: int, each: int) -> None:
    """Build a round, serve it, and print what the pages about its result take."""
    installation()
    from zhiheng_web.accounts.models import User
    from zhiheng_web.assessments.verification import finish_verification
    from zhiheng_web.results.source import ask, prepare

    load = os.getloadavg()[0]
    print(f"\n{units} units x 44 points, {people} people, {os.cpu_count()} cores, load before {load:.1f}")
    made = large_round(units)
    round_ = finish_verification(User.objects.get(username="admin"), made)
    leader = User.objects.create(username="leader", full_name="领导", role="leader")
    start = time.perf_counter()
    prepare(ask(round_).pk)
    print(f"    {'result worked out':<24}{time.perf_counter() - start:8.2f} s")
    key = sessions([leader])[0]
    with served() as port:
        for name, path in PAGES.items():
            # The first answer of each process reads the result; what is measured is what all others get.
            run(port, 8, 1, lambda _n, path=path: Request("GET", path, key), 0.0)
            report(name, run(port, people, each, lambda _n, path=path: Request("GET", path, key), PAUSE_S))


if __name__ == "__main__":
    main()
