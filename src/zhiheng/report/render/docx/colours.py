"""Colours that depend on a value: the ramp of a heat map, and the ink that stays readable on a fill."""

from __future__ import annotations

PALE, DEEP = (236, 243, 250), (8, 64, 129)
WHITE, INK = "FFFFFF", "262626"
# Relative luminance at which black and white text have the same contrast to the ground (WCAG 2).
EVEN_CONTRAST = 0.179
_LINEAR_UP_TO = 10


def ramp(rate: float) -> str:
    """Return the RRGGBB of a score rate; rates outside [0, 1] get the colour of the nearer end."""
    rate = min(1.0, max(0.0, rate))
    mixed = (round(low + (high - low) * rate) for low, high in zip(PALE, DEEP, strict=True))
    return "".join(f"{channel:02X}" for channel in mixed)


def ink_on(ground: str) -> str:
    """Return white or near-black, whichever stands out better on the RRGGBB `ground`."""
    channels = (int(ground[start : start + 2], 16) for start in (0, 2, 4))
    shares = (0.2126, 0.7152, 0.0722)
    luminance = sum(share * _linear(channel) for share, channel in zip(shares, channels, strict=True))
    return WHITE if luminance < EVEN_CONTRAST else INK


def _linear(channel: int) -> float:
    return channel / 255 / 12.92 if channel <= _LINEAR_UP_TO else ((channel / 255 + 0.055) / 1.055) ** 2.4
