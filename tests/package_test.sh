#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The Debian package that `cpack` makes of this build: what is in it runs from a scratch root, man pages and completions are among it,
# one release is named everywhere, and lintian, where it is installed, finds no error in it (but in a package with sanitizers, which
# nobody ships).
# usage: package_test.sh CPACK BUILD-FOLDER SOURCE-FOLDER RELEASE SANITIZED
set -eu
cpack=$1 build=$2 source=$3 release=$4 sanitized=$5
root=$(mktemp -d)
# shellcheck source=lib_install.sh
. "$(dirname "$0")/lib_install.sh"

is() { [ "$2" = "$release" ] || fail "$1 says '$2', the build '$release'"; }

(cd "$build" && "$cpack" -B "$root" -D CPACK_DEBIAN_COMPRESSION_TYPE=gzip) >"$root/log" 2>&1 || { cat "$root/log"; fail "cpack"; }
deb=$(echo "$root"/vfsim_*.deb)
dpkg-deb -x "$deb" "$root/unpacked"
# Once it is installed the loader finds the library by itself.
LD_LIBRARY_PATH=$(dirname "$(find "$root/unpacked" -name 'libvfsim.so.?')")
export LD_LIBRARY_PATH
if readelf -d "$root/unpacked/usr/bin/vfsim" | grep -E 'RPATH|RUNPATH'; then
    fail "the program of the package says where libraries are"
fi
cd "$root/unpacked/usr/share/vfsim"
"$root/unpacked/usr/bin/vfsim" run scenarios/01-midflow-switch.scn >"$root/report" || fail "the scenario does not pass"
diff -u scenarios/01-midflow-switch.out "$root/report" || fail "the report is another"

verbs=$("$root/unpacked/usr/bin/vfsim" --help | sed -n 's/^  \([a-z]\{1,\}\)  .*/\1/p')
man=$root/unpacked/usr/share/man
if command -v go-md2man >"$root/log"; then
    for page in man1/vfsim.1 man5/vfsim-scenario.5 $(for verb in $verbs; do echo "man1/vfsim-$verb.1"; done); do
        gzip -dc "$man/$page.gz" >"$root/page" || fail "there is no $page"
        is "$page" "$(sed -n 's/^\.TH .*"vfsim \([0-9.]*\)".*/\1/p' "$root/page")"
    done
fi
for file in bash-completion/completions/vfsim zsh/vendor-completions/_vfsim fish/vendor_completions.d/vfsim.fish \
    vim/vimfiles/syntax/vfsim.vim; do
    [ -s "$root/unpacked/usr/share/$file" ] || fail "there is no $file"
done

if grep -q '^VFSIM_CHARTS:BOOL=ON' "$build/CMakeCache.txt" && [ -s "$build/page/library.js" ]; then # what is inside has a licence of its own
    grep -q "MIT License" "$root/unpacked/usr/share/doc/vfsim/uPlot-LICENSE" || fail "the licence of what draws curves is not there"
fi

is "the package" "$(dpkg-deb -f "$deb" Version)"
is "its name" "$(basename "$deb" | cut -d_ -f2)"
is "the changelog" "$(gzip -dc "$root/unpacked/usr/share/doc/vfsim/changelog.gz" | sed -n '1s/^vfsim (\(.*\)) .*/\1/p')"
is "vfsim --version" "$("$root/unpacked/usr/bin/vfsim" --version | sed 's/^vfsim \([^,]*\),.*/\1/')"
is "version.h" "$(sed -n 's/^#define VFSIM_VERSION "\(.*\)"/\1/p' "$root/unpacked/usr/include/vfsim/version.h")"
is "version.h, in parts" "$(sed -n 's/^#define VFSIM_VERSION_[MP][A-Z]* \([0-9]*\)$/\1/p' "$root/unpacked/usr/include/vfsim/version.h" |
    paste -sd .)"
is "pkg-config" "$(PKG_CONFIG_LIBDIR=$(dirname "$(find "$root/unpacked" -name vfsim.pc)") pkg-config --modversion vfsim)"
is "CMake's package" "$(sed -n 's/^set(PACKAGE_VERSION "\(.*\)")/\1/p' "$(find "$root/unpacked" -name vfsimConfigVersion.cmake)")"
[ -e "$(find "$root/unpacked" -name "libvfsim.so.$release")" ] || fail "there is no libvfsim.so.$release"
is "the extension for VS Code" "$(sed -n 's/^  "version": "\(.*\)",/\1/p' "$root/unpacked/usr/share/vfsim/vscode/package.json")"
is "CHANGES.md" "$(sed -n 's/^## \([0-9.]*\).*/\1/p' "$source/CHANGES.md" | head -n 1)"

if [ "$sanitized" != ON ] && command -v lintian >"$root/log"; then
    quietly "lintian finds errors" lintian --fail-on error "$deb"
fi
