"""What everybody may read of one chat, from the database alone: for `export`, which writes nothing else."""

from __future__ import annotations

from chatbot.config import Config
from chatbot.core.pages import transcript
from chatbot.core.pages.shown import Transcript
from chatbot.store import forgetfile, records
from chatbot.store.engine import Store


def transcript_of(store: Store, config: Config, chat_id: str) -> Transcript:
    """Return what everybody may read of a chat, whether it is published or not."""
    with store.read() as conn:
        record = records.load(conn, chat_id, forgetfile.read(config.state))
    return transcript.build(record)
