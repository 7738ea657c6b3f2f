"""The private root is put together where it hides nothing that is still needed."""

from pathlib import Path

import pytest

from grader.sandbox import root
from grader.sandbox.linux import ProtectionFailed


def test_the_root_is_not_built_over_a_checkout_or_an_environment():
    assert root.free_place(["/home/somebody/checkout", "/usr/lib/python3.11"]) == "/mnt"
    assert root.free_place(["/mnt/disk/checkout", "/media/stick/.venv"]) == "/srv"


def test_a_link_counts_for_where_it_leads(tmp_path: Path):
    link = tmp_path / "checkout"
    link.symlink_to("/mnt")
    assert root.free_place([str(link)]) == "/media"


def test_a_host_that_leaves_no_place_is_told_so():
    with pytest.raises(ProtectionFailed, match="folder to mount on"):
        root.free_place(root.PLACES)


def test_a_home_on_the_way_to_a_library_can_be_passed_but_not_read():
    libraries = [
        Path("/usr/lib/python3.11"),
        Path("/home/somebody/project/.venv/lib/python3.11/site-packages/torch"),
    ]
    names = sorted(map(str, root.corridors(libraries)))
    assert names == [
        "/home",
        "/home/somebody",
        "/home/somebody/project",
        "/home/somebody/project/.venv",
        "/home/somebody/project/.venv/lib",
        "/home/somebody/project/.venv/lib/python3.11",
        "/usr",
    ]


def test_an_environment_below_a_scratch_folder_stays_visible_by_its_top(monkeypatch: pytest.MonkeyPatch):
    inside = [Path("/tmp/clone/.venv/lib/python3.11/site-packages/torch"), Path("/tmp/clone/.venv/bin")]
    monkeypatch.setattr(root, "libraries", lambda: iter([Path("/usr/lib/python3.11"), *inside]))
    root.covered_by_scratch.cache_clear()
    assert root.covered_by_scratch() == (Path("/tmp/clone"),)
    root.covered_by_scratch.cache_clear()


def test_an_installation_below_srv_leads_through_it_and_is_no_folder_of_the_host(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(root, "libraries", lambda: iter([Path("/usr/lib/python3"), Path("/srv/app/grader")]))
    root.tops.cache_clear()
    assert root.tops() == {"usr", "srv"}
    root.tops.cache_clear()
