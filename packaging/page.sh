#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A man page on standard output, from Markdown on standard input that begins with a title for go-md2man.
# usage: page.sh GO-MD2MAN <page.md >page.1
set -eu
converter=$1
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
awk -f "$here/page.awk" >"$work/page.md"
"$converter" -in "$work/page.md" -out "$work/page" 2>"$work/err" || { cat "$work/err" >&2; exit 1; }
# Comments are what parts code from a list, and are nothing in a page.
sed 's/WARNING: go-md2man does not handle node type HTMLBlock//g' "$work/err" | grep . >&2 || true
# Names that are not parted, and dashes that can be copied from a page; code in bold, which every terminal has; headings as pages
# have them, without a paragraph behind; lists no deeper than what is around them.
sed -E -e '/^vfsim.* - /!s/(^|[ (]|\\f[BI])vfsim/\1\\%vfsim/g' -e '/^[^.]/s/-/\\-/g' -e 's/\\fB\\fC/\\fB/g' "$work/page" |
    awk '/^\.nf/ { code = 1 }
         /^\.fi/ { code = 0 }
         code { print; next }
         /^$/ { next }
         /^\.SH / { $0 = toupper($0) }
         last ~ /^\.S[HS] / && /^\.PP$/ { next }
         last == ".RS" { print /^\.IP/ ? ".RS 0" : ".RS" }
         { last = $0 }
         !/^\.RS$/'
