"""The API of the small cluster over HTTP."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import yaml

from tests.kubernetes.node import Node
from tests.kubernetes.objects import Gone, Object, Objects, Selects

KINDS = {"pods": "Pod", "jobs": "Job", "secrets": "Secret", "namespaces": "Namespace", "events": "Event"}
GROUPS = {"v1": ("pods", "secrets", "namespaces", "events"), "batch/v1": ("jobs",)}
SUBRESOURCES = {"pods": ("log", "eviction", "status"), "jobs": ("status",)}
VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"]
PLACE = re.compile(
    r"/(?:api|apis)/(?P<group>v1|batch/v1)(?:/namespaces/(?P<namespace>[^/]+))?"
    r"/(?P<resource>pods|jobs|secrets|events|namespaces)(?:/(?P<name>[^/]+))?(?:/(?P<sub>log|eviction|status))?"
)
REASONS = {
    403: "Forbidden",
    404: "NotFound",
    409: "AlreadyExists",
    410: "Expired",
    429: "TooManyRequests",
    500: "InternalError",
}
NAMESPACES = ("default", "kube-system", "prefect")


@dataclass
class Fault:
    """What is answered instead, to requests of a method whose path matches, for as often as `times` says."""

    method: str
    path: str
    code: int
    times: int


class Cluster:
    """A running cluster: its objects, its node, and what goes wrong next."""

    def __init__(self, folder: Path, images: set[str], environment: Mapping[str, str]) -> None:
        self.objects = Objects()
        self.node = Node(self.objects, folder, images, environment)
        self.faults: list[Fault] = []
        self.asked: list[str] = []
        """The methods and paths of all requests."""
        self.rules: list[Object] | None = None
        """What clients may do, and where: the rules of a role for one namespace, or everything."""
        self.namespace = ""
        self.is_over = False
        for name in NAMESPACES:
            status = {"status": {"phase": "Active"}}
            self.objects.add(
                "namespaces", "", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}, **status}
            )

    def fail(self, method: str, path: str, code: int, *, times: int = 1) -> None:
        """Have the next such requests fail."""
        self.faults.append(Fault(method, path, code, times))

    def allow(self, role: Object) -> None:
        """Let clients do what a role says, and nothing else."""
        self.rules, self.namespace = role["rules"], role["metadata"]["namespace"]

    def is_allowed(self, verb: str, place: Mapping[str, str]) -> bool:
        if self.rules is None or not place:
            return True
        group, resource = place["group"].partition("/")[0] if "/" in place["group"] else "", place["resource"]
        wanted = f"{resource}/{place['sub']}" if place["sub"] else resource
        return place["namespace"] == self.namespace and any(
            group in rule["apiGroups"] and wanted in rule["resources"] and verb in rule["verbs"] for rule in self.rules
        )

    def fault(self, method: str, path: str) -> int | None:
        self.asked.append(f"{method} {path}")
        for fault in self.faults:
            if fault.times and fault.method == method and re.search(fault.path, path):
                fault.times -= 1
                return fault.code
        return None


@contextmanager
def cluster(folder: Path, images: set[str], environment: Mapping[str, str]) -> Iterator[tuple[Cluster, Path]]:
    """A cluster inside the block, and the file by which clients find it (KUBECONFIG)."""
    made = Cluster(folder, images, environment)

    class Answering(Api):
        cluster = made

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings = folder / "kubeconfig"
        settings.write_text(yaml.safe_dump(_kubeconfig(f"http://127.0.0.1:{server.server_address[1]}")))
        try:
            yield made, settings
        finally:
            made.is_over = True
            made.node.close()
            server.shutdown()


def _kubeconfig(address: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "small", "cluster": {"server": address}}],
        "users": [{"name": "small", "user": {"token": "none"}}],
        "contexts": [{"name": "small", "context": {"cluster": "small", "user": "small", "namespace": "default"}}],
        "current-context": "small",
    }


class Failure(Exception):
    """A request that fails, with the code and what is said of it."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Api(BaseHTTPRequestHandler):
    """One client's requests."""

    protocol_version = "HTTP/1.1"
    cluster: Cluster

    def do_GET(self) -> None:
        self._answer(self._found)

    def do_POST(self) -> None:
        self._answer(self._made)

    def do_PUT(self) -> None:
        self._answer(self._replaced)

    def do_PATCH(self) -> None:
        self._answer(self._patched)

    def do_DELETE(self) -> None:
        self._answer(self._deleted)

    def log_message(self, *_: object) -> None: ...

    def _answer(self, how: Any) -> None:
        url = urlsplit(self.path)
        self.path, self.query = unquote(url.path), {name: values[-1] for name, values in parse_qs(url.query).items()}
        self.body: Object = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        match = PLACE.fullmatch(self.path)
        self.place: dict[str, str] = {name: value or "" for name, value in match.groupdict().items()} if match else {}
        try:
            code = self.cluster.fault(self.command, self.path)
            if code is not None:
                raise Failure(code, "it was to fail")
            if not self.cluster.is_allowed(self._verb(), self.place):
                raise Failure(403, f"cannot {self._verb()} {self.path}")
            how()
        except KeyError as error:
            self._fail(404, f'{self.place.get("resource", "path")} "{error.args[0]}" not found')
        except Failure as error:
            self._fail(error.code, str(error))

    def _verb(self) -> str:
        """What is asked for, as roles call it."""
        if self.command != "GET":
            return {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}[self.command]
        if self.query.get("watch") in ("true", "1", "True"):
            return "watch"
        return "get" if self.place.get("name") else "list"

    # -- answers --------------------------------------------------------------------------------------------------

    def _say(self, told: Object, code: int = 200) -> None:
        content = json.dumps(told).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if code == 429:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(content)

    def _fail(self, code: int, message: str) -> None:
        self._say(_status("Failure", code=code, reason=REASONS[code], message=message), code)

    def _stream(self, kind: str, parts: Iterator[bytes]) -> None:
        """Tell parts as they come, until the client has gone."""
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for part in parts:
                self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.close_connection = True

    # -- reading --------------------------------------------------------------------------------------------------

    def _found(self) -> None:
        discovered = _discovery(self.path)
        if discovered is not None:
            self._say(discovered)
        elif not self.place:
            raise KeyError(self.path)
        elif self.place["sub"] == "log":
            self._say_output()
        elif self.place["name"]:
            self._say(self.cluster.objects.read(self.place["resource"], self.place["namespace"], self.place["name"]))
        elif self.query.get("watch") in ("true", "1", "True"):
            self._stream("application/json", self._changes())
        else:
            self._say(self._list())

    def _list(self) -> Object:
        found, version = self.cluster.objects.all_of(self.place["resource"], self._selects())
        kind = f"{KINDS[self.place['resource']]}List"
        return {
            "apiVersion": self.place["group"],
            "kind": kind,
            "metadata": {"resourceVersion": str(version)},
            "items": found,
        }

    def _changes(self) -> Iterator[bytes]:
        over = time.monotonic() + float(self.query.get("timeoutSeconds") or 3600)
        version = self.query.get("resourceVersion")
        try:
            if not version or version == "0":
                found, start = self.cluster.objects.all_of(self.place["resource"], self._selects())
                yield from (_line("ADDED", one) for one in found)
            else:
                start = int(version)
            for change in self.cluster.objects.since(
                start,
                self.place["resource"],
                self._selects(),
                until=lambda: self.cluster.is_over or time.monotonic() > over,
            ):
                yield _line(change.kind, change.object)
        except Gone as error:
            yield _line("ERROR", _status("Failure", code=410, reason="Expired", message=str(error)))

    def _selects(self) -> Selects:
        labels = [part for part in self.query.get("labelSelector", "").split(",") if part]
        fields = [part for part in self.query.get("fieldSelector", "").split(",") if part]
        namespace = self.place["namespace"]

        def selects(one: Object) -> bool:
            is_there = not namespace or one["metadata"]["namespace"] == namespace
            has = one["metadata"].get("labels") or {}
            return (
                is_there
                and all(_fits(part, has) for part in labels)
                and all(_fits(part, _flat(one)) for part in fields)
            )

        return selects

    def _say_output(self) -> None:
        namespace, name = self.place["namespace"], self.place["name"]
        self.cluster.objects.read("pods", namespace, name)
        follows = self.query.get("follow") in ("true", "1", "True")
        self._stream("text/plain", self._output(namespace, name, follows=follows))

    def _output(self, namespace: str, name: str, *, follows: bool) -> Iterator[bytes]:
        file, node = self.cluster.node.output_of(namespace, name), self.cluster.node
        while follows and not file.exists() and not node.is_over(namespace, name):
            time.sleep(0.05)
        if not file.exists():
            return
        with file.open("rb") as output:
            while True:
                is_over = not follows or node.is_over(namespace, name)
                part = output.read()
                if part:
                    yield part
                elif is_over:
                    return
                time.sleep(0 if is_over else 0.05)

    # -- writing --------------------------------------------------------------------------------------------------

    def _made(self) -> None:
        if self.place.get("sub") == "eviction":
            self.cluster.node.evict(self.place["namespace"], self.place["name"])
            self._say(_status("Success"), 201)
            return
        try:
            made = self.cluster.objects.add(self.place["resource"], self.place["namespace"], self.body)
        except KeyError as error:
            raise Failure(409, f'{self.place["resource"]} "{error.args[0]}" already exists') from error
        if self.place["resource"] == "jobs":
            self.cluster.node.begin(made)
        self._say(made, 201)

    def _replaced(self) -> None:
        self._change(lambda kept: kept.update({**self.body, "metadata": {**kept["metadata"], **self.body["metadata"]}}))

    def _patched(self) -> None:
        self._change(lambda kept: _merge(kept, self.body))

    def _change(self, change: Any) -> None:
        place = self.place["resource"], self.place["namespace"], self.place["name"]
        self._say(self.cluster.objects.change(*place, change))

    def _deleted(self) -> None:
        resource, namespace, name = self.place["resource"], self.place["namespace"], self.place["name"]
        grace = self.body.get("gracePeriodSeconds", self.query.get("gracePeriodSeconds"))
        last = self.cluster.objects.read(resource, namespace, name)
        if resource in ("jobs", "pods"):
            delete = self.cluster.node.delete_job if resource == "jobs" else self.cluster.node.delete_pod
            wait = float(grace) if grace is not None else None
            threading.Thread(target=delete, args=(namespace, name, wait), daemon=True).start()
        else:
            self.cluster.objects.remove(resource, namespace, name)
        self._say(last)


