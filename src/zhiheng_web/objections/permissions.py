"""Who reads objections and mark chains, who raises, files and answers."""

from __future__ import annotations

from zhiheng_web.accounts.permissions import is_approver, is_filler, is_of_a_unit, is_of_the_office
from zhiheng_web.rounds.permissions import reads_all_units

reads_chain = is_of_a_unit | reads_all_units
raises_objections = is_filler
files_objections = is_approver
withdraws_objections = is_of_a_unit
answers_objections = is_of_the_office
