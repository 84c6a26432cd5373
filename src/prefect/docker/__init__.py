"""Door: images that deployments name.

`engine.py` asks Docker, `images.py` and `buildx.py` have it build and push.
"""

from prefect.docker.docker_image import DockerImage

__all__ = ["DockerImage"]
