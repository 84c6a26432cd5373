"""Where older programs look for `DockerContainer`; they are told what does the same."""

from prefect.infrastructure import is_a_pool_now

raise is_a_pool_now("DockerContainer")
