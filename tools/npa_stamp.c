/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * npa_stamp [--tamper] FILE: writes the digest of a plugin image into its NPA note, in place; the last step of building
 * a plugin.
 *
 * Stamps whatever has the form of an image, also one that will be refused for its licence or its code: those must be
 * refused for that reason and not for their digest. --tamper instead changes one bit of the vendor text of a stamped
 * image: an image that somebody altered, for tests. Exit status 0 done, 2 the file is not an image (with the reason).
 */
#include <elf.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "guest/include/npa_image.h"
#include "vm/image/plugin_image.h"

/* Where in the file lies byte `at` of the memory image? -1: nowhere. The segments were checked by the parser. */
static long file_offset(const struct plugin_image *im, uint64_t at)
{
    Elf64_Ehdr eh;
    memcpy(&eh, im->file, sizeof eh);
    for (unsigned i = 0; i < eh.e_phnum; i++) {
        Elf64_Phdr ph;
        memcpy(&ph, im->file + eh.e_phoff + i * sizeof ph, sizeof ph);
        if (ph.p_type == PT_LOAD && at >= ph.p_vaddr && at - ph.p_vaddr < ph.p_filesz)
            return (long)(ph.p_offset + (at - ph.p_vaddr));
    }
    return -1;
}

static int patch(const char *path, const struct plugin_image *im, uint32_t memory_offset, const void *bytes, size_t len)
{
    long at = file_offset(im, memory_offset);
    FILE *f = at < 0 ? NULL : fopen(path, "r+b");
    if (!f || fseek(f, at, SEEK_SET) || fwrite(bytes, 1, len, f) != len || fclose(f)) {
        perror(path);
        return 2;
    }
    return 0;
}

static int stamp(const char *path, const struct plugin_image *im)
{
    const struct npa_image view = {
        .base = im->memory, .bytes = im->memory_len, .note = im->note, .reloc = im->reloc, .reloc_count = im->reloc_count};
    uint8_t digest[32];
    if (npa_image_check_table(&view)) {
        fprintf(stderr, "npa_stamp: %s: relocations out of place\n", path);
        return 2;
    }
    npa_image_digest(&view, digest);
    return patch(path, im, im->note + NPA_NOTE_OFFSET(digest), digest, sizeof digest);
}

static int tamper(const char *path, const struct plugin_image *im)
{
    uint32_t at = im->note + NPA_NOTE_OFFSET(vendor);
    uint8_t byte = im->memory[at] ^ 1;
    return patch(path, im, at, &byte, 1);
}

int main(int argc, char **argv)
{
    char err[300];
    int status = 2;
    bool alter = argc == 3 && !strcmp(argv[1], "--tamper");
    const char *path = argv[argc - 1];
    if (argc != 2 + alter || path[0] == '-') {
        fprintf(stderr, "usage: npa_stamp [--tamper] FILE\n");
        return 2;
    }
    struct plugin_image *im = plugin_image_read(path, err, sizeof err);
    if (!im) {
        fprintf(stderr, "npa_stamp: %s\n", err);
        return 2;
    }
    if (im->note)
        status = alter ? tamper(path, im) : stamp(path, im);
    else
        fprintf(stderr, "npa_stamp: %s\n", im->why);
    plugin_image_free(im);
    return status;
}
