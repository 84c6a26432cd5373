"""What a server, its worker and its API cost: the same requests to us and to upstream.

    python -m benchmarks.service PROGRAM COUNT    in the environment of the side that is measured

Each program starts that side's own server (`python -m prefect server start`) in a fresh home, asks it over its REST
API, which both sides speak, and prints one figure. It needs httpx and psutil.
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from uuid import uuid4

import httpx
import psutil
from big_database import fill
from event_database import fill as fill_events
from event_rates import TOGETHER, by_http, by_websocket

AnyText = TypeVar("AnyText", str, bytes)
CLIENTS = 16
IDLE_S = 20.0
STARTING_S = 90.0
SERVED = """
import sys, time
from pathlib import Path
from prefect import flow

LEDGER = Path({ledger!r})

@flow
def touched(number: int = 0):
    with LEDGER.open("a") as ledger:
        ledger.write(f"{{number}} {{time.time()}}\\n")

if __name__ == "__main__":
    touched.serve(name="bench", limit=20)
"""


WAITER = """
import sys, time
from prefect.concurrency.sync import concurrency

for _ in sys.stdin:
    with concurrency("bench"):
        print(time.time(), flush=True)
"""
HELD_S = 1.0
"""Seconds for which somebody waits for a slot."""
SETTLING_S = 5.0
"""Seconds in which a server takes note of a new automation."""


def main(name: str, count: int) -> None:
    print(PROGRAMS[name](count))


# -- a server and its clients ------------------------------------------------------------------------------------------


@contextmanager
def server() -> Iterator[str]:
    """A server of this environment; the address of its API."""
    with one_more_server() as address:
        os.environ["PREFECT_API_URL"] = address
        yield address


@contextmanager
def one_more_server() -> Iterator[str]:
    """The same, which the programs that are started here are not told of."""
    with ended(process("server", "start", "--port", str(port := free_port()))) as started:
        address = f"http://127.0.0.1:{port}/api"
        wait_until(lambda: answers(address), started)
        yield address


def process(*arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "prefect", *arguments]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@contextmanager
def ended(started: subprocess.Popen[AnyText]) -> Iterator[subprocess.Popen[AnyText]]:
    try:
        yield started
    finally:
        family: list[psutil.Process] = []
        with suppress(psutil.NoSuchProcess):
            family = [*psutil.Process(started.pid).children(recursive=True), psutil.Process(started.pid)]
        for member in family:
            with suppress(psutil.NoSuchProcess):
                member.terminate()
        for member in psutil.wait_procs(family, timeout=10)[1]:
            with suppress(psutil.NoSuchProcess):
                member.kill()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def wait_until(holds: Callable[[], Any], alive: subprocess.Popen[AnyText], seconds: float = STARTING_S) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if alive.poll() is not None or time.monotonic() > deadline:
            sys.exit("It did not happen in time.")
        time.sleep(0.005)


def ask(http: httpx.Client, method: str, path: str, body: Any = None) -> Any:
    """What a request is answered with; it is asked again while the server says that it is busy, as clients do."""
    answer = http.request(method, path, json=body)
    while answer.status_code in (429, 503):
        time.sleep(0.1)
        answer = http.request(method, path, json=body)
    answer.raise_for_status()
    return answer.json() if answer.content else None


# -- programs ----------------------------------------------------------------------------------------------------------


def server_start(count: int) -> float:
    """Seconds from the command to the first healthy answer, in a home that has a database already."""
    with server():
        pass
    started = time.perf_counter()
    with server():
        return time.perf_counter() - started


def idle_memory(count: int) -> float:
    """MB that a server and its children hold when nothing happens."""
    with server():
        time.sleep(5)
        return sum(member.memory_info().rss for member in _servers()) / 1e6


def idle_cpu(count: int) -> float:
    """Percent of a core that a server and its children use when nothing happens."""
    with server():
        time.sleep(10)
        before = _cpu_seconds()
        time.sleep(IDLE_S)
        return 100 * (_cpu_seconds() - before) / IDLE_S


def _servers() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


def _cpu_seconds() -> float:
    return sum(member.cpu_times().user + member.cpu_times().system for member in _servers())


def trigger(count: int) -> float:
    """Median seconds from the request for a run of a served deployment to the first line of its code."""
    with served() as place:
        return statistics.median(place.trigger(count))


def trigger_p95(count: int) -> float:
    """Seconds within which 95 % of the runs of a served deployment begin."""
    with served() as place:
        return statistics.quantiles(place.trigger(count), n=20)[-1]


def trigger_worker(count: int) -> float:
    """Median seconds from the request for a run, which a worker starts, to the first line of its code."""
    with worked() as place:
        return statistics.median(place.trigger(count))


def trigger_worker_p95(count: int) -> float:
    """Seconds within which 95 % of the runs that a worker starts begin."""
    with worked() as place:
        return statistics.quantiles(place.trigger(count), n=20)[-1]


class Place(NamedTuple):
    """A deployment, whoever starts its runs at work, and the file into which these write that they began."""

    http: httpx.Client
    deployment: str
    ledger: Path
    starting: subprocess.Popen[bytes]

    def trigger(self, count: int) -> list[float]:
        """Seconds until each of so many runs begins, one after the other, when one has begun before."""
        return [_triggered(self.http, self.deployment, self.ledger, number) for number in range(-1, count)][1:]


@contextmanager
def served() -> Iterator[Place]:
    """A program that serves its flow."""
    with server() as address, httpx.Client(base_url=address, timeout=60) as http:
        ledger, program = _written()
        serving = subprocess.Popen([sys.executable, str(program)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with ended(serving):
            wait_until(lambda: _deployments(http), serving)
            yield Place(http, _deployments(http)[0]["id"], ledger, serving)


@contextmanager
def worked(**said: Any) -> Iterator[Place]:
    """A worker, and a deployment in its pool, of which more may be said."""
    with server() as address, httpx.Client(base_url=address, timeout=60) as http:
        ask(http, "POST", "/work_pools/", {"name": "bench", "type": "process"})
        deployment, ledger = deployed(http, pool="bench", **said)
        with ended(process("worker", "start", "--pool", "bench", "--name", "bench")) as working:
            wait_until(lambda: ask(http, "POST", "/work_pools/bench/workers/filter", {}), working)
            yield Place(http, deployment["id"], ledger, working)


def deployed(http: httpx.Client, *, pool: str | None, **said: Any) -> tuple[Any, Path]:
    """A deployment of the flow that writes into a ledger, and that."""
    ledger, program = _written()
    flow = ask(http, "POST", "/flows/", {"name": "touched"})
    body = {
        "name": "bench",
        "flow_id": flow["id"],
        "work_pool_name": pool,
        "entrypoint": "served.py:touched",
        "path": str(program.parent),
        "pull_steps": [{"prefect.deployments.steps.set_working_directory": {"directory": str(program.parent)}}],
        **said,
    }
    return ask(http, "POST", "/deployments/", body), ledger


def _written() -> tuple[Path, Path]:
    """The ledger, and the program whose flow writes into it."""
    ledger, program = Path("ledger").resolve(), Path("served.py").resolve()
    program.write_text(SERVED.format(ledger=str(ledger)))
    return ledger, program


def _deployments(http: httpx.Client) -> list[Any]:
    found: list[Any] = ask(http, "POST", "/deployments/filter", {})
    return found


def _triggered(http: httpx.Client, deployment: str, ledger: Path, number: int) -> float:
    asked = time.time()
    ask(http, "POST", f"/deployments/{deployment}/create_flow_run", {"parameters": {"number": number}})
    while True:
        if ledger.exists():
            for line in ledger.read_text().splitlines():
                told, moment = line.split()
                if int(told) == number:
                    return float(moment) - asked
        if time.time() > asked + 120:
            sys.exit("The run did not start.")
        time.sleep(0.005)


def worker_runs(count: int) -> float:
    """Seconds in which a worker carries out so many runs that are due at once."""
    with worked() as place:
        return carried_out(place, count)


def carried_out(place: Place, count: int) -> float:
    """Seconds in which so many runs that are due at once have completed."""
    before, began = completed(place.http), time.perf_counter()
    for number in range(count):
        body = {"parameters": {"number": number}}
        ask(place.http, "POST", f"/deployments/{place.deployment}/create_flow_run", body)
    wait_until(lambda: completed(place.http) >= before + count, place.starting, 300)
    return time.perf_counter() - began


def completed(http: httpx.Client) -> int:
    asked = {"flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}
    return int(ask(http, "POST", "/flow_runs/count", asked))


def event_action(count: int) -> float:
    """Median milliseconds from the request that tells of an event to the run that an automation makes for it."""
    with server() as address, httpx.Client(base_url=address, timeout=60) as http:
        flow = ask(http, "POST", "/flows/", {"name": "touched"})
        deployment = ask(http, "POST", "/deployments/", {"name": "bench", "flow_id": flow["id"]})["id"]
        trigger = {"type": "event", "posture": "Reactive", "expect": ["bench.told"], "threshold": 1, "within": 0}
        action = {"type": "run-deployment", "source": "selected", "deployment_id": deployment}
        ask(http, "POST", "/automations/", {"name": "bench", "trigger": trigger, "actions": [action]})
        time.sleep(SETTLING_S)
        return 1000 * statistics.median([_acted(http, number) for number in range(count + 1)][1:])


def heard(count: int) -> float:
    """Seconds of so many mapped tasks of a program beside a server, where an automation counts what becomes of each."""
    return _mapped(count, is_heard=True)


def unheard(count: int) -> float:
    """The same without the automation."""
    return _mapped(count, is_heard=False)


def heard_through(count: int) -> float:
    """As `heard`, where the program records by way of the server."""
    return _mapped(count, is_heard=True, through=True)


def unheard_through(count: int) -> float:
    """The same without the automation."""
    return _mapped(count, is_heard=False, through=True)


def events_in(count: int) -> float:
    """Seconds until a server has so many events, told in requests of many by eight clients, and they are found."""
    with server() as address:
        by_http(address, TOGETHER, TOGETHER)  # which warms it up
        return by_http(address, count, TOGETHER)


def events_one_by_one(count: int) -> float:
    """The same with one event a request."""
    with server() as address:
        by_http(address, TOGETHER, TOGETHER)
        return by_http(address, count, 1)


def events_socket(count: int) -> float:
    """The same on one websocket."""
    with server() as address:
        by_websocket(address, TOGETHER)
        return by_websocket(address, count)


def feed(count: int) -> float:
    """Milliseconds below which 95 % of the questions of a feed of events stay, on so many of them."""
    os.environ["PREFECT_EVENTS_RETENTION_PERIOD"] = "P90D"
    with server():
        pass
    fill_events(Path(os.environ["PREFECT_HOME"]) / "prefect.db", count)
    return _p95(_feed, rounds=5)


def _feed() -> Iterator[tuple[str, Any]]:
    """What the pages of events ask for: the latest of all, of a rare name and of a resource, and counts of a day."""
    now = datetime.now(timezone.utc)

    def since(days: float, **wanted: Any) -> dict[str, Any]:
        occurred = {"since": (now - timedelta(days=days)).isoformat(), "until": now.isoformat()}
        return {"filter": {"occurred": occurred, **wanted}}

    run = "prefect.flow-run.a0000000-0000-7000-8000-000000000100"
    yield "/events/filter", {**since(30), "limit": 50}
    yield "/events/filter", {**since(30, event={"name": ["prefect.task-run.Failed"]}), "limit": 50}
    yield "/events/filter", {**since(30, resource={"id": ["order.4711"]}), "limit": 50}
    yield "/events/filter", {**since(30, any_resource={"id": [run]}), "limit": 50}
    yield "/events/count-by/time", {**since(1), "time_unit": "hour", "time_interval": 1}
    yield "/events/count-by/event", since(1)
    yield "/events/count-by/resource", since(1 / 24)


def _mapped(count: int, *, is_heard: bool, through: bool = False) -> float:
    with server() as address, httpx.Client(base_url=address, timeout=60) as http:
        if is_heard:
            trigger = {"type": "event", "posture": "Reactive", "expect": ["prefect.task-run.*"], "threshold": 10**9}
            trigger |= {"match": {"prefect.resource.id": "prefect.task-run.*"}, "within": 3600}
            body = {"name": "bench", "trigger": trigger, "actions": [{"type": "do-nothing"}]}
            ask(http, "POST", "/automations/", body)
        time.sleep(SETTLING_S)
        command = [sys.executable, Path(__file__).with_name("programs.py"), "mapped", str(count)]
        env = {name: value for name, value in os.environ.items() if through or name != "PREFECT_API_URL"}
        told = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
        return float(told.stdout.splitlines()[-1])


def _acted(http: httpx.Client, number: int) -> float:
    """Seconds from an event, the number of which is told, until there is one run more."""
    resource, now = {"prefect.resource.id": "bench"}, datetime.now(timezone.utc).isoformat()
    event = {"id": str(uuid4()), "occurred": now, "event": "bench.told", "resource": resource}
    since = time.perf_counter()
    ask(http, "POST", "/events", [event])
    while int(ask(http, "POST", "/flow_runs/count", {})) <= number:
        if time.perf_counter() > since + 120:
            sys.exit("The automation did not act.")
        time.sleep(0.002)
    return time.perf_counter() - since


def requests(count: int) -> float:
    """Seconds in which sixteen clients have so many flow runs created, started and completed: three requests each."""
    return _load(count)[0]


def set_state_p95(count: int) -> float:
    """Milliseconds below which 95 % of the changes of state stay, with sixteen clients and a thousand runs a minute."""
    return 1000 * statistics.quantiles(_load(count, pause=CLIENTS * 60 / 1000)[1], n=20)[-1]


def _load(count: int, pause: float = 0.0) -> tuple[float, list[float]]:
    """The whole time, and that of each change of state."""
    with server() as address:
        times: list[float] = []
        return together(lambda _: runs_made(address, count // CLIENTS, pause, times)), times


def together(work: Callable[[int], None]) -> float:
    """Seconds in which all clients have done some work, each of which is told its number."""
    clients = [threading.Thread(target=work, args=(number,)) for number in range(CLIENTS)]
    began = time.perf_counter()
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return time.perf_counter() - began


def runs_made(address: str, count: int, pause: float, times: list[float]) -> None:
    with httpx.Client(base_url=address, timeout=120) as http:
        flow = ask(http, "POST", "/flows/", {"name": "load"})
        for _ in range(count):
            began = time.perf_counter()
            run = ask(http, "POST", "/flow_runs/", {"flow_id": flow["id"], "state": {"type": "PENDING"}})
            for type in ("RUNNING", "COMPLETED"):
                moved = time.perf_counter()
                ask(http, "POST", f"/flow_runs/{run['id']}/set_state", {"state": {"type": type}})
                times.append(time.perf_counter() - moved)
            if pause:
                time.sleep(max(pause - (time.perf_counter() - began), 0))


def slot_wakeup(count: int) -> float:
    """Milliseconds, at the median, from the moment a slot is given back until who waits for it has it."""
    with server() as address, httpx.Client(base_url=address, timeout=60) as http:
        ask(http, "POST", "/v2/concurrency_limits/", {"name": "bench", "limit": 1})
        waiter = subprocess.Popen(
            [sys.executable, "-c", WAITER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        with ended(waiter):
            return 1000 * statistics.median([_woken(http, waiter) for _ in range(count + 1)][1:])


def _woken(http: httpx.Client, waiter: subprocess.Popen[str]) -> float:
    """Seconds that one waits for a slot after it is free."""
    assert waiter.stdin is not None
    assert waiter.stdout is not None
    lease = ask(http, "POST", "/v2/concurrency_limits/increment-with-lease", {"names": ["bench"], "slots": 1})[
        "lease_id"
    ]
    waiter.stdin.write("\n")
    waiter.stdin.flush()
    time.sleep(HELD_S)
    given = time.time()
    ask(http, "POST", "/v2/concurrency_limits/decrement-with-lease", {"lease_id": lease})
    taken = float(waiter.stdout.readline()) - given
    wait_until(lambda: ask(http, "GET", "/v2/concurrency_limits/bench")["active_slots"] == 0, waiter)
    return taken


def dashboard(count: int) -> float:
    """Milliseconds below which 95 % of a dashboard's questions stay, on so many runs with ten tasks each."""
    with server():
        pass
    fill(Path(os.environ["PREFECT_HOME"]) / "prefect.db", count)
    return _p95(_dashboard, rounds=10)


