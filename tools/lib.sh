# SPDX-License-Identifier: GPL-2.0-or-later
# What tools/run, tools/test and bench/run share: find the tree, install what is missing, build. Sourced by bash.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# What a build needs, and what the tests need beside it (CONTRIBUTING.md says why).
packages_build=(gcc libc6-dev cmake ninja-build pkg-config libpcap-dev zlib1g-dev libzstd-dev liblzma-dev
                libjansson-dev libzydis-dev)
packages_test=(check libsubunit-dev gdb python3 python3-jsonschema tshark)

say() { printf '%s\n' "vfsim: $*" >&2; }

# install_missing PACKAGE…: apt-get what dpkg does not know as installed; nothing at all when nothing is missing.
install_missing()
{
    local missing=() package
    for package in "$@"; do
        case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true) in
        "install ok installed") ;;
        *) missing+=("$package") ;;
        esac
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    if ! command -v apt-get >/dev/null; then
        say "these packages are missing and this is no Debian: ${missing[*]}"
        exit 2
    fi
    local sudo=()
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            say "these packages are missing: ${missing[*]}; run as root or install sudo"
            exit 2
        fi
        sudo=(sudo)
    fi
    say "installing ${missing[*]}"
    # A stale list is the usual reason for a failed install on a fresh machine.
    "${sudo[@]}" apt-get update -qq >&2
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

# build FOLDER CMAKE-OPTION…: configure once, then build what changed; quiet unless it fails.
build()
{
    local folder=$1 log
    shift
    mkdir -p "$folder"
    log=$folder/build.log
    if [ ! -f "$folder/build.ninja" ]; then
        say "configuring $folder"
        cmake -S "$root" -B "$folder" -G Ninja "$@" >"$log" 2>&1 || { cat "$log" >&2; exit 3; }
    fi
    if ! cmake --build "$folder" >"$log" 2>&1; then
        cat "$log" >&2
        say "the build failed; its log is above and in $log"
        exit 3
    fi
}

# build_benchmarks FOLDER: what bench/ has, too, in a folder that build() made.
build_benchmarks()
{
    local log=$1/build.log
    if ! cmake --build "$1" --target benchmarks >"$log" 2>&1; then
        cat "$log" >&2
        say "the benchmarks do not build; the log is above and in $log"
        exit 3
    fi
}
