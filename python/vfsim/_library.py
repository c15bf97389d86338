# SPDX-License-Identifier: GPL-2.0-or-later
"""The shared library behind cffi, in ABI mode: nothing is compiled.

It is looked for where VFSIM_LIBRARY says, beside the package as `cmake --install` puts both, and where the system has libraries.
"""
import os
import pathlib

import cffi

try:
    from ._cdef import CDEF, VERSION
except ImportError:  # in the tree
    from ._declarations import declarations, library_version
    _include = pathlib.Path(__file__).resolve().parents[2] / "include"
    CDEF, VERSION = declarations(_include), library_version(_include)

SONAME = "libvfsim.so." + VERSION.partition(".")[0]

ffi = cffi.FFI()
ffi.cdef(CDEF)


def _candidates():
    said = os.environ.get("VFSIM_LIBRARY")
    if said:
        return [said]
    folder = pathlib.Path(__file__).resolve().parents[3]  # lib/ of lib/python3/dist-packages/vfsim
    return [str(path) for pattern in ("", "*/") for path in sorted(folder.glob(pattern + SONAME))] + [SONAME]


def _open():
    why = None
    for path in _candidates():
        try:
            return ffi.dlopen(path)
        except OSError as error:
            why = why or error
    raise ImportError(f"{SONAME} is not to be found (VFSIM_LIBRARY says where it is): {why}")


lib = _open()


def text(pointer):
    """A C string, or None."""
    return ffi.string(pointer).decode(errors="replace") if pointer else None


def take(pointer):
    """A C string that is the caller's to free."""
    try:
        return text(pointer)
    finally:
        lib.vfsim_free(pointer)


if text(lib.vfsim_version()) != VERSION:
    raise ImportError(f"the package is of vfsim {VERSION}, the library of {text(lib.vfsim_version())}")
