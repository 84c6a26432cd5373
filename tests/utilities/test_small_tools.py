"""The small tools that programs import: for dicts, texts, files, other programs and classes found by a key."""

from __future__ import annotations

import asyncio
import importlib
import io
import os
import pickle
import sys
from pathlib import Path

import pydantic
import pytest

from prefect.exceptions import ScriptError
from prefect.utilities import collections as dicts
from prefect.utilities.asyncutils import gather, is_async_fn, run_coro_as_sync, sync_compatible
from prefect.utilities.dispatch import get_registry_for_type, lookup_type, register_base_type
from prefect.utilities.filesystem import (
    create_default_ignore_file,
    filter_files,
    get_open_file_limit,
    is_local_path,
    tmpchdir,
)
from prefect.utilities.generics import validate_list
from prefect.utilities.importtools import (
    AliasedModuleDefinition,
    AliasedModuleFinder,
    from_qualified_name,
    import_object,
    lazy_import,
    safe_load_namespace,
    to_qualified_name,
)
from prefect.utilities.math import clamped_poisson_interval
from prefect.utilities.names import generate_slug, obfuscate
from prefect.utilities.processutils import command_from_string, command_to_string, open_process, run_process
from prefect.utilities.pydantic import PartialModel, add_cloudpickle_reduction, add_type_dispatch, parse_obj_as
from prefect.utilities.services import critical_service_loop
from prefect.utilities.slugify import slugify
from prefect.utilities.text import fuzzy_match_string, truncated_to


def test_dicts_are_merged_however_deep() -> None:
    merged = dicts.deep_merge({"a": {"b": 1, "c": [1]}, "x": 1}, {"a": {"b": 2, "d": 3}, "x": {"y": 1}})

    assert merged == {"a": {"b": 2, "c": [1], "d": 3}, "x": {"y": 1}}


@pytest.mark.parametrize(
    ("path", "value"),
    [("a.b", [1, {"c": 5}]), ("a.b[1].c", 5), (["a", "b", 0], 1), ("a.x", "none"), ("a.b[7]", "none")],
)
def test_a_path_leads_into_a_dict(path: str | list[str | int], value: object) -> None:
    assert dicts.get_from_dict({"a": {"b": [1, {"c": 5}]}}, path, "none") == value


def test_a_dict_made_flat_is_the_same_when_it_is_nested_again() -> None:
    nested = {"a": {"b": 1, "c": {"d": 2}}, "e": {}}

    flat = dicts.dict_to_flatdict(nested)

    assert flat == {("a", "b"): 1, ("a", "c", "d"): 2, ("e",): {}}
    assert dicts.flatdict_to_dict(flat) == nested


def test_items_come_in_batches_and_once() -> None:
    assert list(dicts.batched_iterable(range(5), 2)) == [(0, 1), (2, 3), (4,)]
    assert list(dicts.distinct(["aa", "b", "cc"], key=len)) == ["aa", "b"]
    assert dicts.extract_instances([1, "a", 2.0], (int, str)) == {int: [1], str: ["a"]}
    assert dicts.listrepr([1, "a"], sep=", ") == "1, 'a'"


def test_the_members_of_an_auto_enum_are_their_names() -> None:
    class Color(dicts.AutoEnum):
        RED = dicts.AutoEnum.auto()

    assert (Color.RED.value, repr(Color.RED)) == ("RED", "Color.RED")


def test_secrets_are_shown_as_asterisks_that_tell_no_length() -> None:
    assert obfuscate("abc") == obfuscate("abcdefghijklmnop") == "********"
    assert obfuscate(pydantic.SecretStr("abcdefghijkl"), show_tail=True) == "******kl"
    assert len(generate_slug(3).split("-")) == 3


@pytest.mark.parametrize(
    ("text", "options", "slug"),
    [
        ("Hello, World! 3", {}, "hello-world-3"),
        ("Ünïcode ß", {}, "unicode-ss"),
        ("a_b c", {"separator": "_"}, "a_b_c"),
        ("abc def ghi", {"max_length": 9, "word_boundary": True}, "abc-def"),
        ("the cat", {"stopwords": ["the"]}, "cat"),
        ("x|y", {"replacements": [["|", "or"]]}, "xory"),
        ("日本", {"allow_unicode": True}, "日本"),
        ("it's 1,000", {}, "it-s-1000"),
    ],
)
def test_a_text_becomes_part_of_an_address(text: str, options: dict[str, object], slug: str) -> None:
    assert slugify(text, **options) == slug  # type: ignore[arg-type]  # of several types


