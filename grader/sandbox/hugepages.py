"""Makes forks of the forkserver cheap: its private memory in pages of 2 MB instead of 4 KB.

A fork copies the table of every page that the process has written to, and the child's end takes it down again. Loading
PyTorch writes some 220 MB; with small pages a fork that does nothing and its end cost 25 ms on a virtual machine, with
large ones 4 ms. A child's first write to a large page still copies 4 KB of it only.
"""

from __future__ import annotations

from collections.abc import Iterator

from grader.sandbox import linux

SIZE = 2 << 20


def collapse(maps: str) -> int:
    """Ask for it wherever it is possible; `maps` is the path of this process's list of mappings.

    Returns how many large pages came of it. A kernel before 6.1, or one without free large pages, leaves things as
    they are: only the speed differs.
    """
    with open(maps, encoding="utf-8") as file:
        wanted = [place for line in file for place in _places(line)]
    return sum(linux.collapse_pages(place, SIZE) for place in wanted)


def _places(line: str) -> Iterator[int]:
    """Where whole large pages lie in a mapping, if it is private memory that no file is behind."""
    addresses, access, *_, name = [*line.split(maxsplit=5), ""][:6]
    if access != "rw-p" or (name and not name.startswith(("[heap]", "[anon"))):
        return
    start, end = (int(address, 16) for address in addresses.split("-"))
    yield from range(-(-start // SIZE) * SIZE, end - SIZE + 1, SIZE)
