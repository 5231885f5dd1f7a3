"""What is put into words while a page is made: refusals of files, faults, broken chains, differences, in English."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import translation
from tests.web.builders import evidence, filler, person, row_of, running_round, tiny_version, tiny_yaml

from zhiheng.errors import FrameworkError
from zhiheng_web.audit.actions import record
from zhiheng_web.audit.context import Actor, acting
from zhiheng_web.audit.models import Entry
from zhiheng_web.audit.triggers import install, remove
from zhiheng_web.evidence.inspection import KINDS, REFUSALS, EvidenceRefusedError, inspect_file, render_page
from zhiheng_web.evidence.inspection.refusal import NESTED
from zhiheng_web.evidence.wording import kind_title, why
from zhiheng_web.frameworks.actions import add_framework
from zhiheng_web.frameworks.queries import load_text
from zhiheng_web.frameworks.wording import faults_of
from zhiheng_web.rounds.machine import Act

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_once]
CHINESE = re.compile(r"[\u2e80-\u2fff\u3001-\u9fff\uf900-\ufaff\uff01-\uffef]+")


def reader(role: str) -> Client:
    client = Client()
    client.force_login(filler() if role == "filler" else person(role))
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def refusal_words(template: str) -> str:
    """Return what people read of a template whose every name stands for an x."""
    details = dict.fromkeys(re.findall(r"\{(\w+)\}", template), "x")
    return why(EvidenceRefusedError("evidence.test", template, **details))


def test_every_refusal_and_kind_of_file_has_english_words() -> None:
    with translation.override("en"):
        said = {refusal_words(refusal.template) for refusal in REFUSALS} | {kind_title(code) for code in KINDS}
    assert {words for words in said if CHINESE.search(words)} == set()
    assert len(said) == len({r.template for r in REFUSALS}) + len({kind.label for kind in KINDS.values()})


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "a.pdf", "The file is empty."),
        (b"\x7fELF", "a.pdf", "The file is a program"),
        (b"plain words", "a.pdf", "The name ends in “.pdf”, but the content is of another kind: Text file."),
        (b"plain words", "a", "The name has no ending; the content is of this kind: Text file."),
        (b"plain words", "a.odt", "Files that end in .odt are not accepted."),
    ],
)
def test_a_refusal_of_the_process_that_reads_files_is_put_into_the_language_of_the_page(
    content: bytes, name: str, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "sent"
    path.write_bytes(content)
    with pytest.raises(EvidenceRefusedError) as refused:
        inspect_file(path, name)
    assert CHINESE.search(refused.value.message)
    with translation.override("en"):
        assert why(refused.value).startswith(words)
    assert why(refused.value) == refused.value.message


def test_a_detail_with_braces_or_of_our_own_words_stays_as_it_is() -> None:
    error = NESTED.error(member="{文本文件}", label="文本文件")
    with translation.override("en"):
        assert why(error).startswith("The archive contains another archive, “{文本文件}”;")


def test_a_page_that_is_not_drawn_says_so_in_english(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x")
    with pytest.raises(EvidenceRefusedError) as refused:
        render_page(path, "txt", 1, 100)
    with translation.override("en"):
        assert why(refused.value) == "Files of this kind have no preview; please download the file."


def test_a_refused_upload_reads_english_on_the_page() -> None:
    row = row_of(running_round(units=1))
    sent = {"file": SimpleUploadedFile("a.pdf", b"plain words")}
    page = reader("filler").post(reverse("library_add", args=[row.round.code, row.code]), sent, follow=True)
    assert "the content is of another kind: Text file" in page.content.decode()


def test_a_kind_of_file_reads_english_on_the_page(tmp_path: Path) -> None:
    row = row_of(running_round(units=1))
    evidence(row, tmp_path)
    page = reader("filler").get(reverse("library", args=[row.round.code, row.code])).content.decode()
    assert "PDF file" in page
    assert "PDF 文件" not in page


def test_a_broken_chain_is_told_in_english() -> None:
    for number in range(4):
        record("test.act", f"thing:{number}")
    remove(connection)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_entry WHERE number = 2")
        cursor.execute("UPDATE audit_entry SET act = 'x' WHERE number = 3")
    install(connection)
    page = reader("auditor").post(reverse("audit_check")).content.decode()
    assert "Entries 2 to 2 are missing" in page
    assert "It does not follow on the entry before" in page
    assert "The content does not fit the hash" in page


def test_the_log_keeps_the_language_of_the_site_and_shows_the_system_in_that_of_the_reader() -> None:
    version = tiny_version()
    with translation.override("en"):
        assert record("test.act", version).target_name == "小体系（1版）"
    page = reader("auditor").get(reverse("audit")).content.decode()
    assert "System" in page
    assert "系统" not in page


def test_a_person_named_like_the_system_keeps_his_name() -> None:
    with acting(Actor("somebody", "系统", "filler")):
        record("test.act", "thing:1")
    with translation.override("en"):
        assert Entry.objects.get().actor_title == "系统"


def test_faults_of_a_framework_read_english() -> None:
    text = tiny_yaml().replace("title: 小体系", "title: 小体系\ncolour: red").replace("kind: judged", "kind: x")
    with pytest.raises(FrameworkError) as refused:
        load_text(text, {})
    with translation.override("en"):
        faults = faults_of(refused.value.problems, text)
    assert len(faults) > 1
    assert all(fault.message.isascii() for fault in faults)
    assert not any(fault.message.isascii() for fault in faults_of(refused.value.problems, text))


def test_differences_and_settings_of_frameworks_read_english() -> None:
    old = tiny_version()
    text = tiny_yaml().replace("version: '1'", "version: '2'").replace("text: 要点1", "text: another wording")
    new = add_framework(person("administrator"), text.replace("ties: best", "ties: mean"))
    page = reader("leader").get(reverse("framework", args=[new.pk]), {"against": old.pk}).content.decode()
    for words in ("Reworded", "Equal totals share the mean of their ranks", "Indicators of the first level: sum", "2)"):
        assert words in page
    for words in ("改文字", "总分相同", "第一级指标", "版）", "等次"):
        assert words not in page


def test_an_act_and_a_column_of_one_chinese_name_are_told_apart() -> None:
    with translation.override("en"):
        assert str(Act.DECIDE.label) == "Confirm score"
    assert str(Act.DECIDE.label) == "核定得分"
