"""What differs between two rubrics of a question, and which criteria an older mark says nothing about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Entry = Mapping[str, Any]  # as Release.rubric_entries has them
Order = Mapping[str, Any] | None

RED_FLAG = "red flag"


@dataclass(frozen=True)
class EntryChange:
    """A criterion or red flag that is not the same in both; `old` or `new` is None where it is in one of them alone."""

    id: str
    old: Entry | None
    new: Entry | None

    @property
    def is_reworded(self) -> bool:
        """Whether it asks in other words: only a person can say whether it still asks the same."""
        return self._differs("describe")

    @property
    def needs_mark(self) -> bool:
        """Whether no mark made by the old rubric can answer it, whatever a person says.

        It is new, or calls a fault what was a merit, or asks for the first time which entry covers it.
        """
        if self.old is None or self.new is None:
            return self.new is not None
        turned = (self.old["tier"] == RED_FLAG) != (self.new["tier"] == RED_FLAG)
        return turned or (bool(self.new.get("step")) and not self.old.get("step"))

    @property
    def words(self) -> list[str]:
        """What changed of it, in words."""
        if self.old is None or self.new is None:
            return ["removed" if self.new is None else "added"]
        names = {
            "describe": "reworded",
            "points": "other points",
            "tier": f"now {self.new['tier']}",
            "step": "other step",
            "explain": "explained otherwise",
        }
        return [word for name, word in names.items() if self._differs(name)]

    def _differs(self, name: str) -> bool:
        if self.old is None or self.new is None:
            return False
        return bool(_plain(self.old.get(name)) != _plain(self.new.get(name)))


@dataclass(frozen=True)
class Comparison:
    """Only what differs: entries in the order of the new rubric, those that are gone last; then the order's worth."""

    entries: list[EntryChange]
    old_order: Order
    new_order: Order

    @property
    def differs(self) -> bool:
        return bool(self.entries) or self.order_differs

    @property
    def order_differs(self) -> bool:
        return self.old_order != self.new_order

    @property
    def needing_marks(self) -> set[str]:
        return {entry.id for entry in self.entries if entry.needs_mark}

    @property
    def reworded(self) -> set[str]:
        """What holds for the old words, and for the new ones only where a person says that they mean the same."""
        return {entry.id for entry in self.entries if entry.is_reworded and not entry.needs_mark}

    def anew(self, kept: Iterable[str] = ()) -> set[str]:
        """What has to be marked anew; `kept` are rewordings that keep the meaning."""
        return self.needing_marks | (self.reworded - set(kept))


def compare(old: Iterable[Entry], new: Iterable[Entry], old_order: Order, new_order: Order) -> Comparison:
    before, after = ({entry["id"]: entry for entry in entries} for entries in (old, new))
    both = (
        EntryChange(name, before.get(name), after.get(name)) for name in [*after, *(before.keys() - after)]
    )
    return Comparison([change for change in both if change.words], old_order, new_order)


def _plain(value: Any) -> Any:
    """Texts are the same where they differ in line breaks and spaces alone."""
    return " ".join(value.split()) if isinstance(value, str) else value
