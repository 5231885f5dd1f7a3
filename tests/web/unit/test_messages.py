"""The catalogues of texts: English complete and well formed, compiled ones up to date, our Chinese words in force."""

from __future__ import annotations

import ast
import gettext
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

import allauth
import django
import pytest
from django.utils import translation
from django.utils.translation import gettext as now_in
from django.utils.translation.template import templatize

import zhiheng_web

SITE = Path(zhiheng_web.__file__).parent
LOCALE = SITE / "locale"
CATALOGUES = ("en", "zh_Hans")
CALLS = {"_": 1, "gettext": 1, "gettext_lazy": 1, "gettext_noop": 1, "ngettext": 2, "ngettext_lazy": 2}
WITH_CONTEXT = {"pgettext": 2, "pgettext_lazy": 2, "npgettext": 3, "npgettext_lazy": 3}
IN_TEMPLATE = re.compile(r"\b(n?p?gettext|_)\(\s*((?:u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")\s*,?\s*)+)")
LITERAL = re.compile(r"u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%|</?\w[^>]*>")
CHINESE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]+")
NAMED_IN_CHINESE = {
    "全省", "全市", "全区", "吉林省", "省", "市", "县",  # what people type into Chinese tables
    "自评汇总", "事项明细",  # sheets of the workbook
}  # fmt: skip


@dataclass(frozen=True)
class Text:
    """A text in the code: its context, its singular, its plural."""

    singular: str
    plural: str = ""
    context: str = ""


@dataclass
class Entry:
    """An entry of a catalogue."""

    text: Text
    translated: list[str]
    fuzzy: bool


def said(name: str, words: list[str]) -> Text | None:
    """Return the text that a call names, or nothing where its words are not all literals."""
    wanted = CALLS.get(name) or WITH_CONTEXT.get(name)
    if wanted is None or len(words) < wanted:
        return None
    words = words[:wanted]
    context = words.pop(0) if name in WITH_CONTEXT else ""
    return Text(words[0], words[1] if len(words) > 1 else "", context)


def of_python(source: str) -> Iterator[Text]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = str(getattr(node.func, "id", getattr(node.func, "attr", "")))
            words = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            found = said(name, words)
            if found:
                yield found


def of_template(source: str) -> Iterator[Text]:
    for name, words in IN_TEMPLATE.findall(templatize(source)):
        found = said(name, [ast.literal_eval(literal) for literal in LITERAL.findall(words)])
        if found:
            yield found


def sources() -> Iterator[tuple[Path, Text]]:
    for path in sorted(SITE.rglob("*")):
        if {"static", "locale", "migrations"} & set(path.relative_to(SITE).parts):
            continue
        if path.suffix == ".py":
            yield from ((path, text) for text in of_python(path.read_text("utf-8")))
        elif path.suffix in {".html", ".txt"}:
            yield from ((path, text) for text in of_template(path.read_text("utf-8")))


def entries(language: str) -> Iterator[Entry]:
    """Read a catalogue as it is written, without GNU gettext, which not every machine has."""
    text = (LOCALE / language / "LC_MESSAGES" / "django.po").read_text("utf-8")
    for block in text.split("\n\n"):
        fields: dict[str, str] = {}
        field = ""
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            if not line.startswith('"'):
                field, _, line = line.partition(" ")  # noqa: PLW2901 - the rest of the line is its text
            fields[field] = fields.get(field, "") + ast.literal_eval(line)
        if fields.get("msgid"):
            found = Text(fields["msgid"], fields.get("msgid_plural", ""), fields.get("msgctxt", ""))
            translated = [value for name, value in sorted(fields.items()) if name.startswith("msgstr")]
            yield Entry(found, translated, fuzzy="#, fuzzy" in block)


def compiled(language: str) -> dict[object, str]:
    with (LOCALE / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        catalogue: dict[object, str] = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]  # the only way to all of it
    return {key: value for key, value in catalogue.items() if key}


