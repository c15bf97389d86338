/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The live page, its script and style, and the style of the page that reports are drawn on, as they lie on disk. */
.macro asset name, file
    .globl \name
    .hidden \name
    .type \name, @object
\name:
    .incbin "\file"
    .byte 0
    .size \name, . - \name
.endm

    .section .rodata
    asset serve__page, live.html
    asset serve__script, live.js
    asset serve__style, live.css
    asset serve__look, page.css
    .section .note.GNU-stack, "", @progbits
