"""What the editor offers to complete is what this PyTorch has."""

import importlib
import re
from pathlib import Path

import torch

LISTS = Path(__file__).parents[2] / "frontend" / "src" / "lib" / "torch-api.js"


def offered() -> dict[str, list[str]]:
    """The names of each list, without their arguments."""
    lists = re.findall(r"const (\w+) = `\n(.*?)`;", LISTS.read_text(), re.DOTALL)
    return {name: [line.split("(")[0] for line in text.split("\n")] for name, text in lists}


def modules() -> dict[str, str]:
    """Which list is offered after which module."""
    table = LISTS.read_text().partition("export const MODULES = {")[2].partition("}")[0]
    return dict(re.findall(r'"?([\w.]+)"?: (?:lines\()?([A-Z]+)', table))


def test_every_name_that_is_offered_of_a_module_is_there() -> None:
    names, found = offered(), modules()
    assert {"torch": "TORCH", "torch.nn": "NN", "torch.nn.functional": "FUNCTIONAL"}.items() <= found.items()
    missing = [
        f"{module}.{name}"
        for module, listed in found.items()
        for name in names[listed]
        if not hasattr(importlib.import_module(module), name)
    ]
    assert missing == []


def test_every_member_that_is_offered_belongs_to_something() -> None:
    model = torch.nn.Linear(1, 1)
    holders = (torch.ones(1, 1), model, torch.optim.SGD(model.parameters(), lr=1.0))
    members = offered()["MEMBERS"]
    assert [name for name in members if not any(hasattr(holder, name) for holder in holders)] == []
