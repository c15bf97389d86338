/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * npa_stamp [--tamper] FILE: `vfsim plugin sign --force FILE` for the build of vfsim itself, which makes its plugins before there
 * is a vfsim.
 *
 * It signs also what will be refused for its licence or its code: such images must be refused for that reason and not for their
 * digest. --tamper instead changes one bit of the vendor text of a signed image: an image that somebody altered, for tests. Exit
 * status 0 done, 2 the file is not an image (with the reason).
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "guest/include/npa_image.h"
#include "vm/image/plugin_sign.h"

static int write_file(const char *path, const struct plugin_image *im)
{
    FILE *f = fopen(path, "r+b"); /* as long as it was: it has its note from its source */
    if (!f || fwrite(im->file, 1, im->file_len, f) != im->file_len || fclose(f)) {
        perror(path);
        return 2;
    }
    return 0;
}

static int stamp(const char *path, const struct plugin_image *im)
{
    char why[300];
    struct plugin_image *signed_one = plugin_image_sign(im, &(struct plugin_signature){.again = true}, why, sizeof(why));
    if (!signed_one) {
        fprintf(stderr, "npa_stamp: %s\n", why);
        return 2;
    }
    int status = write_file(path, signed_one);
    plugin_image_free(signed_one);
    return status;
}

static int tamper(const char *path, struct plugin_image *im)
{
    size_t place;
    if (!im->note || !plugin_image_place(im, im->note + NPA_NOTE_OFFSET(vendor), 1, &place)) {
        fprintf(stderr, "npa_stamp: %s\n", im->why);
        return 2;
    }
    im->file[place] ^= 1;
    return write_file(path, im);
}

int main(int argc, char **argv)
{
    char err[300];
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
    int status = alter ? tamper(path, im) : stamp(path, im);
    plugin_image_free(im);
    return status;
}
