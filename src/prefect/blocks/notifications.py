"""Blocks that tell somebody something, and the hook that does so when a run goes wrong.

    SlackWebhook(url="https://hooks.slack.com/services/...").save("ops")

    @flow(on_failure=[notify("slack-webhook/ops")])
    def nightly(): ...

Most of them speak through the package apprise, which is loaded when the first message is sent (the extra
`notifications`). What a server sends for an automation, it sends by `prefect.blocks.sending`.
"""

from __future__ import annotations

import logging
import re
from abc import ABC
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from pydantic import AnyHttpUrl, Field, PrivateAttr, SecretStr, model_validator

from prefect._engine.redaction import keep_out_of_logs, redacted
from prefect.blocks._guard import PublicTransport, public_addresses
from prefect.blocks.abstract import NotificationBlock, NotificationError
from prefect.blocks.core import Block
from prefect.settings import get_current_settings
from prefect.types import SecretDict
from prefect.utilities.asyncutils import dispatched, in_thread, to_its_end
from prefect.utilities.lean_httpx import httpx
from prefect.utilities.optional import optional

SENDER = "Prefect Notifications"
"""Who the messages say that they are from, as those of other installations do."""

NotifyType = Literal["info", "success", "warning", "failure"]
NAMES = {"json": "json_data", "content": "form_data", "data": "form_data"}
"""What the parts of a request are called in a block, where not the same."""
PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")


class AbstractAppriseNotificationBlock(NotificationBlock, ABC):
    """Tells somebody something through a service that apprise knows.

    A class of its own either says its `_service`, or calls `_start_apprise_client` with a URL of apprise's in its
    `block_initialization`.
    """

    notify_type: NotifyType = Field(
        default="info", description="What kind of message it is, where the service shows kinds."
    )

    _apprise_client: Any = PrivateAttr(None)

    def _service(self) -> str | dict[str, Any]:
        """The service as apprise takes it: a URL, or a `schema` and what its plugin is made of."""
        raise NotImplementedError(f"{type(self).__name__} does not say which service it speaks to: see `_service`.")

    def _start_apprise_client(self, url: SecretStr) -> None:
        """Speak to a service that a URL of apprise's means."""
        self._apprise_client = self._client_for(url.get_secret_value())

    def _client_for(self, service: str | dict[str, Any]) -> Any:
        apprise = optional("apprise", "notifications")
        client = apprise.Apprise(asset=apprise.AppriseAsset(app_id=SENDER, secure_logging=True))
        try:
            plugin = apprise.Apprise.instantiate(service, asset=client.asset, suppress_exceptions=False)
        except TypeError as error:
            raise ValueError(f"This {self.get_block_type_name()} cannot be used: {error}") from error
        if plugin is None:
            raise ValueError(f"The address of this {self.get_block_type_name()} is none that apprise knows.")
        client.add(plugin)
        return client

    @dispatched
    def notify(self, body: str, subject: str | None = None) -> None:
        """Send a message.

        What cannot be sent is a line in the log, and within `raise_on_failure()` a `NotificationError`. Raises
        `ImportError` where apprise is not installed, `ValueError` for a private address where those are not allowed.
        """
        apprise = optional("apprise", "notifications")
        self._check_address()
        with apprise.LogCapture(level=logging.WARNING, fmt="%(message)s") as told:
            reason = self._failure(body, subject)
            if reason is not None:
                self._fail(f"{reason} {told.getvalue().strip()}")

    def _failure(self, body: str, subject: str | None) -> str | None:
        """Send it; why it was not sent, or None."""
        try:
            if self._apprise_client is None:
                self._apprise_client = self._client_for(self._service())
        except ValueError as error:
            return str(error)
        sent = self._apprise_client.notify(body=body, title=subject or "", notify_type=self.notify_type)
        return None if sent else f"The {self.get_block_type_name()} did not take the message."

    def _fail(self, reason: str) -> None:
        keep_out_of_logs(self._secret_values())
        reason = redacted(reason)
        if self._raise_on_failure:
            raise NotificationError(reason)
        self.logger.warning("A notification was not sent: %s", reason)

    async def anotify(self, body: str, subject: str | None = None) -> None:
        """As `notify`, for async code."""
        await in_thread(self.notify, body, subject)

    def _check_address(self) -> None:
        """Raise `ValueError` for an address that the block may not call."""


