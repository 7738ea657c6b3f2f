"""What the composed deployment promises, read from its files: no Docker is needed."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy import seccomp
from grader.sandbox.policy import GPU

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = (ROOT / "docker-compose.yml").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE)["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
JUDGING = {"worker", "bulk", "worker-gpu", "attacks"}
SECRETS = {"SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"}
#: ${NAME}, ${NAME:-default} or ${NAME:?message}; $$ is a dollar for the container's shell.
VARIABLE = re.compile(r"(?<!\$)\$\{([A-Z_]+)(:?[-?])?")


def documented() -> set[str]:
    return set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def read_by_python(path: str) -> set[str]:
    """The names that a module asks the environment for."""
    calls = [node for node in ast.walk(ast.parse((ROOT / path).read_text())) if isinstance(node, ast.Call)]
    asking = [call for call in calls if ast.unparse(call.func) in {"required", "flag", "os.environ.get"}]
    return {str(call.args[0].value) for call in asking if isinstance(call.args[0], ast.Constant)}


def test_the_services_are_all_there():
    running = {"postgres", "redis", "web", "control", "beat", "worker", "bulk"}
    assert SERVICES.keys() == running | {"setup", "worker-gpu", "attacks"}
    assert {name for name, service in SERVICES.items() if "profiles" not in service} == running | {"setup"}
    assert SERVICES["worker-gpu"]["profiles"] == ["gpu"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_no_privilege_no_capability_and_a_limit(name: str):
    service = SERVICES[name]
    assert service.keys() & {"privileged", "cap_add", "devices", "pid", "ipc", "network_mode"} == set()
    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True
    assert "no-new-privileges:true" in service["security_opt"]
    assert service.keys() >= {"mem_limit", "pids_limit", "restart"}
    assert "docker.sock" not in json.dumps(service)


@pytest.mark.parametrize("name", SERVICES.keys() - OURS.keys())
def test_a_service_of_a_foreign_image_runs_as_its_own_user(name: str):
    assert SERVICES[name]["user"] == name


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_that_stays_up_says_whether_it_is_well(name: str):
    service = SERVICES[name]
    if name in {"setup", "attacks"}:
        assert service["restart"] == "no"
    else:
        assert service["restart"] == "unless-stopped"
        assert "healthcheck" in service or f"AS {service['build']['target']}\n" in DOCKERFILE


def final_stage(target: str) -> str:
    return re.split(r"^FROM ", DOCKERFILE.split(f"FROM python AS {target}\n")[1], flags=re.MULTILINE)[0]


@pytest.mark.parametrize("target", ["web", "worker"])
def test_an_image_runs_as_nobody_in_particular_has_no_compiler_and_a_health_check(target: str):
    stage = final_stage(target)
    assert "USER forwardpass" in stage
    assert "HEALTHCHECK" in stage
    assert "RUN" not in stage
    assert "apt-get" not in DOCKERFILE


def test_packages_are_locked_by_hash_and_come_before_the_source():
    assert DOCKERFILE.index("--require-hashes -r requirements/run.txt") < DOCKERFILE.index("torch.txt")
    assert DOCKERFILE.index("requirements/torch.txt") < DOCKERFILE.index("COPY interview")


@pytest.mark.parametrize("name", SERVICES)
def test_only_who_judges_has_another_seccomp_profile_than_dockers(name: str):
    profiles = [option for option in SERVICES[name]["security_opt"] if option.startswith("seccomp")]
    assert profiles == (["seccomp=deploy/seccomp-worker.json"] if name in JUDGING else [])


def test_the_shipped_profile_is_what_its_script_writes():
    assert seccomp.PROFILE.read_text() == seccomp.text(), "run: .venv/bin/python -m deploy.seccomp"


def test_the_profile_refuses_what_it_does_not_name():
    profile = json.loads(seccomp.PROFILE.read_text())
    named = {name for rule in profile["syscalls"] for name in rule["names"]}
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    assert named > GPU.allowed | GPU.arguments.keys()
    assert named & {"ptrace", "bpf", "io_uring_setup", "keyctl", "perf_event_open", "init_module"} == set()


def test_only_the_web_server_is_published_and_on_loopback():
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"web": ["${BIND:-127.0.0.1}:${PORT:-8000}:8000"]}


def test_who_judges_reaches_no_network_but_that_of_the_data():
    networks = yaml.safe_load(COMPOSE)["networks"]
    assert networks["data"]["internal"] is True
    assert {tuple(SERVICES[name]["networks"]) for name in SERVICES.keys() - {"web"}} == {("data",)}


def test_every_secret_is_required_wherever_it_stands():
    ways = {(name, way) for name, way in VARIABLE.findall(COMPOSE) if name in SECRETS | {"ALLOWED_HOSTS"}}
    assert ways == {(name, ":?") for name in SECRETS | {"ALLOWED_HOSTS"}}


def test_no_other_value_is_left_without_a_default():
    ways = {way for name, way in VARIABLE.findall(COMPOSE) if name not in SECRETS | {"ALLOWED_HOSTS"}}
    assert ways == {":-"}


def test_the_example_names_every_variable_and_no_other():
    set_by_compose = {name for service in OURS.values() for name in service["environment"]}
    read = read_by_python("interview/settings.py") | {name for name, _ in VARIABLE.findall(COMPOSE)}
    assert documented() == read | set_by_compose | {"COMPOSE_FILE"}


def test_the_processes_are_given_only_what_the_settings_read():
    outside_settings = {"GRADER_MEMORY", "GRADER_DEVICE", "FORWARDED_ALLOW_IPS"}
    read = read_by_python("interview/settings.py") | outside_settings
    assert {name for service in OURS.values() for name in service["environment"]} <= read


def test_every_secret_of_the_example_is_empty():
    example = (ROOT / ".env.example").read_text()
    assert set(re.findall(r"^([A-Z_]+)=$", example, re.MULTILINE)) == SECRETS | {"ALLOWED_HOSTS"}
