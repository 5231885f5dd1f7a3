"""Who edits reports and who reads finished ones."""

from __future__ import annotations

from zhiheng_web.accounts.permissions import is_administrator, is_leader, is_of_the_office

edits_reports = is_administrator
"""Who edits the text and has versions made."""
reads_reports = is_of_the_office | is_leader
"""Who reads finished versions; those who keep the log or the system have no other work in it."""
