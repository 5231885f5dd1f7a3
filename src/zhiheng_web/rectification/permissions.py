"""Who issues, fills in, signs off, re-checks and reads rectification items."""

from __future__ import annotations

from zhiheng_web.accounts.permissions import (
    is_administrator,
    is_approver,
    is_filler,
    is_leader,
    is_of_a_unit,
    is_of_the_office,
)

issues_items = is_administrator
"""Who issues items, withdraws them and gives more time."""
fills_items = is_filler
submits_items = is_approver
checks_items = is_of_the_office
reads_register = is_of_the_office | is_leader
"""Who reads the items of all units."""
reads_items = reads_register | is_of_a_unit
"""Who reads items at all; people of a unit those of their own."""
