"""Infrastructure as older programs name it: what the runs of a deployment are.

    Deployment.build_from_flow(flow, "nightly", infrastructure=Process(env={"STAGE": "prod"}))

Today a work pool says that; a `Process` gives its values to the deployment as job variables.
"""

from prefect.infrastructure.process import Process, ProcessResult

ELSEWHERE = {"DockerContainer": "docker", "KubernetesJob": "kubernetes"}
"""What is no block here, and the type of the work pool that does the same."""


def is_a_pool_now(name: str) -> ImportError:
    """What to say of a block whose place a type of work pools has taken."""
    return ImportError(
        f"{name} is no block any more: make a work pool, prefect work-pool create NAME --type {ELSEWHERE[name]}, "
        "and name it in the deployment (work_pool_name=...)."
    )


def __getattr__(name: str) -> object:
    if name in ELSEWHERE:
        raise is_a_pool_now(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["Process", "ProcessResult"]
