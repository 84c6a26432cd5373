"""Door: images built and pushed by buildx (prefect-docker)."""

from prefect.docker.buildx import buildx_build_image, buildx_push_image

__all__ = ["buildx_build_image", "buildx_push_image"]
