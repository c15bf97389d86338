" SPDX-License-Identifier: GPL-2.0-or-later
" Scenarios of vfsim.
autocmd BufRead,BufNewFile *.scn set filetype=vfsim
