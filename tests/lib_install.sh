# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Sourced by the tests of what is installed, which have put a scratch folder's name into $root: `quietly WHAT COMMAND…` runs a command
# and shows what it said only if it fails; `fail WHAT` ends the test. The folder goes with it.
set -eu
: "${root:?who sources this names a folder first}"
trap 'rm -rf "$root"' EXIT

fail()
{
    echo "FAILED: $*" >&2
    exit 1
}

quietly()
{
    quietly_what=$1
    shift
    "$@" >"$root/log" 2>&1 || { cat "$root/log"; fail "$quietly_what"; }
}
