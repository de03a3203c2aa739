"""A cap on the memory of a process, so that one that runs wild ends by itself and takes nothing from the others."""

import resource
import sys


def cap(size: int) -> None:
    """From now on no more than so many bytes of data, shared files left out: what asks for more gets a MemoryError.

    The cap outlives exec, and is not raised again. Linux only; elsewhere there is none.
    """
    if not sys.platform.startswith("linux"):
        return
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = size if hard == resource.RLIM_INFINITY else min(size, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (wanted, wanted))