class AppriseNotificationBlock(AbstractAppriseNotificationBlock, ABC):
    """Tells somebody something through a service that a URL means."""

    url: SecretStr = Field(
        title="Webhook URL",
        description="The address of the service, as the service or apprise tells it.",
        examples=["https://hooks.example.com/services/..."],
    )
    allow_private_urls: bool = Field(
        default=True,
        description="Whether a program may call private addresses; a server does only where its settings say so.",
    )

    def _service(self) -> str | dict[str, Any]:
        return self.url.get_secret_value()

    def _check_address(self) -> None:
        if not self.allow_private_urls:
            public_addresses(self.url.get_secret_value())


class SlackWebhook(AppriseNotificationBlock):
    """Tells a channel of Slack something."""

    _block_type_name = "Slack Webhook"
    _code_example = """
    from prefect.blocks.notifications import SlackWebhook

    SlackWebhook(url="https://hooks.slack.com/services/...").save("ops")
    SlackWebhook.load("ops").notify("The night's run failed.")
    """

    url: SecretStr = Field(
        title="Webhook URL",
        description="The address that Slack gives for an incoming webhook.",
        examples=["https://hooks.slack.com/services/T0/B0/X"],
    )


class MicrosoftTeamsWebhook(AppriseNotificationBlock):
    """Tells a channel of Microsoft Teams something."""

    _block_type_name = "Microsoft Teams Webhook"
    _block_type_slug = "ms-teams-webhook"
    _code_example = """
    from prefect.blocks.notifications import MicrosoftTeamsWebhook

    MicrosoftTeamsWebhook(url="https://...logic.azure.com:443/workflows/...").save("ops")
    MicrosoftTeamsWebhook.load("ops").notify("The night's run failed.")
    """

    url: SecretStr = Field(
        title="Webhook URL",
        description="The address that Teams gives for a workflow that posts to a channel.",
        examples=["https://place.logic.azure.com:443/workflows/ID/triggers/manual/paths/invoke?sig=SIGNATURE"],
    )
    include_image: bool = Field(default=True, description="Whether a picture shows the kind of the message.")
    wrap: bool = Field(default=True, description="Whether long lines are wrapped.")

    def _service(self) -> str | dict[str, Any]:
        url = self.url.get_secret_value()
        told = optional("apprise.plugins.workflows", "notifications").NotifyWorkflows.parse_native_url(url)
        return url if told is None else {**told, "include_image": self.include_image, "wrap": self.wrap}


class PagerDutyWebHook(AbstractAppriseNotificationBlock):
    """Tells PagerDuty of an incident."""

    _block_type_name = "Pager Duty Webhook"
    _block_type_slug = "pager-duty-webhook"
    _code_example = """
    from prefect.blocks.notifications import PagerDutyWebHook

    PagerDutyWebHook(integration_key="...", api_key="...").save("on-call")
    PagerDutyWebHook.load("on-call").notify("The night's run failed.")
    """

    notify_type: NotifyType = Field(default="info", description="How severe it is.")
    integration_key: SecretStr = Field(description="The key of the service's Events API integration.")
    api_key: SecretStr = Field(title="API Key", description="A key of the account's API.")
    source: str | None = Field(default="Prefect", description="Where the incident comes from.")
    component: str = Field(default="Notification", description="Which part of the source it comes from.")
    group: str | None = Field(default=None, description="To which group of components that part belongs.")
    class_id: str | None = Field(default=None, title="Class ID", description="The class of the event.")
    region_name: Literal["us", "eu"] = Field(default="us", description="The region of the account.")
    clickable_url: AnyHttpUrl | None = Field(default=None, title="Clickable URL", description="A link in the incident.")
    include_image: bool = Field(default=True, description="Whether a picture shows the kind of the message.")
    custom_details: dict[str, str] | None = Field(
        default=None, description="More that the incident tells.", examples=[{"runbook": "https://example.com/runbook"}]
    )

    def _service(self) -> str | dict[str, Any]:
        return {
            "schema": "pagerduty",
            "apikey": self.api_key.get_secret_value(),
            "integrationkey": self.integration_key.get_secret_value(),
            "source": self.source,
            "component": self.component,
            "group": self.group,
            "class_id": self.class_id,
            "region_name": self.region_name,
            "click": None if self.clickable_url is None else str(self.clickable_url),
            "include_image": self.include_image,
            "details": self.custom_details,
        }


