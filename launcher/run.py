"""`make run`: the whole product on this machine, until somebody asks it to stop."""

import http.client
import os
import sys

from launcher import lock, probes
from launcher.child import Program
from launcher.logs import Log, wants_colour
from launcher.paths import DataFolder
from launcher.preflight import check_host, check_port
from launcher.product import Product
from launcher.services import Services, needed_services
from launcher.supervisor import StopAsked, Supervisor
from launcher.trouble import Trouble

SERVICE_SECONDS = 60.0
WEB_SECONDS = 60.0
WORKER_SECONDS = 30.0


def run(host: str, port: int, data: DataFolder) -> int:
    """Start everything, print the URL last, and keep it running. Returns 0 after an orderly end; raises Trouble."""
    check_host(host, os.environ)
    data.create()
    try:
        with lock.hold(data):
            check_port(host, port)
            return _run(host, port, data)
    except lock.Busy as busy:
        raise lock.already_running(busy) from busy


def _run(host: str, port: int, data: DataFolder) -> int:
    services = needed_services(data)
    product = Product(services.environment(os.environ), data, host, port)
    out = sys.stdout.buffer
    try:
        with Supervisor(Log(out, colour=wants_colour(out, os.environ))) as supervisor:
            _bring_up(supervisor, services, product, data)
            supervisor.serve()
    except StopAsked:
        return 0
    return 0


def _bring_up(supervisor: Supervisor, services: Services, product: Product, data: DataFolder) -> None:
    _say_what_the_host_lacks(supervisor, product.environment["GRADER_MEMORY"])
    for service in services.embedded:
        service.prepare()
        supervisor.start(service.program())
        if not supervisor.wait_until(service.ready, SERVICE_SECONDS):
            raise Trouble(f"{service.program().name} does not answer.", "Its lines above say more.")
    _set_up(supervisor, product, demo=services.postgres is not None)
    supervisor.start(product.beat())
    supervisor.start(product.worker(), product.control(), product.bulk(), *_gpu_worker(supervisor, product))
    supervisor.start(product.web())
    _wait_until_it_serves(supervisor, product)
    lock.publish(data, lock.Running("run", os.getpid(), product.url, dict(product.environment)))
    supervisor.announce(f"Forward Pass is ready. Ctrl-C stops it.\n\n    {product.url}\n")
    # Tests that make interviews of their own do without.
    if services.postgres is not None and os.environ.get("DEMO_INTERVIEWS") != "0":
        supervisor.start_aside(product.demo())


def _gpu_worker(supervisor: Supervisor, product: Product) -> list[Program]:
    """A worker for GPUs where there is one that works; where it does not, the log says why."""
    found = probes.gpus(product.environment)
    if found.working:
        supervisor.say(f"GPUs for coding answers: {found.working}")
    if found.refusal:
        supervisor.say(f"A GPU cannot be used, and what needs it will wait: {found.refusal}")
    return [product.gpu(found.working)] if found.working else []


def _set_up(supervisor: Supervisor, product: Product, *, demo: bool) -> None:
    steps = {"migrate": "bringing the database up to date", "load_bank": "loading the question bank"}
    if demo:
        steps["create_demo"] = "creating the demo accounts"
    for command, meaning in steps.items():
        supervisor.say(meaning)
        supervisor.run_once(product.setup(command))


def _wait_until_it_serves(supervisor: Supervisor, product: Product) -> None:
    if not supervisor.wait_until(lambda: is_healthy(product.host, product.port), WEB_SECONDS):
        raise Trouble(
            f"The web server does not answer at {product.url}healthz/.", "The lines of `web` above say why."
        )
    if not supervisor.wait_until(supervisor.all_announced_ready, WORKER_SECONDS):
        supervisor.say("The workers are not ready yet; until they are, answers wait in the queue.")


def is_healthy(host: str, port: int) -> bool:
    """Tell whether GET /healthz/ answers 200."""
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/healthz/")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _say_what_the_host_lacks(supervisor: Supervisor, memory: str) -> None:
    limits = {
        "cgroup": "kept by a cgroup",
        "watched": "kept by a cgroup where one can be made, else watched and limited by rlimits",
    }
    supervisor.say(f"memory of coding answers: {limits.get(memory, memory)} (GRADER_MEMORY={memory})")
    if not probes.user_namespaces_work():
        supervisor.say(
            "This host gives no user namespaces, which the sandbox needs: coding answers will wait, everything else "
            "works.\n" + probes.user_namespace_fix()
        )
