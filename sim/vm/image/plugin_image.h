/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plugin images: ELF shared objects that import nothing, checked by the hypervisor and copied into a guest's pages.
 *
 * Accepted: x86-64 ET_DYN, at most 64 pages of memory image, no undefined symbols, only relative relocations, the
 * NPA note (licence, digest, API version; guest/include/npa_load.h), entry NPA_PluginMain, and of instructions only those that a
 * driver is made of (vm/image/guest_code.h).
 */
#ifndef VFSIM_VM_PLUGIN_IMAGE_H
#define VFSIM_VM_PLUGIN_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "guest/include/npa_load.h"
#include "vm/image/guest_counts.h"

enum { PLUGIN_SEGMENTS_MAX = 16 }; /* program headers of an image */

struct plugin_image {
    char path[256];
    uint8_t *file; /* the ELF file as read */
    size_t file_len;
    uint8_t *memory; /* image as in memory for load address 0, relocations not applied */
    uint32_t memory_len; /* bytes, multiple of the page size */
    uint32_t entry, note, reloc, reloc_count; /* offsets */
    char licence[33], vendor[33];
    uint32_t api_version;
    enum npa_check check; /* NPA_CHECK_OK or why it is refused */
    char why[280];        /* "file: section: reason" */
    struct guest_counts counts; /* of its code, where whoever reads it has read what lies beside it, too */
};

/* Always returns an object for a readable file (its `check` says whether it is good); NULL with err for an unreadable one. */
struct plugin_image *plugin_image_read(const char *path, char *err, size_t err_cap);
struct plugin_image *plugin_image_parse(const char *name, const void *bytes, size_t len);
void plugin_image_free(struct plugin_image *image);
/* What its note says behind the last blank of its vendor's words, if that begins with a digit; else "". */
void plugin_image_version(const struct plugin_image *image, char *text, size_t cap);
const uint8_t *plugin_image_digest(const struct plugin_image *image); /* 32 bytes, as its note has them; of a good image */
const char *npa_check_text(enum npa_check check); /* of any number */
enum npa_check_kind npa_check_kind(enum npa_check check);

/* The bytes as they lie at load address `vaddr` (relocations applied) into `out` (memory_len bytes). */
void plugin_image_relocate(const struct plugin_image *image, uint64_t vaddr, uint8_t *out);

#endif