class TwilioSMS(AbstractAppriseNotificationBlock):
    """Sends short messages to telephones, by Twilio."""

    _block_type_name = "Twilio SMS"
    _block_type_slug = "twilio-sms"
    _code_example = """
    from prefect.blocks.notifications import TwilioSMS

    phones = TwilioSMS(
        account_sid="AC...", auth_token="...", from_phone_number="+15551230000", to_phone_numbers=["+15551239999"]
    )
    phones.save("on-call")
    phones.notify("The night's run failed.")
    """

    account_sid: str = Field(description="The account's SID, which begins with AC.")
    auth_token: SecretStr = Field(description="The account's token.")
    from_phone_number: str = Field(description="The number that sends.", examples=["+15551230000"])
    to_phone_numbers: list[str] = Field(description="The numbers that receive.", examples=[["+15551239999"]])

    def _service(self) -> str | dict[str, Any]:
        return {
            "schema": "twilio",
            "account_sid": self.account_sid,
            "auth_token": self.auth_token.get_secret_value(),
            "source": self.from_phone_number,
            "targets": self.to_phone_numbers,
        }


class OpsgenieWebhook(AbstractAppriseNotificationBlock):
    """Tells Opsgenie of an alert."""

    _block_type_name = "Opsgenie Webhook"
    _block_type_slug = "opsgenie-webhook"
    _code_example = """
    from prefect.blocks.notifications import OpsgenieWebhook

    OpsgenieWebhook(apikey="...", target_team=["data"]).save("ops")
    OpsgenieWebhook.load("ops").notify("The night's run failed.")
    """

    apikey: SecretStr = Field(title="API Key", description="The key of the API integration.")
    target_user: list[str] | None = Field(default=None, description="Users who are told.")
    target_team: list[str] | None = Field(default=None, description="Teams that are told.")
    target_schedule: list[str] | None = Field(default=None, description="Schedules whose people on call are told.")
    target_escalation: list[str] | None = Field(default=None, description="Escalations that are begun.")
    region_name: Literal["us", "eu"] = Field(default="us", description="The region of the account.")
    batch: bool = Field(default=False, description="Whether all targets are told in one request.")
    tags: list[str] | None = Field(default=None, description="Tags of the alert.", examples=[["nightly", "etl"]])
    priority: int | None = Field(default=3, description="From 1 (low) to 5 (emergency).")
    alias: str | None = Field(default=None, description="The name by which the alert is known.")
    entity: str | None = Field(default=None, description="What the alert is about.")
    details: dict[str, str] | None = Field(
        default=None, description="More that the alert tells.", examples=[{"runbook": "https://example.com/runbook"}]
    )

    def _service(self) -> str | dict[str, Any]:
        marked = {"@": self.target_user, "#": self.target_team, "*": self.target_schedule, "^": self.target_escalation}
        return {
            "schema": "opsgenie",
            "action": "new",
            "apikey": self.apikey.get_secret_value(),
            "targets": [f"{mark}{name}" for mark, names in marked.items() for name in names or ()],
            "region_name": self.region_name,
            "details": self.details,
            "priority": self.priority,
            "alias": self.alias,
            "entity": self.entity,
            "batch": self.batch,
            "tags": self.tags,
        }


