"""Blocks as programs use them: saved under a name and loaded again, with a server and without one."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import BaseModel, Field, SecretBytes, SecretStr
from pydantic import Secret as Hidden

from prefect import flow, get_run_logger, task
from prefect._orchestration.built_in_blocks import built_in_blocks
from prefect.blocks.abstract import CredentialsBlock, JobBlock, JobRun, NotificationBlock
from prefect.blocks.core import (
    Block,
    BlockNotSavedError,
    InvalidBlockRegistration,
    UnknownBlockType,
    block_schema_to_key,
    schema_extra,
)
from prefect.blocks.fields import SecretDict
from prefect.blocks.system import JSON, DateTime, Secret, String
from prefect.client.orchestration import get_client
from prefect.settings import temporary_settings
from tests.built_in_blocks import CLASSES, told_by
from tests.recorded import messages, the_flow_run
from tests.serving import served


class Login(Block):
    """Lets one in.

    At the front door.
    """

    _logo_url = "https://logo"
    _block_schema_capabilities = ["log-in"]  # noqa: RUF012  # as users write it

    user: str
    password: SecretStr


class Query(Block):
    _block_type_name = "The Query"
    _block_schema_capabilities: list[str] = ["query"]  # type: ignore[misc]  # noqa: RUF012  # as users write it

    sql: str = "SELECT 1"
    login: Login
    others: list[Login] = Field(default_factory=list)


def a_login(user: str = "me", password: str = "SEKRIT") -> Login:
    return Login(user=user, password=SecretStr(password))


@pytest.fixture(params=["embedded", "served"])
def place(request: pytest.FixtureRequest, home: Path) -> Iterator[None]:
    """Where blocks are kept: in the local database, or by a server."""
    if request.param == "embedded":
        yield
        return
    with served() as url, temporary_settings({"PREFECT_API_URL": url}):
        yield


def shown() -> list[dict[str, Any]]:
    """The data of all named documents as everybody sees it."""
    with get_client(sync_client=True) as client:
        return [document.data for document in client.read_block_documents(include_secrets=False)]


@pytest.mark.usefixtures("place")
def test_a_block_is_saved_and_loaded_by_name() -> None:
    saved_id = a_login("me", "SEKRIT").save("mine")

    for loaded in (Login.load("mine"), Block.load("login/mine"), Block.load_from_ref(saved_id)):
        assert isinstance(loaded, Login)
        assert (loaded.user, loaded.password.get_secret_value()) == ("me", "SEKRIT")
        assert (loaded._block_document_id, loaded._block_document_name) == (saved_id, "mine")
        assert loaded.get_block_placeholder() == "prefect.blocks.login.mine"
    assert shown() == [{"user": "me", "password": "********"}]


@pytest.mark.usefixtures("place")
def test_a_name_is_taken_until_it_is_overwritten_or_deleted() -> None:
    first = a_login("me", "one").save("mine")

    with pytest.raises(ValueError, match=r"login/mine already.*overwrite=True"):
        a_login("me", "two").save("mine")
    assert a_login("me", "two").save("mine", overwrite=True) == first
    assert Login.load("mine").password.get_secret_value() == "two"
    Login.delete("mine")
    with pytest.raises(ValueError, match="no block login/mine"):
        Block.delete("login/mine")
    assert a_login("me", "three").save("mine") != first


def test_a_block_that_has_a_name_is_saved_under_it_again() -> None:
    block = a_login("me", "one")
    with pytest.raises(ValueError, match="needs a name"):
        block.save()
    with pytest.raises(BlockNotSavedError, match="nothing can stand for it"):
        block.get_block_placeholder()
    block.save("mine")
    loaded = Login.load("mine")
    loaded.user = "you"

    loaded.save(overwrite=True)

    assert Login.load("mine").user == "you"
    with pytest.raises(ValueError, match="lowercase letters"):
        block.save("Not This")


def test_what_is_not_there_is_said_with_what_to_do() -> None:
    with pytest.raises(ValueError, match=r"no block login/none. Save one first, Login\(...\).save\('none'\)"):
        Login.load("none")
    with pytest.raises(ValueError, match="slug of a type and a name"):
        Block.load("mine")
    with pytest.raises(ValueError, match="may have been deleted"):
        Block.load_from_ref(uuid4())
    for reference in ("neither", {}, {"block_document_id": None}):
        with pytest.raises(ValueError, match="refers to no block"):
            Block.load_from_ref(reference)


def test_a_block_is_loaded_by_whatever_refers_to_it() -> None:
    document_id = a_login("me", "p").save("mine")
    references: list[Any] = [
        str(document_id),
        "login/mine",
        {"block_document_id": document_id},
        {"block_document_slug": "login/mine"},
        {"$ref": {"block_document_id": str(document_id)}},
    ]

    assert [Block.load_from_ref(reference)._block_document_id for reference in references] == [document_id] * 5


@pytest.mark.usefixtures("place")
def test_a_nested_block_is_a_reference_to_its_own_document() -> None:
    login = a_login("me", "SEKRIT")
    login.save("mine")
    Query(login=login, others=[login]).save("all")
    a_login("new", "SEKRIT").save("mine", overwrite=True)

    query = Query.load("all")

    assert query.login.user == query.others[0].user == "new"
    assert query.login._block_document_name == "mine"
    assert shown()[0]["login"] == {"user": "new", "password": "********"}
    Login.delete("mine")
    with pytest.raises(ValueError, match="the-query/all refers at 'login' to a block that has been deleted"):
        Query.load("all")


@pytest.mark.usefixtures("place")
def test_a_nested_block_without_a_name_belongs_to_the_outer_one() -> None:
    query = Query(login=a_login("a", "SEKRIT"))
    query.save("all")
    loaded = Query.load("all")
    loaded.login.user = "b"
    loaded.save(overwrite=True)

    assert Query.load("all").login.user == "b"
    assert Query.load("all").login.password.get_secret_value() == "SEKRIT"
    assert len(shown()) == 1


class Leaf(BaseModel):
    key: SecretStr
    open: str = "o"


class Every(Block):
    text: SecretStr
    raw: SecretBytes = SecretBytes(b"SEKRIT-raw")
    words: SecretDict
    number: Hidden[int]
    many: list[SecretStr]
    by_name: dict[str, SecretStr]
    leaf: Leaf
    leaves: dict[str, list[Leaf]]
    maybe: SecretStr | None = None
    named: SecretStr = Field(alias="an-alias")
    open: str = "o"


def test_every_kind_of_secret_is_hidden_in_lists_and_comes_back() -> None:
    block = Every.model_validate(
        {
            "text": "SEKRIT-t",
            "words": {"a": "SEKRIT-w"},
            "number": 5,
            "many": ["SEKRIT-m"],
            "by_name": {"k": "SEKRIT-n"},
            "leaf": {"key": "SEKRIT-l"},
            "leaves": {"x": [{"key": "SEKRIT-x"}]},
            "an-alias": "SEKRIT-a",
        }
    )

    block.save("all")

    hidden = "********"
    assert shown() == [
        {
            "text": hidden,
            "raw": hidden,
            "words": {"a": hidden},
            "number": hidden,
            "many": [hidden],
            "by_name": {"k": hidden},
            "leaf": {"key": hidden, "open": "o"},
            "leaves": {"x": [{"key": hidden, "open": "o"}]},
            "maybe": None,
            "an-alias": hidden,
            "open": "o",
        }
    ]
    loaded = Every.load("all")
    assert loaded.model_dump() == block.model_dump()
    assert loaded.raw.get_secret_value() == b"SEKRIT-raw"
    assert loaded.leaves["x"][0].key.get_secret_value() == "SEKRIT-x"
    assert "SEKRIT" not in repr(loaded)


class Tree(Block):
    key: SecretStr
    children: list[Tree] = Field(default_factory=list)


def test_a_block_that_holds_blocks_of_its_own_kind_hides_them_all() -> None:
    Tree(
        key=SecretStr("SEKRIT-1"),
        children=[Tree(key=SecretStr("SEKRIT-2"), children=[Tree(key=SecretStr("SEKRIT-3"))])],
    ).save("tree")

    assert "SEKRIT" not in str(shown())
    assert Tree.load("tree").children[0].children[0].key.get_secret_value() == "SEKRIT-3"


def test_a_type_says_of_itself_what_the_class_says() -> None:
    Query.register_type_and_schema()

    with get_client(sync_client=True) as client:
        login, query = client.read_block_type_by_slug("login"), client.read_block_type_by_slug("the-query")
        [schema] = [held for held in client.read_block_schemas() if held.block_type_id == query.id]
    assert (login.name, login.logo_url, login.description) == ("Login", "https://logo", "Lets one in.")
    assert (query.name, Query.get_block_type_slug()) == ("The Query", "the-query")
    assert schema.capabilities == ["query"]
    assert schema.checksum == Query._calculate_schema_checksum()
    assert schema.fields["block_schema_references"]["login"] == {"block_type_slug": "login"}
    assert schema.fields["secret_fields"] == ["login.password", "others.*.password"]
    with pytest.raises(ValueError, match="no type"):
        Block.register_type_and_schema()


def test_a_type_that_changed_its_words_says_the_new_ones() -> None:
    class Changing(Block):
        _description = "old"

    Changing.register_type_and_schema()
    Changing._description = "new"
    Changing.register_type_and_schema()

    with get_client(sync_client=True) as client:
        assert client.read_block_type_by_slug("changing").description == "new"
        assert len(client.read_block_schemas()) == 1


def test_what_was_saved_by_an_older_class_is_loaded_and_put_right() -> None:
    class Older(Block):
        _block_type_slug = "aging"
        kept: SecretStr
        gone: str = "g"

    Older(kept=SecretStr("SEKRIT")).save("mine")

    class Newer(Block):
        _block_type_slug = "aging"
        kept: SecretStr
        number: int
        extra: str = "default"

    with pytest.raises(
        RuntimeError, match=r"aging/mine does not fit the class Newer any more: number: .*validate=False"
    ):
        Block.load("aging/mine")
    loaded = Newer.load("mine", validate=False)
    assert loaded.model_dump(exclude={"kept"}) == {"number": None, "extra": "default"}
    assert loaded.kept.get_secret_value() == "SEKRIT"
    loaded.number = 3
    loaded.save(overwrite=True)
    assert Newer.load("mine").number == 3


def test_an_error_of_validation_says_no_secret() -> None:
    class Wants(Block):
        secret: SecretStr
        number: int

    with pytest.raises(ValueError, match="number") as caught:
        Wants(secret=["SEKRIT"], number="SEKRIT")  # type: ignore[arg-type]  # that is the point
    assert "SEKRIT" not in str(caught.value)


def test_a_field_for_several_types_takes_each_of_them() -> None:
    class Key(CredentialsBlock):
        key: SecretStr

        def get_client(self) -> str:
            return "client"

    class Uses(Block):
        credentials: CredentialsBlock

    Uses(credentials=Key(key=SecretStr("SEKRIT"))).save("mine")

    loaded = Uses.load("mine")
    assert isinstance(loaded.credentials, Key)
    assert loaded.credentials.get_client() == "client"
    assert CredentialsBlock.annotation_refers_to_block_class(Key | None)
    assert not Block.annotation_refers_to_block_class(dict[str, int])
    assert Uses.model_validate({"credentials": {"block_type_slug": "key", "key": "k"}}).credentials == Key(
        key=SecretStr("k")
    )
    with pytest.raises(ValueError, match="not a Login"):
        Login.load("uses/mine")


def test_a_block_is_made_ready_whenever_its_fields_are_set() -> None:
    class Ready(Block):
        number: int = 1

        def block_initialization(self) -> None:
            self._doubled = 2 * self.number

    Ready(number=4).save("mine")

    assert (Ready(number=2)._doubled, Ready.load("mine")._doubled) == (4, 8)


@pytest.mark.parametrize("value", ["text", {"a": [1, None]}, 3, ["x"]])
def test_a_secret_is_any_value(value: Any) -> None:
    Secret(value=value).save("mine")

    loaded = Secret.load("mine")

    assert loaded.get() == value
    assert shown() == [{"value": "********"}]
    assert Secret[dict[str, int]](value={"a": 1}).get() == {"a": 1}


def test_a_secret_of_a_type_is_of_that_type() -> None:
    moment = datetime(2026, 1, 1, tzinfo=timezone.utc)
    Secret[datetime](value=moment).save("then")

    assert Secret[datetime].load("then").get() == moment
    assert Secret[int].get_block_type_slug() == "secret"
    assert isinstance(Block.load("secret/then"), Secret)


def test_the_older_spellings_of_variables_are_there() -> None:
    moment = datetime(2026, 1, 1, tzinfo=timezone.utc)
    JSON(value={"a": 1}).save("j")
    String(value="s").save("s")
    DateTime(value=moment).save("d")

    assert (JSON.load("j").value, String.load("s").value, DateTime.load("d").value) == ({"a": 1}, "s", moment)


async def _both_worlds() -> list[str]:
    await Secret(value="SEKRIT").asave("mine")
    awaited = await Secret.load("mine")
    return [(await Secret.aload("mine")).get(), awaited.get(), (await Block.aload_from_ref("secret/mine")).get()]  # type: ignore[attr-defined]  # it is a Secret


def test_async_code_awaits_the_same_things() -> None:
    import asyncio

    assert asyncio.run(_both_worlds()) == ["SEKRIT"] * 3
    asyncio.run(Secret.aregister_type_and_schema())
    asyncio.run(Secret.adelete("mine"))
    with pytest.raises(ValueError, match="no block"):
        asyncio.run(Secret.aload("mine"))


def test_the_built_in_types_are_written_down_as_their_classes_say() -> None:
    told, written = [told_by(kind) for kind in CLASSES], built_in_blocks()

    for ours, theirs in zip(told, written, strict=True):
        assert ours["type"] == theirs["type"], "python -m tests.built_in_blocks"
        assert ours["schema"]["capabilities"] == theirs["schema"]["capabilities"]
        for part in ("secret_fields", "required", "block_type_slug"):
            assert ours["schema"]["fields"].get(part) == theirs["schema"]["fields"].get(part)
        assert ours["schema"]["fields"]["properties"].keys() == theirs["schema"]["fields"]["properties"].keys()


def test_a_notification_is_a_block_to_be_filled() -> None:
    class Shout(NotificationBlock):
        def notify(self, body: str, subject: str | None = None) -> None:
            self.logger.info(body)

    assert Shout.get_block_capabilities() == {"notify"}
    with pytest.raises(TypeError, match="abstract"):
        NotificationBlock()  # type: ignore[abstract]  # that is the point


def program(text: str) -> subprocess.CompletedProcess[str]:
    """A program of its own, in the same home."""
    return subprocess.run([sys.executable, "-c", textwrap.dedent(text)], capture_output=True, text=True, check=False)


def test_a_program_that_does_not_know_the_class_is_told_to_import_it() -> None:
    a_login("me", "p").save("mine")

    ended = program("""
        from prefect.blocks.core import Block, BlockNotSavedError
        Block.load("login/mine")
    """)

    assert "knows no block class of the type 'login'. Import the module" in ended.stderr


def test_a_program_knows_the_built_in_classes_without_importing_them() -> None:
    Secret(value="swordfish").save("mine")

    ended = program("""
        from prefect.blocks.core import Block, BlockNotSavedError
        print(Block.load("secret/mine").get())
    """)

    assert ended.stdout == "swordfish\n", ended.stderr


def test_programs_that_save_at_once_do_not_clash(home: Path) -> None:
    saving = """
        import sys
        from prefect.blocks.core import Block, BlockNotSavedError
        from pydantic import SecretStr

        class Shared(Block):
            key: SecretStr

        for number in range(5):
            Shared(key="SEKRIT").save(f"of-{sys.argv[1]}-{number}")
            Shared(key="SEKRIT").save("shared", overwrite=True)
    """
    started = [
        subprocess.Popen([sys.executable, "-c", textwrap.dedent(saving), str(number)], stderr=subprocess.PIPE)
        for number in range(3)
    ]

    told = [process.communicate(timeout=60)[1] for process in started]

    assert [process.returncode for process in started] == [0, 0, 0], told
    assert len(shown()) == 3 * 5 + 1
    with get_client(sync_client=True) as client:
        assert len(client.read_block_schemas()) == 1


def test_threads_that_save_at_once_do_not_clash() -> None:
    with ThreadPoolExecutor(8) as pool:
        saved = set(pool.map(lambda _: a_login("u", "p").save("mine", overwrite=True), range(16)))

    assert len(saved) == 1


def test_nothing_on_disk_tells_a_secret_and_the_key_is_its_owners_alone(home: Path) -> None:
    a_login("me", "SEKRIT-0815").save("mine")

    written = {file: file.read_bytes() for file in home.rglob("*") if file.is_file()}
    assert all(b"SEKRIT" not in content for content in written.values())
    key = home / "encryption.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert all(key.read_bytes() not in content for file, content in written.items() if file != key)


def test_secrets_that_were_read_are_not_told_in_logs_nor_in_states(capsys: pytest.CaptureFixture[str]) -> None:
    Secret(value="SEKRIT-4711").save("mine")
    Secret(value={"deep": ["SEKRIT'quoted"]}).save("more")

    @task
    def fails(secret: str) -> None:
        raise ValueError(f"cannot use {secret}")

    @flow(log_prints=True)
    def tells() -> None:
        secret, more = Secret.load("mine").get(), Secret.load("more").get()
        print("printed", secret, more)
        get_run_logger().warning("told %s", secret)
        fails(secret)

    state: Any = tells(return_state=True)

    with pytest.raises(ValueError, match="SEKRIT-4711"):
        state.result()
    told = messages(the_flow_run())
    assert "printed ******** {'deep': [\"********\"]}" in told
    assert "told ********" in told
    assert "cannot use ********" in str(state.message)
    assert "SEKRIT" not in str(told) + str(state.message) + capsys.readouterr().err


def test_short_values_are_too_common_to_be_hidden_in_logs() -> None:
    Secret(value="abc").save("short")

    @flow
    def tells() -> None:
        get_run_logger().info("abc")

    tells()

    assert "abc" in messages(the_flow_run())


def test_ids_of_documents_are_ids() -> None:
    assert isinstance(Secret(value="x").save("mine"), UUID)


def test_a_job_says_what_its_runs_leave_behind() -> None:
    class Lines(JobBlock[list[str]]):
        def trigger(self) -> JobRun[list[str]]:
            raise NotImplementedError

    assert issubclass(Lines, Block)


def test_an_example_of_use_is_read_from_the_docstring() -> None:
    class Shop(Block):
        """A shop.

        Attributes:
            name: how it is called

        Examples:
            Load it:
            ```python
            shop = Shop.load("mine")
            ```
        """

        name: str = "x"

    assert Shop.get_code_example() == 'Load it:\n```python\nshop = Shop.load("mine")\n```'
    assert Shop.get_description() == "A shop."


def test_without_an_example_the_use_is_to_load_it() -> None:
    class CornerShop(Block):
        """A shop at the corner."""

    assert CornerShop.get_code_example().splitlines()[1:-1] == [
        "from tests.test_blocks import CornerShop",
        "",
        'cornershop_block = CornerShop.load("BLOCK_NAME")',
    ]


def test_a_class_that_is_no_type_and_a_type_that_has_no_class_are_told_apart_from_other_errors(home: Path) -> None:
    with pytest.raises(InvalidBlockRegistration, match="make a subclass"):
        Block.register_type_and_schema()
    with pytest.raises(UnknownBlockType, match="no block class of the type 'no-such-type'"):
        Block.get_block_class_from_key("no-such-type")


def test_a_schema_says_of_which_type_its_blocks_are(home: Path) -> None:
    extended: dict[str, Any] = {"title": "Query", "properties": {"sql": {"type": "string"}}}
    schema_extra(extended, Query)
    with get_client(sync_client=True) as client:
        Login.register_type_and_schema()
        recorded = client.read_block_schema_by_checksum(Login._calculate_schema_checksum())

    assert extended["properties"] == {"sql": {"type": "string"}}
    assert extended["block_type_slug"] == "the-query"
    assert extended["secret_fields"] == ["login.password", "others.*.password"]
    assert extended["block_schema_references"]["login"] == {"block_type_slug": "login"}
    assert block_schema_to_key(recorded) == "login"
    with pytest.raises(ValueError, match="Block type is not set"):
        block_schema_to_key(recorded.model_copy(update={"block_type": None}))
