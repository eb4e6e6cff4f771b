"""Tells hosts what they have to know, each at most once an incident, by private message and by e-mail.

teller.py    finds what is due to be told and puts it into the outbox
mail.py      hands a letter to a mail server; the outbox's lane "email" drives it
"""

from chatbot.stages.tell.mail import MailSender
from chatbot.stages.tell.teller import Teller, Ways

__all__ = ["MailSender", "Teller", "Ways"]
