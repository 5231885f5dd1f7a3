"""An Open Packaging file: parts, their relationships and content types, zipped so that equal parts give equal bytes."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import quoteattr
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

# The zip format cannot say an earlier time; a clock here would change the bytes of an unchanged report.
ZIP_TIME = (1980, 1, 1, 0, 0, 0)

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_DEFAULT_TYPES = {
    "rels": "application/vnd.openxmlformats-package.relationships+xml",
    "xml": "application/xml",
    "png": "image/png",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

RELATIONSHIPS = {
    "core": "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties",
    "app": _OFFICE + "extended-properties",
    "document": _OFFICE + "officeDocument",
    "styles": _OFFICE + "styles",
    "settings": _OFFICE + "settings",
    "fonts": _OFFICE + "fontTable",
    "theme": _OFFICE + "theme",
    "header": _OFFICE + "header",
    "footer": _OFFICE + "footer",
    "chart": _OFFICE + "chart",
    "image": _OFFICE + "image",
    "workbook": _OFFICE + "package",
}


@dataclass(slots=True)
class Part:
    """
    One part of the file.

    Parameters
    ----------
    name
        Path in the package without a leading slash; "" stands for the package itself.
    content_type
        Its type, or "" where its extension says it.
    blob
        Its bytes.
    targets
        (kind, target name) of its relationships; the first is `rId1`.
    """

    name: str
    content_type: str = ""
    blob: bytes = b""
    targets: list[tuple[str, str]] = field(default_factory=list)

    def relate(self, kind: str, target: Part) -> str:
        """Add a relationship of `kind` (a key of `RELATIONSHIPS`) to `target` and return its id."""
        self.targets.append((kind, target.name))
        return f"rId{len(self.targets)}"

    def relationships(self) -> bytes:
        """Return the relationship part that belongs to this part."""
        base = posixpath.dirname(self.name)
        rows = "".join(
            f'<Relationship Id="rId{index}" Type={quoteattr(RELATIONSHIPS[kind])} '
            f"Target={quoteattr(posixpath.relpath(target, base or '.'))}/>"
            for index, (kind, target) in enumerate(self.targets, start=1)
        )
        return f'{_DECLARATION}<Relationships xmlns="{_PACKAGE}relationships">{rows}</Relationships>'.encode()


class Package:
    """The parts of one file in the order in which they were added."""

    def __init__(self) -> None:
        self.root = Part("")
        self._parts: list[Part] = []

    def add(self, name: str, blob: bytes = b"", content_type: str = "") -> Part:
        """Add a part and return it; its bytes may be set later."""
        part = Part(name, content_type, blob)
        self._parts.append(part)
        return part

    def save(self, path: Path) -> None:
        """Write the package to `path`."""
        with ZipFile(path, "w", ZIP_DEFLATED) as archive:
            _write(archive, "[Content_Types].xml", self._content_types())
            _write(archive, "_rels/.rels", self.root.relationships())
            for part in self._parts:
                _write(archive, part.name, part.blob)
                if part.targets:
                    folder, file = posixpath.split(part.name)
                    _write(archive, f"{folder}/_rels/{file}.rels", part.relationships())

    def _content_types(self) -> bytes:
        used = {"rels", "xml"} | {part.name.rsplit(".", 1)[-1] for part in self._parts}
        defaults = "".join(
            f'<Default Extension="{extension}" ContentType="{kind}"/>'
            for extension, kind in _DEFAULT_TYPES.items()
            if extension in used
        )
        overrides = "".join(
            f"<Override PartName={quoteattr('/' + part.name)} ContentType={quoteattr(part.content_type)}/>"
            for part in self._parts
            if part.content_type
        )
        return f'{_DECLARATION}<Types xmlns="{_PACKAGE}content-types">{defaults}{overrides}</Types>'.encode()


def _write(archive: ZipFile, name: str, blob: bytes) -> None:
    entry = ZipInfo(name, ZIP_TIME)
    entry.compress_type = ZIP_DEFLATED
    entry.create_system = 0  # otherwise Windows and Linux write different bytes
    archive.writestr(entry, blob)