def test_texts_are_cut_in_the_middle_and_matched() -> None:
    assert truncated_to(12, "abcdefghijklmnop") == "abcde...mnop"
    assert truncated_to(5, "abc") == "abc"
    assert fuzzy_match_string("flwo", ["flow", "task"]) == "flow"


def test_a_random_interval_keeps_its_bounds() -> None:
    assert all(7 <= clamped_poisson_interval(10) <= 13 for _ in range(100))


def test_what_patterns_ignore_is_filtered_out() -> None:
    for file in ("a/x.py", "a/y.txt", "z.py", "b/c/d.py"):
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).touch()

    assert filter_files(".", ["*.py"], include_dirs=False) == {"a/y.txt"}
    assert filter_files(".", ["  *.py\n", "  a/\n"], include_dirs=False) == set()
    assert filter_files(".", ["a/", "# a comment"], include_dirs=False) == {"z.py", "b/c/d.py"}
    assert filter_files(".", ["*", "!z.py"]) == {"z.py"}
    assert filter_files(".", ["b/**/*.py"], include_dirs=False) == {"a/x.py", "a/y.txt", "z.py"}
    assert create_default_ignore_file(".")
    assert not create_default_ignore_file(".")


def test_paths_are_told_from_addresses_and_folders_are_left_again() -> None:
    before = os.getcwd()
    Path("inner").mkdir()

    with tmpchdir("inner"):
        assert Path.cwd().name == "inner"

    assert os.getcwd() == before
    assert [is_local_path(path) for path in ("/a", "file:///a", "s3://a/b")] == [True, True, False]


def test_objects_are_found_by_their_names_and_files() -> None:
    Path("little_shop.py").write_text("PRICE = 5\n")
    Path("broken.py").write_text("1 / 0\n")

    assert from_qualified_name(to_qualified_name(io.StringIO)) is io.StringIO
    assert import_object("little_shop.py:PRICE") == import_object("little_shop:PRICE") == 5
    with pytest.raises(ScriptError, match="division by zero"):
        import_object("broken.py:PRICE")
    with pytest.raises(ValueError, match="names no object"):
        import_object("little_shop")


def test_a_module_that_is_missing_says_so_when_it_is_used() -> None:
    lazy = lazy_import("no_such_module", help_message="Install it.")

    with pytest.raises(ModuleNotFoundError, match="Install it"):
        _ = lazy.anything
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        lazy_import("no_such_module", error_on_import=True)
    assert lazy_import("json").loads("1") == 1


def test_a_program_is_run_and_its_output_handed_on() -> None:
    out, err = io.StringIO(), io.StringIO()
    code = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"

    async def run() -> int | None:
        return (await run_process([sys.executable, "-c", code], stream_output=(out, err))).returncode

    assert asyncio.run(run()) == 3
    assert (out.getvalue(), err.getvalue()) == ("out\n", "err\n")


def test_a_command_is_a_list() -> None:
    async def run() -> None:
        async with open_process("echo"):  # type: ignore[arg-type]  # that is the point
            pass

    assert command_from_string(command_to_string(["a b", "c"])) == ["a b", "c"]
    with pytest.raises(TypeError, match="list"):
        asyncio.run(run())


async def add_one(number: int) -> int:
    return number + 1


def test_coroutines_are_waited_for_with_and_without_an_event_loop() -> None:
    async def inside() -> int | None:
        return run_coro_as_sync(add_one(1))

    async def both() -> list[int]:
        return await gather(lambda: add_one(1), lambda: add_one(2))

    assert run_coro_as_sync(add_one(1)) == asyncio.run(inside()) == 2
    assert asyncio.run(both()) == [2, 3]
    assert is_async_fn(add_one)


def test_an_async_function_made_compatible_serves_both_kinds_of_code() -> None:
    either = sync_compatible(add_one)

    async def inside() -> int:
        found: int = await either(2)
        return found

    assert either(1) == 2
    assert asyncio.run(inside()) == 3


def test_a_class_is_found_by_its_key() -> None:
    @register_base_type
    class Shape:
        @classmethod
        def __dispatch_key__(cls) -> str:
            return cls.__name__.lower()

    class Circle(Shape):
        pass

    assert lookup_type(Shape, "circle") is Circle
    assert sorted(get_registry_for_type(Shape) or ()) == ["circle", "shape"]
    with pytest.raises(KeyError, match="square"):
        lookup_type(Shape, "square")


class Size(pydantic.BaseModel):
    width: int
    unit: str = "cm"


