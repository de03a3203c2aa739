"""`python -m tests.support.small_machine`: the embedded engine on a machine that says to have little memory."""

import psutil

#: Half of it is for all queries together.
MEMORY = 2 << 30

if __name__ == "__main__":
    found = psutil.virtual_memory()._replace(total=MEMORY)
    psutil.virtual_memory = lambda: found
    import sinks.embedded.__main__  # noqa: F401 - it runs
