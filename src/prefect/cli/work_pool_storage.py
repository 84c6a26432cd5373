"""`prefect work-pool storage …`: where programs put flows that they hand to a pool without a deployment.

What is written down here is read by who hands such a flow over, and by who carries it out: the steps are modules of
the packages for that cloud (`prefect-aws`, `prefect-gcp`, `prefect-azure`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import App, Group, Parameter

from prefect._wire.work_pools import WorkPoolStorageConfiguration, WorkPoolUpdate
from prefect.cli.client import asking
from prefect.cli.output import Output, show_fields, show_json
from prefect.cli.running import CommandError
from prefect.cli.work_pools import pool_of
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectNotFound

app = App(name="storage", help="Say where flows are put that are handed to a pool without a deployment.")
configure = App(name="configure", help="Choose the storage of a pool.")
app.command(configure)

CLOUDS = {"prefect_aws": "S3", "prefect_gcp": "GCS", "prefect_azure": "AzureBlobStorage"}
"""For the package of a cloud what its storage is called."""
LAUNCHERS = Group("Launchers", help="A program in the place of `uv run`: --launcher python --launcher-arg -X")
Launcher = Annotated[str | None, Parameter(group=LAUNCHERS)]
Arguments = Annotated[list[str] | None, Parameter(group=LAUNCHERS, allow_leading_hyphen=True)]


@Parameter(name="*")
class Launchers:
    """Programs that carry the steps out, for both or for one of them, each with arguments of its own."""

    def __init__(
        self,
        *,
        launcher: Launcher = None,
        launcher_arg: Arguments = None,
        upload_launcher: Launcher = None,
        upload_launcher_arg: Arguments = None,
        execution_launcher: Launcher = None,
        execution_launcher_arg: Arguments = None,
    ) -> None:
        shared = launcher_arg or []
        self.upload = _words(upload_launcher or launcher, [*shared, *(upload_launcher_arg or [])])
        self.execution = _words(execution_launcher or launcher, [*shared, *(execution_launcher_arg or [])])


def _words(launcher: str | None, arguments: Sequence[str]) -> list[str]:
    if launcher is None and arguments:
        raise CommandError(f"Arguments ({' '.join(arguments)}) need a program: say --launcher, too.")
    return [] if launcher is None else [launcher, *arguments]


UV_RUN = Launchers()


@configure.command
def s3(
    work_pool_name: str,
    *,
    bucket: str,
    aws_credentials_block_name: str | None = None,
    launchers: Launchers = UV_RUN,
) -> None:
    """Put them into a bucket of S3.

    Parameters
    ----------
    work_pool_name
        The pool.
    bucket
        The bucket.
    aws_credentials_block_name
        A saved block of the type aws-credentials; without one, the machine's own way is used.
    """
    credentials = _Credentials("aws_credentials_block_name", "aws-credentials", aws_credentials_block_name)
    _configure(work_pool_name, "prefect_aws", {"bucket": bucket}, credentials, launchers)


@configure.command
def gcs(
    work_pool_name: str,
    *,
    bucket: str,
    gcp_credentials_block_name: str | None = None,
    launchers: Launchers = UV_RUN,
) -> None:
    """Put them into a bucket of Google Cloud Storage.

    Parameters
    ----------
    work_pool_name
        The pool.
    bucket
        The bucket.
    gcp_credentials_block_name
        A saved block of the type gcp-credentials; without one, the machine's own way is used.
    """
    credentials = _Credentials("gcp_credentials_block_name", "gcp-credentials", gcp_credentials_block_name)
    _configure(work_pool_name, "prefect_gcp", {"bucket": bucket}, credentials, launchers)


@configure.command(name="azure-blob-storage")
def azure_blob_storage(
    work_pool_name: str,
    *,
    container: str,
    azure_blob_storage_credentials_block_name: str,
    launchers: Launchers = UV_RUN,
) -> None:
    """Put them into a container of Azure Blob Storage.

    Parameters
    ----------
    work_pool_name
        The pool.
    container
        The container.
    azure_blob_storage_credentials_block_name
        A saved block of the type azure-blob-storage-credentials.
    """
    name = "azure_blob_storage_credentials_block_name"
    slug = "azure-blob-storage-credentials"
    credentials = _Credentials(name, slug, azure_blob_storage_credentials_block_name)
    _configure(work_pool_name, "prefect_azure", {"container": container}, credentials, launchers)


class _Credentials:
    """Which block lets the steps in, if one is named."""

    def __init__(self, argument: str, slug: str, block_name: str | None) -> None:
        self.slug = slug
        self.block_name = block_name
        self.told = {} if block_name is None else {argument: block_name}

    def check(self, client: SyncPrefectClient) -> None:
        """Raise `CommandError` where the block is not there."""
        if self.block_name is None:
            return
        try:
            client.read_block_document_by_name(self.block_name, self.slug, include_secrets=False)
        except ObjectNotFound:
            raise CommandError(
                f"There is no block {self.slug}/{self.block_name}. Make one in the pages, or save one in a program."
            ) from None


def _configure(
    pool_name: str, package: str, place: dict[str, str], credentials: _Credentials, launchers: Launchers
) -> None:
    with asking() as client:
        pool = pool_of(client, pool_name)
        credentials.check(client)
        chosen = pool.storage_configuration.model_copy(
            update={
                "bundle_upload_step": _step(package, "upload", {**place, **credentials.told}, launchers.upload),
                "bundle_execution_step": _step(package, "execute", {**place, **credentials.told}, launchers.execution),
            }
        )
        client.update_work_pool(pool.name, WorkPoolUpdate(storage_configuration=chosen))
    print(f"Configured {CLOUDS[package]} storage for work pool {pool.name!r}.")


def _step(package: str, deed: str, arguments: dict[str, str], launcher: list[str]) -> dict[str, Any]:
    how: dict[str, Any] = {"launcher": launcher} if launcher else {"requires": package.replace("_", "-")}
    return {f"{package}.experimental.bundles.{deed}": {**arguments, **how}}


@app.command
def inspect(work_pool_name: str, *, output: Output = None) -> None:
    """Show the storage of a pool.

    Parameters
    ----------
    work_pool_name
        The pool.
    """
    with asking() as client:
        pool = pool_of(client, work_pool_name)
    told = _told(pool.storage_configuration)
    if output == "json":
        show_json(told)
    elif not told:
        print(f"The work pool {pool.name!r} has no storage. Choose one: prefect work-pool storage configure --help")
    else:
        parts = {name: value for name, value in told.items() if isinstance(value, dict)}
        fields = {f"{name}.{key}": held for name, value in parts.items() for key, held in value.items()}
        show_fields({"type": told["type"], **fields})


def _told(configuration: WorkPoolStorageConfiguration) -> dict[str, Any]:
    """The storage as one reads it: what it is, and the arguments of its two steps."""
    upload, execution = configuration.bundle_upload_step, configuration.bundle_execution_step
    if not upload or not execution:
        return {}
    (module, given), *_ = upload.items()
    kind = CLOUDS.get(module.partition(".")[0], module)
    return {"type": kind, "upload": given, "execution": next(iter(execution.values()))}
