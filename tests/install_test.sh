#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What `cmake --install` makes runs from where it lies, and knows nothing of the tree it was built in.
# usage: install_test.sh CMAKE BUILD-FOLDER SOURCE-FOLDER
set -eu
cmake=$1 build=$2 source=$3
root=$(mktemp -d "${TMPDIR:-/tmp}/a prefix with blanks.XXXXXX")
# shellcheck source=lib_install.sh
. "$(dirname "$0")/lib_install.sh"

quietly "it does not install" "$cmake" --install "$build" --prefix "$root/usr" --strip
vfsim=$root/usr/bin/vfsim
scenarios=$root/usr/share/vfsim/scenarios
# A sanitizer's records name the source files it reports; the program opens none of those.
if strings -a "$vfsim" | grep -F "$source" | grep -v '\.[chS]$'; then
    fail "the installed program names the tree"
fi
cd "$scenarios/.."
status=0
"$vfsim" run scenarios/01-midflow-switch.scn >"$root/report" 2>"$root/err" || status=$?
[ "$status" -eq 0 ] || { cat "$root/err"; fail "exit status $status"; }
diff -u "$scenarios/01-midflow-switch.out" "$root/report" || fail "the report is another"
[ -n "$(find "$root/usr" -name ixgbevf.so)" ] || fail "no plugin is installed"

# Templates and their sample are found from the program, too; and what others read of it lies where they look.
cd "$root"
for template in flow replay switch migrate compare sweep; do
    "$vfsim" init "$template" >out 2>err || { cat err; fail "init $template"; }
    "$vfsim" check "$template.scn" >out 2>err || { cat err; fail "check $template.scn"; }
done
printf 'profile none\nhost h0\nnic h0.vmnic0 model 82599 vfs 2\npeer out on h0.vmnic0\n' >profile.scn
"$vfsim" check profile.scn >out 2>err && fail "a profile is found that is not there"
for profile in $(sed -n 's/.*(there are: \(.*\)), and.*/\1/p' err | tr -d ,) nehalem-2.67; do
    sed -i "1s/.*/profile $profile/" profile.scn
    "$vfsim" run profile.scn >out 2>err || { cat err; fail "profile $profile"; }
done
for file in bash-completion/completions/vfsim zsh/vendor-completions/_vfsim fish/vendor_completions.d/vfsim.fish \
    vim/vimfiles/syntax/vfsim.vim vim/vimfiles/ftdetect/vfsim.vim vim/vimfiles/ftplugin/vfsim.vim vfsim/vscode/package.json \
    vfsim/vscode/language-configuration.json vfsim/vscode/syntaxes/vfsim.tmLanguage.json; do
    [ -s "$root/usr/share/$file" ] || fail "no $file is installed"
done
cd /
"$vfsim" run "$scenarios/01-midflow-switch.scn" >"$root/out"

# Once more where the tree is not there at all, if this machine lets us hide it.
hide="mount -t tmpfs none '$source' && exec '$vfsim' run '$scenarios/01-midflow-switch.scn'"
if unshare --user --map-root-user --mount sh -c "mount -t tmpfs none '$source'" 2>/dev/null; then
    unshare --user --map-root-user --mount sh -c "$hide" >"$root/hidden" || fail "it needs the tree"
    cmp "$root/out" "$root/hidden" || fail "without the tree the report is another"
else
    echo "the tree could not be hidden: no mount namespace here"
fi
