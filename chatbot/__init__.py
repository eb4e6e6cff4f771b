"""chatbot runs moderated hashtag chats: it plans, posts, collects, sorts, moderates and publishes.

    plan file -> planning -> schedule -> deliver -> collect -> moderate -> publish     verbs: do I/O, live in stages/
                    |           |           |          |          |           |
                  plan      timetable    wording    answers   moderation   transcript  nouns: pure, live in core/
                                                              + consent    + digest

The map: `core` holds the nouns (values and pure rules), `store` the facts (one database), `platforms` the networks,
`stages` the verbs, `render` the writers of the archive, `cli` the commands, `wiring` the one place that joins them.
The database is the only meeting point: no stage calls another.
"""

__version__ = "0.1.0"
