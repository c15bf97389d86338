#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What the shell does not allow is said, before or when it is missed, and nothing half-written stays.
. "$(dirname "$0")/lib_cli.sh"
for fd in 3 4 5 6 7 8 9; do # what ctest leaves open counts, too
    eval "exec $fd>&-"
done

# limited_any LIMITS ARGUMENTS…: try with `ulimit LIMITS` in force; limited STATUS LIMITS ARGUMENTS…: and see how it ends.
limited_any() {
    limits=$1
    shift
    tried="ulimit $limits; vfsim $*"
    status=0
    # shellcheck disable=SC2086
    (ulimit $limits && exec "$vfsim" "$@") >"$work/out" 2>"$work/err" </dev/null || status=$?
}
limited() {
    expected=$1
    shift
    limited_any "$@"
    [ "$status" -eq "$expected" ] || fail "$tried: exit status $status, not $expected"
}

# A small stack is refused; a soft limit that may be raised is.
for kib in 64 256 1023; do
    limited 2 "-s $kib" run "$work/flow.scn"
    says err "vfsim: a stack of $kib KiB is too small: vfsim needs 1024 KiB (ulimit -s)"
    silent out
done
limited 0 "-s 1024" run scenarios/01-midflow-switch.scn
limited 0 "-S -s 64" run scenarios/65-migrate-npa.scn

# few_files SCENARIO WHAT…: from four open files on until they suffice, whatever could not be opened is named, and each WHAT is
# among that. What is missing in mid-run ends the run: no plugin is refused by it, no migration fails.
few_files() {
    scenario=$1
    shift
    named=
    for files in 4 5 6 7 8 9 10 11 12; do
        limited_any "-n $files" run --junit "$work/r.xml" --html "$work/r.html" --pcap "$work/pcap" "scenarios/$scenario.scn"
        [ "$status" -ne 0 ] || break
        [ "$status" -ne 127 ] || continue # the loader itself could not open a library: vfsim has not begun
        [ "$status" -eq 2 ] || fail "$tried: exit status $status, not 2"
        says err "Too many open files"
        named="$named$(cat "$work/err")"
    done
    [ "$status" -eq 0 ] || fail "$tried: twelve files do not suffice"
    for what; do
        case $named in *"$what: Too many open files"*) ;; *) fail "$scenario: never seen: $what" ;; esac
    done
    rm -r "$work/r.xml" "$work/r.html" "$work/pcap"
}
few_files 65-migrate-npa "web.pcap" "shell.elf" "vfsim: a plugin image"
few_files 61-migrate-midflow "vfsim: a migrated VM's RAM: no memory of 16,777,216 bytes"

# Address space: what vfsim needs to say who it is, and what a world takes more. AddressSanitizer's own needs are in the first.
low=0
high=$((1 << 36)) # KiB
while [ $((high - low)) -gt 1024 ]; do
    middle=$(((low + high) / 2))
    limited_any "-v $middle" --version
    if [ "$status" -eq 0 ]; then high=$middle; else low=$middle; fi
done
lacked=0
for more in 4096 16384 65536 262144 1048576 4194304 16777216 67108864; do
    export ASAN_OPTIONS="${ASAN_OPTIONS-}:allocator_may_return_null=1:detect_leaks=0"
    limited_any "-v $((high + more))" run --html "$work/r.html" scenarios/65-migrate-npa.scn
    [ "$status" -ne 0 ] || break
    ! grep -q "AddressSanitizer" "$work/err" || continue # it asked before vfsim did
    [ "$status" -eq 2 ] || fail "$tried: exit status $status, not 2"
    grep -qE "out of memory|no memory|Cannot allocate memory" "$work/err" || fail "$tried: does not say what is lacking"
    lacked=$((lacked + 1))
done
[ "$status" -eq 0 ] || fail "$tried: so much does not suffice"
[ "$lacked" -gt 0 ] || fail "no limit of address space was told"
left=$(find "$work" -name 'r.html.*')
[ -z "$left" ] || fail "left behind: $left"

# A run that would take much longer.
for soft in "-t 2" "-S -t 1"; do
    limited 2 "$soft" run --paranoid=1 --html "$work/r.html" scenarios/65-migrate-npa.scn
    says err "vfsim: the CPU time that the shell allows is over (ulimit -t)"
done
rm -f "$work/r.html"*

# Short files: RAM is a file, too.
limited 2 "-f 1" run scenarios/01-midflow-switch.scn
says err "vm web: cannot make its RAM: File too large"
silent out
limited 2 "-f 1" save "$work/flow.scn" --at 300us -o "$work/world"
says err "world: File too large"
limited 2 "-f 1" run --html "$work/r.html" "$work/flow.scn"
says err "r.html: File too large"
limited 2 "-f 1" run --set count=1000 --pcap "$work/pcap" "$work/flow.scn"
says err "File too large"
left=$(find "$work" -name '*.tmp.*' -o -name '*.??????' -path '*pcap*' -o -name world -o -name r.html)
[ -z "$left" ] || fail "left behind: $left"
