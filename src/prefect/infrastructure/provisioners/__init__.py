"""Door: making the infrastructure of pools to which a hosted service pushes runs; whoever asks is told what to do."""

from prefect._outside.provisioners import Provisioner, get_infrastructure_provisioner_for_work_pool_type

__all__ = ["Provisioner", "get_infrastructure_provisioner_for_work_pool_type"]
