"""Make the font subsets that ship in the package from full fonts: takes minutes and fontTools, so never at run time."""

from __future__ import annotations

import argparse
import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

_SIMPLIFIED_CHINESE_IN_COLLECTION = 2  # the Noto CJK collections hold JP, KR, SC, TC, HK in this order
_RANGES = (
    (0x0020, 0x007E),  # ASCII
    (0x00A0, 0x00FF),  # Latin-1, with × ÷ ± · ½
    (0x2010, 0x2027),  # dashes, quotation marks, …
    (0x2030, 0x203B),  # ‰ ′ ″ ※
    (0x2150, 0x215E),  # fractions
    (0x2160, 0x216B),  # Roman numerals
    (0x2190, 0x2193),  # arrows
    (0x2460, 0x2473),  # ① to ⑳
    (0x3000, 0x301F),  # CJK punctuation
    (0xFF01, 0xFF5E),  # full-width forms
    (0xFFE0, 0xFFE6),
)
_SYMBOLS = "■□▲△▼▽◆◇●○◎★☆√∞≈≠≤≥≦≧⩾⩽−∑∏℃№→←↑↓⇒✓✔✗✘☐☑☒─│"
# Given names often use these characters, which GB 2312 lacks.
_NAMES = "喆堃镕昇垚犇珺玥晞祎翀昉旸翊珅璟焱赟媞玙旻瑄昶珏璇煊烨炜曦瑀琤皞祺禛芃茜菂蒽钰锜镱雯霈韡颢骁鸷龑"
_FEATURES = ("kern", "mark", "mkmk", "ccmp", "liga", "halt", "palt", "vert")
_FAMILY_IDS, _STYLE_IDS = (1, 16), (2, 17)


@dataclass(frozen=True, slots=True)
class Face:
    """One subset: the option that names its source, and the names it ships under."""

    option: str
    family: str
    style: str

    @property
    def file_stem(self) -> str:
        """Return the PostScript name, which is also the file's stem."""
        return f"{self.family.replace(' ', '')}-{self.style}"


_FACES = (
    Face("sans", "Noto Sans SC", "Regular"),
    Face("sans-bold", "Noto Sans SC", "Bold"),
    Face("serif", "Noto Serif SC", "Regular"),
    Face("serif-bold", "Noto Serif SC", "Bold"),
    Face("kai", "ZH Kai", "Regular"),
)


def gb2312() -> set[int]:
    """Return the code points of GB 2312: 6 763 hanzi and the symbols of its rows 1 to 9."""
    characters: set[int] = set()
    for row in range(0xA1, 0xF8):
        for column in range(0xA1, 0xFF):
            try:
                characters.add(ord(bytes((row, column)).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return characters


def repertoire(texts: list[Path]) -> set[int]:
    """
    Return the code points every subset should hold.

    Parameters
    ----------
    texts
        UTF-8 files all of whose characters are wanted as well.
    """
    wanted = gb2312() | {ord(character) for character in _SYMBOLS + _NAMES}
    for first, last in _RANGES:
        wanted.update(range(first, last + 1))
    for path in texts:
        wanted.update(ord(character) for character in path.read_text(encoding="utf-8") if character.isprintable())
    return wanted


def make(face: Face, source: Path, codes: set[int], folder: Path) -> Path:
    """
    Write one renamed subset and return its path.

    Parameters
    ----------
    face
        What to make.
    source
        Full font; of a collection the Simplified Chinese member is taken.
    codes
        Code points to keep; those the font lacks are left out.
    folder
        Folder to write into.
    """
    number = _SIMPLIFIED_CHINESE_IN_COLLECTION if source.suffix.lower() == ".ttc" else -1
    options = subset.Options(
        layout_features=list(_FEATURES),
        hinting=False,
        desubroutinize=False,
        name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14, 16, 17],
        name_languages=[0x409],
        notdef_outline=True,
        recalc_timestamp=False,
        drop_tables=["BASE", "DSIG", "STAT", "vhea", "vmtx", "VORG"],
    )
    font = TTFont(source, fontNumber=number, recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    _rename(font, face)
    path = folder / f"{face.file_stem}.{'otf' if 'CFF ' in font else 'ttf'}"
    subset.save_font(font, str(path), options)
    return path


def _rename(font: TTFont, face: Face) -> None:
    names = font["name"]
    values = {
        **dict.fromkeys(_FAMILY_IDS, face.family),
        **dict.fromkeys(_STYLE_IDS, face.style),
        3: f"{face.file_stem};zhiheng subset",
        4: f"{face.family} {face.style}",
        6: face.file_stem,
    }
    names.names = [record for record in names.names if record.platformID == 3]  # noqa: PLR2004 - 3 is Windows
    for number, value in values.items():
        names.setName(value, number, 3, 1, 0x409)
    if "CFF " in font:
        table = font["CFF "].cff
        table.fontNames = [face.file_stem]
        table[0].FullName, table[0].FamilyName = values[4], face.family


def main() -> None:
    """Read source paths from the command line, write the subsets, print size and SHA-256 of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    for face in _FACES:
        parser.add_argument(f"--{face.option}", type=Path, metavar="FONT", help=f"source of {face.family} {face.style}")
    parser.add_argument("--text", type=Path, action="append", default=[], help="file whose characters are all kept")
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    arguments = parser.parse_args()
    codes = repertoire(arguments.text)
    for face in _FACES:
        source = getattr(arguments, face.option.replace("-", "_"))
        if source is None:
            continue
        path = make(face, source, codes, arguments.out)
        content = path.read_bytes()
        sys.stdout.write(f"{hashlib.sha256(content).hexdigest()}  {path.name}  {len(content)} bytes\n")


if __name__ == "__main__":
    main()
