"""What packages import that build on this one: each place holds what they ask of it."""

from __future__ import annotations

import asyncio
import inspect
import os
import signal
import sys
import threading
import time
from contextvars import ContextVar
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

import pydantic
import pytest

from prefect import flow, task
from prefect._internal.buildx import buildx_build_image
from prefect._internal.compatibility.async_dispatch import async_dispatch
from prefect._internal.compatibility.deprecated import PrefectDeprecationWarning, deprecated_callable
from prefect._internal.concurrency.api import create_call, from_sync
from prefect._internal.launchers import get_launcher_for_side, resolve_bundle_step_with_launcher
from prefect._internal.retries import retry_async_fn
from prefect._internal.urls import strip_auth_from_urls_in_text
from prefect._internal.uuid7 import uuid7
from prefect.blocks.system import Secret
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import RunType, StateDetails, TaskRunResult
from prefect.context import ContextModel
from prefect.exceptions import (
    Abort,
    ParameterBindError,
    PrefectImportError,
    ReservedArgumentError,
    SignatureMismatchError,
    TerminationSignal,
    UpstreamTaskError,
    exception_traceback,
)
from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings
from prefect.settings.base import PrefectBaseSettings, build_settings_config
from prefect.states import Completed, Running, State, StateType, exception_to_crashed_state
from prefect.utilities import callables
from prefect.utilities.annotations import allow_failure
from prefect.utilities.collections import visit_collection
from prefect.utilities.dockerutils import get_prefect_image_name, parse_image_tag, split_repository_path
from prefect.utilities.engine import (
    capture_sigterm,
    check_api_reachable,
    collect_task_run_inputs_sync,
    get_state_for_result,
    is_prefect_sigterm_handler_installed,
    link_state_to_task_run_result,
    propose_state,
    propose_state_sync,
    resolve_inputs_sync,
    resolve_to_final_result,
    should_log_prints,
)
from prefect.utilities.templating import resolve_block_document_references, resolve_variables
from prefect.utilities.timeout import timeout, timeout_async
from prefect.utilities.urls import url_for, validate_restricted_url
from prefect.variables import Variable
from tests.recorded import task_runs, the_flow_run


def test_a_pair_of_functions_serves_sync_and_async_code() -> None:
    async def aload() -> str:
        return "awaited"

    @async_dispatch(aload)
    def load() -> str:
        return "waited"

    async def inside() -> tuple[str, str]:
        return await load(), load(_sync=True)

    assert load() == "waited"
    assert asyncio.run(inside()) == ("awaited", "waited")


def test_an_async_function_is_tried_again_until_it_raises_nothing() -> None:
    tries = []

    @retry_async_fn(max_attempts=3, base_delay=0.001, retry_on_exceptions=(ConnectionError,))
    async def flaky() -> int:
        tries.append(1)
        if len(tries) < 3:
            raise ConnectionError("away")
        return len(tries)

    assert asyncio.run(flaky()) == 3


def test_a_call_is_made_in_another_thread() -> None:
    async def where(name: str) -> tuple[str, bool]:
        return name, threading.current_thread() is threading.main_thread()

    assert from_sync.call_soon_in_loop_thread(create_call(where, name="x")).result() == ("x", False)


def test_addresses_in_a_text_lose_their_users() -> None:
    text = "fatal: https://me:sec@ret@host/r.git and git+ssh://git@host with TOKEN"

    cleared = strip_auth_from_urls_in_text(text, extra_secrets=["TOKEN", ""])

    assert cleared == "fatal: https://host/r.git and git+ssh://git@host with ***"
    assert uuid7() < uuid7()


def test_a_name_that_will_be_gone_warns() -> None:
    @deprecated_callable(help="Use the other.")
    def old() -> int:
        return 1

    with pytest.warns(PrefectDeprecationWarning, match="Use the other"):
        assert old() == 1


def test_a_package_has_settings_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    class ShopSettings(PrefectBaseSettings):
        model_config = build_settings_config(("integrations", "shop"))
        region: str = "north"
        size: int = 1

    monkeypatch.setenv("PREFECT_INTEGRATIONS_SHOP_SIZE", "3")

    assert ShopSettings() == ShopSettings(region="north", size=3)
    assert ShopSettings(region="south").to_environment_variables(exclude_unset=True) == {
        "PREFECT_INTEGRATIONS_SHOP_REGION": "south",
        "PREFECT_INTEGRATIONS_SHOP_SIZE": "3",
    }


