"""Who sees results, finalises rounds and publishes."""

from __future__ import annotations

from zhiheng_web.accounts.permissions import is_administrator, is_leader, is_of_a_unit, is_of_the_office

finalises = publishes = is_administrator
"""Who sees the checks, lets a finding stand, finalises and publishes."""
reads_results = is_of_the_office | is_leader
"""Who sees the results of all units."""
reads_own_results = reads_results | is_of_a_unit
"""Who sees results at all; people of a unit see those of their own, once they are published."""
