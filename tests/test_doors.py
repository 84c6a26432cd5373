"""The promised names resolve, and the front door loads nothing heavy."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
from typing import get_type_hints

import pytest

import prefect
from prefect.utilities.asyncutils import Sync

PROMISED = {
    "prefect.artifacts": [
        "Artifact",
        "ArtifactRequest",
        "acreate_markdown_artifact",
        "create_image_artifact",
        "create_link_artifact",
        "create_markdown_artifact",
        "create_progress_artifact",
        "create_table_artifact",
        "update_progress_artifact",
    ],
    "prefect.assets": ["Asset", "AssetProperties", "add_asset_metadata", "materialize"],
    "prefect.assets.core": ["MAX_ASSET_DESCRIPTION_LENGTH", "Asset"],
    "prefect.assets.materialize": ["materialize"],
    "prefect.blocks.abstract": [
        "CredentialsBlock",
        "DatabaseBlock",
        "JobBlock",
        "JobRun",
        "NotificationBlock",
        "ObjectStorageBlock",
        "SecretBlock",
    ],
    "prefect.blocks.core": ["Block", "BlockNotSavedError"],
    "prefect.blocks.fields": ["SecretDict"],
    "prefect.blocks.system": ["JSON", "DateTime", "Secret", "String"],
    "prefect.cache_policies": ["DEFAULT", "INPUTS", "NO_CACHE", "RUN_ID", "TASK_SOURCE", "CachePolicy", "Inputs"],
    "prefect.client.schemas": ["FlowRun", "OrchestrationResult", "State", "StateType", "TaskRun"],
    "prefect.engine": ["pause_flow_run", "resume_flow_run"],
    "prefect.testing.cli": ["invoke_and_assert"],
    "prefect.types": [
        "BANNED_CHARACTERS",
        "DateTime",
        "KeyValueLabelsField",
        "LogLevel",
        "NonNegativeInteger",
        "PositiveInteger",
        "SecretDict",
        "StrictVariableValue",
        "TaskRetryDelaySeconds",
        "URILike",
        "validate_set_T_from_delim_string",
    ],
    "prefect.types._datetime": ["DateTime", "from_timestamp", "now"],
    "prefect.client.cloud": ["CloudUnauthorizedError", "get_cloud_client"],
    "prefect.client.utilities": ["client_injector", "get_or_create_client", "inject_client"],
    "prefect.deployments.runner": ["DeploymentApplyError", "DockerImage", "EntrypointType", "RunnerDeployment"],
    "prefect.utilities.context": ["get_task_and_flow_run_ids", "get_task_run_id", "temporary_context"],
    "prefect.workers.utilities": [
        "get_available_work_pool_types",
        "get_default_base_job_template_for_infrastructure_type",
    ],
    "prefect.client": ["PrefectClient", "SyncPrefectClient", "get_client"],
    "prefect.client.schemas.actions": [
        "ArtifactCreate",
        "DeploymentScheduleCreate",
        "DeploymentUpdate",
        "FlowRunCreate",
        "LogCreate",
        "StateCreate",
        "TaskRunUpdate",
        "WorkPoolCreate",
        "WorkQueueCreate",
    ],
    "prefect.client.schemas.filters": [
        "ArtifactFilterKey",
        "DeploymentOrFlowNameFilter",
        "FlowRunFilterStateType",
        "LogFilterTextSearch",
    ],
    "prefect.client.schemas.objects": [
        "Artifact",
        "ArtifactCollection",
        "ConcurrencyLimitConfig",
        "ConcurrencyLimitStrategy",
        "ConcurrencyOptions",
        "DeploymentSchedule",
        "WorkPool",
        "WorkQueue",
        "Worker",
        "FlowRun",
        "FlowRunPolicy",
        "Log",
        "State",
        "StateType",
        "TaskRun",
    ],
    "prefect.client.schemas.responses": [
        "DeploymentResponse",
        "FlowRunResponse",
        "OrchestrationResult",
        "SetStateStatus",
        "WorkPoolResponse",
        "WorkerFlowRunResponse",
    ],
    "prefect.client.schemas.sorting": ["ArtifactSort", "DeploymentSort", "FlowRunSort", "FlowSort", "TaskRunSort"],
    "prefect.client.schemas.schedules": [
        "CronSchedule",
        "IntervalSchedule",
        "NoSchedule",
        "RRuleSchedule",
        "construct_schedule",
    ],
    "prefect.context": [
        "AssetContext",
        "AsyncClientContext",
        "EngineContext",
        "FlowRunContext",
        "SettingsContext",
        "SyncClientContext",
        "TaskRunContext",
        "get_run_context",
        "tags",
        "use_profile",
    ],
    "prefect.deployments": [
        "Deployment",
        "RunnerDeployment",
        "arun_deployment",
        "deploy",
        "initialize_project",
        "run_deployment",
        "serve",
    ],
    "prefect.deployments.base": ["initialize_project"],
    "prefect.deployments.deployments": ["Deployment", "run_deployment"],
    "prefect.deployments.flow_runs": ["run_deployment"],
    "prefect.deployments.steps": ["git_clone", "pip_install_requirements", "pull_with_block", "run_shell_script"],
    "prefect.deployments.steps.core": ["run_step", "run_steps"],
    "prefect.deployments.types": ["EntrypointType"],
    "prefect.docker": ["DockerImage"],
    "prefect.events": [
        "Automation",
        "AutomationCore",
        "CompositeTrigger",
        "MetricTriggerOperator",
        "ResourceTrigger",
        "Trigger",
        "TriggerTypes",
        "DoNothing",
        "RunDeployment",
        "UnknownAction",
        "CompoundTrigger",
        "DeploymentCompoundTrigger",
        "DeploymentEventTrigger",
        "DeploymentMetricTrigger",
        "DeploymentSequenceTrigger",
        "Event",
        "EventTrigger",
        "FlowRunSubscriber",
        "MetricTrigger",
        "Posture",
        "ReceivedEvent",
        "RelatedResource",
        "Resource",
        "ResourceSpecification",
        "SequenceTrigger",
        "emit_event",
        "get_events_client",
        "get_events_subscriber",
    ],
    "prefect.events.clients": [
        "AssertingEventsClient",
        "EventsClient",
        "PrefectEventSubscriber",
        "PrefectEventsClient",
        "get_events_client",
        "get_events_subscriber",
    ],
    "prefect.events.filters": [
        "AutomationFilter",
        "AutomationFilterCreated",
        "AutomationFilterName",
        "AutomationFilterTags",
        "EventFilter",
        "EventNameFilter",
        "EventOccurredFilter",
        "EventResourceFilter",
    ],
    "prefect.events.related": [
        "object_as_related_resource",
        "related_resources_from_run_context",
        "tags_as_related_resources",
    ],
    "prefect.events.subscribers": ["FlowRunSubscriber"],
    "prefect.automations": [
        "Automation",
        "DoNothing",
        "EventTrigger",
        "MetricTriggerOperator",
        "Posture",
        "PrefectMetric",
        "ResourceSpecification",
        "RunDeployment",
    ],
    "prefect.events.actions": [
        "CancelFlowRun",
        "ChangeFlowRunState",
        "RunDeployment",
        "SendNotification",
        "UnknownAction",
    ],
    "prefect.events.schemas.automations": [
        "Automation",
        "AutomationCore",
        "EventTrigger",
        "MetricTriggerOperator",
        "Posture",
        "PrefectMetric",
        "ResourceSpecification",
    ],
    "prefect.events.schemas": ["DeploymentTrigger"],
    "prefect.events.schemas.deployment_triggers": ["DeploymentEventTrigger"],
    "prefect.server.events.actions": ["RunDeployment"],
    "prefect.logging.clients": ["PrefectLogsSubscriber", "get_logs_subscriber"],
    "prefect.server.events.schemas.events": ["Event", "ReceivedEvent"],
    "prefect.events.schemas.events": ["Event", "ReceivedEvent", "RelatedResource", "Resource", "ResourceSpecification"],
    "prefect.events.schemas.labelling": ["Labelled"],
    "prefect.events.utilities": ["emit_event"],
    "prefect.exceptions": ["FAIL", "SKIP", "CancelledRun", "CrashedRun", "FailedRun", "MissingResult"],
    "prefect.flows": ["Flow", "FlowStateHook", "aserve", "flow", "load_flow_from_entrypoint", "select_flow", "serve"],
    "prefect.logging.configuration": ["DEFAULT_LOGGING_SETTINGS_PATH", "load_logging_config"],
    "prefect.main": ["Flow", "flow", "serve", "task"],
    "prefect.flow_runs": ["pause_flow_run", "resume_flow_run", "suspend_flow_run", "wait_for_flow_run"],
    "prefect.infrastructure": ["Process", "ProcessResult"],
    "prefect.infrastructure.process": ["Process"],
    "prefect.input": ["RunInput", "receive_input", "send_input"],
    "prefect.filesystems": [
        "LocalFileSystem",
        "NullFileSystem",
        "ReadableDeploymentStorage",
        "ReadableFileSystem",
        "RemoteFileSystem",
        "WritableDeploymentStorage",
        "WritableFileSystem",
    ],
    "prefect.futures": [
        "PrefectDistributedFuture",
        "PrefectFuture",
        "PrefectFutureList",
        "PrefectWrappedFuture",
        "as_completed",
        "wait",
    ],
    "prefect.logging": ["disable_run_logger", "get_logger", "get_run_logger"],
    "prefect.orion.schemas.schedules": ["CronSchedule", "IntervalSchedule", "RRuleSchedule"],
    "prefect.results": [
        "ResultSerializer",
        "ResultStorage",
        "ResultStore",
        "get_result_store",
        "should_persist_result",
    ],
    "prefect.runner": ["Runner", "serve"],
    "prefect.runner.storage": [
        "BlockStorageAdapter",
        "GitRepository",
        "LocalStorage",
        "RemoteStorage",
        "RunnerStorage",
    ],
    "prefect.runtime": ["deployment", "flow_run", "task_run"],
    "prefect.schedules": ["Cron", "Interval", "RRule", "Schedule"],
    "prefect.serializers": ["CompressedSerializer", "JSONSerializer", "PickleSerializer"],
    "prefect.server.schemas.actions": ["FlowCreate", "FlowRunUpdate"],
    "prefect.server.schemas.core": ["Flow", "FlowRun", "FlowRunPolicy", "TaskRun", "TaskRunResult", "WorkPool"],
    "prefect.server.schemas.filters": ["FlowRunFilter", "FlowRunFilterState", "TaskRunFilter"],
    "prefect.server.schemas.responses": ["HistoryResponse", "TaskRunResponse"],
    "prefect.server.schemas.sorting": ["FlowRunSort", "LogSort"],
    "prefect.server.schemas.states": ["TERMINAL_STATES", "Completed", "Scheduled", "State"],
    "prefect.server.schemas.schedules": ["CronSchedule", "IntervalSchedule", "RRuleSchedule"],
    "prefect.states": ["Cancelled", "Completed", "Crashed", "Failed", "Paused", "Pending", "Running", "Scheduled"],
    "prefect.task_runners": [
        "ConcurrentTaskRunner",
        "ProcessPoolTaskRunner",
        "SequentialTaskRunner",
        "ThreadPoolTaskRunner",
    ],
    "prefect.task_worker": ["TaskWorker", "aserve", "serve"],
    "prefect.tasks": [
        "MaterializingTask",
        "Task",
        "TaskRunNameCallbackWithParameters",
        "exponential_backoff",
        "task",
        "task_input_hash",
    ],
    "prefect.testing.utilities": ["prefect_test_harness"],
    "prefect.transactions": ["CommitMode", "IsolationLevel", "Transaction", "transaction"],
    "prefect.types.entrypoint": ["EntrypointType"],
    "prefect.types.names": ["MAX_ASSET_KEY_LENGTH", "RESTRICTED_ASSET_CHARACTERS", "URILike"],
    "prefect.utilities.annotations": ["allow_failure", "opaque", "quote", "unmapped"],
    "prefect.variables": ["Variable"],
    "prefect.workers.base": ["BaseJobConfiguration", "BaseVariables", "BaseWorker", "BaseWorkerResult"],
    "prefect.workers.process": ["ProcessJobConfiguration", "ProcessWorker"],
    "prefect._experimental.sla.objects": ["FrequencySla", "LatenessSla", "TimeToCompletionSla"],
    "prefect._internal.schemas.bases": ["PrefectBaseModel"],
    "prefect.cli": ["app"],
    "prefect.cli._prompts": ["search_for_flow_functions"],
    "prefect.cli._utilities": ["exit_with_error"],
    "prefect.cli.cloud": ["get_current_workspace"],
    "prefect.client.base": ["PrefectHttpxAsyncClient", "PrefectHttpxSyncClient"],
    "prefect.client.collections": ["get_collections_metadata_client"],
    "prefect.client.subscriptions": ["Subscription"],
    "prefect.client.types.flexible_schedule_list": ["FlexibleScheduleList"],
    "prefect.flow_engine": ["FlowRunEngine", "load_flow_run", "run_flow"],
    "prefect.infrastructure.provisioners": ["get_infrastructure_provisioner_for_work_pool_type"],
    "prefect.server.api.server": ["SERVER_API_VERSION", "create_app"],
    "prefect.task_engine": ["SyncTaskRunEngine", "run_task"],
    "prefect.task_runs": ["TaskRunWaiter"],
    "prefect.utilities.asyncutils": ["Async", "Sync", "run_coro_as_sync", "sync_compatible"],
    "prefect.utilities.pydantic": ["JsonPatch"],
    "prefect.workers": ["ProcessWorker"],
    "prefect.workers.server": ["build_healthcheck_server", "start_healthcheck_server"],
}
HEAVY = {
    "_hashlib",
    "alembic",
    "asyncio",
    "asyncpg",
    "cryptography",
    "cyclopts",
    "email",
    "fastapi",
    "fsspec",
    "httpx",
    "importlib.resources",
    "multiprocessing",
    "prefect._engine.recorder",
    "prefect._orchestration",
    "prefect._store.journal",
    "pydantic",
    "requests",
    "rich",
    "sqlalchemy",
    "ssl",
    "tempfile",
    "uvicorn",
    "zipfile",
}


@pytest.mark.parametrize(("module", "name"), [(module, name) for module, names in PROMISED.items() for name in names])
def test_a_promised_name_resolves(module: str, name: str) -> None:
    assert getattr(importlib.import_module(module), name) is not None


@pytest.mark.parametrize("name", prefect.__all__)
def test_the_front_door_opens_to(name: str) -> None:
    assert getattr(prefect, name) is not None


def test_the_front_door_says_what_it_does_not_have() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'flwo'"):
        _ = prefect.flwo


@pytest.mark.parametrize("line", ["from prefect import flow, task", "import prefect.flows"])
def test_flows_and_tasks_load_nothing_heavy(line: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", f"import sys\n{line}\nprint(*sys.modules)"], capture_output=True, text=True, check=True
    )

    loaded = set(told.stdout.split())
    assert loaded & HEAVY == set()
    assert {name for name in loaded if name.startswith(("prefect.cli", "prefect.server"))} == set()


@pytest.mark.parametrize(
    ("module", "name", "instead"),
    [
        ("prefect.filesystems", "S3", "RemoteFileSystem"),
        ("prefect.filesystems", "GitHub", "GitRepository"),
        ("prefect.infrastructure", "DockerContainer", "work-pool create NAME --type docker"),
        ("prefect.infrastructure.docker", "DockerContainer", "work-pool create NAME --type docker"),
        ("prefect.infrastructure.kubernetes", "KubernetesJob", "work-pool create NAME --type kubernetes"),
    ],
)
def test_a_block_that_is_no_more_says_what_does_the_same(module: str, name: str, instead: str) -> None:
    with pytest.raises(ImportError, match=instead):
        getattr(importlib.import_module(module), name)


@pytest.mark.parametrize(
    ("module", "name", "items"),
    [
        ("prefect.workers.base", "BaseWorker", (int, int, int)),
        ("prefect.futures", "PrefectWrappedFuture", (int, str)),
        ("prefect.futures", "PrefectFuture", (int, Sync)),
        ("prefect.variables", "Variable", int),
        ("prefect.task_runners", "TaskRunner", int),
        ("prefect.results", "ResultRecord", int),
        ("prefect.states", "State", int),
        ("prefect.blocks.abstract", "JobRun", int),
    ],
)
def test_generic_classes_can_be_subscripted(module: str, name: str, items: object) -> None:
    kind = getattr(importlib.import_module(module), name)

    assert kind[items].__origin__ is kind


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("prefect.flows.Flow.run", "recorded"),
        ("prefect.task_runners.ThreadPoolTaskRunner", "name"),
        ("prefect.task_runners.ProcessPoolTaskRunner", "name"),
        ("prefect.futures.PrefectDistributedFuture.wait", "timeout"),
        ("prefect.deployments.Deployment.build_from_flow", "flow"),
    ],
)
def test_what_users_call_and_derive_from_has_hints_that_can_be_read(name: str, hint: str) -> None:
    assert hint in get_type_hints(pkgutil.resolve_name(name))
