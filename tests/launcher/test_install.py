import ast
import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from launcher import install, pip_source
from launcher.damage import forget_damaged
from launcher.install import State, Step
from launcher.paths import CHECKOUT
from launcher.pip_run import explain_failure
from launcher.pip_source import Facts, ways
from launcher.trouble import Trouble

TINY = Step("tiny.txt", "a tiny package")


def modules_behind(name: str, seen: set[str] | None = None) -> set[str]:
    """The launcher's modules that importing `name` imports."""
    seen = set() if seen is None else seen
    seen.add(name)
    tree = ast.parse((CHECKOUT / "launcher" / f"{name}.py").read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("launcher"):
            module = node.module.partition(".")[2]
            for found in [module] if module else [alias.name for alias in node.names]:
                if found not in seen:
                    modules_behind(found, seen)
    return seen


@pytest.mark.parametrize("module", sorted(modules_behind("install") | {"__init__"}))
def test_a_python_that_is_too_old_can_read_the_installer(module):
    source = (CHECKOUT / "launcher" / f"{module}.py").read_text()
    ast.parse(source, feature_version=(3, 8))
    assert module == "__init__" or "from __future__ import annotations" in source


def test_the_installer_needs_nothing_that_is_not_installed_yet():
    program = "import sys; sys.modules.update(dict.fromkeys(('psycopg', 'redis', 'django'))); import launcher.install"
    assert subprocess.run([sys.executable, "-S", "-c", program], cwd=CHECKOUT).returncode == 0


@pytest.mark.parametrize(
    ("version", "supported"),
    [((3, 10), False), ((3, 11), True), ((3, 12), True), ((3, 13), True), ((3, 14), False)],
)
def test_the_supported_versions_are_three(version, supported):
    assert install.is_supported(version) is supported


def test_a_python_that_does_not_do_is_named_with_the_fix(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "version_info", (3, 8, 18, "final", 0))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Trouble) as trouble:
        install.ensure_python([])
    assert trouble.value.what.startswith("Forward Pass needs Python 3.11, 3.12 or 3.13;")
    assert "is 3.8.18, and no other was found" in trouble.value.what
    assert "apt-get install python3" in trouble.value.fix


def test_another_system_is_named():
    with pytest.raises(Trouble, match="runs on Linux; this is darwin"):
        install.ensure_linux("darwin")
    install.ensure_linux("linux")


def test_a_better_python_is_found_behind_a_name_that_leads_nowhere(monkeypatch, tmp_path):
    shim = tmp_path / "python3.11"
    shim.write_text("#!/bin/sh\necho 'python3.11: command not found' >&2\nexit 127\n")
    good = tmp_path / "python3.12"
    good.write_text("#!/bin/sh\necho 3 12\n")
    for script in (shim, good):
        script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.defpath}")
    assert install.find_python() == str(good)


FULL = Facts(ensurepip=False, own_pip=True, wheel="pip.whl", root=False, apt=True)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(ensurepip=True, own_pip=True, wheel="pip.whl", root=True, apt=True), ["ensurepip"]),
        (FULL, ["wheel", "own pip", "download a wheel"]),
        (Facts(False, False, None, root=True, apt=True), ["install python3-venv"]),
        (Facts(False, False, None, root=False, apt=True), ["download a wheel"]),
        (Facts(False, True, None, root=False, apt=False), ["own pip"]),
        (Facts(False, False, None, root=True, apt=False), []),
    ],
)
def test_without_ensurepip_the_ways_to_pip_are_tried_in_this_order(facts, expected):
    assert ways(facts) == expected


def test_no_way_to_pip_is_explained_with_the_package_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(pip_source, "find_facts", lambda: Facts(False, False, None, root=False, apt=False))
    with pytest.raises(Trouble, match="brings no pip") as trouble:
        pip_source.make_venv(tmp_path / ".venv", tmp_path / "pip")
    assert trouble.value.fix.endswith(f"sudo apt-get install python3.{sys.version_info[1]}-venv")


def bundled_pip() -> str:
    import ensurepip

    bundled = pip_source.newest_wheel(str(Path(ensurepip.__file__).parent / "_bundled"))
    return bundled or pip_source.newest_wheel(pip_source.WHEELS)


@pytest.fixture(scope="module")
def venv(tmp_path_factory) -> Path:
    """A virtual environment made from a pip wheel, as on a Debian without python3-venv."""
    folder = tmp_path_factory.mktemp("checkout") / ".venv"
    assert pip_source._unpack_pip(folder, bundled_pip())
    return folder


