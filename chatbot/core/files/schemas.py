"""JSON Schemas of the files a person writes, for editors that complete and check them; made from the forms."""

from __future__ import annotations

import json
from typing import Any

from chatbot.core.files.forms import Form
from chatbot.core.files.plan_forms import PlanForm
from chatbot.core.files.settings_reading import SettingsFile


def texts() -> dict[str, str]:
    """Return every schema file's name and text; the files in `config/` are these."""
    return {
        "chat.schema.json": _text(PlanForm, "A chatbot plan: a series, its chats, or both"),
        "chatbot.schema.json": _text(SettingsFile, "The settings of one chatbot"),
    }


def _text(form: type[Form], title: str) -> str:
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **form.model_json_schema(), "title": title}
    return json.dumps(_without_titles(schema), indent=2, ensure_ascii=False) + "\n"


def _without_titles(node: Any, *, is_names: bool = False) -> Any:
    """Leave out the titles pydantic makes of names, which say nothing; `title` as the name of a field stays."""
    if isinstance(node, list):
        return [_without_titles(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        name: value if name == "default" else _without_titles(value, is_names=name in ("properties", "$defs"))
        for name, value in node.items()
        if is_names or name != "title" or "$schema" in node
    }