def test_settings_of_packages_are_read_from_the_files_of_a_project(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class ShelfSettings(PrefectBaseSettings):
        model_config = build_settings_config(("integrations", "shop", "shelf"))
        wide: int = 1
        high: int = 1

    class ShopSettings(PrefectBaseSettings):
        model_config = build_settings_config(("integrations", "shop"))
        region: str = "north"
        size: int = 1
        shelf: ShelfSettings = pydantic.Field(default_factory=ShelfSettings)

    (tmp_path / "prefect.toml").write_text(
        "[integrations.shop]\nregion = 'south'\n[integrations.shop.shelf]\nwide = 2\nhigh = 2\n"
    )
    (tmp_path / "pyproject.toml").write_text("[tool.prefect.integrations.shop]\nregion = 'west'\nsize = 7\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PREFECT_INTEGRATIONS_SHOP_SHELF_HIGH", "3")

    assert ShopSettings().model_dump() == {"region": "south", "size": 7, "shelf": {"wide": 2, "high": 3}}


def sells(region: str, days: int = 2, *rest: int, half: bool = False, **more: int) -> str:
    """Sells.

    Args:
        region: where
    """
    return f"{region} {days} {rest} {half} {more}"


def test_the_arguments_of_a_call_are_told_by_name() -> None:
    whole = callables.get_call_parameters(sells, ("n", 1, 7), {"x": 5})

    assert whole == {"region": "n", "days": 1, "rest": (7,), "half": False, "more": {"x": 5}}
    assert callables.get_call_parameters(sells, ("n",), {}, apply_defaults=False) == {"region": "n"}
    assert callables.call_with_parameters(sells, whole) == "n 1 (7,) False {'x': 5}"
    assert callables.collapse_variadic_parameters(sells, {"region": "n", "x": 5}) == {"region": "n", "more": {"x": 5}}
    assert callables.explode_variadic_parameter(sells, {"region": "n", "more": {"x": 5}}) == {"region": "n", "x": 5}
    with pytest.raises(ParameterBindError, match="region"):
        callables.get_call_parameters(sells, (), {})
    with pytest.raises(SignatureMismatchError, match="nowhere"):
        callables.parameters_to_args_kwargs(len, {"nowhere": 1})
    with pytest.raises(ReservedArgumentError, match="region"):
        callables.raise_for_reserved_arguments(sells, ["region"])


def test_the_parameters_of_a_function_are_told_as_a_schema() -> None:
    schema = callables.parameter_schema(sells)

    assert schema.required == ["region"]
    assert schema.properties["region"]["description"] == "where"


def test_images_are_told_by_their_parts() -> None:
    assert get_prefect_image_name("3.1.0+dirty", "3.11", "aws") == "prefecthq/prefect:3.1.0-python3.11-aws"
    assert parse_image_tag("registry:5000/a/b") == ("registry:5000/a/b", None)
    assert parse_image_tag("registry:5000/a/b:2") == ("registry:5000/a/b", "2")
    assert split_repository_path("registry.io/a/b") == ("registry.io/a", "b")


def test_the_runs_in_a_value_are_found_and_resolved() -> None:
    @task
    def one() -> int:
        return 1

    @flow
    def looks() -> tuple[object, set[UUID]]:
        value = {"a": [one.submit()], "b": one(return_state=True)}
        found = collect_task_run_inputs_sync(value)
        return resolve_inputs_sync(value), {run.id for run in found if isinstance(run, TaskRunResult)}

    resolved, found = looks()

    assert resolved == {"a": [1], "b": 1}
    assert found == {run.id for run in task_runs()}


def test_a_state_is_proposed_by_others_than_the_engine() -> None:
    @flow
    def nothing() -> None:
        return None

    nothing()
    run = the_flow_run()

    with get_client(sync_client=True) as client:
        assert propose_state_sync(client, Running(), run.id, force=True).is_running()

    async def ends() -> str:
        async with get_client() as client:
            return (await propose_state(client, Completed(), run.id)).type.value

    assert asyncio.run(ends()) == "COMPLETED"
    with get_client(sync_client=True) as client, pytest.raises(Abort, match="ended"):
        propose_state_sync(client, State(type=StateType.CANCELLING, name="Cancelling"), run.id)


def test_a_block_of_code_ends_when_its_time_is_over() -> None:
    class Late(TimeoutError):
        pass

    async def waits() -> None:
        with timeout_async(0.05):
            await asyncio.sleep(10)

    with pytest.raises(Late, match=r"0\.05"), timeout(0.05, Late):
        time.sleep(10)
    with pytest.raises(TimeoutError, match=r"0\.05"):
        asyncio.run(waits())
    with pytest.raises(ValueError, match="TimeoutError"), timeout(1, ValueError):  # type: ignore[arg-type]  # the point
        pass


def test_pages_have_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_UI_URL", "http://house")
    run = UUID(int=5)

    assert url_for("flow-run", run) == f"http://house/runs/flow-run/{run}"
    assert url_for("nothing", run) is None
    monkeypatch.delenv("PREFECT_UI_URL")
    assert url_for("flow", run) is None
    assert url_for("flow", run, default_base_url="http://x/") == f"http://x/flows/flow/{run}"
    monkeypatch.setenv("PREFECT_API_URL", "http://house:4200/api")
    assert url_for("flow", run) == f"http://house:4200/flows/flow/{run}"
    assert url_for("flow-run", run, "api") == f"http://house:4200/api/flow_runs/{run}"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("ftp://8.8.8.8/x", "Only HTTP"),
        ("http://127.0.0.1/x", "private address 127.0.0.1"),
        ("http://[::1]:80/", "private address ::1"),
        ("https://me:secret@10.0.0.1", "private address"),
    ],
)
def test_an_address_that_is_not_of_the_public_web_is_refused(url: str, told: str) -> None:
    with pytest.raises(ValueError, match=told) as refused:
        validate_restricted_url(url)

    assert "secret" not in str(refused.value)
    validate_restricted_url("https://8.8.8.8/x")


