"""How a deployment names its flow."""

from enum import Enum


class EntrypointType(Enum):
    """By file and function, `path/to/file.py:my_flow`, or by module, `package.module.my_flow`."""

    FILE_PATH = "file_path"
    MODULE_PATH = "module_path"


__all__ = ["EntrypointType"]
