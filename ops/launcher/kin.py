"""Nothing outlives its parent: the kernel is asked to end a process when the one that started it dies."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Asks for SIGTERM when the parent dies; it stays asked for across exec. Linux only, elsewhere it does nothing."""
    if not sys.platform.startswith("linux"):
        return
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        # It died between the two lines.
        sys.exit(1)