class MattermostWebhook(AbstractAppriseNotificationBlock):
    """Tells channels of Mattermost something."""

    _block_type_name = "Mattermost Webhook"
    _block_type_slug = "mattermost-webhook"
    _code_example = """
    from prefect.blocks.notifications import MattermostWebhook

    MattermostWebhook(hostname="chat.example.com", token="...", secure=True, port=443).save("ops")
    MattermostWebhook.load("ops").notify("The night's run failed.")
    """

    hostname: str = Field(description="The host of the server.", examples=["chat.example.com"])
    secure: bool = Field(default=False, description="Whether it is spoken to by HTTPS.")
    token: SecretStr = Field(description="The token of the incoming webhook.")
    botname: str | None = Field(default=None, title="Bot name", description="The name under which messages appear.")
    channels: list[str] | None = Field(
        default=None, description="The channels that are told; without any, the webhook's own."
    )
    include_image: bool = Field(default=False, description="Whether a picture shows the kind of the message.")
    path: str | None = Field(default=None, description="The path below which the server is.")
    port: int = Field(default=8065, description="The port of the server.")

    def _service(self) -> str | dict[str, Any]:
        return {
            "schema": "mmosts" if self.secure else "mmost",
            "host": self.hostname,
            "secure": self.secure,
            "token": self.token.get_secret_value(),
            "user": self.botname,
            "targets": self.channels,
            "include_image": self.include_image,
            "fullpath": self.path,
            "port": self.port,
        }


class DiscordWebhook(AbstractAppriseNotificationBlock):
    """Tells a channel of Discord something."""

    _block_type_name = "Discord Webhook"
    _block_type_slug = "discord-webhook"
    _code_example = """
    from prefect.blocks.notifications import DiscordWebhook

    DiscordWebhook(webhook_id="...", webhook_token="...").save("ops")
    DiscordWebhook.load("ops").notify("The night's run failed.")
    """

    webhook_id: SecretStr = Field(description="The first part of the webhook's address.")
    webhook_token: SecretStr = Field(description="The second part of the webhook's address.")
    botname: str | None = Field(default=None, title="Bot name", description="The name under which messages appear.")
    tts: bool = Field(default=False, description="Whether messages are read aloud.")
    include_image: bool = Field(default=False, description="Whether a picture shows the kind of the message.")
    avatar: bool = Field(
        default=False, description="Whether the default picture of the sender is replaced by one of its kind."
    )
    avatar_url: str | None = Field(default=None, title="Avatar URL", description="The picture of the sender.")

    def _service(self) -> str | dict[str, Any]:
        return {
            "schema": "discord",
            "webhook_id": self.webhook_id.get_secret_value(),
            "webhook_token": self.webhook_token.get_secret_value(),
            "user": self.botname,
            "tts": self.tts,
            "include_image": self.include_image,
            "avatar": self.avatar,
            "avatar_url": self.avatar_url,
        }


class SendgridEmail(AbstractAppriseNotificationBlock):
    """Sends e-mail, by SendGrid."""

    _block_type_name = "Sendgrid Email"
    _block_type_slug = "sendgrid-email"
    _code_example = """
    from prefect.blocks.notifications import SendgridEmail

    SendgridEmail(api_key="...", sender_email="etl@example.com", to_emails=["ops@example.com"]).save("ops")
    SendgridEmail.load("ops").notify("The night's run failed.", subject="nightly")
    """

    api_key: SecretStr = Field(title="API Key", description="A key of the account's API.")
    sender_email: str = Field(title="Sender email id", description="The address that sends.", examples=["a@b.com"])
    to_emails: list[str] = Field(
        title="Recipient emails", description="The addresses that receive.", examples=[["ops@example.com"]]
    )

    def _service(self) -> str | dict[str, Any]:
        return {
            "schema": "sendgrid",
            "apikey": self.api_key.get_secret_value(),
            "from_email": self.sender_email,
            "targets": self.to_emails,
        }


