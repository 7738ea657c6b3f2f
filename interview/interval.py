"""How sure a share is that was estimated from a few answers."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

LEVEL = 0.8  # how often such an interval holds the share that ever more answers would show


@dataclass(frozen=True)
class Interval:
    """Between which shares, in 0..1, the true one probably lies."""

    low: float
    high: float

    @property
    def width(self) -> float:
        return self.high - self.low

    def overlaps(self, other: "Interval") -> bool:
        return self.low <= other.high and other.low <= self.high


def wilson(share: float, answers: float, level: float = LEVEL) -> Interval:
    """The score interval of Wilson around a `share` in 0..1 that this many answers, more than none, reached on average.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the American
    Statistical Association 22 (1927), 209-212. It stays within 0..1 and says something sensible from the first answer
    on. The formula is that of answers which are right or wrong; points in between vary less about the same mean, so for
    them the interval is rather too wide than too narrow. `answers` may be a sum of weights below one.
    """
    z2 = NormalDist().inv_cdf((1 + level) / 2) ** 2
    centre = share + z2 / (2 * answers)
    reach = sqrt(z2 * (share * (1 - share) / answers + z2 / (4 * answers**2)))
    scale = 1 + z2 / answers
    return Interval(max(0.0, (centre - reach) / scale), min(1.0, (centre + reach) / scale))