def test_a_model_is_made_of_fields_that_come_one_by_one() -> None:
    part = PartialModel(Size, width=3)

    assert part.finalize(unit="m") == Size(width=3, unit="m")
    with pytest.raises(ValueError, match="already been set"):
        part.finalize(width=4)
    with pytest.raises(ValueError, match="not present"):
        part.colour = "red"
    assert parse_obj_as(list[int], ["1"]) == [1]


def test_a_model_of_a_function_is_pickled_with_its_class() -> None:
    @add_cloudpickle_reduction
    class Local(pydantic.BaseModel):
        value: int

    again = pickle.loads(pickle.dumps(Local(value=3)))

    assert again.value == 3


def test_a_loop_goes_on_through_failures_until_there_are_too_many_in_a_row() -> None:
    told: list[str] = []
    tries = iter([None, ConnectionError("away"), None, ConnectionError("away"), ConnectionError("gone")])

    async def work() -> None:
        failure = next(tries)
        if failure is not None:
            raise failure

    with pytest.raises(ConnectionError, match="gone"):
        asyncio.run(critical_service_loop(work, 0.001, consecutive=2, printer=told.append))

    assert "gone" in told[-1]


def test_a_module_is_found_under_another_name_and_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    aliases = [
        AliasedModuleDefinition("old_json", "json", told.append),
        AliasedModuleDefinition("old_nothing", "no_such_module", None),
    ]
    monkeypatch.setattr(sys, "meta_path", [AliasedModuleFinder(aliases), *sys.meta_path])
    try:
        decoder = importlib.import_module("old_json.decoder")
        assert decoder is sys.modules["json.decoder"]
        assert sys.modules["old_json"] is sys.modules["json"]
    finally:
        for name in ("old_json", "old_json.decoder"):
            sys.modules.pop(name, None)

    assert told == ["old_json", "old_json.decoder"]
    with pytest.raises(ModuleNotFoundError, match="old_nothing"):
        importlib.import_module("old_nothing")
    assert AliasedModuleFinder(aliases).find_spec("old_jsons") is None


def test_of_a_source_that_cannot_be_run_what_can_be_had_is_had(tmp_path: Path) -> None:
    (tmp_path / "rates.py").write_text("VAT = 25")
    source = """
from __future__ import annotations
import nothing_like_this
from dataclasses import dataclass
from rates import VAT

NET: int = 100
GROSS = NET + VAT
LOST = nothing_like_this.value

@dataclass
class Price:
    net: int = NET

def price(): return Price()
def lost(default=LOST): ...

raise SystemExit("the rest is not carried out")
"""

    found = safe_load_namespace(source, filepath=str(tmp_path / "prices.py"))

    assert found["GROSS"] == 125
    assert found["price"]() == found["Price"](100)
    assert found.keys() == {"__name__", "annotations", "dataclass", "VAT", "NET", "GROSS", "Price", "price"}
    assert str(tmp_path) not in sys.path
    sys.modules.pop("rates")
    with pytest.raises(SyntaxError):
        safe_load_namespace("def (")


@pytest.mark.parametrize(
    ("first", "annotation"), [("", int), ("from __future__ import annotations", "int")], ids=["types", "texts"]
)
def test_annotations_of_a_source_are_what_the_source_says(first: str, annotation: object) -> None:
    found = safe_load_namespace(f"{first}\ndef price(net: int): ...")

    assert found["price"].__annotations__ == {"net": annotation}


def test_a_model_becomes_the_one_that_its_type_names() -> None:
    @add_type_dispatch
    class Animal(pydantic.BaseModel):
        type: str = "animal"
        name: str = "it"

    class Dog(Animal):
        type: str = "dog"
        barks: bool = True

    rex = Animal(type="dog", name="Rex")

    assert type(rex) is Dog
    assert rex.model_dump() == {"type": "dog", "name": "Rex", "barks": True}
    assert lookup_type(Animal, "dog") is Dog
    assert type(Animal()) is Animal
    with pytest.raises(ValueError, match="No Animal has the type 'cat'; there are dog"):
        Animal(type="cat")


def test_a_model_without_a_type_is_no_base_of_such() -> None:
    class Thing(pydantic.BaseModel):
        name: str

    with pytest.raises(ValueError, match="has no field `type`"):
        add_type_dispatch(Thing)


def test_a_list_of_models_is_checked_as_a_whole() -> None:
    class Point(pydantic.BaseModel):
        x: int

    assert validate_list(Point, [{"x": 1}, {"x": "2"}]) == [Point(x=1), Point(x=2)]
    with pytest.raises(pydantic.ValidationError, match="valid list"):
        validate_list(Point, {"x": 1})


def test_a_process_may_have_some_files_open() -> None:
    assert get_open_file_limit() >= 3