def _p95(questions: Callable[[], Iterator[tuple[str, Any]]], *, rounds: int) -> float:
    """Milliseconds below which 95 % of some questions stay, each asked so often of a new server on this home."""
    times: list[float] = []
    with server() as address, httpx.Client(base_url=address, timeout=300) as http:
        for _ in range(rounds):
            for path, body in questions():
                began = time.perf_counter()
                ask(http, "POST", path, body)
                times.append(time.perf_counter() - began)
    return 1000 * statistics.quantiles(times, n=20)[-1]


def _dashboard() -> Iterator[tuple[str, Any]]:
    """What the dashboard asks for the last day."""
    now = datetime.now(timezone.utc)
    since = {"after_": (now - timedelta(days=1)).isoformat()}
    flow_runs = {"expected_start_time": since}
    yield "/flow_runs/filter", {"sort": "START_TIME_DESC", "limit": 200}
    for types in (
        ["FAILED", "CRASHED"],
        ["RUNNING", "PENDING", "CANCELLING"],
        ["COMPLETED"],
        ["SCHEDULED"],
        ["CANCELLED"],
    ):
        wanted = {"flow_runs": {**flow_runs, "state": {"type": {"any_": types}}}}
        yield "/flow_runs/count", wanted
        yield "/flow_runs/filter", {**wanted, "sort": "START_TIME_DESC", "limit": 10}
    yield "/ui/flow_runs/history", {"flow_runs": flow_runs, "sort": "EXPECTED_START_TIME_ASC", "limit": 200}
    yield "/task_runs/count", {"task_runs": {"start_time": since}}
    yield "/ui/task_runs/dashboard/counts", {"task_runs": {"start_time": since}}


PROGRAMS: dict[str, Callable[[int], float]] = {
    made.__name__: made
    for made in (
        *(server_start, idle_memory, idle_cpu, trigger, trigger_p95, trigger_worker, trigger_worker_p95),
        *(worker_runs, requests, set_state_p95, slot_wakeup, event_action, dashboard),
        *(heard, unheard, heard_through, unheard_through),
        *(events_in, events_one_by_one, events_socket, feed),
    )
}


if __name__ == "__main__":
    arguments: Sequence[str] = sys.argv[1:]
    main(arguments[0], int(arguments[1]))
