#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Programs build against the installed library as docs/examples/embedding does: by pkg-config and by CMake, shared and static.
# usage: embedding_test.sh CMAKE BUILD-FOLDER SOURCE-FOLDER CC FLAGS
set -eu
cmake=$1 build=$2 source=$3 cc=$4 flags=$5
root=$(mktemp -d)
# shellcheck source=lib_install.sh
. "$(dirname "$0")/lib_install.sh"

quietly "it does not install" "$cmake" --install "$build" --prefix "$root/usr"
cp -r "$source/docs/examples/embedding" "$root/example"
cd "$root/example"
pc=$(dirname "$(find "$root/usr" -name vfsim.pc)")
lib=$(dirname "$(find "$root/usr" -name libvfsim.so)")
scenarios=$root/usr/share/vfsim/scenarios
export PKG_CONFIG_PATH="$pc"
[ "$(pkg-config --modversion vfsim)" = "$(sed -n 's/^#define VFSIM_VERSION "\(.*\)"/\1/p' "$root/usr/include/vfsim/version.h")" ] ||
    fail "pkg-config has another version than the headers"

cat >"$root/expected" <<'END'
  http: 143 sent, 143 delivered, 54 of them by a VF, 0 lost
STATUS of h0.vmnic0 is 0x81000
as expected
END

# PROGRAM WAY
try()
{
    "$1" "$scenarios/01-midflow-switch.scn" >"$root/out" || fail "$2: exit status $?"
    tail -n 3 "$root/out" >"$root/end"
    diff -u "$root/expected" "$root/end" || fail "$2: it prints something else"
    "$1" "$scenarios/02-naive-order.scn" | grep -q "ended at h0.vswitch port 0: switch_cut" || fail "$2: no loss is seen"
    if "$1" /nowhere.scn 2>"$root/err"; then fail "$2: a file that is not there is run"; fi
    grep -q "/nowhere.scn: No such file" "$root/err" || fail "$2: no word of what is wrong"
}

# The Python package finds the library that it was installed with; and it and the program, which are one build, go on from what the
# other one has saved.
package=$(dirname "$(find "$root/usr" -path '*/vfsim/__init__.py')")
if [ -n "$flags" ]; then
    echo "the installed Python package is not tried under a sanitizer"
else
    "$root/usr/bin/vfsim" save "$scenarios/01-midflow-switch.scn" --at 151.05ms -o "$root/saved" 2>"$root/err" || fail "vfsim save"
    PYTHONPATH=$(dirname "$package") PYTHONDONTWRITEBYTECODE=1 python3 -c 'import sys, vfsim
with vfsim.World.read(sys.argv[1]) as world:
    world.run()
    assert world.verdict == "PASS" and world.flow("http").sent == 143
with vfsim.World.load(sys.argv[2]) as world:
    world.run("300ms")
    world.save(sys.argv[2] + ".again")' "$scenarios/01-midflow-switch.scn" "$root/saved" || fail "the Python package"
    "$root/usr/bin/vfsim" restore "$root/saved.again" | sed "s,$scenarios,scenarios," >"$root/out"
    diff "$scenarios/01-midflow-switch.out" "$root/out" || fail "saved and loaded it ends otherwise"
fi

quietly "make" make CC="$cc" CFLAGS="-O2 -Wall -Wextra -Werror $flags"
LD_LIBRARY_PATH=$lib try ./embed "pkg-config, shared"
make clean >/dev/null
quietly "make STATIC=1" make STATIC=1 CC="$cc" CFLAGS="-O2 -Wall $flags"
# A program with all of it inside finds images and plugins as an installed vfsim does.
mv embed "$root/usr/bin/embed"
try "$root/usr/bin/embed" "pkg-config, static"

quietly "cmake does not find it" "$cmake" -S . -B build -DCMAKE_PREFIX_PATH="$root/usr" -DCMAKE_C_COMPILER="$cc" -DCMAKE_C_FLAGS="$flags"
quietly "cmake" "$cmake" --build build
try build/embed "CMake, shared"
sed -i 's/vfsim::vfsim/vfsim::static/' CMakeLists.txt
quietly "cmake, static" "$cmake" --build build
cp build/embed "$root/usr/bin/embed"
try "$root/usr/bin/embed" "CMake, static"
