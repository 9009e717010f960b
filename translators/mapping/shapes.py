"""The shape of a canonical field: what a map may do with it follows from its type."""

from __future__ import annotations

import types
import typing
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from pydantic import BaseModel

from translators.canonical.amounts import Money

# The function a field of each kind uses when the map names none.
FUNCTION_OF_KIND = {
    "text": "text",
    "choice": "text",
    "flag": "text",
    "number": "number",
    "money": "number",
    "whole": "whole",
    "date": "date",
    "time": "time",
}
_KIND_OF_TYPE: dict[object, str] = {
    str: "text",
    bool: "flag",
    int: "whole",
    Decimal: "number",
    datetime: "datetime",
    date: "date",
    time: "time",
    Money: "money",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """What one canonical field holds.

    Args:
        kind: text, choice, flag, whole, number, money, date, time, datetime or object.
        is_list: whether it is a tuple of them.
        is_required: whether a document without it is invalid.
        model: the class of an object.
        choices: the words of a choice.
    """

    kind: str
    is_list: bool = False
    is_required: bool = False
    model: type[BaseModel] | None = None
    choices: tuple[str, ...] = ()


def _bare(annotation: object) -> object:
    """Return `annotation` without Annotated and without `| None`."""
    if typing.get_origin(annotation) is typing.Annotated:
        return _bare(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        rest = [a for a in typing.get_args(annotation) if a is not type(None)]
        return _bare(rest[0])
    return annotation


def shapes_of(model: type[BaseModel]) -> dict[str, Shape]:
    """Return the shape of every field of `model` that a map can fill."""
    shapes = {}
    for name, info in model.model_fields.items():
        annotation = _bare(info.annotation)
        is_list = typing.get_origin(annotation) is tuple
        if is_list:
            annotation = _bare(typing.get_args(annotation)[0])
        is_required = info.is_required()
        if typing.get_origin(annotation) is typing.Literal:
            shapes[name] = Shape("choice", is_list, is_required, choices=typing.get_args(annotation))
        elif annotation in _KIND_OF_TYPE:
            shapes[name] = Shape(_KIND_OF_TYPE[annotation], is_list, is_required)
        elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
            shapes[name] = Shape("object", is_list, is_required, annotation)
    return shapes
