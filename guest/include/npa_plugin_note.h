/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The note of a plugin image: licence, author, API version, and room for the digest that `vfsim plugin sign` fills in.
 *
 * Use once an image: NPA_IMAGE_NOTE("GPL-2.0-or-later", "vfsim ixgbevf 1").
 */
#ifndef NPA_PLUGIN_NOTE_H
#define NPA_PLUGIN_NOTE_H

#include "npa_load.h"

#define NPA_IMAGE_NOTE(LICENCE, VENDOR)                                                                     \
    __attribute__((section(".note.npa"), used, aligned(4))) static const struct npa_image_note npa_note = { \
        .namesz = 4,                                                                                        \
        .descsz = sizeof(struct npa_image_note) - __builtin_offsetof(struct npa_image_note, apiVersion),    \
        .type = NPA_NOTE_TYPE,                                                                              \
        .name = NPA_NOTE_NAME,                                                                              \
        .apiVersion = NPA_API_VERSION,                                                                      \
        .licence = LICENCE,                                                                                 \
        .vendor = VENDOR,                                                                                   \
    }

#endif
