#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A build succeeds where the library of pages can't be had (no npm, no registry, another digest than the lock file's), and says so.
# usage: page_library.sh CMAKE TREE
set -eu
cmake=$1 tree=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/tree/sim/report/page" "$work/none"
cp "$tree"/sim/report/page/package* "$tree"/sim/report/page/.npmrc "$tree"/sim/report/page/library.cmake "$work/tree/sim/report/page/"
printf 'cmake_minimum_required(VERSION 3.25)\nproject(page LANGUAGES NONE)\ninclude(sim/report/page/library.cmake)\n' >"$work/tree/CMakeLists.txt"

# try NAME SAYS BYTES CMAKE-OPTION…: of the library there are so many bytes ("none", "some").
try()
{
    name=$1 says=$2 bytes=$3
    shift 3
    "$cmake" -G Ninja -DCMAKE_MAKE_PROGRAM="$(command -v ninja)" -S "$work/tree" -B "$work/$name" "$@" >"$work/said" 2>&1 || { cat "$work/said"; echo "$name: the build fails"; exit 1; }
    tr -s '\n ' '  ' <"$work/said" | grep -qF -e "$says" || { cat "$work/said"; echo "$name: does not say: $says"; exit 1; }
    for file in library.js library.css library.txt; do
        there=none
        [ ! -s "$work/$name/page/$file" ] || there=some
        [ "$there" = "$bytes" ] || { echo "$name: of $file there is $there, not $bytes"; exit 1; }
    done
}

try off "" none -DVFSIM_CHARTS=OFF
try no-npm "no curves: there is no npm" none -DNPM=NPM-NOTFOUND -DCMAKE_FIND_USE_CMAKE_SYSTEM_PATH=OFF -DCMAKE_FIND_USE_SYSTEM_ENVIRONMENT_PATH=OFF
command -v npm >/dev/null || exit 0
# A registry that nobody is at, and a cache with nothing in it.
export npm_config_registry=http://127.0.0.1:9/ npm_config_cache="$work/none" npm_config_fetch_retries=0
try no-registry "no curves: npm could not fetch it" none
