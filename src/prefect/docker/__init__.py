"""Door: images that deployments name."""

from prefect.docker.docker_image import DockerImage

__all__ = ["DockerImage"]
