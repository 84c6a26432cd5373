"""Blocks: typed, named configuration that is saved once and loaded by name.

    class Login(Block):
        user: str
        password: SecretStr

    Login(user="me", password="...").save("mine")
    Login.load("mine").user

They are kept where the settings say: in the local database, or by the server that `PREFECT_API_URL` names. What is
secret is encrypted there, and hidden in every list.
"""

from __future__ import annotations

import inspect
from abc import ABC
from collections.abc import Collection, Generator, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from typing_extensions import Self

from prefect._domain.blocks import checked_document_name, reference_to, references_in, referred_id, replaced
from prefect._engine.redaction import keep_out_of_logs
from prefect._engine.telling import tell_of_load
from prefect._wire.blocks import BlockDocument, BlockSchema, BlockSchemaCreate, BlockTypeCreate
from prefect.blocks import _kinds
from prefect.blocks._annotations import blocks_in, name_in_data
from prefect.blocks._described import DescribedBlock
from prefect.blocks._kinds import HOMES, UnknownBlockType, class_of
from prefect.blocks._storage import Held, ensured_type, held_by, save_anonymously, save_document
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import ObjectNotFound
from prefect.utilities.asyncutils import dispatched, in_thread
from prefect.utilities.dispatch import keep_registry
from prefect.utilities.text import meaning


class BlockNotSavedError(RuntimeError, ValueError):
    """What is asked of a block can only be told of one that has been saved."""


class InvalidBlockRegistration(ValueError):
    """A class is to be recorded that is no type of blocks."""


