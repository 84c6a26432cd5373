"""The keys with which block documents are encrypted; none of them is kept in the database.

The first is the setting `server.encryption_key`. Without it a key is made, once, in the file `encryption.key` of the
home folder; where the setting is given later, what was encrypted with the file's key can still be read.
"""

from __future__ import annotations

import base64
import os

from prefect.settings.current import Settings
from prefect.utilities.files import create_whole

FILE = "encryption.key"


def encryption_keys(settings: Settings) -> tuple[str, ...]:
    """The keys that hold: the first encrypts, each one decrypts."""
    file = settings.home / FILE
    held = file.read_bytes() if file.is_file() else b""
    if not held and not settings.server.encryption_key:
        held = create_whole(file, base64.urlsafe_b64encode(os.urandom(32)))
    return tuple(key for key in (settings.server.encryption_key, held.decode().strip()) if key)
