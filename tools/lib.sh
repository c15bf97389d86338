# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What tools/run, tools/test and bench/run share: find the tree, install what is missing, build. Sourced by bash.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# What a build needs, and what the tests need beside it (CONTRIBUTING.md says why).
# shellcheck disable=SC2034 # for who sources this
packages_build=(gcc libc6-dev cmake ninja-build pkg-config libpcap-dev zlib1g-dev libzstd-dev liblzma-dev
                libjansson-dev libzydis-dev libevent-dev)
# shellcheck disable=SC2034
packages_test=(check libsubunit-dev gdb python3 python3-jsonschema python3-cffi tshark wireshark-common clang-tidy-19 clang-format-19 cppcheck
               shellcheck zsh fish vim go-md2man man-db valgrind g++ make file dpkg-dev
               libopenmpi-dev openmpi-bin gtkwave)

# What any other source may have given a machine already: a package only where the command is not there.
command -v npm >/dev/null || packages_build+=(npm)
command -v chromium >/dev/null || command -v google-chrome >/dev/null || packages_test+=(chromium)

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
    local log
    log=$(mktemp)
    # A stale list is the usual reason for a failed install on a fresh machine.
    if ! { "${sudo[@]}" apt-get update -qq &&
           "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${missing[@]}"; } \
         >"$log" 2>&1; then
        grep -E '^(E|W):' "$log" >&2 || tail -n 5 "$log" >&2
        rm -f "$log"
        say "apt-get could not install ${missing[*]} (its reasons are above)"
        exit 2
    fi
    rm -f "$log"
}

# progress WHAT: what ninja says, from standard input; as a count that moves on a terminal, as one line elsewhere.
progress()
{
    local line count said=0
    while IFS= read -r line; do
        case $line in
        *" Re-checking "* | *" Re-running "*) continue ;;
        "["*/*"] "*) count=${line#\[} count=${count%%]*} ;;
        *) continue ;;
        esac
        if [ -t 2 ]; then
            printf '\rvfsim: building %s: %s of %s ' "$1" "${count%/*}" "${count#*/}" >&2
        elif [ $said -eq 0 ]; then
            say "building $1: ${count#*/} steps"
        fi
        said=1
    done
    if [ $said -eq 1 ] && [ -t 2 ]; then
        printf '\r\033[K' >&2
    fi
}

# make_targets FOLDER WHAT [CMAKE-BUILD-OPTION…]: build there; says how far it is, and shows the log if it fails.
make_targets()
{
    local folder=$1 what=$2 log=$1/build.log
    shift 2
    if ! cmake --build "$folder" "$@" 2>&1 | tee "$log" | progress "$what"; then
        cat "$log" >&2
        say "the build failed; its log is above and in $log"
        exit 3
    fi
}

# configure FOLDER CMAKE-OPTION…: once.
configure()
{
    local folder=$1 log=$1/build.log
    shift
    if ! mkdir -p "$folder" 2>/dev/null || [ ! -w "$folder" ]; then
        say "cannot write to $folder: vfsim builds inside its tree; copy it to where you may write"
        exit 2
    fi
    if [ ! -f "$folder/build.ninja" ]; then
        say "configuring $folder"
        cmake -S "$root" -B "$folder" -G Ninja "$@" >"$log" 2>&1 || { cat "$log" >&2; exit 3; }
    fi
}

# build FOLDER CMAKE-OPTION…: configure once, then build what changed.
build()
{
    local folder=$1
    configure "$@"
    make_targets "$folder" "${folder##*/}/"
}

# build_benchmarks FOLDER: what bench/ has, too, in a folder that build() made.
build_benchmarks() { make_targets "$1" benchmarks --target benchmarks; }
