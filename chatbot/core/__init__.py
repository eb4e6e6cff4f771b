"""The nouns: values and pure rules. Nothing here touches a network, a disk, a database or a clock.

model, plan, record, timing, text   what everything speaks of
files      what people write: plans, settings, imports
nights     when things happen, and in which words
delivery   how a post goes out once
sorting    which question a post answers, and what is left out
privacy    what of a person may be stored, shown and published
talk       what the bot is told, and what it answers
pages      what a reader sees: transcript and digest
"""