def test_a_launcher_is_said_for_both_sides_or_for_each() -> None:
    step = {"shop.upload": {"bucket": "b"}}

    assert get_launcher_for_side("pixi run", "upload") == ["pixi run"]
    assert get_launcher_for_side({"upload": ["pixi", "run"]}, "execution") is None
    assert resolve_bundle_step_with_launcher(step, None, "upload") == step
    assert resolve_bundle_step_with_launcher(step, ["pixi", "run"], "upload") == {
        "shop.upload": {"bucket": "b", "launcher": ["pixi", "run"]}
    }


def test_settings_of_packages_are_models() -> None:
    assert issubclass(PrefectBaseSettings, pydantic.BaseModel)


class Shop(ContextModel):
    __var__: ClassVar[ContextVar[Any]] = ContextVar("shop")
    region: str = "north"


def test_a_package_has_contexts_of_its_own() -> None:
    assert Shop.get() is None
    with Shop(region="south") as outer:
        with Shop() as inner:
            assert Shop.get() is inner
        assert Shop.get() is outer
        with pytest.raises(RuntimeError, match="copy"):
            outer.__enter__()
    assert Shop.get() is None


def test_templates_are_filled_with_blocks_and_variables() -> None:
    token = Secret(value="s3")
    token.save("mine")
    Variable.set("region", "north")
    reference = {"$ref": {"block_document_id": str(token._block_document_id)}}

    def told(placeholder: str, value: Any) -> str:
        return f"<{placeholder} {value}>"

    async def resolved() -> list[Any]:
        return [
            await resolve_block_document_references({"a": ["{{ prefect.blocks.secret.mine }}", reference, "{{ x }}"]}),
            await resolve_block_document_references("{{prefect.blocks.secret.mine}}", value_transformer=told),
            await resolve_variables(["in {{ prefect.variables.region }}", "{{ prefect.variables.none }}", 3]),
        ]

    assert asyncio.run(resolved()) == [
        {"a": ["s3", {"value": "s3"}, "{{ x }}"]},
        "<{{ prefect.blocks.secret.mine }} s3>",
        ["in north", "", 3],
    ]
    with pytest.raises(ValueError, match="no block 'none'"):
        asyncio.run(resolve_block_document_references("{{ prefect.blocks.secret.none }}"))


def test_an_error_from_outside_is_a_crash() -> None:
    state = asyncio.run(exception_to_crashed_state(KeyboardInterrupt()))

    assert (state.type, state.message) == (StateType.CRASHED, "Execution was aborted by an interrupt signal.")


