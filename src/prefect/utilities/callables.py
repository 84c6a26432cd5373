"""Door: parameters and arguments of functions (prefect-dask, tests of programs)."""

from prefect._outside.callables import (
    call_with_parameters,
    cloudpickle_wrapped_call,
    collapse_variadic_parameters,
    create_v1_schema,
    expand_mapping_parameters,
    explode_variadic_parameter,
    generate_parameter_schema,
    get_call_parameters,
    get_parameter_defaults,
    parameter_docstrings,
    parameter_schema,
    parameter_schema_from_entrypoint,
    parameters_to_args_kwargs,
    process_v1_params,
    raise_for_reserved_arguments,
)
from prefect._wire.json_schema import ParameterSchema

__all__ = [
    "ParameterSchema",
    "call_with_parameters",
    "cloudpickle_wrapped_call",
    "collapse_variadic_parameters",
    "create_v1_schema",
    "expand_mapping_parameters",
    "explode_variadic_parameter",
    "generate_parameter_schema",
    "get_call_parameters",
    "get_parameter_defaults",
    "parameter_docstrings",
    "parameter_schema",
    "parameter_schema_from_entrypoint",
    "parameters_to_args_kwargs",
    "process_v1_params",
    "raise_for_reserved_arguments",
]
