"""The JSON Schemas that editors use are those of the program."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from chatbot.core.files import schemas

CONFIG = Path(__file__).parents[2] / "config"


@pytest.mark.parametrize("name", schemas.texts())
def test_a_committed_schema_is_fresh(name: str) -> None:
    again = f"write it again: Path('config/{name}').write_text(schemas.texts()['{name}'])"

    assert (CONFIG / name).read_text("utf-8") == schemas.texts()[name], again


@pytest.mark.parametrize(
    ("sample", "schema"), [("chatbot.toml", "./chatbot.schema.json"), ("chats/gardenchat.toml", "../chat.schema.json")]
)
def test_a_sample_names_its_schema_in_its_first_line(sample: str, schema: str) -> None:
    path = CONFIG / sample

    assert path.read_text("utf-8").splitlines()[0] == f"#:schema {schema}"
    assert (path.parent / schema).is_file()


@pytest.mark.parametrize(
    ("sample", "schema"), [("chatbot.toml", "chatbot.schema.json"), ("chats/gardenchat.toml", "chat.schema.json")]
)
def test_a_sample_holds_only_what_its_schema_knows(sample: str, schema: str) -> None:
    rules = json.loads((CONFIG / schema).read_text("utf-8"))
    values = tomllib.loads((CONFIG / sample).read_text("utf-8"))

    assert list(strangers(values, rules, rules["$defs"])) == []


def strangers(value: object, rules: dict[str, object], forms: dict[str, dict[str, object]]) -> list[str]:
    """Name every key that a schema does not know."""
    for choice in (rules, *rules.get("anyOf", ())):  # type: ignore[misc]
        if "$ref" in choice:
            return strangers(value, forms[choice["$ref"].rpartition("/")[2]], forms)
    if isinstance(value, list):
        return [name for item in value for name in strangers(item, rules.get("items", {}), forms)]  # type: ignore[arg-type]
    if not isinstance(value, dict) or rules.get("additionalProperties") is not False:
        return []
    known: dict[str, dict[str, object]] = rules["properties"]  # type: ignore[assignment]
    found = [name for name in value if name not in known]
    return found + [name for key, item in value.items() if key in known for name in strangers(item, known[key], forms)]


def test_every_setting_is_explained() -> None:
    for text in schemas.texts().values():
        schema = json.loads(text)
        forms = [schema, *schema["$defs"].values()]
        fields = [field for form in forms for field in form.get("properties", {}).values()]

        assert all(field.get("description") for field in fields)