def test_buildx_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "python_on_whales", None)

    with pytest.raises(ImportError, match="pip install python-on-whales"):
        buildx_build_image(context=".")


def test_a_traceback_is_told_as_python_prints_it() -> None:
    try:
        raise ValueError("no such shop")
    except ValueError as error:
        told = exception_traceback(error)

    assert told.startswith("Traceback (most recent call last):\n")
    assert told.endswith("ValueError: no such shop\n")
    assert isinstance(PrefectImportError("gone"), ImportError)


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="pydantic 1 does not know that Python")
def test_parameters_become_the_fields_of_a_model_of_pydantic_1() -> None:
    def order(item: str, json: int = 2, *more: int, note="x", **rest: int) -> None: ...  # type: ignore[no-untyped-def]

    aliases: dict[str, str] = {}
    fields = {}
    for position, parameter in enumerate(inspect.signature(order).parameters.values()):
        name, kind, field = callables.process_v1_params(
            parameter, position=position, docstrings={"item": "What is ordered"}, aliases=aliases
        )
        fields[name] = (kind, field)
    schema = callables.create_v1_schema("Order", type("Config", (), {"arbitrary_types_allowed": True}), fields)

    assert aliases == {"json__": "json"}
    assert schema["required"] == ["item"]
    assert schema["properties"]["item"] == {
        "title": "item",
        "description": "What is ordered",
        "position": 0,
        "type": "string",
    }
    assert schema["properties"]["json"]["default"] == 2
    assert (schema["properties"]["more"]["type"], schema["properties"]["rest"]["type"]) == ("array", "object")


def test_a_result_is_found_for_a_future_and_a_failure_where_it_is_allowed() -> None:
    failed = State(type=StateType.FAILED, message="sold out")

    assert resolve_to_final_result(Completed(data=5), {}) == 5
    assert resolve_to_final_result("as it is", {}) == "as it is"
    with pytest.raises(UpstreamTaskError, match="did not reach"):
        resolve_to_final_result(failed, {})
    assert resolve_inputs_sync({"a": [Completed(data=1)]}) == {"a": [1]}
    resolved = visit_collection([allow_failure(failed)], resolve_to_final_result, return_data=True, context={})
    assert str(resolved[0].value) == "sold out"


def test_whose_prints_are_logged_is_said_by_itself_or_by_what_is_around_it() -> None:
    @task
    def quiet() -> None: ...

    @task(log_prints=False)
    def silent() -> None: ...

    @flow(log_prints=True)
    def loud() -> tuple[bool, bool]:
        return should_log_prints(quiet), should_log_prints(silent)

    assert not should_log_prints(quiet)
    assert should_log_prints(loud)
    assert loud() == (True, False)


def test_a_result_is_known_by_the_run_that_made_it() -> None:
    class Thing:
        pass

    @task
    def make() -> Thing:
        return Thing()

    @flow
    def program() -> list[Any]:
        own, run_id = Thing(), uuid7()
        link_state_to_task_run_result(
            State(type=StateType.COMPLETED, state_details=StateDetails(task_run_id=run_id)), own
        )
        made = make()
        return [get_state_for_result(own), run_id, get_state_for_result(made), get_state_for_result(Thing()), made]

    (linked, kind), run_id, known, unknown, made = program()
    assert (linked.state_details.task_run_id, kind, unknown) == (run_id, RunType.TASK_RUN, None)
    assert known[0].is_completed()
    assert known[0].state_details.task_run_id == next(iter(task_runs())).id
    assert get_state_for_result(made) is None


def test_a_server_that_is_away_is_told_with_the_message() -> None:
    async def asked(address: str | None) -> None:
        client = PrefectClient(address) if address else get_client()
        async with client:
            await check_api_reachable(client, "No shop today")

    asyncio.run(asked(None))
    with (
        temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}),
        pytest.raises(RuntimeError, match=r"No shop today\. Failed to reach API at http://127\.0\.0\.1:9/api"),
    ):
        asyncio.run(asked("http://127.0.0.1:9/api"))


def test_a_request_to_end_is_raised_inside_of_the_block_alone() -> None:
    def waits() -> None:
        assert is_prefect_sigterm_handler_installed()
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait(20)

    with pytest.raises(TerminationSignal), capture_sigterm():
        waits()
    assert not is_prefect_sigterm_handler_installed()
