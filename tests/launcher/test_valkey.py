import os
import select
import signal

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from launcher.execute import started
from launcher.identity import choose_identity
from launcher.keys import load_keys
from launcher.linux import processes_working_in
from launcher.paths import DataFolder
from launcher.services import Services
from launcher.valkey import Valkey, binary, quoted


@pytest.fixture
def services(data: DataFolder) -> Services:
    keys = load_keys(data.secrets)
    return Services(keys, None, Valkey(data, keys, choose_identity(binary())))


def test_it_starts_answers_and_leaves_nothing_behind(services, data):
    with started(services, data), redis.Redis.from_url(services.valkey.url) as client:
        assert client.ping() is True
        assert list(processes_working_in(data.valkey))
    assert list(processes_working_in(data.valkey)) == []


def test_nobody_enters_without_the_password(services, data):
    with started(services, data):
        stranger = redis.Redis(unix_socket_path=str(services.valkey.socket), retry=Retry(NoBackoff(), 0))
        with stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()


def test_it_listens_on_a_private_socket_and_on_no_port(services, data):
    with started(services, data), redis.Redis.from_url(services.valkey.url) as client:
        assert client.config_get("port") == {"port": "0"}
        assert services.valkey.socket.stat().st_mode & 0o777 == 0o700
        assert services.valkey.socket.parent.stat().st_mode & 0o777 == 0o700


def test_the_password_is_on_no_command_line(services, data):
    with started(services, data):
        [pid] = processes_working_in(data.valkey)
        with open(f"/proc/{pid}/cmdline") as line:
            assert services.keys.redis not in line.read()
        assert (data.valkey / "valkey.conf").stat().st_mode & 0o777 == 0o600


def test_what_was_queued_survives_a_kill(services, data):
    with started(services, data):
        with redis.Redis.from_url(services.valkey.url) as client:
            client.rpush("queue", "first", "second")
        [pid] = processes_working_in(data.valkey)
        pidfd = os.pidfd_open(pid)
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        assert select.select([pidfd], [], [], 10)[0]
        os.close(pidfd)
    assert services.valkey.socket.exists()  # the mark of the killed server
    with started(services, data), redis.Redis.from_url(services.valkey.url) as client:
        assert client.lrange("queue", 0, -1) == [b"first", b"second"]


def test_a_path_with_odd_characters_is_quoted_for_the_settings(tmp_path):
    assert quoted(tmp_path / 'a "b" \\c') == f'"{tmp_path}/a \\"b\\" \\\\c"'
