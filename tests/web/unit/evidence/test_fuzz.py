"""Whatever the bytes, the answer is a description or a refusal; and a child that dies is a refusal too."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.web.unit.evidence import samples

from zhiheng_web.evidence.inspection import KINDS, EvidenceRefusedError, Limits, unpack_archive
from zhiheng_web.evidence.inspection.child import examine, render, words
from zhiheng_web.evidence.inspection.isolation import call

GOOD = {
    "pdf": samples.pdf(pages=2),
    "docx": samples.word(),
    "xlsx": samples.charted(),
    "pptx": samples.slides(),
    "ofd": samples.ofd(),
    "doc": samples.compound({"WordDocument": b"\xec\xa5"}, ["ObjectPool"]),
    "xls": samples.compound({"Workbook": samples.sheet_records()}),
    "csv": samples.PARAGRAPH.encode("gb18030"),
    **{kind.lower(): samples.picture(kind, (40, 30)) for kind in ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF")},
}
LIMITS = Limits(max_pixels=1_000_000, max_pages=50)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Keep the complaints of the PDF reader about broken files out of the report."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def look(content: bytes, extension: str) -> None:
    """Do in this process what the child does with an upload; anything but a refusal is an error."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        path.write_bytes(content)
        try:
            seen = examine(path, LIMITS, extension)
            words(path, LIMITS, seen["kind"])
            if KINDS[seen["kind"]].family in {"pdfs", "pictures"}:
                render(path, LIMITS, seen["kind"], 1, 60)
        except EvidenceRefusedError as error:
            # A guard of last resort caught what the readers should have refused for a reason of their own.
            assert not str(error.details.get("reason", "")).startswith("examine:"), error.details  # noqa: PT017


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(GOOD)), st.binary(max_size=200))
def test_any_bytes_behind_the_beginning_of_a_good_file(kind: str, noise: bytes):
    look(GOOD[kind][: len(noise) * 7 % 600] + noise, kind)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(GOOD)), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 7)), min_size=1, max_size=20))
def test_a_good_file_with_flipped_bits(kind: str, flips: list[tuple[float, int]]):
    content = bytearray(GOOD[kind])
    for place, bit in flips:
        content[int(place * (len(content) - 1))] ^= 1 << bit
    look(bytes(content), kind)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(GOOD)), st.floats(0, 1), st.floats(0, 1))
def test_a_good_file_with_a_piece_cut_out(kind: str, first: float, second: float):
    content = GOOD[kind]
    start, end = sorted((int(first * len(content)), int(second * len(content))))
    look(content[:start] + content[end:], kind)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 7)), max_size=12))
def test_an_archive_with_flipped_bits_is_unpacked_inside_its_folder_or_leaves_nothing(flips: list[tuple[float, int]]):
    content = bytearray(samples.zipped({"10/a.txt": b"x" * 300, "要点2.txt": b"y"}))
    for place, bit in flips:
        content[int(place * (len(content) - 1))] ^= 1 << bit
    with tempfile.TemporaryDirectory() as folder:
        path, target = Path(folder) / "upload", Path(folder) / "out"
        path.write_bytes(content)
        try:
            members = unpack_archive(path, target)
        except EvidenceRefusedError:
            assert not target.exists()
        else:
            assert {member.path for member in members} == set(target.iterdir())
            shutil.rmtree(target)
        assert list(Path(folder).iterdir()) == [path]


def test_a_child_that_runs_out_of_time_is_a_refusal(tmp_path: Path):
    path = tmp_path / "upload"
    path.write_bytes(samples.picture("PNG", (7000, 7000)))
    with pytest.raises(EvidenceRefusedError) as caught:
        call("render", path, Limits(seconds=0), kind="png", page=1, width=2000)
    assert caught.value.code == "evidence.complex"


def test_a_failure_of_ours_is_not_blamed_on_the_file(tmp_path: Path):
    path = tmp_path / "upload"
    path.write_bytes(b"text")
    with pytest.raises(RuntimeError, match="inspection process failed"):
        call("no such task", path, Limits())
