"""Door: images, their names, and a client of Docker (prefect-docker and the packages of the clouds)."""

from prefect.docker.engine import (
    IMAGE_LABELS,
    BuildError,
    PushError,
    docker_client,
    format_outlier_version_name,
    get_prefect_image_name,
    parse_image_tag,
    python_version_micro,
    python_version_minor,
    silence_docker_warnings,
    split_repository_path,
)
from prefect.docker.images import (
    ImageBuilder,
    build_image,
    generate_default_dockerfile,
    push_image,
    to_run_command,
)

__all__ = [
    "build_image",
    "generate_default_dockerfile",
    "push_image",
    "to_run_command",
    "IMAGE_LABELS",
    "BuildError",
    "ImageBuilder",
    "PushError",
    "docker_client",
    "format_outlier_version_name",
    "get_prefect_image_name",
    "parse_image_tag",
    "python_version_micro",
    "python_version_minor",
    "silence_docker_warnings",
    "split_repository_path",
]
