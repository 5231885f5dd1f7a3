"""Made photographs, scanned pages and reports, what people do to them, and how often the copies are found."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance

from zhiheng_web.evidence.inspection.fingerprints import Fingerprint, is_near, simhash
from zhiheng_web.evidence.inspection.raster import difference_hash

Picture = Image.Image
SUBJECTS = (
    "专利",
    "商标",
    "地理标志",
    "版权",
    "商业秘密",
    "植物新品种",
    "集成电路布图设计",
    "展会",
    "电商平台",
    "老字号",
)
ACTS = (
    "执法检查",
    "纠纷调解",
    "信息公开",
    "宣传培训",
    "案件办理",
    "维权援助",
    "快速审查",
    "行刑衔接",
    "信用监管",
    "专题学习",
)
PLACES = ("县区", "开发区", "园区", "高校", "企业", "商会", "市场", "海关", "法院", "公证处")
RESULTS = (
    "明显好转",
    "逐步规范",
    "持续加强",
    "有效落实",
    "全面铺开",
    "按期完成",
    "成效初显",
    "广受好评",
    "不断健全",
    "稳步提升",
)
UNITS = ("甲山市", "乙河市", "丙林市", "丁川市", "戊原州")


def photograph(seed: int) -> Picture:
    """Return patches of light at several scales, as in a photograph out of focus."""
    draw = np.random.default_rng(seed)
    total = np.zeros((480, 640, 3))
    for cells in (3, 6, 12, 40):
        patches = Image.fromarray((draw.random((cells, cells * 4 // 3, 3)) * 255).astype(np.uint8))
        total += np.asarray(patches.resize((640, 480), Image.Resampling.BICUBIC), float) * 3 / cells
    low, high = total.min(), total.max()
    return Image.fromarray(((total - low) / (high - low) * 255).astype(np.uint8))


def page(seed: int) -> Picture:
    """Return a page of an official document: rule, title, paragraphs, at times a table and a seal."""
    draw = np.random.default_rng(seed)
    sheet = Image.new("RGB", (893, 1263), "white")
    pen = ImageDraw.Draw(sheet)
    if draw.random() < 0.5:
        pen.rectangle((120, 150, 770, 154), fill="red")
    title = int(draw.integers(8, 20)) * 15
    pen.rectangle((446 - title, 200, 446 + title, 226), fill=(40, 40, 40))
    row, table = 7, int(draw.integers(8, 16)) if draw.random() < 0.4 else 99
    while row < 26:
        lines = int(draw.integers(1, 6))
        for line in range(lines):
            signs = 28 if line < lines - 1 else int(draw.integers(6, 28))
            _write(pen, row + line, range(0 if line else 2, signs), draw)
        row += lines
        if row >= table:
            _tabulate(pen, row, draw)
            row, table = row + 6, 99
    if draw.random() < 0.5:
        pen.ellipse((520, 1000, 690, 1170), outline="red", width=6)
    return sheet


def _write(pen: ImageDraw.ImageDraw, row: int, signs: range, draw: np.random.Generator) -> None:
    for sign in signs:
        if draw.random() < 0.93:
            x, y = 133 + sign * 23, row * 41
            pen.rectangle((x, y, x + 17, y + int(draw.integers(10, 20))), outline=(30, 30, 30), width=3)


def _tabulate(pen: ImageDraw.ImageDraw, row: int, draw: np.random.Generator) -> None:
    for column, line in itertools.product(range(5), range(6)):
        x, y = 133 + column * 125, row * 41 + line * 36
        pen.rectangle((x, y, x + 125, y + 36), outline="black", width=2)
        pen.rectangle((x + 10, y + 10, x + 10 + int(draw.integers(1, 100)), y + 26), fill="grey")


def compressed(image: Picture, quality: int = 50) -> Picture:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return Image.open(stream).convert("RGB")


def cropped(image: Picture, share: float) -> Picture:
    wide, high = image.size
    box = (round(wide * share), round(high * share), round(wide * (1 - share)), round(high * (1 - share)))
    return image.crop(box)


def scanned(image: Picture) -> Picture:
    """Return the picture a little askew, greyer, noisy and compressed."""
    turned = np.asarray(image.rotate(0.3, fillcolor="white", resample=Image.Resampling.BICUBIC), float)
    noise = np.random.default_rng(5).normal(0, 6, turned.shape)
    return compressed(Image.fromarray(np.clip(turned * 0.93 + noise, 0, 255).astype(np.uint8)))


CHANGES: dict[str, Callable[[Picture], Picture]] = {
    "saved again as JPEG, quality 50": compressed,
    "half the size": lambda image: image.resize((image.width // 2, image.height // 2)),
    "15 % darker": lambda image: ImageEnhance.Brightness(image).enhance(0.85),
    "scanned again": scanned,
    "cropped by 1 % a side": lambda image: cropped(image, 0.01),
    "cropped by 3 % a side": lambda image: cropped(image, 0.03),
}


def report(seed: int, shared: float, sentences: int = 24) -> str:
    """Return a report of which a share of the sentences is the form's, the same in every report."""
    form, own = np.random.default_rng(999), np.random.default_rng(seed)
    count = round(sentences * shared)
    body = [_sentence(form) for _ in range(count)] + [_sentence(own) for _ in range(sentences - count)]
    unit = UNITS[seed % len(UNITS)]
    head = f"{unit}知识产权局关于年度知识产权保护工作情况的报告（2021年{seed % 12 + 1}月{seed % 28 + 1}日）"
    return head + "。".join(body) + f"。{unit}知识产权局"


