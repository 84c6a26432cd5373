"""Who may talk to the server: other sites' pages may not, whatever they try; programs notice nothing."""

from __future__ import annotations

import base64
import socket
from collections.abc import Iterator

import httpx
import pytest

from prefect._api.table import all_routes
from prefect.settings import temporary_settings
from tests.serving import served

EVIL = "http://evil.example"
VARIABLE = {"name": "planted", "value": 1}


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    """A program that talks to a server."""
    with served() as address, httpx.Client(base_url=address) as client:
        yield client


@pytest.fixture
def guarded() -> Iterator[httpx.Client]:
    """A program that talks to a server which asks who it is, and does not say."""
    with (
        temporary_settings({"PREFECT_SERVER_API_AUTH_STRING": "admin:pässword"}),
        served() as address,
        httpx.Client(base_url=address) as client,
    ):
        yield client


def planted(http: httpx.Client) -> bool:
    return http.get("/variables/name/planted").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": EVIL},
        {"origin": "null"},
        {"origin": EVIL, "content-type": "text/plain"},
        {"origin": EVIL, "content-type": "multipart/form-data; boundary=x"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"host": "evil.example"},
        {"host": "evil.example:4200"},
        {"host": "EVIL.example."},
        {"host": "evil.example", "x-forwarded-host": "127.0.0.1"},
    ],
)
def test_another_sites_page_writes_nothing(http: httpx.Client, headers: dict[str, str]) -> None:
    answer = http.post("/variables/", json=VARIABLE, headers=headers)

    assert answer.status_code in (403, 421)
    assert "access-control-allow-origin" not in answer.headers
    assert not planted(http)


def test_no_route_answers_another_sites_page(http: httpx.Client) -> None:
    told = {
        (route.method, route.path): http.request(route.method, route.path, headers={"origin": EVIL}).status_code
        for route in all_routes()
    }

    assert set(told.values()) == {403}


def test_a_preflight_of_another_site_is_refused(http: httpx.Client) -> None:
    asked = {"origin": EVIL, "access-control-request-method": "POST"}

    answer = http.options("/variables/", headers=asked)

    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


def test_a_body_is_json_and_says_so(http: httpx.Client) -> None:
    content = b'{"name": "planted", "value": 1}'

    assert http.post("/variables/", content=content).status_code == 415
    assert http.post("/variables/", content=content, headers={"content-type": "text/plain"}).status_code == 415
    assert not planted(http)


def test_programs_and_our_own_pages_are_let_in(http: httpx.Client) -> None:
    own = f"http://{http.base_url.netloc.decode()}"

    assert http.post("/variables/", json=VARIABLE).status_code == 201
    assert http.get("/variables/name/planted", headers={"origin": own}).status_code == 200
    assert http.get("/health", headers={"host": "localhost:4200"}).status_code == 200
    assert http.get("/health", headers={"host": "prefect-server:4200"}).status_code == 200


def test_named_hosts_and_origins_are_let_in() -> None:
    named = {
        "PREFECT_SERVER_API_ALLOWED_HOSTS": "flows.example",
        "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS": "http://ui.example",
    }
    with temporary_settings(named), served() as address:
        assert httpx.get(f"{address}/health", headers={"host": "flows.example"}).status_code == 200
        shared = httpx.get(f"{address}/health", headers={"origin": "http://ui.example"})
        assert shared.headers["access-control-allow-origin"] == "http://ui.example"
        asked = {"origin": "http://ui.example", "access-control-request-method": "DELETE"}
        assert "DELETE" in httpx.options(f"{address}/health", headers=asked).headers["access-control-allow-methods"]
        assert httpx.get(f"{address}/health", headers={"origin": "http://ui.example.evil"}).status_code == 403


