"""What the parts of the Word renderer share while one report is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count

from zhiheng.errors import RenderError
from zhiheng.report.content import Document, Inlines, Paragraph, Text
from zhiheng.report.render.docx.elements import Element
from zhiheng.report.render.docx.fields import bookmark, run
from zhiheng.report.render.docx.fields import field as word_field
from zhiheng.report.render.docx.package import Package, Part

CONTENTS_LEVELS = 3
_FIRST_BOOKMARK = 100000001


@dataclass(slots=True)
class Context:
    """
    One run of the renderer.

    Parameters
    ----------
    document, pages, pictures
        What is written.
    package, part
        The file and its main part.
    numbers
        What a reference to each key prints.
    targets
        Bookmark to which references to each key point.
    entries
        Bookmark to which the contents point, by heading key.
    """

    document: Document
    pages: Mapping[str, int]
    pictures: Mapping[str, bytes]
    package: Package
    part: Part
    numbers: Mapping[str, str]
    targets: Mapping[str, str]
    entries: Mapping[str, str]
    _identifiers: count[int] = field(default_factory=lambda: count(1))

    @classmethod
    def start(
        cls,
        document: Document,
        pages: Mapping[str, int],
        pictures: Mapping[str, bytes],
        package: Package,
        part: Part,
    ) -> Context:
        """Return a context with a bookmark for every target and every heading; RenderError where a key repeats."""
        keys = [block.key for block in document.body if not isinstance(block, Paragraph)]
        repeated = sorted({key for key in keys if keys.count(key) > 1})
        if repeated:
            message = f"报告中有重复的标题、图或表的名称：{'、'.join(repeated)}。"
            raise RenderError(message, keys=repeated)
        numbers = document.numbers()
        headings = [heading.key for heading in document.headings()]
        return cls(
            document,
            pages,
            pictures,
            package,
            part,
            numbers,
            {key: f"_Ref{number}" for number, key in enumerate(numbers, start=_FIRST_BOOKMARK)},
            {key: f"_Toc{number}" for number, key in enumerate(headings, start=_FIRST_BOOKMARK)},
        )

    @property
    def pages_known(self) -> bool:
        """Whether every heading of the contents has a page number."""
        return all(h.key in self.pages for h in self.document.headings() if h.level <= CONTENTS_LEVELS)

    def identifier(self) -> int:
        """Return a number that no drawing and no bookmark of this file has yet."""
        return next(self._identifiers)

    def runs(self, inlines: Inlines) -> list[Element]:
        """
        Return the runs of `inlines`, references as REF fields.

        Raises
        ------
        RenderError
            A reference points at nothing in the document.
        """
        found: list[Element] = []
        for inline in inlines:
            if isinstance(inline, Text):
                if inline.text:
                    found.append(run(inline.text, strong=inline.strong))
                continue
            if inline.target not in self.targets:
                message = f"正文引用了不存在的图、表或标题“{inline.target}”，请核对引用的名称。"
                raise RenderError(message, target=inline.target)
            found += word_field(f"REF {self.targets[inline.target]} \\h", run(self.numbers[inline.target]))
        return found

    def marked(self, name: str, content: list[Element]) -> list[Element]:
        """Return `content` inside a new bookmark called `name`."""
        return bookmark(self.identifier(), name, content)

    def caption(self, key: str, text: str) -> list[Element]:
        """Return the runs of a caption: label and SEQ number inside the bookmark of `key`, then `text`."""
        label, _, number = self.numbers[key].partition(" ")
        numbered = [run(f"{label} "), *word_field(f"SEQ {label} \\* ARABIC", run(number))]
        return [*self.marked(self.targets[key], numbered), run(f"\u3000{text}")]