def test_the_extraction_sees_every_way_to_write_a_text() -> None:
    template = (
        '{% translate "甲" %}{% translate \'乙\' context "处" %}{% include "x" with a=_("丙") %}{% firstof b _("丁") %}'
        "{% blocktranslate with c=d trimmed %}\n戊{{ c }}\n{% endblocktranslate %}"
        "{% blocktranslate count n=m %}一 {{ n }}{% plural %}多 {{ n }}{% endblocktranslate %}"
        "{% comment %}{{ _('无') }}{% endcomment %}"
    )
    assert set(of_template(template)) == {
        Text("甲"), Text("乙", context="处"), Text("丙"), Text("丁"), Text("戊%(c)s"), Text("一 %(n)s", "多 %(n)s"),
    }  # fmt: skip
    python = """_("甲"); gettext_lazy("乙"); ngettext("丙", "丁", n); pgettext("处", "戊"); f"{_('庚')}"; other("己")"""
    assert set(of_python(python)) == {
        Text("甲"), Text("乙"), Text("丙", "丁"), Text("戊", context="处"), Text("庚"),
    }  # fmt: skip


def test_every_text_of_the_site_is_in_the_english_catalogue() -> None:
    there = {entry.text for entry in entries("en")}
    missing = {f"{path.relative_to(SITE)}: {text.singular}" for path, text in sources() if text not in there}
    assert not missing, f"run tools/messages.py and translate: {sorted(missing)}"


def test_the_english_catalogue_holds_no_text_that_is_gone() -> None:
    used = {text for _, text in sources()}
    assert [entry.text.singular for entry in entries("en") if entry.text not in used] == []


@pytest.mark.parametrize("language", CATALOGUES)
def test_every_entry_is_translated_and_certain(language: str) -> None:
    all_entries = list(entries(language))
    assert [e.text.singular for e in all_entries if e.fuzzy or not all(e.translated)] == []
    assert len({e.text for e in all_entries}) == len(all_entries) > 0


def test_english_has_two_forms_of_every_plural() -> None:
    assert [e.text.singular for e in entries("en") if len(e.translated) != (2 if e.text.plural else 1)] == []


@pytest.mark.parametrize("language", CATALOGUES)
def test_placeholders_and_marks_stay(language: str) -> None:
    for entry in entries(language):
        forms = (entry.text.singular, entry.text.plural or entry.text.singular)
        wanted = [Counter(PLACEHOLDER.findall(form)) for form in forms]
        for translated in entry.translated:
            assert Counter(PLACEHOLDER.findall(translated)) in wanted, entry.text.singular
            assert [name for _, name, *_ in Formatter().parse(translated) if name] == [
                name for _, name, *_ in Formatter().parse(entry.text.singular) if name
            ], entry.text.singular


def test_no_chinese_is_left_in_english() -> None:
    left = {
        word
        for entry in entries("en")
        for translated in entry.translated
        for word in CHINESE.findall(translated)
        if word not in NAMED_IN_CHINESE
    }
    assert not left


def test_english_keeps_the_space_and_line_ends_of_the_source() -> None:
    for entry in entries("en"):
        for translated in entry.translated:
            assert translated.count("\n") == entry.text.singular.count("\n"), entry.text.singular
            assert "  " not in translated


@pytest.mark.parametrize("language", CATALOGUES)
def test_the_compiled_catalogue_is_that_which_is_written(language: str) -> None:
    written: dict[object, str] = {}
    for entry in entries(language):
        key = f"{entry.text.context}\x04{entry.text.singular}" if entry.text.context else entry.text.singular
        if entry.text.plural:
            written |= {(key, number): form for number, form in enumerate(entry.translated)}
        else:
            written[key] = entry.translated[0]
    assert compiled(language) == written


def test_the_header_names_no_moment() -> None:
    for language in CATALOGUES:
        text = (LOCALE / language / "LC_MESSAGES" / "django.po").read_text("utf-8")
        assert "Creation-Date" not in text
        assert "Revision-Date" not in text


@pytest.mark.parametrize(
    ("english", "chinese"),
    [("Authenticator code", "验证码"), ("Incorrect code.", "验证码不正确。"), ("Recovery codes", "恢复码")],
)
def test_our_chinese_goes_before_that_of_other_libraries(english: str, chinese: str) -> None:
    with translation.override("zh-hans"):
        assert now_in(english) == chinese


def test_our_chinese_replaces_texts_that_the_libraries_know() -> None:
    """An override of a text that a new version of a library words otherwise would do nothing."""
    known: set[object] = set()
    for library in (Path(django.__file__).parent, Path(allauth.__file__).parent):
        for path in library.rglob("locale/zh_Hans/LC_MESSAGES/django.mo"):
            with path.open("rb") as file:
                known |= set(gettext.GNUTranslations(file)._catalog)  # type: ignore[attr-defined]  # the only way to all of it
    assert [key for key in compiled("zh_Hans") if key not in known] == []