def test_only_whether_it_lives_is_told_to_strangers(guarded: httpx.Client) -> None:
    told = {(route.method, route.path): guarded.request(route.method, route.path).status_code for route in all_routes()}

    assert {route for route, status in told.items() if status != 401} == {("GET", "/health"), ("GET", "/ready")}
    root = str(guarded.base_url).removesuffix("/api/")
    for path in ("/docs", "/openapi.json", "/api/openapi.json", "/unknown"):
        assert httpx.get(f"{root}{path}").status_code == 401
    assert httpx.get(root).status_code == 200, "the pages hold nothing, and ask who one is"


ROUNDABOUT = [
    *("//api/hello", "/api//hello", "/api//health", "/api/hello/", "/api/./hello", "/api/health/../hello"),
    *("/api/%68ello", "/api%2fhello", "/api/health%2f..%2fhello", "/api/health%00/hello", "/api/health;/hello"),
    *(
        "/API/hello",
        "/api/hello/health",
        "/api/variables/health",
        "/api/variables/name/ready",
        "/api/ready/",
        "/health",
    ),
    *("http://127.0.0.1/api/hello", "/api/hello#/api/health", "/api/hello?/api/health", "*", "/api/\xff"),
]
"""Paths that may be taken for others."""


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "TRACE", "PROPFIND"])
def test_no_detour_leads_past_the_door(guarded: httpx.Client, method: str) -> None:
    assert guarded.base_url.port is not None

    told = {path: status_of(guarded.base_url.port, method, path) for path in ROUNDABOUT}

    assert {path: status for path, status in told.items() if status not in (b"400", b"401")} == {}


def status_of(port: int, method: str, path: str) -> bytes:
    """The status of a request whose path is sent as it is."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode("latin-1"))
        return connection.recv(1000).split()[1]


@pytest.mark.parametrize("root", ["/api", "/elsewhere"])
def test_a_path_in_front_of_the_server_opens_no_door(guarded: httpx.Client, root: str) -> None:
    forwarded = {"x-forwarded-prefix": root, "x-original-url": "/api/health", "x-rewrite-url": "/api/health"}

    assert guarded.get("/hello", headers=forwarded).status_code == 401


@pytest.mark.parametrize(
    "credentials",
    [b"admin:wrong", b"admin", "admin:pässword".encode("latin-1"), b"x" * 5000, b"\xff\xfe", b":"],
)
def test_wrong_credentials_are_refused(guarded: httpx.Client, credentials: bytes) -> None:
    header = f"Basic {base64.b64encode(credentials).decode()}"

    assert guarded.get("/hello", headers={"authorization": header}).status_code == 401


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Bearer admin:pässword", "Basic é"])
def test_what_is_no_credentials_is_refused(guarded: httpx.Client, header: str) -> None:
    assert guarded.get("/hello", headers={b"authorization": header.encode()}).status_code == 401


def test_the_right_credentials_open_the_door(guarded: httpx.Client) -> None:
    header = f"Basic {base64.b64encode('admin:pässword'.encode()).decode()}"

    assert guarded.get("/hello", headers={"authorization": header}).status_code == 200


def test_a_body_that_is_too_large_is_refused_before_it_is_held(http: httpx.Client) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(11):
            yield b" " * (1024 * 1024)

    announced = http.post(
        "/variables/", content=b" " * (11 * 1024 * 1024), headers={"content-type": "application/json"}
    )
    streamed = http.post("/variables/", content=parts(), headers={"content-type": "application/json"})

    assert (announced.status_code, streamed.status_code) == (413, 413)


def test_two_hosts_are_no_host(http: httpx.Client) -> None:
    host, port = http.base_url.host, http.base_url.port
    assert port is not None
    request = f"GET /api/hello HTTP/1.1\r\nHost: {host}:{port}\r\nHost: evil.example\r\nConnection: close\r\n\r\n"

    with socket.create_connection((host, port)) as connection:
        connection.sendall(request.encode())
        answer = connection.recv(1000)

    assert answer.split()[1] in (b"400", b"421")
