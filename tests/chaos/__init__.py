"""A real `chatbot run`, a server with a personality, a proxy that lies between them, and SIGKILL at any moment.

    uv run pytest tests/chaos                 at least 300 kills
    uv run pytest tests/chaos --kills 1000    more of them
    uv run pytest tests/chaos --seed 7        the night that failed, once more

One night is one database and one chat. People answer all the while, here and on a server from which posts come late.
The program is killed again and again and started again each time; at its end the *server* is asked what became of it
(`promises`). Which instant a kill meets depends on two processes and a clock, so a seed repeats the plan of a night,
not its every microsecond.
"""
