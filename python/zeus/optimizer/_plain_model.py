# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""The methods that measurements and states have in the Python package zeus, from pydantic 1."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, TypeVar

_Values = dict[str, Any]
_Model = TypeVar("_Model", bound="PlainModel")


class PlainModel:
    """A dataclass with the methods of a pydantic model whose fields are numbers."""

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """The fields and their values: for `dict(model)`."""
        for field in dataclasses.fields(self):  # type: ignore[arg-type]
            yield field.name, getattr(self, field.name)

    def dict(
        self,
        *,
        include: Collection[str] | None = None,
        exclude: Collection[str] | None = None,
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
        by_alias: bool = False,
    ) -> _Values:
        """The fields and their values.

        Args:
            include: The fields to give. None for all.
            exclude: Fields to leave out.
            exclude_unset: No field can be unset.
            exclude_defaults: No field has a default.
            exclude_none: No field is None.
            by_alias: No field has an alias.
        """
        return {
            name: value
            for name, value in self
            if (include is None or name in include) and name not in (exclude or ())
        }

    def json(
        self,
        *,
        include: Collection[str] | None = None,
        exclude: Collection[str] | None = None,
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
        by_alias: bool = False,
        encoder: Callable[[Any], Any] | None = None,
        **dumps_kwargs: Any,
    ) -> str:
        """`dict()` as JSON; further arguments are those of `json.dumps()`."""
        return json.dumps(
            self.dict(include=include, exclude=exclude), default=encoder, **dumps_kwargs
        )

    def copy(
        self: _Model,
        *,
        include: Collection[str] | None = None,
        exclude: Collection[str] | None = None,
        update: Mapping[str, Any] | None = None,
        deep: bool = False,
    ) -> _Model:
        """Another one, with the values of `update` in place of this one's.

        Raises:
            TypeError: A field is missing, or there is no such field.
            ValueError: A value is out of range.
        """
        return type(self)(**self.dict(include=include, exclude=exclude) | dict(update or {}))

    @classmethod
    def parse_obj(cls: type[_Model], obj: Any) -> _Model:
        """Makes one of a mapping; what is no field is ignored.

        Raises:
            TypeError: A field is missing.
            ValueError: A value is out of range.
        """
        names = {field.name for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
        return cls(**{name: value for name, value in dict(obj).items() if name in names})

    @classmethod
    def parse_raw(cls: type[_Model], b: str | bytes, **kwargs: Any) -> _Model:
        """Makes one of JSON."""
        return cls.parse_obj(json.loads(b))

    @classmethod
    def parse_file(cls: type[_Model], path: str | os.PathLike[str], **kwargs: Any) -> _Model:
        """Makes one of a JSON file."""
        with open(path, "rb") as file:  # noqa: PTH123 (any kind of path)
            return cls.parse_raw(file.read())