def _discovery(path: str) -> Object | None:
    """What there is, as clients ask before anything else."""
    versions = [{"groupVersion": "batch/v1", "version": "v1"}]
    told: dict[str, Object] = {
        "/version": {"major": "1", "minor": "34", "gitVersion": "v1.34.0"},
        "/api": {"kind": "APIVersions", "versions": ["v1"]},
        "/apis": {
            "kind": "APIGroupList",
            "apiVersion": "v1",
            "groups": [{"name": "batch", "versions": versions, "preferredVersion": versions[0]}],
        },
        "/api/v1": _resources("v1"),
        "/apis/batch/v1": _resources("batch/v1"),
    }
    return told.get(path)


def _resources(group: str) -> Object:
    found = []
    for name in GROUPS[group]:
        same = {"namespaced": name != "namespaces", "kind": KINDS[name], "singularName": KINDS[name].lower()}
        found.append({"name": name, "verbs": VERBS, **same})
        found += [{"name": f"{name}/{sub}", "verbs": ["get"], **same} for sub in SUBRESOURCES.get(name, ())]
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group, "resources": found}


def _status(status: str, **told: Any) -> Object:
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": status, **told}


def _line(kind: str, object: Object) -> bytes:
    return json.dumps({"type": kind, "object": object}).encode() + b"\n"


def _fits(wanted: str, has: Mapping[str, Any]) -> bool:
    """Whether `a=b`, `a==b` or `a` is so."""
    name, equals, value = wanted.replace("==", "=").partition("=")
    return str(has.get(name)) == value if equals else name in has


def _flat(one: Object) -> dict[str, Any]:
    return {
        f"{part}.{name}": value for part, told in one.items() if isinstance(told, dict) for name, value in told.items()
    }


def _merge(kept: Object, patch: Object) -> None:
    """As a merge patch says it; lists are replaced."""
    for name, value in patch.items():
        if value is None:
            kept.pop(name, None)
        elif isinstance(value, dict) and isinstance(kept.get(name), dict):
            _merge(kept[name], value)
        else:
            kept[name] = value
