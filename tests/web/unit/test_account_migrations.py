"""What the move to one account a name finds in an older installation."""

from __future__ import annotations

from importlib import import_module

same_names = import_module("zhiheng_web.accounts.migrations.0002_one_name_one_account").same_names


def test_names_that_differ_in_case_alone_are_found_together() -> None:
    assert same_names(["Wang", "li", "wang", "LI", "zhao"]) == [["Wang", "wang"], ["li", "LI"]]
    assert same_names(["wang", "wang2"]) == []
