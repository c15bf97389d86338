# SPDX-License-Identifier: GPL-2.0-or-later
"""A program that a test starts does not outlive it, however the test ends: Popen(…, preexec_fn=with_us.dies)."""
import ctypes
import signal

PR_SET_PDEATHSIG = 1
PRCTL = ctypes.CDLL(None).prctl


def dies():
    PRCTL(PR_SET_PDEATHSIG, signal.SIGKILL)
