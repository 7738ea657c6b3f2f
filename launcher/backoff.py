"""How long to wait before a program that ended is started again."""

from dataclasses import dataclass

DELAYS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
SETTLED_SECONDS = 60.0
KEEPS_ENDING = 4


@dataclass
class Backoff:
    """Counts ends in quick succession; a life of a minute clears the count."""

    ends: int = 0

    def after(self, lived_seconds: float) -> float:
        """Note an end and return the seconds to wait."""
        if lived_seconds >= SETTLED_SECONDS:
            self.ends = 0
        self.ends += 1
        return DELAYS[min(self.ends, len(DELAYS)) - 1]

    @property
    def keeps_ending(self) -> bool:
        return self.ends >= KEEPS_ENDING