class CustomWebhookNotificationBlock(NotificationBlock):
    """Tells any service something, by a request of your own.

    In `url`, `params`, `json_data`, `form_data`, `headers` and `cookies`, `{{subject}}`, `{{body}}`, `{{name}}` and the
    names of `secrets` in double braces stand for what they name.
    """

    _block_type_name = "Custom Webhook"
    _block_type_slug = "custom-webhook"
    _code_example = """
    from prefect.blocks.notifications import CustomWebhookNotificationBlock

    CustomWebhookNotificationBlock(
        name="ops",
        url="https://example.com/rooms/ops",
        json_data={"title": "{{subject}}", "text": "{{body}}", "token": "{{token}}"},
        secrets={"token": "..."},
    ).save("ops")
    """

    name: str = Field(description="The name for which {{name}} stands.")
    url: str = Field(
        title="Webhook URL", description="The address that is called.", examples=["https://example.com/rooms/ops"]
    )
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = Field(
        default="POST", description="The method of the request."
    )
    params: dict[str, str] | None = Field(default=None, title="Query Params", description="The query of the address.")
    json_data: dict[str, Any] | None = Field(
        default=None,
        title="JSON Data",
        description="The request's body as JSON.",
        examples=[{"text": "{{subject}}: {{body}}"}],
    )
    form_data: dict[str, str] | str | None = Field(
        default=None,
        title="Form Data",
        description="The request's body as a form, or as a text. Either this or JSON is given.",
        examples=[{"text": "{{subject}}: {{body}}"}],
    )
    headers: dict[str, str] | None = Field(default=None, description="Headers of the request.")
    cookies: dict[str, str] | None = Field(default=None, description="Cookies of the request.")
    timeout: float = Field(default=10, description="Seconds to wait for an answer.")
    allow_private_urls: bool = Field(
        default=True,
        description="Whether a program may call private addresses; a server does only where its settings say so.",
    )
    secrets: SecretDict = Field(
        default_factory=lambda: SecretDict({}),
        title="Custom Secret Values",
        description="Texts that are not shown, by the names that stand for them.",
        examples=[{"token": "..."}],
    )

    @model_validator(mode="after")
    def _has_one_body(self) -> CustomWebhookNotificationBlock:
        if self.json_data is not None and self.form_data is not None:
            raise ValueError("A request has one body: give json_data or form_data, not both.")
        return self

    @dispatched
    def notify(self, body: str, subject: str | None = None) -> None:
        """Send the request.

        Raises `httpx.HTTPStatusError` where the answer says no, `httpx.HTTPError` where there is none, `ValueError` for
        a name in braces that stands for nothing and for a private address where those are not allowed.
        """
        request = self._build_request_args(body, subject)
        transport = None if self.allow_private_urls else PublicTransport()
        with httpx.Client(
            transport=transport,
            timeout=request.pop("timeout"),
            cookies=request.pop("cookies"),
            headers={"user-agent": SENDER},
        ) as client:
            client.request(**request).raise_for_status()

    async def anotify(self, body: str, subject: str | None = None) -> None:
        """As `notify`, for async code."""
        await in_thread(self.notify, body, subject)

    def _build_request_args(self, body: str, subject: str | None) -> dict[str, Any]:
        """What the request is made of, with all names in braces replaced; programs call it to look at that."""
        values = {**self.secrets.get_secret_value(), "subject": subject or "", "body": body, "name": self.name}
        told = {
            "url": self.url,
            "params": self.params,
            "json": self.json_data,
            "content" if isinstance(self.form_data, str) else "data": self.form_data,
            "headers": self.headers,
            "cookies": self.cookies,
        }
        request = {part: _with_values(value, values, NAMES.get(part, part)) for part, value in told.items()}
        return {"method": self.method, **request, "timeout": self.timeout}


