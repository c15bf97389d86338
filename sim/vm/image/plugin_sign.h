/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signing plugin images: licence, vendor and digest in the note by which hypervisor and shell know an image
 * (guest/include/npa_load.h). The build's last step of a plugin and `vfsim plugin sign` are this.
 *
 * An image that has a note keeps its layout: the note is filled where it lies. One that has none gets one behind it: a page that is
 * loaded, with the note and the program headers, which no longer fit where they were; and a section, if the file has a table of
 * them, so that other tools show it. Nothing else of the file changes: its code, its symbols and a debugger's lines stay.
 *
 * What is signed has the form of an image (NPA_CHECK_IS_FORM); whether licence and code are accepted is not asked here, but said by
 * the `check` of the result.
 */
#ifndef VFSIM_VM_PLUGIN_SIGN_H
#define VFSIM_VM_PLUGIN_SIGN_H

#include <stdbool.h>
#include <stddef.h>

#include "vm/image/plugin_image.h"

struct plugin_signature {
    const char *licence, *vendor; /* at most 31 printable characters; NULL: what the note has */
    bool again;                   /* sign also what is signed already */
};

/* The signed image, its file in `file` and `file_len`; or NULL with `why`: "x.so: .dynsym: imports printk". `im` stays as it is. */
struct plugin_image *plugin_image_sign(const struct plugin_image *im, const struct plugin_signature *as, char *why, size_t why_cap);

bool plugin_image_is_signed(const struct plugin_image *im); /* there is a digest in its note, right or wrong */

/* Where in the file lies byte `at` of the memory image, with `len` bytes behind it? False: not all of them are in the file. */
bool plugin_image_place(const struct plugin_image *im, uint64_t at, uint64_t len, size_t *place);

#endif
