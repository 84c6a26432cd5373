"""Every setting of version 3.9 is known, under its older names, too; and how values are read."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from prefect.exceptions import ConfigurationError
from prefect.settings import get_current_settings
from prefect.settings.table import BY_ENV, BY_PATH, TABLE

TOLD = (Path(__file__).parents[1] / "data" / "settings.txt").read_text().splitlines()
LATER = {"server.api.base_path"}


@pytest.mark.parametrize("line", [line for line in TOLD if line.split()[0] not in LATER])
def test_a_setting_is_known_by_its_path_and_all_its_names(line: str) -> None:
    path, *older = line.split()

    assert BY_PATH[path].env == "PREFECT_" + path.upper().replace(".", "_")
    assert [BY_ENV[name].path for name in older] == [path] * len(older)


def test_no_two_settings_share_a_name() -> None:
    names = [name for setting in TABLE for name in (setting.env, *setting.aliases)]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("setting", TABLE, ids=lambda setting: setting.path)
def test_a_default_can_be_read(setting: object) -> None:
    get_current_settings().value_of(setting)  # type: ignore[arg-type]  # pytest hands it on untyped


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("90", timedelta(seconds=90)),
        ("01:30", timedelta(hours=1, minutes=30)),
        ("2:01:30", timedelta(hours=2, minutes=1, seconds=30)),
        ("1 day, 0:00:05", timedelta(days=1, seconds=5)),
        ("PT15M", timedelta(minutes=15)),
        ("P7D", timedelta(days=7)),
    ],
)
def test_a_length_of_time_is_seconds_or_a_duration(
    said: str, meant: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_SERVICES_LATE_RUNS_AFTER_SECONDS", said)

    assert get_current_settings().server.services.late_runs.after_seconds == meant


@pytest.mark.parametrize("said", ["soon", "P", "PT", "5 apples"])
def test_what_is_no_length_of_time_is_refused(said: str) -> None:
    with pytest.raises(ConfigurationError, match=r"AFTER_SECONDS.*expected seconds"):
        BY_PATH["server.services.late_runs.after_seconds"].parsed(said, "the test")


def test_an_empty_variable_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "")
    monkeypatch.setenv("PREFECT_SERVER_API_PORT", "")

    assert get_current_settings().api.url is None
    assert get_current_settings().server.api.port == 4200


def test_what_a_child_process_is_given_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("prefect.toml").write_text('[client]\ncustom_headers = {a = "1"}\nretry_extra_codes = [409, 420]\n')

    given = get_current_settings().to_environment_variables()
    assert get_current_settings().to_environment_variables(exclude_unset=True) == given
    before = get_current_settings().client.custom_headers, get_current_settings().client.retry_extra_codes

    Path("prefect.toml").unlink()
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert (get_current_settings().client.custom_headers, get_current_settings().client.retry_extra_codes) == before