def _with_values(value: Any, values: Mapping[str, Any], place: str) -> Any:
    """A part of a request with the names in its braces replaced. Raises `ValueError` for one that is not known."""
    if isinstance(value, str):
        return PLACEHOLDER.sub(lambda found: _value(found[1], values, place), value)
    if isinstance(value, Mapping):
        return {name: _with_values(held, values, f"{place}.{name}") for name, held in value.items()}
    if isinstance(value, list):
        return [_with_values(held, values, place) for held in value]
    return value


def _value(name: str, values: Mapping[str, Any], place: str) -> str:
    if name not in values:
        known = ", ".join(sorted(values))
        raise ValueError(f"{place} names {{{{{name}}}}}, which stands for nothing. There are: {known}.")
    return str(values[name])


# -- hooks ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NoticeHook:
    """A hook that tells of a run by blocks; of failures, it is called when the run's process was killed, too."""

    blocks: tuple[str | NotificationBlock, ...]
    also_when_crashed: bool = True

    @property
    def __name__(self) -> str:
        return f"notify({', '.join(_label(block) for block in self.blocks)})"

    @dispatched
    def __call__(self, what: Any, run: Any, state: Any) -> None:
        """Tell by each block, even where another one could not. Raises `NotificationError` where one could not."""
        subject, body = message_of(what, run, state)
        failed = []
        for block in self.blocks:
            try:
                loaded: Any = Block.load(block) if isinstance(block, str) else block
                with loaded.raise_on_failure():
                    to_its_end(loaded.notify, body, subject)
            except Exception as error:  # noqa: BLE001  # whatever one block raises, the others are told
                failed.append(f"{_label(block)}: {error}")
        if failed:
            raise NotificationError("; ".join(failed))


def notify(*blocks: str | NotificationBlock) -> NoticeHook:
    """A hook that tells of a run by saved blocks, `type-slug/name`, or by blocks that are given.

        @flow(on_failure=[notify("slack-webhook/ops")])

    It fits wherever a flow or a task takes hooks. Among the hooks for failures it is called, too, when a run crashed:
    also when its process was killed, by the runner, worker or server that started it. Raises `ValueError` for what
    names no block.
    """
    for block in blocks:
        if isinstance(block, str) and not re.fullmatch(r"[^/]+/[^/]+", block):
            raise ValueError(
                f"A block is named by its type and its name, 'slack-webhook/ops'; {block!r} is no such name."
            )
        if not isinstance(block, str) and not hasattr(block, "notify"):
            raise ValueError(f"{type(block).__name__} is no block that can send notifications.")
    if not blocks:
        raise ValueError("notify() needs a block that sends: notify('slack-webhook/ops').")
    return NoticeHook(blocks)


def message_of(what: Any, run: Any, state: Any) -> tuple[str, str]:
    """The subject and the body of what is told of a run: what became of which, why, and where more is to be seen."""
    kind = "flow-run" if hasattr(run, "flow_id") else "task-run"
    subject = f"{what.name}: {state.name}"
    lines = [
        f"The {kind.replace('-', ' ')} {run.name!r} of {what.name!r} is {state.name}.",
        state.message,
        _page_of(kind, run.id),
    ]
    return subject, "\n".join(line for line in lines if line)


def _page_of(kind: str, id: UUID) -> str | None:
    """The address of a run's page; None where no server is known."""
    settings = get_current_settings()
    base = settings.ui_url or str(settings.api.url or "").rstrip("/").removesuffix("/api")
    return f"{str(base).rstrip('/')}/runs/{kind}/{id}" if base else None


def _label(block: str | NotificationBlock) -> str:
    if isinstance(block, str):
        return block
    return f"{block.get_block_type_slug()}/{block._block_document_name or 'without a name'}"


__all__ = [
    "AbstractAppriseNotificationBlock",
    "AppriseNotificationBlock",
    "CustomWebhookNotificationBlock",
    "DiscordWebhook",
    "MattermostWebhook",
    "MicrosoftTeamsWebhook",
    "NotificationBlock",
    "NotificationError",
    "OpsgenieWebhook",
    "PagerDutyWebHook",
    "SendgridEmail",
    "SlackWebhook",
    "TwilioSMS",
    "notify",
]
