"""How running text calls a unit and a department: in full at first, by a pronoun later."""

from __future__ import annotations

from dataclasses import dataclass

# Longer endings stand before shorter ones: a development zone acts through its committee.
_SUFFIXES = {
    "开发区": ("管委会", "全区"),
    "管理区": ("管委会", "全区"),
    "省": ("该省", "全省"),
    "市": ("该市", "全市"),
    "州": ("该州", "全州"),
    "县": ("该县", "全县"),
    "区": ("该区", "全区"),
    "盟": ("该盟", "全盟"),
}
_BODIES = "局院委厅部署处所站"


@dataclass(frozen=True, slots=True)
class Naming:
    """
    What a unit is called.

    Parameters
    ----------
    name
        At first mention.
    again
        Afterwards, where it acts: 该市.
    whole
        Where it is counted as a whole: 全市.
    """

    name: str
    again: str
    whole: str

    @classmethod
    def of(cls, name: str, whole: str = "", official: str = "") -> Naming:
        """
        Return the naming by habit.

        Parameters
        ----------
        name
            Name in the tables.
        whole
            What the whole is called, or "" to go by the last character of the name.
        official
            Official name; taken where the short name ends in no kind of area (长白山), which prose needs.
        """
        if official and not any(name.endswith(s) for s in _SUFFIXES):
            name = official
        again, usual = next((v for s, v in _SUFFIXES.items() if name.endswith(s)), ("该地区", "全区"))
        return cls(name, again, whole or usual)


def department(actor: str) -> str:
    """Return how a department is called when it acts twice in a row: 该局, 该院; other names stay."""
    single = "、" not in actor and len(actor) > 2  # noqa: PLR2004 - 市局 is short already
    return f"该{actor[-1]}" if single and actor[-1] in _BODIES else actor
