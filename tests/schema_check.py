"""A check against the part of JSON Schema 2020-12 that our schema uses; any other keyword is an error."""

import re
from collections.abc import Iterator
from typing import Any

TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "null": (type(None),),
}
SAID_ONLY = {"$schema", "$id", "title", "description", "$defs"}


def faults(schema: dict[str, Any], value: Any) -> list[str]:
    """Return what is wrong with a value, each with where it is."""
    return list(_faults(schema, value, schema, "body"))


def _faults(  # noqa: C901, PLR0912  # one branch a keyword
    rule: dict[str, Any], value: Any, root: dict[str, Any], at: str
) -> Iterator[str]:
    for keyword, wanted in rule.items():
        match keyword:
            case "$ref":
                yield from _faults(root["$defs"][wanted.removeprefix("#/$defs/")], value, root, at)
            case "type":
                names = [wanted] if isinstance(wanted, str) else wanted
                if not any(isinstance(value, TYPES[name]) and not isinstance(value, bool) for name in names):
                    yield f"{at}: {value!r} is not {wanted}"
            case "const" | "enum":
                if value not in (wanted if keyword == "enum" else [wanted]):
                    yield f"{at}: {value!r} is not {wanted}"
            case "anyOf":
                if all(list(_faults(one, value, root, at)) for one in wanted):
                    yield f"{at}: none of the alternatives"
            case "pattern":
                if isinstance(value, str) and not re.search(wanted, value):
                    yield f"{at}: {value!r} does not match {wanted}"
            case "minimum":
                if isinstance(value, int | float) and value < wanted:
                    yield f"{at}: {value} is below {wanted}"
            case "maxLength":
                if isinstance(value, str) and len(value) > wanted:
                    yield f"{at}: longer than {wanted}"
            case "items":
                for number, item in enumerate(value if isinstance(value, list) else ()):
                    yield from _faults(wanted, item, root, f"{at}[{number}]")
            case "required" | "properties" | "additionalProperties":
                if isinstance(value, dict):
                    yield from _object(keyword, rule, value, root, at)
            case _ if keyword not in SAID_ONLY:
                yield f"{at}: the schema uses {keyword}, which this check does not know"


def _object(keyword: str, rule: dict[str, Any], value: dict[str, Any], root: dict[str, Any], at: str) -> Iterator[str]:
    match keyword:
        case "required":
            yield from (f"{at}: no {name}" for name in rule["required"] if name not in value)
        case "properties":
            for name, part in rule["properties"].items():
                if name in value:
                    yield from _faults(part, value[name], root, f"{at}.{name}")
        case _:
            yield from (f"{at}: unknown {name}" for name in value.keys() - rule["properties"].keys())
