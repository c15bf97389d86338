#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# paranoid_cost.sh VFSIM LIMIT SCENARIO WHAT…: cut by --paranoid=WHAT, a world of one VM costs fewer than LIMIT page faults a cut: it is
# made of what the one before was made of. A count, not a time; on some machines a page fault costs as much as ten thousand
# instructions.
set -eu
vfsim=$1
limit=$2
shift 2
errors=$(mktemp)
trap 'rm -f "$errors"' EXIT
while [ $# -gt 1 ]; do
    "$vfsim" run "$1" --verbose --paranoid="$2" >/dev/null 2>"$errors" || [ $? -eq 1 ]
    cost=$(sed -n 's/.* times saved, .* after the first, each cost \([0-9]*\) page faults.*/\1/p' "$errors")
    echo "$1 --paranoid=$2: $(grep ' times saved' "$errors")"
    if [ "${cost:-$limit}" -ge "$limit" ]; then
        echo "more than $limit page faults a cut" >&2
        exit 1
    fi
    shift 2
done