def _sentence(draw: np.random.Generator) -> str:
    subject, act, place, result = (
        str(words[int(draw.integers(len(words)))]) for words in (SUBJECTS, ACTS, PLACES, RESULTS)
    )
    other = str(PLACES[int(draw.integers(len(PLACES)))])
    return (
        f"围绕{subject}在{place}组织{act}{int(draw.integers(2, 400))}次，联合{other}建立台账，{subject}保护工作{result}"
    )


def dated(text: str) -> str:
    head, tail = text.split("（2021年", 1)
    return f"{head}（2022年10月31日）{tail.split('）', 1)[1]}"


def renamed(text: str) -> str:
    unit = text[:3]
    return text.replace(unit, UNITS[(UNITS.index(unit) + 1) % len(UNITS)])


def of_picture(image: Picture) -> Fingerprint:
    bits = difference_hash(image)
    assert bits is not None
    return Fingerprint("picture", *bits)


def of_text(text: str) -> Fingerprint:
    bits = simhash(text)
    assert bits is not None
    return Fingerprint("text", *bits)


def found(pairs: Sequence[tuple[Fingerprint, Fingerprint]]) -> float:
    """Return the share of pairs that are near."""
    return sum(is_near(first, second) for first, second in pairs) / len(pairs)


def among(prints: Sequence[Fingerprint]) -> float:
    """Return the share of near ones among all pairs of different things."""
    return found(list(itertools.combinations(prints, 2)))


def rates(pictures: int, texts: int) -> dict[str, float]:
    """Return how often copies are found and different things are confused."""
    table: dict[str, float] = {}
    for sort, make in (("photograph", photograph), ("page", page)):
        originals = [make(seed) for seed in range(pictures)]
        prints = [of_picture(image) for image in originals]
        for name, change in CHANGES.items():
            copies = [of_picture(change(image)) for image in originals]
            table[f"{sort}, {name}"] = found(list(zip(prints, copies, strict=True)))
        table[f"{sort}, different"] = among(prints)
    for shared in (0.0, 0.5, 0.75, 0.9):
        written = [report(seed, shared) for seed in range(texts)]
        prints = [of_text(text) for text in written]
        for name, alter in (("another date", dated), ("another date and unit", lambda text: renamed(dated(text)))):
            copies = [of_text(alter(text)) for text in written]
            table[f"report sharing {shared:.0%}, {name}"] = found(list(zip(prints, copies, strict=True)))
        table[f"report sharing {shared:.0%}, different"] = among(prints)
    return table


if __name__ == "__main__":
    for row, rate in rates(200, 400).items():
        print(f"{row:60} {rate:8.2%}")  # noqa: T201 - the figures of docs/methods/evidence-files.md
