"""Build OOXML elements: one short factory for each vocabulary that the Word file uses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from lxml import etree
from lxml.etree import _Element as Element

__all__ = ["NAMESPACES", "Element", "a", "c", "clean", "filled", "pic", "qualified", "related", "serialise", "w", "wp"]

# Characters that XML cannot hold or that print nothing; only line feed and tab are left.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")

NAMESPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "c": "http://schemas.openxmlformats.org/drawingml/2006/chart",
    "pic": "http://schemas.openxmlformats.org/drawingml/2006/picture",
}


# An element declares its own namespace and that of relationships only: six declarations each would double the time.
_OWN = {prefix: {prefix: uri, "r": NAMESPACES["r"]} for prefix, uri in NAMESPACES.items()}


@cache
def qualified(name: str) -> str:
    """Return `prefix:local` in lxml's `{namespace}local` form."""
    prefix, local = name.split(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


def w(tag: str, *children: Element, **attributes: str | int) -> Element:
    """Build a WordprocessingML element; its attributes carry the `w` namespace, as the schema demands."""
    element = etree.Element(qualified(f"w:{tag}"), nsmap=_OWN["w"])
    for name, value in attributes.items():
        element.set(qualified(f"w:{name}"), str(value))
    element.extend(children)
    return element


def a(tag: str, *children: Element, **attributes: str | int) -> Element:
    """Build a DrawingML element."""
    return _plain("a", tag, children, attributes)


def c(tag: str, *children: Element, **attributes: str | float) -> Element:
    """Build a chart element."""
    return _plain("c", tag, children, attributes)


def wp(tag: str, *children: Element, **attributes: str | int) -> Element:
    """Build an element that places a drawing in a text."""
    return _plain("wp", tag, children, attributes)


def pic(tag: str, *children: Element, **attributes: str | int) -> Element:
    """Build a picture element."""
    return _plain("pic", tag, children, attributes)


def related(element: Element, identifier: str, attribute: str = "id") -> Element:
    """Point `element` at a relationship of its part and return it."""
    element.set(qualified(f"r:{attribute}"), identifier)
    return element


def clean(text: str) -> str:
    """Return `text` with runs of control characters as one space."""
    return _CONTROL.sub(" ", text)


def filled(element: Element, text: str) -> Element:
    """Set the text of `element`, cleaned, and return it."""
    element.text = clean(text)
    return element


def serialise(root: Element) -> bytes:
    """Return `root` as the bytes of a part, with unused namespaces left out."""
    etree.cleanup_namespaces(root, top_nsmap=NAMESPACES, keep_ns_prefixes=["r"])
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _plain(prefix: str, tag: str, children: Iterable[Element], attributes: Mapping[str, str | float]) -> Element:
    element = etree.Element(qualified(f"{prefix}:{tag}"), nsmap=_OWN[prefix])
    for name, value in attributes.items():
        element.set(name, str(value))
    element.extend(children)
    return element
