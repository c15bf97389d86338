/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page's style and script, and the library that draws its curves, as they lie on disk. */
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
    asset page__css, page.css
    asset page__js, page.js
    asset page__library_js, library.js
    asset page__library_css, library.css
    asset page__library_licence, library.txt
    .section .note.GNU-stack, "", @progbits