class Block(DescribedBlock, ABC):
    """The root of all blocks: a pydantic model that can be saved under a name and loaded again.

    A class may say of itself: `_block_type_name`, `_block_type_slug`, `_logo_url`, `_documentation_url`,
    `_description`, `_code_example`, `_block_schema_capabilities`, `_block_schema_version`. Where methods take a
    `client`, it is for older programs; the settings say where blocks are kept.
    """

    def __init__(self, **data: Any) -> None:
        super().__init__(**data)
        self.block_initialization()

    def block_initialization(self) -> None:
        """What a block does once its fields are set; for subclasses to fill."""

    def __await__(self) -> Generator[None, None, Self]:
        """Programs may await what `load` gives, as if it had been a coroutine."""
        return self
        yield

    # -- saving ---------------------------------------------------------------------------------------------------

    @dispatched
    def save(self, name: str | None = None, overwrite: bool = False, client: Any = None) -> UUID:
        """Keep the block under a name, or again under the one it has; the id of its document.

        Raises `ValueError` for a name that is not allowed, and where there is a block of that name, unless `overwrite`.
        """
        name = checked_document_name(self._name_to_save_under(name))
        slug = self.get_block_type_slug()
        with get_client(sync_client=True) as own:
            schema = self._registered(own, set())
            data = self._data(partial(_referred, own))
            self._block_document_id = save_document(own, schema, slug, name, data, overwrite=overwrite)
        self._block_document_name, self._is_anonymous = name, False
        keep_out_of_logs(self._secret_values())
        return self._block_document_id

    def _name_to_save_under(self, name: str | None) -> str:
        if name is None and (self._block_document_name is None or self._is_anonymous):
            raise ValueError("This block has not been saved yet, so it needs a name: block.save('my-name').")
        return name or str(self._block_document_name)

    async def asave(self, name: str | None = None, overwrite: bool = False, client: Any = None) -> UUID:
        return await in_thread(self.save, name, overwrite)

    @classmethod
    @dispatched
    def register_type_and_schema(cls, client: Any = None) -> None:
        """Record the type and the schema, and those of the blocks in the fields.

        Raises `InvalidBlockRegistration` for `Block`.
        """
        with get_client(sync_client=True) as own:
            cls._registered(own, set())

    @classmethod
    async def aregister_type_and_schema(cls, client: Any = None) -> None:
        await in_thread(cls.register_type_and_schema)

    @classmethod
    def _registered(cls, client: SyncPrefectClient, seen: set[type[Block]]) -> BlockSchema:
        if cls is Block:
            raise InvalidBlockRegistration("Block is no type of blocks itself; make a subclass of it.")
        seen.add(cls)
        for field in cls.model_fields.values():
            for kind in blocks_in(field.annotation, Block):
                if kind not in seen and kind is not Block and not inspect.isabstract(kind):
                    kind._registered(client, seen)
        return client.create_block_schema(
            BlockSchemaCreate(
                fields=cls._schema_fields(),
                block_type_id=ensured_type(client, cls._to_block_type()).id,
                capabilities=sorted(cls.get_block_capabilities()),
                version=cls.get_block_schema_version(),
            )
        )

    @classmethod
    def _to_block_type(cls) -> BlockTypeCreate:
        return BlockTypeCreate(
            name=cls.get_block_type_name(),
            slug=cls.get_block_type_slug(),
            logo_url=None if cls._logo_url is None else str(cls._logo_url),
            documentation_url=None if cls._documentation_url is None else str(cls._documentation_url),
            description=cls.get_description(),
            code_example=cls.get_code_example(),
        )

    # -- loading --------------------------------------------------------------------------------------------------

    @classmethod
    @dispatched
    def load(cls, name: str, validate: bool = True, client: Any = None) -> Self:
        """The block of that name; of `Block`, and of other classes that stand for several types, by `type-slug/name`.

        Raises `ValueError` where there is none, and `RuntimeError` where what was saved does not fit the class as it is
        now; with `validate=False` it is loaded all the same, to be put right and saved with `overwrite=True`.
        """
        slug, _, own = name.rpartition("/")
        slug = slug or cls._slug_to_load()
        with get_client(sync_client=True) as asked:
            try:
                document = asked.read_block_document_by_name(own, slug)
            except ObjectNotFound as error:
                known = [*HOMES, *(type.slug for type in asked.read_block_types())] if cls is Block else [slug]
                raise ValueError(_no_block(slug, own, known)) from error
        tell_of_load(document.id, document.name, slug)
        return cls._from_block_document(document, validate)

    @classmethod
    def _slug_to_load(cls) -> str:
        if cls is Block:
            raise ValueError("Block.load takes the slug of a type and a name: Block.load('secret/my-name').")
        return cls.get_block_type_slug()

    @classmethod
    async def aload(cls, name: str, validate: bool = True, client: Any = None) -> Self:
        return await in_thread(cls.load, name, validate)

    @classmethod
    @dispatched
    def load_from_ref(cls, ref: str | UUID | Mapping[str, Any], validate: bool = True, client: Any = None) -> Self:
        """The block that a reference means.

        A reference is a document's id, `type-slug/name`, or a mapping: `{"block_document_id": ...}` or
        `{"block_document_slug": "type-slug/name"}`. Raises as `load` does, and `ValueError` for what is no reference.
        """
        told = ref.get("$ref", ref) if isinstance(ref, Mapping) else ref
        if isinstance(told, Mapping):
            told = told.get("block_document_id") or told.get("block_document_slug")
        document_id = told if isinstance(told, UUID) else referred_id({"$ref": told})
        if document_id is not None:
            return cls._of_id(document_id, validate)
        if not isinstance(told, str) or "/" not in told:
            raise ValueError(f"{ref!r} refers to no block: give a document's id, or 'type-slug/name'.")
        return cls.load(told, validate)

    @classmethod
    async def aload_from_ref(
        cls, ref: str | UUID | Mapping[str, Any], validate: bool = True, client: Any = None
    ) -> Self:
        return await in_thread(cls.load_from_ref, ref, validate)

    @classmethod
    def _of_id(cls, document_id: UUID, validate: bool) -> Self:
        with get_client(sync_client=True) as asked:
            try:
                document = asked.read_block_document(document_id)
            except ObjectNotFound as error:
                raise ValueError(f"There is no block document {document_id}; it may have been deleted.") from error
        return cls._from_block_document(document, validate)

    @classmethod
    def _from_block_document(cls, document: BlockDocument, validate: bool = True) -> Self:
        """The block that a document holds."""
        return cls._made_of(held_by(document), validate)

    @classmethod
    def _made_of(cls, held: Held, validate: bool) -> Self:
        kind = cls._class_for(held.slug)
        others = {path: Block._made_of(other, validate) for path, other in held.others.items()}
        data = replaced(held.data, others)
        for place, lost in references_in(data):
            raise ValueError(f"The block {held.label} refers at {place!r} to a block that has been deleted ({lost}).")
        block = kind._validated(data, held.label) if validate else kind._constructed(data)
        block._block_document_id = held.id
        block._block_document_name = held.name
        block._is_anonymous = held.is_anonymous
        keep_out_of_logs(block._secret_values())
        return block

    @classmethod
    def _class_for(cls, slug: str) -> type[Self]:
        if cls is not Block and slug == cls.get_block_type_slug():
            return cls
        kind: type[Self] = class_of(slug)
        if not issubclass(kind, cls):
            raise ValueError(f"A block of the type {slug!r} is a {kind.__name__}, not a {cls.__name__}.")
        return kind

    @classmethod
    def _validated(cls, data: dict[str, Any], label: str) -> Self:
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            reasons = "; ".join(
                f"{'.'.join(str(part) for part in detail['loc'])}: {detail['msg']}"
                for detail in error.errors(include_input=False, include_context=False)
            )
            raise RuntimeError(
                f"What was saved as {label} does not fit the class {cls.__name__} any more: {reasons}. Load it with "
                f"{cls.__name__}.load(name, validate=False), set what is missing, and save it with overwrite=True."
            ) from None

    @classmethod
    def _constructed(cls, data: dict[str, Any]) -> Self:
        """A block of data that may not fit: fields that do are of their types, the others as they are, or None."""
        values = {}
        for name, field in cls.model_fields.items():
            key = name_in_data(name, field)
            if key in data:
                values[name] = _fitting(field.annotation, data[key])
            elif field.is_required():
                values[name] = None
        return cls.model_construct(**values)

    # -- the rest -------------------------------------------------------------------------------------------------

    @classmethod
    @dispatched
    def delete(cls, name: str, client: Any = None) -> None:
        """Remove the block of that name; of `Block` by `type-slug/name`. Raises `ValueError` where there is none."""
        slug, _, own = name.rpartition("/")
        slug = slug or cls._slug_to_load()
        with get_client(sync_client=True) as asked:
            try:
                asked.delete_block_document(asked.read_block_document_by_name(own, slug, include_secrets=False).id)
            except ObjectNotFound as error:
                raise ValueError(
                    f"There is no block {slug}/{own}. `prefect block ls` lists those there are."
                ) from error

    @classmethod
    async def adelete(cls, name: str, client: Any = None) -> None:
        await in_thread(cls.delete, name)

    def get_block_placeholder(self) -> str:
        """What stands for the block in templates: `prefect.blocks.type-slug.name`. Raises `BlockNotSavedError`."""
        if self._block_document_name is None:
            raise BlockNotSavedError("This block has not been saved, so nothing can stand for it; save it first.")
        return f"prefect.blocks.{self.get_block_type_slug()}.{self._block_document_name}"

    @staticmethod
    def get_block_class_from_key(key: str) -> type[Block]:
        """The class of a type. Raises `ValueError` where this program knows none."""
        kind: type[Block] = class_of(key)
        return kind


