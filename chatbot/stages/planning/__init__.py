"""Takes plans in from files, and keeps the posts of each chat as its plan says.

apply(store, plan_file, config, now)    a plan file into the database
also(store, timing, chat, tags, …)      a further hashtag
correct(store, chats, how, …)           what is out and untrue, as a host chose
cancel(store, stored, by, how, …)       a chat that does not take place
refuse_to_cancel(stored, now)           raises when it took place
ask_again(store, stored, …)             a question once more
refresh(store, chat_id, timing, now)    after a chat or its series changed in the database
read(store, plan_file, config, now)     a plan file looked at and not taken in
look(store, plan_file, config, now)     the same, held to what happened
changed_files(store, config)            plan files that are not as they were applied
"""

from chatbot.stages.planning.also import also
from chatbot.stages.planning.applying import Applied, apply, look
from chatbot.stages.planning.correcting import Corrected, Untrue, cancel, correct, refuse_to_cancel
from chatbot.stages.planning.reading import Drift, Planned, changed_files, read
from chatbot.stages.planning.repeating import Repeated, ask_again
from chatbot.store.unsent import refresh

__all__ = [
    "Applied",
    "Corrected",
    "Drift",
    "Planned",
    "Repeated",
    "Untrue",
    "also",
    "apply",
    "ask_again",
    "cancel",
    "changed_files",
    "correct",
    "look",
    "read",
    "refresh",
    "refuse_to_cancel",
]