def test_a_wheel_alone_makes_an_environment_with_pip(venv):
    assert pip_source.has_pip(venv)


@pytest.fixture
def requirements(tmp_path) -> Path:
    """A requirements file that is satisfied from a folder, with a package of one file."""
    files = {
        "tiny.py": "ANSWER = 42\n",
        "tiny-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
        "tiny-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},{_digest(text)},{len(text)}\n" for name, text in files.items())
    with zipfile.ZipFile(tmp_path / "tiny-1.0-py3-none-any.whl", "w") as wheel:
        for name, text in (files | {"tiny-1.0.dist-info/RECORD": record}).items():
            wheel.writestr(name, text)
    (tmp_path / "tiny.txt").write_text(f"--no-index\n--find-links {tmp_path}\ntiny==1.0\n")
    return tmp_path


def _digest(text: str) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def site_packages(venv: Path) -> Path:
    return next((venv / "lib").glob("python*/site-packages"))


def test_an_installation_that_was_cut_short_is_mended(venv, requirements, capfd):
    install.prepare(venv, requirements, [TINY], requirements)
    module = site_packages(venv) / "tiny.py"
    module.write_text("ANS")
    State(venv).begin(requirements / "tiny.txt")
    capfd.readouterr()

    install.prepare(venv, requirements, [TINY], requirements)

    assert module.read_text() == "ANSWER = 42\n"
    said = capfd.readouterr().out
    assert "An earlier installation of tiny.txt did not finish; mending it." in said
    assert "tiny is damaged and comes again" in said


def test_what_is_installed_is_not_installed_again(venv, requirements, capfd):
    install.prepare(venv, requirements, [TINY], requirements)
    capfd.readouterr()
    install.prepare(venv, requirements, [TINY], requirements)
    assert capfd.readouterr() == ("", "")


def test_changed_requirements_are_installed(venv, requirements, capfd):
    install.prepare(venv, requirements, [TINY], requirements)
    capfd.readouterr()
    (requirements / "tiny.txt").write_text((requirements / "tiny.txt").read_text() + "# a new line\n")
    install.prepare(venv, requirements, [TINY], requirements)
    assert "a tiny package: done" in capfd.readouterr().out


def test_a_requirement_that_cannot_be_had_is_explained(venv, requirements):
    (requirements / "tiny.txt").write_text("--no-index\nno-such-package==1\n")
    with pytest.raises(Trouble, match=r"pip could not install tiny\.txt") as trouble:
        install.prepare(venv, requirements, [TINY], requirements)
    assert "pip config debug" in trouble.value.fix
    assert State(venv).unfinished == "tiny.txt"


def test_an_environment_whose_python_has_gone_is_made_anew(venv, requirements):
    python = venv / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3.11")
    assert not install.runs_supported(str(python))
    assert pip_source._unpack_pip(venv, bundled_pip())
    assert install.runs_supported(str(python))


def test_a_package_with_a_missing_or_cut_file_is_damaged(tmp_path):
    source = Path(pytest.__file__).parent.parent
    for name in ("pluggy", "iniconfig", "packaging"):
        shutil.copytree(source / name, tmp_path / name)
        information = next(source.glob(f"{name}-*.dist-info"))
        shutil.copytree(information, tmp_path / information.name)
    shutil.copytree(tmp_path / "iniconfig", tmp_path / "~niconfig")
    assert list(forget_damaged(tmp_path)) == []

    (tmp_path / "pluggy" / "_hooks.py").unlink()
    next(tmp_path.glob("iniconfig-*.dist-info/RECORD")).unlink()

    assert sorted(forget_damaged(tmp_path)) == ["iniconfig", "pluggy"]
    assert sorted(path.name.split("-")[0] for path in tmp_path.iterdir()) == [
        "iniconfig",
        "packaging",
        "packaging",
        "pluggy",
    ]


def test_a_full_disk_during_an_installation_is_no_riddle():
    trouble = explain_failure(
        "ERROR: Could not install packages: [Errno 28] No space left on device", Path("run.txt")
    )
    assert trouble.what == "The disk is full: there was no space left on the device."


@pytest.mark.parametrize(
    ("said", "fix"),
    [
        ("THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "not the one that was pinned"),
        ("ERROR: In --require-hashes mode, all requirements must", "make run PYTHON="),
        ("Retrying after NewConnectionError", "could not be reached"),
        ("error: something else", "goes on where it stopped"),
    ],
)
def test_what_pip_cannot_do_comes_with_a_fix(said, fix):
    assert fix in explain_failure(said, Path("run.txt")).fix
