"""The page on evidence files names every code and the limits as they are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from zhiheng_web.evidence.inspection import REFUSALS, Limits
from zhiheng_web.evidence.inspection.limits import MIB

PAGE = (Path(__file__).parents[4] / "docs/methods/evidence-files.md").read_text("utf-8")


def test_the_page_names_the_codes_that_exist_and_no_others():
    assert set(re.findall(r"`(evidence\.[a-z_]+)`", PAGE)) == {refusal.code for refusal in REFUSALS}


@pytest.mark.parametrize(
    "words",
    [
        f"over {Limits().max_bytes // MIB} MiB",
        f"over {Limits().max_pages:,} pages",
        f"over {Limits().max_pixels // 1_000_000} million pixels",
        f"are over {Limits().max_members:,}",
        f"beyond {Limits().max_ratio} times their size (from {Limits().ratio_from // MIB} MiB)",
        f"{Limits().max_unpacked // MIB // 1024} GiB in all",
        f"memory ({Limits().memory // MIB // 1024} GiB), processor time ({Limits().seconds} s)",
        f"first {Limits().pages_read} pages and {Limits().max_characters:,} characters",
    ],
)
def test_the_page_states_the_limits(words: str):
    assert words in " ".join(PAGE.split())
