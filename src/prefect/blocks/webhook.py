"""A block that calls an address."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, SecretStr

from prefect.blocks._guard import PublicTransport
from prefect.blocks.core import Block
from prefect.types import SecretDict
from prefect.utilities.asyncutils import in_thread
from prefect.utilities.lean_httpx import httpx

SECONDS = 30.0
"""How long an answer may take."""


class Webhook(Block):
    """Calls an address, with a text or with anything that JSON knows."""

    _block_type_name = "Webhook"
    _code_example = """
    import asyncio
    from prefect.blocks.webhook import Webhook

    Webhook(url="https://example.com/hook").save("mine")
    asyncio.run(Webhook.load("mine").call({"what": "it is done"}))
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = Field(
        default="POST", description="The method of the request."
    )
    url: SecretStr = Field(
        title="Webhook URL", description="The address that is called.", examples=["https://example.com/hook"]
    )
    headers: SecretDict = Field(
        default_factory=lambda: SecretDict({}), title="Webhook Headers", description="Headers of the request."
    )
    allow_private_urls: bool = Field(
        default=True,
        description="Whether a program may call private addresses; a server does only where its settings say so.",
    )
    verify: bool = Field(default=True, description="Whether the certificate of the other side is checked.")

    async def call(self, payload: dict[str, Any] | list[Any] | str | None = None) -> httpx.Response:
        """Call the address; the answer, whatever its status.

        Raises `ValueError` for a private address where those are not allowed, and `httpx.HTTPError` where there is no
        answer.
        """
        return await in_thread(self._answer, payload)

    def _answer(self, payload: Any) -> httpx.Response:
        transport = None if self.allow_private_urls else PublicTransport(verify=self.verify)
        content: dict[str, Any] = {"content": payload} if isinstance(payload, str) else {"json": payload}
        with httpx.Client(transport=transport, verify=self.verify, timeout=SECONDS) as client:
            return client.request(
                self.method,
                self.url.get_secret_value(),
                headers=self.headers.get_secret_value(),
                **({} if payload is None else content),
            )


__all__ = ["Webhook"]
