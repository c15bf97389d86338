/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Instructions of a guest's code: counted once for an image by bench/guest-counts, and kept beside it, in a text file that is
 * called as the image is but ends in .counts. A profile's guest_insn_millicycles make cycles of them.
 *
 * A line is: whose code, a call, its instructions whatever it is called for, and those for each frame of it; # begins a comment.
 * Calls are those of the plugin API and of the shell (guest_counts.c has their names, and what each is part of).
 */
#ifndef VFSIM_VM_GUEST_COUNTS_H
#define VFSIM_VM_GUEST_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Instructions of one's calls … */
struct guest_counts {
    bool is_counted;   /* false: nobody has counted them, the rest is zero */
    uint32_t tx, rx;   /* … for a frame sent, its completion included, or received, its new buffer included */
    uint32_t poll;     /* … for a poll, whatever comes of it */
    uint32_t interrupt; /* … for an interrupt: masked and unmasked */
};

/* Of `owner`'s in the file beside `image`; NULL: of whoever is in it. 0, also when there is no such file or nothing of `owner` in
 * it (not counted); -EINVAL with the reason. */
int guest_counts_read(const char *image, const char *owner, struct guest_counts *out, char *err, size_t err_cap);

/* Rounded to the nearest. */
static inline uint32_t guest_counts_cycles(uint64_t instructions, uint64_t millicycles)
{
    return (uint32_t)((instructions * millicycles + 500) / 1000);
}

#endif
