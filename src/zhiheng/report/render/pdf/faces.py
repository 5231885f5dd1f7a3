"""Which typefaces the PDF is set in: the official ones where the user has them, else the subsets that come along."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from pathlib import Path

import typst

from zhiheng.errors import RenderError
from zhiheng.report.assets import font_folder

_SERIF = ("Noto Serif SC", "Source Han Serif SC", "Noto Serif CJK SC")
_FACES: dict[str, tuple[str, ...]] = {
    "body": ("FangSong_GB2312", "仿宋_GB2312", "FangSong", "仿宋", "STFangsong"),
    "title": ("FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "方正小标宋简体", "方正小标宋_GBK"),
    "hei": ("SimHei", "黑体", "Noto Sans SC", "Source Han Sans SC", "Noto Sans CJK SC"),
    "kai": ("KaiTi_GB2312", "楷体_GB2312", "KaiTi", "楷体", "ZH Kai", "LXGW WenKai"),
    "serif": (),
}


LATIN = "[\\u{20}-\\u{7e}\\u{a0}-\\u{24f}]"
"""What the serif gives to the other faces, as a regular expression of Typst. Its own `latin-in-cjk` would take the
Chinese characters too, because this serif has them."""


@lru_cache(maxsize=8)
def load(folders: tuple[Path, ...]) -> typst.Fonts:
    """
    Return the fonts in `folders` and in the package, and no others, so that a machine's own fonts change nothing.

    Parameters
    ----------
    folders
        Folders with TTF, OTF or TTC files.
    """
    places = dict.fromkeys((*folders, font_folder()))  # the package's own only once: reading it takes time
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(folder) for folder in places],
    )


def choose(families: Collection[str]) -> dict[str, list[object]]:
    """
    Return the font list of each role: `body`, `title`, `hei`, `kai`, `serif`.

    Latin letters and digits are always taken from the serif, whose figures match; every list ends in the serif,
    which has the most characters.

    Parameters
    ----------
    families
        Families that can be used.

    Raises
    ------
    RenderError
        Where no Chinese serif is among them.
    """
    serif = _first(_SERIF, families)
    if serif is None:
        message = "字体文件夹中没有中文宋体（Noto Serif SC），无法排版。"
        raise RenderError(message, families=sorted(families))
    chosen: dict[str, list[object]] = {}
    for role, candidates in _FACES.items():
        face = _first(candidates, families)
        latin: list[object] = [] if role == "hei" else [{"name": serif, "covers": LATIN}]
        chosen[role] = [*latin, face, serif] if face else [serif]
    return chosen


def _first(candidates: Sequence[str], families: Collection[str]) -> str | None:
    return next((name for name in candidates if name in families), None)
