" SPDX-License-Identifier: GPL-2.0-or-later
" Scenarios of vfsim: comments, and :make, which checks the one that is edited.
if exists('b:did_ftplugin')
  finish
endif
let b:did_ftplugin = 1
setlocal comments=:# commentstring=#\ %s
setlocal makeprg=vfsim\ check\ %:S
setlocal errorformat=%f:%l:%c:\ %m,%-G%.%#
let b:undo_ftplugin = 'setlocal comments< commentstring< makeprg< errorformat<'
