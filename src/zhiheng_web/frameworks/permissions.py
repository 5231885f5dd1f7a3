"""Who may read frameworks, and who adds and removes them."""

from __future__ import annotations

from zhiheng_web.accounts.permissions import is_administrator, is_business

manages_frameworks = is_administrator
reads_frameworks = is_business
