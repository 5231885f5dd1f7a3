"""The colours of the figures as Word writes them: RRGGBB without a number sign."""

from __future__ import annotations

from zhiheng.report.figures import theme

WHITE = "FFFFFF"


def ramp(rate: float) -> str:
    """Return the RRGGBB of a score rate, the same as in the heat map."""
    return theme.ramp(rate)[1:].upper()


def ink_on(ground: str) -> str:
    """Return the RRGGBB of the ink that stands out better on the RRGGBB `ground`."""
    return theme.ink_on(f"#{ground}")[1:].upper()
