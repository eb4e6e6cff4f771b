"""A real process, a real server over HTTP, and `SIGKILL`."""
