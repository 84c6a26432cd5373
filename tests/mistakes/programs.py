"""Mistakes in programs; the first line of each is `from prefect import flow, task`."""

from __future__ import annotations

from tests.mistakes import Mistake

CALLING = [
    Mistake(
        "a task is given too little",
        """
        @task
        def load(path, limit): ...

        @flow
        def shop():
            load("orders.csv")

        shop()
        """,
        "The call does not fit load(path, limit)",
        "missing a required argument: 'limit'",
    ),
    Mistake(
        "a parameter is misspelt",
        """
        @flow
        def shop(day: str): ...

        shop(dya="monday")
        """,
        "It has no 'dya'",
        "did you mean 'day'?",
    ),
    Mistake(
        "a parameter is of another type",
        """
        @flow
        def shop(count: int): ...

        shop(count="many")
        """,
        "count: Input should be a valid integer",
        "(given: 'many')",
    ),
    Mistake(
        "a field of a model is missing",
        """
        from pydantic import BaseModel

        class Order(BaseModel):
            price: float

        @flow
        def shop(order: Order): ...

        shop({"prise": 2})
        """,
        "order.price: Field required",
        "(given: {'prise': 2})",
    ),
    Mistake(
        "a parameter has a reserved name",
        """
        @flow
        def shop(return_state: bool): ...
        """,
        "'return_state' is a reserved argument name",
        "rename that parameter of 'shop'",
    ),
    Mistake(
        "a task is submitted outside of a flow",
        """
        @task
        def load(): ...

        load.submit()
        """,
        "cannot be submitted outside of a flow",
        "Call it (load(...)), or use load.delay(...)",
    ),
    Mistake(
        "a flow is submitted",
        """
        @flow
        def one(): ...

        @flow
        def shop():
            one.submit()

        shop()
        """,
        "The flow 'one' has no 'submit'",
        "several run at a time where tasks that call them are submitted",
    ),
    Mistake(
        "a flow is mapped",
        """
        @flow
        def one(x): ...

        @flow
        def shop():
            one.map([1, 2])

        shop()
        """,
        "The flow 'one' has no 'map'",
        "several run at a time where a task that calls them is mapped",
    ),
    Mistake(
        "a task is mapped over one value",
        """
        @task
        def load(x): ...

        @flow
        def shop():
            load.map(3)

        shop()
        """,
        "No iterable parameters were received",
        "Give a list of items, a run for each, or submit the task for a single run",
    ),
    Mistake(
        "lists of a map are of different lengths",
        """
        @task
        def add(x, y): ...

        @flow
        def shop():
            add.map([1, 2, 3], [1, 2])

        shop()
        """,
        "lengths: {'x': 3, 'y': 2}",
        "Wrap what every run shall be given whole in unmapped(...)",
    ),
    Mistake(
        "something is logged outside of a run",
        """
        from prefect import get_run_logger

        get_run_logger().info("here")
        """,
        "There is no run to log for here",
        "elsewhere use prefect.logging.get_logger(name)",
    ),
    Mistake(
        "a run is paused where there is none",
        """
        from prefect import pause_flow_run

        pause_flow_run()
        """,
        "There is no flow run here to pause",
        "call this from inside a flow",
    ),
    Mistake(
        "a lock is sent to another process",
        """
        import threading

        from prefect.task_runners import ProcessPoolTaskRunner

        @task
        def load(x): ...

        @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
        def shop():
            load.submit(threading.Lock()).result()

        if __name__ == "__main__":
            shop()
        """,
        "The argument 'x' of the task 'load' cannot be sent to another process",
        "or run the task in threads (ThreadPoolTaskRunner)",
    ),
    Mistake(
        "a slot is wanted of a limit that is not there",
        """
        from prefect.concurrency.sync import concurrency

        @flow
        def shop():
            with concurrency("db", strict=True): ...

        shop()
        """,
        "Concurrency limits ['db'] must be created before acquiring slots",
        "prefect gcl create 'db' --limit 1",
    ),
    Mistake(
        "the runtime is asked for what it does not know",
        """
        from prefect import runtime

        runtime.flow_run.nam
        """,
        "has no attribute 'nam'",
        "it has api_url, flow_name",
    ),
    Mistake(
        "a state is of a type that there is not",
        """
        from prefect.states import State

        State(type="DONE")
        """,
        "'DONE' is no type of a state",
        "the types are SCHEDULED, PENDING, RUNNING, COMPLETED",
    ),
]
VALUES = [
    Mistake(
        "a future is added to",
        """
        @task
        def one(): return 1

        @flow
        def shop():
            return one.submit() + 1

        shop()
        """,
        "unsupported operand type(s) for +: 'PrefectConcurrentFuture' and 'int'",
        "`future.result()` gives the value",
    ),
    Mistake(
        "a future is gone through",
        """
        @task
        def some(): return [1]

        @flow
        def shop():
            return [x for x in some.submit()]

        shop()
        """,
        "'PrefectConcurrentFuture' object is not iterable",
        "`future.result()` gives the value",
    ),
    Mistake(
        "a map's futures are added up",
        """
        @task
        def one(x): return x

        @flow
        def shop():
            return sum(one.map([1, 2]))

        shop()
        """,
        "unsupported operand type(s) for +: 'int' and 'PrefectConcurrentFuture'",
        "`future.result()` gives the value",
    ),
    Mistake(
        "a future is written as JSON",
        """
        import json

        @task
        def one(): return 1

        @flow
        def shop():
            return json.dumps({"n": one.submit()})

        shop()
        """,
        "Object of type PrefectConcurrentFuture is not JSON serializable",
        "`future.result()` gives the value",
    ),
    Mistake(
        "an async task is not awaited",
        """
        import asyncio

        @task
        async def one(): return 1

        @flow
        async def shop():
            return one() + 1

        asyncio.run(shop())
        """,
        "unsupported operand type(s) for +: 'coroutine' and 'int'",
        "An async task or flow is awaited, `await my_task()`",
    ),
    Mistake(
        "a sync task is awaited",
        """
        import asyncio

        @task
        def one(): return 1

        @flow
        async def shop():
            return await one()

        asyncio.run(shop())
        """,
        "'await'",
        "A task or flow that is no `async def` is called without it",
    ),
    Mistake(
        "a state is taken for its result",
        """
        @task
        def one(): return 1

        @flow
        def shop():
            return one(return_state=True) + 1

        shop()
        """,
        "unsupported operand type(s) for +: 'State' and 'int'",
        "`state.result()` gives the value",
    ),
    Mistake(
        "a task is not called",
        """
        @task
        def one(): return 1

        @flow
        def shop():
            return one + 1

        shop()
        """,
        "unsupported operand type(s) for +: 'Task' and 'int'",
        "It is a function: call it, `my_task()`",
    ),
    Mistake(
        "a task waits for one that failed",
        """
        @task
        def one(): raise KeyError("price")

        @task
        def two(x): ...

        @flow
        def shop():
            two.submit(one.submit()).result()

        shop()
        """,
        "The run did not begin. Upstream task run",
        "It ended as Failed: Task run encountered an exception KeyError: 'price'",
    ),
]
OPTIONS = [
    Mistake(
        "retries are words",
        """
        @task(retries="three")
        def load(): ...
        """,
        "`retries` of the task 'load' is how often a run is tried again",
        "a whole number such as retries=3; it is 'three'",
    ),
    Mistake(
        "retries are below zero",
        """
        @flow(retries=-1)
        def shop(): ...
        """,
        "`retries` of the flow 'shop' is how often a run is tried again",
        "from 0 on; it is -1",
    ),
    Mistake(
        "a delay is a word",
        """
        @task(retries=2, retry_delay_seconds="soon")
        def load(): ...
        """,
        "`retry_delay_seconds` of the task 'load' is a number of seconds",
        "such as retry_delay_seconds=30; it is 'soon'",
    ),
    Mistake(
        "a timeout is a timedelta",
        """
        from datetime import timedelta

        @flow(timeout_seconds=timedelta(minutes=2))
        def shop(): ...
        """,
        "`timeout_seconds` of the flow 'shop' is a number of seconds",
        "Write timeout_seconds=120",
    ),
    Mistake(
        "a timeout is below zero",
        """
        @task(timeout_seconds=-5)
        def load(): ...
        """,
        "`timeout_seconds` of the task 'load' is a number of seconds",
        "from 0 on; it is -5",
    ),
    Mistake(
        "an option is misspelt",
        """
        @flow(retires=2)
        def shop(): ...
        """,
        "flow() has no option 'retires'",
        "did you mean 'retries'?",
    ),
    Mistake(
        "with_options is given an option that there is not",
        """
        @task
        def load(): ...

        load.with_options(retires=2)
        """,
        "Task.with_options() has no option 'retires'",
        "did you mean 'retries'?",
    ),
    Mistake(
        "a name is given without its option",
        """
        @flow("shop")
        def shop(): ...
        """,
        "@flow goes on a function; it was given 'shop'",
        "A name is an option, in front of the function: @flow(name='shop')",
    ),
    Mistake(
        "a name holds a slash",
        """
        @flow(name="shop/orders")
        def shop(): ...
        """,
        "The flow name 'shop/orders' holds /",
        "which names may not hold (/%&><)",
    ),
    Mistake(
        "a class is decorated",
        """
        @flow
        class Shop: ...
        """,
        "@flow goes on a function; Shop is a class",
        "Decorate a method of it instead",
    ),
    Mistake(
        "a hook is no list",
        """
        def tell(flow, run, state): ...

        @flow(on_failure=tell)
        def shop(): ...
        """,
        "`on_failure` takes a list of functions",
        "Write on_failure=[",
    ),
    Mistake(
        "a task runner is a word",
        """
        @flow(task_runner="threads")
        def shop(): ...
        """,
        "it is 'threads'",
        "task_runner is a task runner, such as ThreadPoolTaskRunner(max_workers=4)",
    ),
    Mistake(
        "a cache policy is a word",
        """
        @task(cache_policy="INPUTS")
        def load(x): ...
        """,
        "it is 'INPUTS'",
        "`cache_policy` of the task 'load' is a policy of prefect.cache_policies, such as INPUTS or NO_CACHE",
    ),
    Mistake(
        "the function of a cache's key is none",
        """
        @task(cache_key_fn="day")
        def load(x): ...
        """,
        "it is 'day', which cannot be called",
        "`cache_key_fn` of the task 'load' is a function",
    ),
    Mistake(
        "a cache expires after a number",
        """
        @task(cache_expiration=60)
        def load(x): ...
        """,
        "`cache_expiration` of the task 'load'",
        "is a timedelta, such as timedelta(hours=1); it is 60",
    ),
    Mistake(
        "a run's name names what there is not",
        """
        @flow(flow_run_name="for-{dya}")
        def shop(day): ...

        shop("monday")
        """,
        "is 'for-{dya}', which cannot be filled in: KeyError: 'dya'",
        "It can name {day}",
    ),
    Mistake(
        "results are kept in a block that is not there",
        """
        @flow(result_storage="local-file-system/mine")
        def shop(): return 1

        shop()
        """,
        "There is no block local-file-system/mine",
        "Save one first",
    ),
    Mistake(
        "results are written as nobody can",
        """
        @flow(persist_result=True, result_serializer="yaml")
        def shop(): return 1

        shop()
        """,
        "There is no serializer 'yaml'",
        "The known ones are: compressed, compressed/json",
    ),
]
SAVED = [
    Mistake(
        "a block is not there",
        """
        from prefect.blocks.system import Secret

        Secret.load("password")
        """,
        "There is no block secret/password",
        "Save one first, Secret(...).save('password'); `prefect block ls` lists those there are",
    ),
    Mistake(
        "a type of blocks is misspelt",
        """
        from prefect.blocks.core import Block

        Block.load("secrt/password")
        """,
        "There is no type of blocks 'secrt'",
        "did you mean 'secret'?",
    ),
    Mistake(
        "a block is named without its type",
        """
        from prefect.blocks.core import Block

        Block.load("password")
        """,
        "Block.load takes the slug of a type and a name",
        "Block.load('secret/my-name')",
    ),
    Mistake(
        "a block has a name that is not allowed",
        """
        from prefect.blocks.system import Secret

        Secret(value="x").save("My Secret!")
        """,
        "'My Secret!' does not fit",
        "A block's name holds lowercase letters, digits and dashes",
    ),
    Mistake(
        "a block is saved twice",
        """
        from prefect.blocks.system import Secret

        Secret(value="x").save("password")
        Secret(value="x").save("password")
        """,
        "There is a block secret/password already",
        "Give overwrite=True to replace it, or another name",
    ),
    Mistake(
        "a block is imported from the wrong place",
        """
        from prefect.blocks import Secret
        """,
        "There is no prefect.blocks.Secret",
        "from prefect.blocks.system import Secret",
    ),
    Mistake(
        "a variable is set twice",
        """
        from prefect.variables import Variable

        Variable.set("rate", 1)
        Variable.set("rate", 2)
        """,
        "The variable 'rate' exists already",
        "give overwrite=True to change it",
    ),
    Mistake(
        "a variable has a name that is not allowed",
        """
        from prefect.variables import Variable

        Variable.set("my rate", 1)
        """,
        "'my rate' does not fit",
        "A variable's name holds lowercase letters, digits, underscores and dashes",
    ),
    Mistake(
        "a variable is given an object",
        """
        from prefect.variables import Variable

        Variable.set("rate", object())
        """,
        "a object does not fit",
        "The variable 'rate' takes what JSON knows",
    ),
    Mistake(
        "an artifact has a key that is not allowed",
        """
        from prefect.artifacts import create_markdown_artifact

        create_markdown_artifact(key="My Report", markdown="# x")
        """,
        "'My Report' does not fit",
        "An artifact's key holds lowercase letters, numbers, and dashes, such as 'daily-report'",
    ),
    Mistake(
        "an automation is read by its name as if that were its id",
        """
        from prefect.automations import Automation

        Automation.read("tell me")
        """,
        "'tell me' is no id of an automation",
        "Automation.read(name='tell me')",
    ),
    Mistake(
        "an event is of no resource",
        """
        from prefect.events import emit_event

        emit_event("shop.opened", resource="shop")
        """,
        "it is 'shop'",
        "A resource of an event is a dict of labels, such as {'prefect.resource.id': 'shop.order.5'}",
    ),
    Mistake(
        "the client is not awaited",
        """
        from prefect import get_client

        with get_client() as client: ...
        """,
        "This client is awaited",
        "with get_client(sync_client=True) as client",
    ),
]
DEPLOYING = [
    Mistake(
        "a cron expression is English",
        """
        @flow
        def shop(): ...

        shop.serve(name="daily", cron="every day")
        """,
        "'every day' is no cron expression",
        "expected five fields (minute, hour, day of month, month, day of week), such as '0 8 * * *'",
    ),
    Mistake(
        "a minute of a cron expression is 61",
        """
        from prefect.schedules import Cron

        Cron("61 * * * *")
        """,
        "'61 * * * *' is no cron expression: Bad minute",
        "Expected something like '0 8 * * *'",
    ),
    Mistake(
        "a time zone is misspelt",
        """
        from prefect.schedules import Cron

        Cron("0 9 * * *", timezone="Europe/Berln")
        """,
        "There is no time zone 'Europe/Berln'",
        "names look like 'Asia/Shanghai' or 'UTC'",
    ),
    Mistake(
        "an interval is a word",
        """
        @flow
        def shop(): ...

        shop.serve(name="daily", interval="often")
        """,
        "'often' is no length of time",
        "expected seconds, 2h, H:MM:SS",
    ),
    Mistake(
        "a recurrence rule is misspelt",
        """
        from prefect.schedules import RRule

        RRule("FREQ=DAYLI")
        """,
        "'FREQ=DAYLI' is no recurrence rule",
        "Expected something like 'FREQ=DAILY;BYHOUR=8'",
    ),
    Mistake(
        "schedules are said in two ways",
        """
        @flow
        def shop(): ...

        shop.serve(name="daily", interval=60, cron="0 0 * * *")
        """,
        "Schedules were said in several ways: interval, cron",
        "Give one of them",
    ),
    Mistake(
        "a deployment is given a parameter that the flow has not",
        """
        @flow
        def shop(count: int = 1): ...

        shop.serve(name="daily", parameters={"cuont": 3})
        """,
        "The parameters do not fit: cuont: There is no such name",
        "did you mean 'count'?",
    ),
    Mistake(
        "a deployment is given a parameter of another type",
        """
        @flow
        def shop(count: int = 1): ...

        shop.serve(name="daily", parameters={"count": "many"})
        """,
        "The parameters do not fit: count",
        '"many" is not of type "integer"',
    ),
    Mistake(
        "a flow is served that is no deployment",
        """
        from prefect import serve

        @flow
        def shop(): ...

        serve(shop)
        """,
        "<Flow 'shop'> is none",
        "Deployments are served, such as my_flow.to_deployment('name')",
    ),
    Mistake(
        "a work pool is not there",
        """
        @flow
        def shop(): ...

        shop.deploy(name="daily", work_pool_name="mine", image="shop", build=False)
        """,
        "There is no work pool 'mine'",
        "Make it: prefect work-pool create 'mine' --type process",
    ),
    Mistake(
        "no work pool is named",
        """
        @flow
        def shop(): ...

        shop.deploy(name="daily")
        """,
        "Say in which work pool the runs are to wait",
        "work_pool_name='my-pool'",
    ),
    Mistake(
        "a deployment that is not there is run",
        """
        from prefect.deployments import run_deployment

        run_deployment("shop/daily")
        """,
        "There is no deployment 'shop/daily'",
        "`prefect deployment ls` lists those there are",
    ),
    Mistake(
        "a deployment is named without its flow",
        """
        from prefect.deployments import run_deployment

        run_deployment("daily")
        """,
        "'daily' names no deployment",
        "expected 'flow/deployment', or an id",
    ),
]
OLDER = [
    Mistake(
        "parameters as in Prefect 1",
        """
        from prefect import Flow, Parameter, case
        """,
        "There is no prefect.Parameter",
        "A flow's parameters are those of its function",
    ),
    Mistake(
        "a flow as in Prefect 1",
        """
        from prefect import Flow

        with Flow("shop") as shop: ...
        """,
        "@flow goes on a function; it was given 'shop'",
        "@flow(name='shop')",
    ),
    Mistake(
        "a task is run as in Prefect 1",
        """
        @task
        def load(): ...

        load.run()
        """,
        "The task 'load' has no 'run'",
        "Call it; `.fn(...)` calls its function without a run",
    ),
    Mistake(
        "a flow is registered",
        """
        @flow
        def shop(): ...

        shop.register(project_name="shop")
        """,
        "The flow 'shop' has no 'register'",
        "my_flow.serve(name=..., cron=...) or my_flow.deploy(...)",
    ),
    Mistake(
        "an executor",
        """
        from prefect.executors import LocalDaskExecutor
        """,
        "There is no prefect.executors",
        "@flow(task_runner=ThreadPoolTaskRunner())",
    ),
    Mistake(
        "a storage",
        """
        from prefect.storage import GitHub
        """,
        "There is no prefect.storage",
        "flow.from_source(",
    ),
    Mistake(
        "a run config",
        """
        from prefect.run_configs import DockerRun
        """,
        "There is no prefect.run_configs",
        "prefect work-pool create NAME --type docker",
    ),
    Mistake(
        "a signal",
        """
        from prefect.engine import signals
        """,
        "There is no prefect.engine.signals",
        "A run ends by what it raises or returns",
    ),
    Mistake(
        "a context as in Prefect 1",
        """
        import prefect

        prefect.context.get("logger")
        """,
        "module 'prefect.context' has no attribute 'get'",
        "get_run_logger() gives its logger",
    ),
    Mistake(
        "options of Prefect 1",
        """
        from datetime import timedelta

        @task(max_retries=3, retry_delay=timedelta(seconds=10), checkpoint=True, log_stdout=True)
        def load(): ...
        """,
        "task() has no option 'checkpoint'",
        "'max_retries' (it is called retries) and none 'retry_delay' (it is called retry_delay_seconds",
    ),
    Mistake(
        "a schedule at the flow",
        """
        @flow(schedule="0 9 * * *")
        def shop(): ...
        """,
        "flow() has no option 'schedule'",
        "a deployment has schedules: my_flow.serve(name=..., cron='0 8 * * *')",
    ),
    Mistake(
        "a DeploymentSpec",
        """
        from prefect.deployments import DeploymentSpec
        """,
        "There is no prefect.deployments.DeploymentSpec",
        "my_flow.serve(name=..., cron=...) or my_flow.deploy(...)",
    ),
    Mistake(
        "the client of Orion",
        """
        from prefect.client import OrionClient
        """,
        "There is no prefect.client.OrionClient",
        "prefect.get_client(sync_client=True)",
    ),
    Mistake(
        "a container as infrastructure",
        """
        from prefect.infrastructure import DockerContainer
        """,
        "DockerContainer is no block any more",
        "prefect work-pool create NAME --type docker",
    ),
    Mistake(
        "a repository as a block",
        """
        from prefect.filesystems import GitHub
        """,
        "There is no block GitHub any more",
        "GitRepository('https://github.com/OWNER/NAME')",
    ),
    Mistake(
        "an agent in a program",
        """
        from prefect.agent import PrefectAgent
        """,
        "There is no prefect.agent",
        "prefect worker start --pool NAME",
    ),
    Mistake(
        "the runner of Dask in its old place",
        """
        from prefect.task_runners import DaskTaskRunner
        """,
        "There is no prefect.task_runners.DaskTaskRunner",
        "from prefect_dask import DaskTaskRunner",
    ),
    Mistake(
        "an option that a deployment never had",
        """
        from prefect.deployments import Deployment

        @flow
        def shop(): ...

        Deployment.build_from_flow(flow=shop, name="daily", schedul="0 9 * * *")
        """,
        "Deployment.build_from_flow() has no option 'schedul'",
        "did you mean 'schedule'?",
    ),
]
SET = [
    Mistake(
        "a setting of the wrong type",
        """
        @flow
        def shop(): ...

        shop()
        """,
        "PREFECT_LOGGING_LEVEL is 'LOUD' in the environment, which is not valid",
        "expected DEBUG, INFO, WARNING, ERROR or CRITICAL",
        (("PREFECT_LOGGING_LEVEL", "LOUD"),),
    ),
    Mistake(
        "a server that is not there",
        """
        from prefect import get_client

        with get_client(sync_client=True) as client:
            client.read_flows()
        """,
        "The server at http://127.0.0.1:1/api cannot be reached",
        "Is it running (prefect server start), and is PREFECT_API_URL right?",
        (("PREFECT_API_URL", "http://127.0.0.1:1/api"),),
    ),
    Mistake(
        "a flow whose server is not there, told while it waits",
        """
        @flow
        def shop(): ...

        shop()
        """,
        "The server at http://127.0.0.1:1/api cannot be reached",
        "It is asked again for 3 seconds",
        (("PREFECT_API_URL", "http://127.0.0.1:1/api"), ("PREFECT_CLIENT_OUTAGE_SECONDS", "3")),
    ),
    Mistake(
        "a database in a folder that is not there",
        """
        @flow
        def shop(): ...

        shop()
        """,
        "There is no folder {home}/a/b for the database {home}/a/b/runs.db",
        "Make it: mkdir -p '{home}/a/b'",
        (("PREFECT_SERVER_DATABASE_CONNECTION_URL", "sqlite+aiosqlite:///{home}/a/b/runs.db"),),
    ),
]
PROGRAMS = [*CALLING, *VALUES, *OPTIONS, *SAVED, *DEPLOYING, *OLDER, *SET]
