#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The Debian package that `cpack` makes of this build: what is in it runs from a scratch root, man pages and completions are among it,
# one release is named everywhere, and lintian, where it is installed, finds no error in it (but in a package with sanitizers, which
# nobody ships).
# usage: package_test.sh CPACK BUILD-FOLDER SOURCE-FOLDER RELEASE SANITIZED
set -eu
cpack=$1 build=$2 source=$3 release=$4 sanitized=$5
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail()
{
    echo "FAILED: $*" >&2
    exit 1
}

is() { [ "$2" = "$release" ] || fail "$1 says '$2', the build '$release'"; }

(cd "$build" && "$cpack" -B "$work" -D CPACK_DEBIAN_COMPRESSION_TYPE=gzip) >"$work/log" 2>&1 || { cat "$work/log"; fail "cpack"; }
deb=$(echo "$work"/vfsim_*.deb)
dpkg-deb -x "$deb" "$work/root"
# Once it is installed the loader finds the library by itself.
LD_LIBRARY_PATH=$(dirname "$(find "$work/root" -name 'libvfsim.so.?')")
export LD_LIBRARY_PATH
if readelf -d "$work/root/usr/bin/vfsim" | grep -E 'RPATH|RUNPATH'; then
    fail "the program of the package says where libraries are"
fi
cd "$work/root/usr/share/vfsim"
"$work/root/usr/bin/vfsim" run scenarios/01-midflow-switch.scn >"$work/report" || fail "the scenario does not pass"
diff -u scenarios/01-midflow-switch.out "$work/report" || fail "the report is another"

verbs=$("$work/root/usr/bin/vfsim" --help | sed -n 's/^  \([a-z]\{1,\}\)  .*/\1/p')
man=$work/root/usr/share/man
if command -v go-md2man >"$work/log"; then
    for page in man1/vfsim.1 man5/vfsim-scenario.5 $(for verb in $verbs; do echo "man1/vfsim-$verb.1"; done); do
        gzip -dc "$man/$page.gz" >"$work/page" || fail "there is no $page"
        is "$page" "$(sed -n 's/^\.TH .*"vfsim \([0-9.]*\)".*/\1/p' "$work/page")"
    done
fi
for file in bash-completion/completions/vfsim zsh/vendor-completions/_vfsim fish/vendor_completions.d/vfsim.fish \
    vim/vimfiles/syntax/vfsim.vim; do
    [ -s "$work/root/usr/share/$file" ] || fail "there is no $file"
done

is "the package" "$(dpkg-deb -f "$deb" Version)"
is "its name" "$(basename "$deb" | cut -d_ -f2)"
is "the changelog" "$(gzip -dc "$work/root/usr/share/doc/vfsim/changelog.gz" | sed -n '1s/^vfsim (\(.*\)) .*/\1/p')"
is "vfsim --version" "$("$work/root/usr/bin/vfsim" --version | sed 's/^vfsim \([^,]*\),.*/\1/')"
is "version.h" "$(sed -n 's/^#define VFSIM_VERSION "\(.*\)"/\1/p' "$work/root/usr/include/vfsim/version.h")"
is "version.h, in parts" "$(sed -n 's/^#define VFSIM_VERSION_[MP][A-Z]* \([0-9]*\)$/\1/p' "$work/root/usr/include/vfsim/version.h" |
    paste -sd .)"
is "pkg-config" "$(PKG_CONFIG_LIBDIR=$(dirname "$(find "$work/root" -name vfsim.pc)") pkg-config --modversion vfsim)"
is "CMake's package" "$(sed -n 's/^set(PACKAGE_VERSION "\(.*\)")/\1/p' "$(find "$work/root" -name vfsimConfigVersion.cmake)")"
[ -e "$(find "$work/root" -name "libvfsim.so.$release")" ] || fail "there is no libvfsim.so.$release"
is "the extension for VS Code" "$(sed -n 's/^  "version": "\(.*\)",/\1/p' "$work/root/usr/share/vfsim/vscode/package.json")"
is "CHANGES.md" "$(sed -n 's/^## \([0-9.]*\).*/\1/p' "$source/CHANGES.md" | head -n 1)"

if [ "$sanitized" != ON ] && command -v lintian >"$work/log"; then
    lintian --fail-on error "$deb" >"$work/log" 2>&1 || { cat "$work/log"; fail "lintian finds errors"; }
fi
