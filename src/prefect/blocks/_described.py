"""What a class of blocks says of itself: its type, its schema, and which parts of it are secret."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar
from uuid import UUID

from pydantic import (
    BaseModel,
    ConfigDict,
    GetJsonSchemaHandler,
    PrivateAttr,
    model_validator,
)
from pydantic.functional_validators import ModelWrapValidatorHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, to_jsonable_python
from typing_extensions import Self

from prefect._domain.blocks import NON_VERSIONED, checksum_of, slug_of
from prefect._wire.json_schema import LenientSchema
from prefect.blocks import _kinds
from prefect.blocks._annotations import SECRETS, blocks_in, name_in_data, secret_paths

WORDS = (
    "_block_type_name",
    "_block_type_slug",
    "_logo_url",
    "_documentation_url",
    "_description",
    "_code_example",
    "_block_schema_capabilities",
    "_block_schema_version",
    "_events_excluded_methods",
)
"""What a class may say of itself, as a plain attribute or an annotated one."""
TYPE = "block_type_slug"
"""The key with which data may say of which type a block is."""


EXAMPLE = re.compile(r"^examples?:[ \t]*\n(?P<text>(?:[ \t]+[^\n]*\n?|[ \t]*\n)*)", re.IGNORECASE | re.MULTILINE)
"""The section of a docstring that shows how a class is used."""


class DescribedBlock(BaseModel):
    """A block without its way to storage."""

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)

    _block_type_name: ClassVar[str | None] = None
    _block_type_slug: ClassVar[str | None] = None
    _logo_url: ClassVar[Any] = None
    _documentation_url: ClassVar[Any] = None
    _description: ClassVar[str | None] = None
    _code_example: ClassVar[str | None] = None
    _block_schema_capabilities: ClassVar[list[str] | None] = None
    _block_schema_version: ClassVar[str | None] = None
    _events_excluded_methods: ClassVar[list[str]] = []
    _also_secret: ClassVar[tuple[str, ...]] = ()
    """Places in the data that are hidden in lists although the types of their fields do not say so."""

    _block_document_id: UUID | None = PrivateAttr(None)
    _block_document_name: str | None = PrivateAttr(None)
    _is_anonymous: bool | None = PrivateAttr(None)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        for word in WORDS:
            if word in cls.__private_attributes__:
                setattr(cls, word, cls.__private_attributes__.pop(word).default)
        slug = cls.get_block_type_slug()
        above = (base.get_block_type_slug() for base in cls.__mro__[1:] if issubclass(base, DescribedBlock))
        if slug not in above:
            _kinds.remember(slug, cls)

    @classmethod
    def __dispatch_key__(cls) -> str:
        """The key by which `prefect.utilities.dispatch` finds the class: the slug of its type."""
        return cls.get_block_type_slug()

    @model_validator(mode="wrap")
    @classmethod
    def _of_its_type(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Data that names the type of a block becomes a block of that type."""
        if not isinstance(value, Mapping) or TYPE not in value:
            return handler(value)
        kind = _kinds.known(str(value[TYPE]))
        value = {name: held for name, held in value.items() if name != TYPE}
        if kind is None or kind is cls or not issubclass(kind, cls):
            return handler(value)
        made: Self = kind.model_validate(value)
        return made

    # -- the type -------------------------------------------------------------------------------------------------

    @classmethod
    def get_block_type_name(cls) -> str:
        """The name of the type: the one given, else that of the class."""
        return cls._block_type_name or cls.__name__.partition("[")[0]

    @classmethod
    def get_block_type_slug(cls) -> str:
        """The name of the type as addresses hold it."""
        return slug_of(cls._block_type_slug or cls.get_block_type_name())

    @classmethod
    def get_description(cls) -> str | None:
        """What the type is for: the description given, else the first paragraph of the class's docstring."""
        doc = inspect.cleandoc(cls.__doc__ or "") if "__doc__" in cls.__dict__ else ""
        return cls._description or doc.partition("\n\n")[0].replace("\n", " ") or None

    @classmethod
    def get_code_example(cls) -> str:
        """How the type is used: the example given, the one in the class's docstring, or how one is loaded."""
        if cls._code_example:
            return inspect.cleandoc(cls._code_example)
        doc = inspect.cleandoc(cls.__doc__ or "") if "__doc__" in cls.__dict__ else ""
        found = EXAMPLE.search(doc)
        told = inspect.cleandoc("\n" + found["text"]) if found else ""
        return told or _loading(cls)

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Wherever a block is a parameter or a field, its JSON schema says of which type it is."""
        made = handler(core)
        handler.resolve_ref_schema(made)[TYPE] = cls.get_block_type_slug()
        return made

    # -- the schema -----------------------------------------------------------------------------------------------

    @classmethod
    def get_block_capabilities(cls) -> frozenset[str]:
        """What blocks of the class can do, as the class and those above it say."""
        told = (kind.__dict__.get("_block_schema_capabilities") or () for kind in cls.__mro__)
        return frozenset(capability for capabilities in told for capability in capabilities)

    @classmethod
    def get_block_schema_version(cls) -> str:
        return cls._block_schema_version or NON_VERSIONED

    @classmethod
    def _schema_fields(cls) -> dict[str, Any]:
        """The fields as JSON schema, with the type, the places of secrets, and the types of nested blocks."""
        made = cls.model_json_schema(ref_template="#/definitions/{model}", schema_generator=LenientSchema)
        definitions = made.pop("$defs", {})
        own = definitions.get(made["$ref"].rpartition("/")[2], {}) if "$ref" in made else made
        return {
            **own,
            "title": cls.get_block_type_name(),
            "type": "object",
            "properties": own.get("properties", {}),
            "definitions": definitions,
            TYPE: cls.get_block_type_slug(),
            "secret_fields": sorted({*secret_paths(cls), *cls._also_secret}),
            "block_schema_references": cls._schema_references(),
        }

    @classmethod
    def _schema_references(cls) -> dict[str, Any]:
        told: dict[str, Any] = {}
        for name, field in cls.model_fields.items():
            types = [{TYPE: kind.get_block_type_slug()} for kind in blocks_in(field.annotation, DescribedBlock)]
            if types:
                told[name_in_data(name, field)] = types[0] if len(types) == 1 else types
        return told

    @classmethod
    def _calculate_schema_checksum(cls) -> str:
        """What tells the schema apart from others."""
        return checksum_of(cls.get_block_type_slug(), cls._schema_fields())

    @classmethod
    def annotation_refers_to_block_class(cls, annotation: Any) -> bool:
        """Whether a field of that annotation may hold a block."""
        return bool(blocks_in(annotation, DescribedBlock))

    # -- the data -------------------------------------------------------------------------------------------------

    def _data(self, nested: Callable[[Any], Any]) -> dict[str, Any]:
        """What is stored: secrets in clear, and for each nested block what `nested` makes of it."""
        data: dict[str, Any] = _revealed(self, self.model_dump(mode="json", by_alias=True), nested, whole=True)
        return data

    def _secret_values(self) -> Iterator[str]:
        """The texts that are secret, those of nested blocks included."""
        return _secrets_in(self)


def _loading(kind: type[DescribedBlock]) -> str:
    """The lines by which a saved block of a class is loaded."""
    name = f"{kind.get_block_type_slug().replace('-', '_')}_block"
    lines = (f"from {kind.__module__} import {kind.__name__}", "", f'{name} = {kind.__name__}.load("BLOCK_NAME")')
    return "\n".join(("```python", *lines, "```"))


def _revealed(value: Any, shown: Any, nested: Callable[[Any], Any], whole: bool = False) -> Any:
    """What pydantic shows of a value, with secrets in clear and nested blocks as `nested` makes them."""
    if isinstance(value, DescribedBlock) and not whole:
        return nested(value)
    if isinstance(value, SECRETS):
        return to_jsonable_python(value.get_secret_value())
    if isinstance(shown, dict):
        held = _named_parts(value)
        return {name: _revealed(held[name], part, nested) if name in held else part for name, part in shown.items()}
    if isinstance(shown, list) and isinstance(value, (list, tuple, set, frozenset)):
        return [_revealed(*both, nested) for both in zip(value, shown)]
    return shown


def _named_parts(value: Any) -> dict[str, Any]:
    """The parts of a value by the names that they have in JSON."""
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        own = {name_in_data(name, field): getattr(value, name, None) for name, field in fields.items()}
        return {**(value.model_extra or {}), **own}
    if isinstance(value, Mapping):
        return {str(to_jsonable_python(name)): held for name, held in value.items()}
    return dict(vars(value)) if hasattr(value, "__dict__") else {}


def _secrets_in(value: Any) -> Iterator[str]:
    if isinstance(value, SECRETS):
        yield from _texts_in(to_jsonable_python(value.get_secret_value()))
    elif isinstance(value, (BaseModel, Mapping)):
        for part in _named_parts(value).values():
            yield from _secrets_in(part)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for part in value:
            yield from _secrets_in(part)


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (Mapping, list)):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _texts_in(part)
