# SPDX-License-Identifier: GPL-2.0-or-later
"""What the library declares is read from its headers when the package is built; all else stands in pyproject.toml."""
import pathlib
import sys

from setuptools import setup
from setuptools.command.build_py import build_py

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here / "vfsim"))
from _declarations import declarations, library_version  # noqa: E402

INCLUDE = here.parent / "include"


class Build(build_py):
    def run(self):
        super().run()
        to = pathlib.Path(self.build_lib) / "vfsim" / "_cdef.py"
        to.write_text(f"VERSION = {library_version(INCLUDE)!r}\nCDEF = {declarations(INCLUDE)!r}\n")


setup(version=library_version(INCLUDE), packages=["vfsim"], cmdclass={"build_py": Build})
