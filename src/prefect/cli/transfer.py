"""`prefect transfer`"""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from prefect._domain.addresses import without_password
from prefect.cli.progress import progress
from prefect.cli.running import CommandError
from prefect.cli.transferring import Place, Transfer
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.settings import ProfilesCollection, Settings, load_profiles
from prefect.settings.current import in_force, settings_with_profile
from prefect.settings.profiles import missing


def transfer(
    *,
    from_: Annotated[str, Parameter(name="--from")],
    to: str,
) -> None:
    """Make everything of one profile's server, or local database, at another one's: blocks, variables, limits, work
    pools and queues, flows, deployments, automations. What is there already stays as it is.

    prefect transfer --from local --to production

    Parameters
    ----------
    from_
        The profile from which things are taken.
    to
        The profile to which they go.
    """
    if from_ == to:
        raise CommandError(f"Things are transferred from one profile to another; {from_!r} was said twice.")
    profiles = load_profiles()
    source, target = (_settings(profiles, name) for name in (from_, to))
    if _address(source) == _address(target):
        raise CommandError(f"The profiles {from_!r} and {to!r} mean the same place: {_address(source)}")
    with _client(source) as giving, _client(target) as taking, progress(f"Transferring from {from_} to {to}"):
        outcome = Transfer(Place(giving, source), Place(taking, target)).carry_out()
    for label in outcome.transferred:
        print(f"transferred  {label}")
    for word, reasons in (("skipped", outcome.skipped), ("failed", outcome.failed)):
        for label, reason in reasons.items():
            print(f"{word:<11}  {label}: {reason}")
    print(f"\nTransferred {len(outcome.transferred)}, skipped {len(outcome.skipped)}, failed {len(outcome.failed)}.")
    if outcome.failed:
        raise CommandError(f"{len(outcome.failed)} could not be transferred.")


def _settings(profiles: ProfilesCollection, name: str) -> Settings:
    if name not in profiles:
        raise missing(name, profiles.names)
    return settings_with_profile(profiles[name], over_environment=True)


def _address(settings: Settings) -> str:
    return without_password(str(settings.api.url or settings.server.database.connection_url))


def _client(settings: Settings) -> SyncPrefectClient:
    with in_force(settings):
        return get_client(sync_client=True)
