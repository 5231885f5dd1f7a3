"""What it takes to bring a large round in: a table of units, the round opened with them, and their workbooks; one run.

Run: python benchmarks/imports.py [--units 3000] [--workbooks 150]
Each workbook answers every point of the Jilin framework and brings a ZIP with two PDF of its own. It is taken in,
checked as the background job does, and applied, one after the other; the whole round is calculated from the mean.
The floor is reading the cells of the same file with python-calamine alone.
"""

from __future__ import annotations

import argparse
import io
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import python_calamine
from pypdf import PdfWriter

CITIES = 60
FILES = 2
MIB = 1024


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--units", type=int, default=3000)
    parser.add_argument("--workbooks", type=int, default=150, help="workbooks that are really brought in")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        measure(given.units, min(given.workbooks, given.units))
        return
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--inside", "--units", str(given.units)]
        command += ["--workbooks", str(given.workbooks)]
        subprocess.run(command, env=os.environ | {"ZHIHENG_DATA": folder}, check=True)


def measure(units: int, workbooks: int) -> None:
    """Bring everything in and print what it took."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiheng_web.config.settings")
    import django

    django.setup()
    from zhiheng_web.accounts.models import User
    from zhiheng_web.config.server import prepare

    prepare()
    print(f"\n{units} units x 44 points, {os.cpu_count()} cores")
    admin = User.objects.create(username="admin", full_name="管理员", role="administrator")
    rows = open_round(admin, *tables(units))
    with tempfile.TemporaryDirectory() as folder:
        took = [bring_in(row, Path(folder), number) for number, row in enumerate(rows[:workbooks])]
    print(f"  {workbooks} workbooks of 44 answers with {FILES} files each")
    for name in took[0]:
        times = [each[name] for each in took]
        p95 = statistics.quantiles(times, n=20)[18]
        print(f"    {name:<34} p50 {statistics.median(times) * 1000:7.1f} ms   p95 {p95 * 1000:7.1f} ms")
    each_s = statistics.mean(each["taken in, checked and applied"] for each in took)
    print(f"  {'all units at this rate':<38}{each_s * units / 60:8.1f} min")
    print(f"  {'peak memory':<38}{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB:8.0f} MiB")


def tables(units: int) -> tuple[bytes, bytes]:
    """Return the table of a province with its cities, and that of the counties, as an office hands them in."""
    above = ["22,某省,省,", *(f"22{n:02d},第{n}市,市,22" for n in range(CITIES))]
    below = [f"22{n % CITIES:02d}{n:05d},第{n}县,县,22{n % CITIES:02d}" for n in range(units)]
    first, second = ("\n".join(["代码,名称,级别,上级代码", *lines]).encode("utf-8-sig") for lines in (above, below))
    return first, second


def open_round(admin: Any, above: bytes, below: bytes) -> list[Any]:
    """Import the units, freeze them in a round, open it, and return its rows."""
    from django.utils import timezone

    from zhiheng_web.accounts.imports import read_units
    from zhiheng_web.accounts.unit_actions import add_units
    from zhiheng_web.frameworks.models import FrameworkVersion
    from zhiheng_web.rounds import actions
    from zhiheng_web.rounds.models import Round, Window

    add_units(admin, read_units(above).places)
    with timed("table of units read and checked"):
        read = read_units(below)
    if read.problems:
        sys.exit(read.problems[0].message)
    with timed("units added"):
        made = add_units(admin, read.places)
    now = timezone.now()
    framework = FrameworkVersion.objects.get(code="jilin-ip-2021")
    round_ = Round(
        code="bench", title="测速轮次", framework=framework, period_start="2020", period_end="2021-06",
        organisation="测速", area="省", label="测速数据", short_label="测速",
    )  # fmt: skip
    window = Window(stage="self_assessment", opens_at=now - timedelta(1), closes_at=now + timedelta(1))
    actions.save_round(admin, round_, [window])
    with timed("units chosen and frozen"):
        actions.choose_units(admin, round_, made)
    with timed("round opened"):
        actions.open_round(admin, round_)
    return list(round_.units.select_related("round__framework", "unit").order_by("code"))


def bring_in(row: Any, folder: Path, number: int) -> dict[str, float]:
    """Bring the workbook of one unit in and return the seconds of each step."""
    from zhiheng_web.accounts.models import User
    from zhiheng_web.exchange.actions import apply, take_in
    from zhiheng_web.exchange.models import WorkbookImport
    from zhiheng_web.exchange.tasks import check_import

    filler = User.objects.create(username=f"filler{number}", full_name="填报员", role="filler", unit=row.unit)
    made, start = folder / f"{number}.xlsx", time.perf_counter()
    write(row, made)
    written, start = time.perf_counter() - start, time.perf_counter()
    python_calamine.load_workbook(made).get_sheet_by_index(1).to_python()
    floor = time.perf_counter() - start
    book, proofs = upload(made), upload(archive(folder, number))
    start = time.perf_counter()
    found = take_in(filler, row, book, proofs)
    taken = time.perf_counter()
    check_import.call(found.pk)
    checked = time.perf_counter()
    found = WorkbookImport.objects.get(pk=found.pk)
    if found.state != "ready" or found.errors:
        sys.exit(f"{found.state} {found.message} {found.problems}")
    apply(filler, found)
    applied = time.perf_counter()
    return {
        "floor: cells read": floor,
        "workbook written": written,
        "taken in": taken - start,
        "checked with its files": checked - taken,
        "applied": applied - checked,
        "taken in, checked and applied": applied - start,
    }


def write(row: Any, path: Path) -> None:
    """Write the workbook of a unit with every point answered and two files named."""
    from django.utils import timezone

    from zhiheng.assessment.claims import Claim, Item, Material
    from zhiheng.framework.rules import COUNTED
    from zhiheng.workbook.layout import UnitSheet
    from zhiheng.workbook.unit import write_unit_workbook
    from zhiheng_web.frameworks.queries import framework_of

    framework = framework_of(row.round.framework)
    sheet = UnitSheet(
        round_code=row.round.code, round_title=row.round.title, unit_code=row.code, unit_name=row.name,
        period=row.round.period, label=row.round.label, due=f"{timezone.now():%Y-%m-%d}", revision=row.version,
    )  # fmt: skip
    claims = {point.no: Claim(point.no, "no") for _parent, point in framework.points}
    counted = [point.no for _parent, point in framework.points if point.rule.kind in COUNTED][:FILES]
    for no in counted:
        item = Item("开展情况", "2020-05", materials=(Material(f"{no:02d} 材料.pdf", "1"),))
        claims[no] = Claim(no, "yes", items=(item,))
    write_unit_workbook(framework, sheet, claims, path)


def archive(folder: Path, number: int) -> Path:
    """Return a ZIP of the files that the workbook names, with content of its own."""
    from zhiheng.framework.rules import COUNTED
    from zhiheng_web.frameworks.models import FrameworkVersion
    from zhiheng_web.frameworks.queries import framework_of

    framework = framework_of(FrameworkVersion.objects.get(code="jilin-ip-2021"))
    counted = [point.no for _parent, point in framework.points if point.rule.kind in COUNTED][:FILES]
    path = folder / f"{number}.zip"
    with zipfile.ZipFile(path, "w") as made:
        for no in counted:
            writer = PdfWriter()
            writer.add_blank_page(595, 842)
            writer.add_metadata({"/Title": f"{number}-{no}"})
            content = io.BytesIO()
            writer.write(content)
            made.writestr(f"{no:02d} 材料.pdf", content.getvalue())
    return path


def upload(path: Path) -> Any:
    """Return a file as the server hands it to a page."""
    from django.core.files.uploadedfile import TemporaryUploadedFile

    content = path.read_bytes()
    file = TemporaryUploadedFile(path.name, "application/octet-stream", len(content), None)
    file.write(content)
    file.seek(0)
    return file


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Print the seconds of a block."""
    start = time.perf_counter()
    yield
    print(f"  {name:<38}{time.perf_counter() - start:8.2f} s")


if __name__ == "__main__":
    main()
