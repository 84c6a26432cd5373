"""The packages that are installed beside this one, and what of their own tests is not ours to pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

CORES = "wants three tasks to run at once, and so more than two processors"
SENTENCES = "asserts the words of another program's errors"
NO_SERVER = "waits for requests to a server, where ours needs none"
OWN_RUN = "gives a run the id of another, which we do not let it"
ENGINE = "needs a container engine"
ADDRESS = "its worker refuses to work without the address of a server, which the tests expect of their harness"
TYPER = "imports what newer versions of typer have no more"
INNER = "replaces a function of another program's inside"
TYPING_ERROR = "the package's own example is no Python"


@dataclass(frozen=True)
class Package:
    """A package from PyPI whose source distribution brings tests."""

    name: str
    extras: str = ""
    needs: tuple[str, ...] = ()
    """What its tests import beside what its development group names."""
    not_ours: Mapping[str, str] = field(default_factory=dict)
    """A part of a test's id, and why such tests fail here."""
    left_out: tuple[str, ...] = ()
    """Lines of its `conftest.py` that are about the database of another server."""
    ours: str = ""
    """Tests of ours that run in its environment, too."""

    @property
    def requirement(self) -> str:
        return f"{self.name}[{self.extras}]" if self.extras else self.name


STORAGE_MISSING = {"test_runtime_error_when_work_pool_is_missing_storage_configuration": SENTENCES}
PACKAGES = (
    Package("prefect-shell"),
    Package("prefect-email"),
    Package("prefect-slack"),
    Package("prefect-github"),
    Package("prefect-gitlab"),
    Package("prefect-bitbucket"),
    Package("prefect-sqlalchemy"),
    Package("prefect-databricks", not_ours={"TestJobsRunsSubmitAndWaitForCompletion": NO_SERVER}),
    Package(
        "prefect-snowflake",
        not_ours={**STORAGE_MISSING, "TestEnvironmentVariables::test_custom_env_overrides_base": OWN_RUN},
    ),
    Package(
        "prefect-docker",
        not_ours={
            "test_decorators.py": ADDRESS,
            "test_real_": ENGINE,
            "test_container_": ENGINE,
            "test_stream_container_logs_on_real_container": ENGINE,
        },
        left_out=("alembic_commands import alembic_upgrade", "to_thread.run_sync(alembic_upgrade)"),
        ours="tests/packages/test_containers.py",
    ),
    Package(
        "prefect-kubernetes",
        needs=("toml",),
        not_ours={
            **STORAGE_MISSING,
            "test_has_a_valid_code_example[KubernetesClusterConfig]": TYPING_ERROR,
            "TestSubmit::test_submit_adhoc_run": INNER,
        },
        ours="tests/packages/test_kubernetes.py",
    ),
    Package(
        "prefect-gcp",
        "all_extras",
        not_ours={**STORAGE_MISSING, "test_invalid_cpu_string": SENTENCES, "test_invalid_memory_string": SENTENCES},
    ),
    Package("prefect-azure", "blob_storage,cosmos_db", not_ours=STORAGE_MISSING),
    Package(
        "prefect-aws",
        needs=("moto[server]", "exceptiongroup", "sqlalchemy"),
        not_ours={**STORAGE_MISSING, "tests/cli/test_ecs_worker.py": TYPER},
    ),
    Package(
        "prefect-dask",
        not_ours={
            "test_as_completed_yields_correct_order": CORES,
        },
        ours="tests/packages/test_clusters.py",
    ),
    Package(
        "prefect-ray",
        not_ours={"test_as_completed_yields_correct_order": CORES},
        ours="tests/packages/test_clusters.py",
    ),
    Package("prefect-dbt"),
)
