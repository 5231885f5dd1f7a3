"""Forms for handing in frameworks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiheng.framework.load import MAX_BYTES

MAX_WORKBOOK_BYTES = 5_000_000
"""Larger workbooks are refused unread; a filled template has about 40 kB."""
_SUFFIXES = (".yaml", ".yml", ".xlsx")


class UploadForm(forms.Form):
    """One file: a framework as YAML, or the filled workbook template."""

    file = forms.FileField(
        label=gettext_lazy("文件"), help_text=gettext_lazy("YAML文件，或者填好的工作簿模板（.xlsx）")
    )

    def clean_file(self) -> UploadedFile[Any]:
        """Refuse other kinds of files, and files that are too large, before a byte of them is read."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        name = (file.name or "").lower()
        if not name.endswith(_SUFFIXES):
            raise forms.ValidationError(_("请选择YAML文件（.yaml、.yml）或者工作簿（.xlsx）。"))
        most = MAX_WORKBOOK_BYTES if name.endswith(".xlsx") else MAX_BYTES
        if (file.size or 0) > most:
            words = {"most": f"{most / 1_000_000:g}", "size": f"{(file.size or 0) / 1_000_000:.1f}"}
            raise forms.ValidationError(_("文件有%(size)sMB，超过%(most)sMB的上限。") % words)
        return file
