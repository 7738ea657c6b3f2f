import errno
import shutil
import socket

import pytest

from launcher.preflight import check_disk, check_host, check_port, parse_port
from launcher.trouble import Trouble, disk_trouble, from_os_error

DEPLOYED = {"DATABASE_URL": "postgresql://db/x", "REDIS_URL": "redis://r/0"}


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_the_embedded_mode_serves_this_machine(host):
    check_host(host, {})


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.org", ""])  # noqa: S104 - refusing it is the point
@pytest.mark.parametrize(
    "environment", [{}, {"DATABASE_URL": "postgresql://db/x"}, {"REDIS_URL": "redis://r/0"}]
)
def test_the_embedded_mode_refuses_to_serve_others(host, environment):
    with pytest.raises(Trouble) as refusal:
        check_host(host, environment)
    assert refusal.value.what.startswith(f"HOST={host} would open the embedded mode")
    assert "DATABASE_URL, REDIS_URL" in refusal.value.fix


def test_a_deployment_with_its_own_services_chooses_its_address():
    check_host("0.0.0.0", DEPLOYED)  # noqa: S104 - as above


def test_a_free_port_is_fine(free_port):
    check_port("127.0.0.1", free_port)


def test_a_port_in_use_is_named_with_one_that_is_free():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Trouble) as refusal:
            check_port("127.0.0.1", port)
    assert refusal.value.what == f"Port {port} on 127.0.0.1 is in use by another program."
    suggested = int(refusal.value.fix.rpartition("PORT=")[2])
    assert port < suggested <= port + 50


def test_an_address_of_another_machine_is_explained():
    with pytest.raises(Trouble, match=r"Nothing can listen on 203.0.113.9 port 8000"):
        check_port("203.0.113.9", 8000)


@pytest.mark.parametrize("text", ["", "x", "0", "65536", "-1", "80.5"])
def test_what_is_no_port_number_is_refused(text):
    with pytest.raises(Trouble, match="is no port number"):
        parse_port(text)


def test_a_port_number_is_read():
    assert parse_port("8123") == 8123


def test_a_disk_without_room_is_explained_before_anything_is_written(tmp_path):
    with pytest.raises(Trouble, match=r"the installation needs about \d+ GB") as refusal:
        check_disk(tmp_path, needed=shutil.disk_usage(tmp_path).total)
    assert "PyTorch" in refusal.value.what


def test_a_disk_with_room_is_fine(tmp_path):
    check_disk(tmp_path, needed=1)


@pytest.mark.parametrize(
    "said",
    [
        "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
        'initdb: error: could not write to file "x": No space left on device',
        "OSError: [Errno 28] Kein Platz mehr",
    ],
)
def test_a_full_disk_is_recognised_in_what_programs_print(said):
    assert disk_trouble(said).what == "The disk is full: there was no space left on the device."


def test_an_exhausted_quota_is_recognised():
    assert disk_trouble("write error: Disk quota exceeded").what == "Your disk quota is used up."


def test_other_output_is_no_disk_trouble():
    assert disk_trouble("ERROR: 28 devices left in space") is None


def test_a_folder_of_another_user_is_explained_with_the_command_that_gives_it_back():
    trouble = from_os_error(PermissionError(errno.EACCES, "Permission denied", ".data/lock"))
    assert trouble.what == ".data/lock cannot be read or written by this user: Permission denied."
    assert "chown" in trouble.fix


def test_an_error_that_nobody_can_mend_stays_an_error():
    assert from_os_error(OSError(errno.EIO, "Input/output error")) is None