def _referred(client: SyncPrefectClient, block: Block) -> dict[str, Any]:
    """What stands in data for a nested block; one that has no name of its own is kept for the outer one alone."""
    if block._block_document_id is not None and not block._is_anonymous:
        return reference_to(block._block_document_id)
    data = block._data(partial(_referred, client))
    return reference_to(save_anonymously(client, block._registered(client, set()), data))


def _fitting(annotation: Any, value: Any) -> Any:
    """A value in the type of its field, or as it is where it does not fit."""
    if isinstance(value, Block):
        return value
    try:
        return TypeAdapter(annotation).validate_python(value)
    except ValidationError:
        return value


def _no_block(slug: str, name: str, known: Collection[str]) -> str:
    """The sentence that says that a block was not found, or that its type is none."""
    if slug not in known:
        return (
            f"There is no type of blocks {slug!r}{meaning(slug, known)} `prefect block type ls` lists those there are."
        )
    return (
        f"There is no block {slug}/{name}. Save one first, {_class_name(slug)}(...).save({name!r}); "
        "`prefect block ls` lists those there are."
    )


def _class_name(slug: str) -> str:
    """What the class of a type is called, as far as this program knows."""
    try:
        return class_of(slug).__name__
    except ValueError:
        return "Block"


def block_schema_to_key(schema: BlockSchema) -> str:
    """The key by which the class of a schema is found. Raises `ValueError` where the schema does not say its type."""
    if schema.block_type is None:
        raise ValueError(f"Block type is not set: the schema {schema.checksum!r} does not say of which type it is.")
    return schema.block_type.slug


def schema_extra(schema: dict[str, Any], model: type[Block]) -> None:
    """Say in a class's JSON schema of which type its blocks are, which parts are secret, and which hold blocks."""
    said = model._schema_fields()
    words = ("block_type_slug", "description", "secret_fields", "block_schema_references")
    schema.update({word: said[word] for word in words if word in said})


keep_registry(Block, _kinds.registry())

__all__ = [
    "Block",
    "BlockNotSavedError",
    "InvalidBlockRegistration",
    "UnknownBlockType",
    "block_schema_to_key",
    "schema_extra",
]
