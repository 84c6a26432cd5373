"""`prefect work-pool storage …`: the steps that put a flow away, and fetch it, are written down for its clients."""

from __future__ import annotations

import pytest

from prefect.blocks.core import Block
from prefect.client.orchestration import get_client
from tests.cli.terminal import Terminal


@pytest.fixture(autouse=True)
def pool(prefect: Terminal) -> None:
    prefect("work-pool", "create", "shop", "--type", "process")


@pytest.fixture
def aws_credentials() -> str:
    """A saved block that lets in."""

    class AwsCredentials(Block):
        _block_type_slug = "aws-credentials"

    AwsCredentials().save("mine")
    return "mine"


def test_a_bucket_is_chosen(anywhere: Terminal, aws_credentials: str) -> None:
    assert "has no storage" in anywhere("work-pool", "storage", "inspect", "shop")
    words = ["--bucket", "b", "--aws-credentials-block-name", aws_credentials]

    anywhere("work-pool", "storage", "configure", "s3", "shop", *words)

    step = {"bucket": "b", "aws_credentials_block_name": "mine", "requires": "prefect-aws"}
    with get_client(sync_client=True) as client:
        storage = client.read_work_pool("shop").storage_configuration
    assert storage.bundle_upload_step == {"prefect_aws.experimental.bundles.upload": step}
    assert storage.bundle_execution_step == {"prefect_aws.experimental.bundles.execute": step}
    assert anywhere.json("work-pool", "storage", "inspect", "shop") == {"type": "S3", "upload": step, "execution": step}
    assert "upload.bucket" in anywhere("work-pool", "storage", "inspect", "shop")


def test_a_program_is_chosen_in_the_place_of_uv(prefect: Terminal) -> None:
    words = ["--launcher", "python", "--launcher-arg", "-X", "--launcher-arg", "utf8", "--upload-launcher-arg", "more"]

    prefect("work-pool", "storage", "configure", "gcs", "shop", "--bucket", "b", *words)

    told = prefect.json("work-pool", "storage", "inspect", "shop")
    assert told == {
        "type": "GCS",
        "upload": {"bucket": "b", "launcher": ["python", "-X", "utf8", "more"]},
        "execution": {"bucket": "b", "launcher": ["python", "-X", "utf8"]},
    }


def test_what_is_not_there_is_told(prefect: Terminal) -> None:
    azure = ["azure-blob-storage", "shop", "--container", "c", "--azure-blob-storage-credentials-block-name", "lost"]

    assert "no block azure-blob-storage-credentials/lost" in prefect(
        "work-pool", "storage", "configure", *azure, expect=1
    )
    assert "There is no work pool 'shp'. Did you mean 'shop'?" in prefect(
        "work-pool", "storage", "configure", "s3", "shp", "--bucket", "b", expect=1
    )
    assert "need a program: say --launcher" in prefect(
        "work-pool", "storage", "configure", "s3", "shop", "--bucket", "b", "--launcher-arg", "x", expect=1
    )
