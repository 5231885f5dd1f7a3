"""The body of the report: every block of the neutral document as Word elements."""

from __future__ import annotations

from zhiheng.report.content import Figure, Heading, Paragraph, Table
from zhiheng.report.render.docx.context import Context
from zhiheng.report.render.docx.elements import Element
from zhiheng.report.render.docx.fields import paragraph, run
from zhiheng.report.render.docx.pictures import figure_blocks
from zhiheng.report.render.docx.tables import table_blocks

STYLES = {"body": "BodyText", "note": "Note", "quote": "Quote"}
LAST_HEADING = 4


def body(context: Context) -> list[Element]:
    """Return the blocks of the body in order."""
    found: list[Element] = []
    for block in context.document.body:
        match block:
            case Heading():
                # The section before the body already ends its page; a second break could print an empty one.
                found.append(_heading(context, block, page_break=block.new_page and bool(found)))
            case Paragraph():
                found.append(paragraph(STYLES[block.style], context.runs(block.inlines)))
            case Table():
                found += table_blocks(context, block)
            case Figure():
                found += figure_blocks(context, block)
    return found


def _heading(context: Context, heading: Heading, *, page_break: bool) -> Element:
    """Return a heading inside two bookmarks: all of it for the contents, the part before `：` for references."""
    printed = context.numbers[heading.key]
    rest = heading.text.removeprefix(printed)
    content = context.marked(context.targets[heading.key], [run(printed)])
    if rest:
        content.append(run(rest))
    content = context.marked(context.entries[heading.key], content)
    return paragraph(f"Heading{min(heading.level, LAST_HEADING)}", content, page_break=page_break)
