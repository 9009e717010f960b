"""Builds canonical models out of values that are already proven, without asking pydantic again.

What a rule reads is proven by the rule: a number is a Decimal made of digits, a word comes from a table whose words were checked
against the model when the map was loaded. A model with a validator or a constraint of its own is still validated by pydantic.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

# The four slots of a pydantic model. Setting them is what `model_construct` does, minus its look at every field for every instance.
new_model = object.__new__
set_values = BaseModel.__dict__["__dict__"].__set__
set_given = BaseModel.__dict__["__pydantic_fields_set__"].__set__
set_extra = BaseModel.__dict__["__pydantic_extra__"].__set__
set_private = BaseModel.__dict__["__pydantic_private__"].__set__

SLOT_SETTERS = {
    "new_model": new_model,
    "set_values": set_values,
    "set_given": set_given,
    "set_extra": set_extra,
    "set_private": set_private,
}


def is_proven(model: type[BaseModel]) -> bool:
    """Return whether `model` asks nothing of its fields but their types: then right types make a right instance."""
    decorators = model.__pydantic_decorators__
    validators = (
        decorators.validators,
        decorators.field_validators,
        decorators.root_validators,
        decorators.model_validators,
        model.__private_attributes__,
    )
    return not any(validators) and not any(_asks(info.metadata) for info in model.model_fields.values())


def _asks(metadata: list[Any]) -> bool:
    """Return whether a field's constraints go beyond finite numbers, which a number of digits is anyway."""
    return any(getattr(each, "allow_inf_nan", None) is not False for each in metadata)
