"""The least that Click, SQLAlchemy and Jinja take to bring posts from the database to a page: one select, one template.

Nothing is sorted, nobody is asked, nothing is said of a post but who, when and what: no program with these libraries
writes this page in less. `tests.bench.render` runs it, in the folder of the database: python least.py CHAT.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
import jinja2
import sqlalchemy as sa

_POSTS = """
SELECT author.name, author.handle, post.url, post.at, post.content
FROM chat_post JOIN post ON post.id = chat_post.post JOIN author ON author.id = post.author
WHERE chat_post.chat = ? ORDER BY post.at
"""
_PAGE = """<!doctype html><title>Posts</title>{% for name, handle, url, at, text in posts %}
<article><h3><span class="name">{{ name }}</span> <span class="handle">@{{ handle }}</span>
<a href="{{ url }}"><time>{{ at }}</time></a></h3><p>{{ text }}</p></article>{% endfor %}
"""


@click.command()
@click.argument("chat")
def main(chat: str) -> None:
    """Write every post of a chat to a page, the earliest first."""
    with sa.create_engine("sqlite:///chatbot.db").connect() as conn:
        found = conn.exec_driver_sql(_POSTS, (chat,)).all()
    posts = [
        (name, handle, url, datetime.fromtimestamp(at / 1_000_000, UTC), _said(body))
        for name, handle, url, at, body in found
    ]
    made = jinja2.Environment(autoescape=True).from_string(_PAGE).render(posts=posts)
    Path("least.html").write_text(made, "utf-8")


def _said(body: str) -> str:
    return "".join(text for _kind, text, _href in json.loads(body)["spans"])


if __name__ == "__main__":
    sys.exit(main())
