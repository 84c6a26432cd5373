"""`prefect variable …`"""

from __future__ import annotations

from prefect.variables import Variable
from tests.cli.terminal import Terminal


def test_a_variable_is_set_read_changed_and_removed(anywhere: Terminal) -> None:
    anywhere("variable", "set", "limit", '{"rows": [1, 2]}')

    assert anywhere("variable", "get", "limit") == '{"rows": [1, 2]}\n'
    assert "--overwrite" in anywhere("variable", "set", "limit", "2", expect=1)
    anywhere("variable", "set", "limit", "2", "--overwrite", "--tag", "a")
    assert anywhere.json("variable", "ls")[0]["value"] == 2
    assert anywhere.json("variables", "inspect", "limit")["tags"] == ["a"]
    assert "limit" in anywhere("variable", "inspect", "limit")
    anywhere("variable", "unset", "limit")
    assert "There is no variable 'limit'" in anywhere("variable", "get", "limit", expect=1)
    assert "no variables yet" in anywhere("variables", "ls")


def test_a_name_that_is_almost_right_is_told(anywhere: Terminal) -> None:
    anywhere("variable", "set", "threshold", "1")

    for command in ("get", "inspect", "unset"):
        assert "Did you mean 'threshold'?" in anywhere("variable", command, "treshold", expect=1)


def test_more_variables_are_listed_than_one_answer_holds(anywhere: Terminal) -> None:
    for number in range(205):
        Variable.set(f"v{number:03}", number)

    assert len(anywhere.json("variable", "ls", "--limit", "300")) == 205
    assert len(anywhere.json("variable", "ls")) == 100
    assert len(anywhere.json("variable", "ls", "--limit", "201")) == 201


def test_names_that_are_not_allowed_are_told_in_one_line(anywhere: Terminal) -> None:
    assert "name:" in anywhere("variable", "set", "Not Allowed", "1", expect=1)
