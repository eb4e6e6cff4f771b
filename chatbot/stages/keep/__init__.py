"""Keeps what may be kept and lets go of the rest: words of people about themselves, erasing, backups, imports.

people     say, forget, what is held of somebody, the forget list applied
fading     content of chats nobody published, and of posts left out, goes after its time
imports    posts from a file
`backup`   a safe copy of a live database (store.backup)
"""

from chatbot.stages.keep.fading import Fading, fading, forget_unpublished
from chatbot.stages.keep.imports import Imported, import_file
from chatbot.stages.keep.people import (
    Forgotten,
    apply_forget_list,
    find_person,
    forget_person,
    forgotten,
    held,
    is_out,
    say,
    tidy,
)
from chatbot.store.backup import backup

__all__ = [
    "Fading",
    "Forgotten",
    "Imported",
    "apply_forget_list",
    "backup",
    "fading",
    "find_person",
    "forget_person",
    "forget_unpublished",
    "forgotten",
    "held",
    "import_file",
    "is_out",
    "say",
    "tidy",
]
