"""Takes plans in from files, and keeps the unsent posts of each chat as its plan says.

apply(store, plan_file, config, now)    a plan file into the database
refresh(store, chat_id, timing, now)    after a chat or its series changed in the database
read(store, plan_file, config, now)     a plan file looked at and not taken in
changed_files(store, config)            plan files that are not as they were applied
"""

from chatbot.stages.planning.applying import Applied, apply
from chatbot.stages.planning.reading import Drift, Planned, changed_files, read
from chatbot.stages.planning.unsent import refresh

__all__ = ["Applied", "Drift", "Planned", "apply", "changed_files", "read", "refresh"]
