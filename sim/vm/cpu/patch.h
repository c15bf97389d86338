/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stores of guest code to registers that have faulted once, and are jumps from then on.
 *
 * A fault is a signal, which takes the kernel and the processor microseconds; an exit by a jump takes nanoseconds. So the page
 * of such a store is mapped anew in the VM's window, for running and reading: a copy of the page, in which the store is a jump to
 * an exit of its own. RAM is as it was. Whoever looks at it through the simulator's view (DMA, digests, saves, migrations) sees
 * the original, and so does the guest from the moment when it or anybody else writes to the page, or may look at it as an image
 * (LOAD_PLUGIN): then the page is the RAM's again.
 *
 * Nothing that a report or a saved world has differs by it: the guest is left with the same registers, for the same store, at the
 * same cycle. The exits lie in a page of the window where nothing else is (PATCH_EXITS_OFFSET); a guest that reads there finds
 * code.
 *
 * A store that is shorter than a jump takes the instructions behind it along, or those before it: they are copied beside its
 * exit, and run there, if none of the code around goes into their midst. A guest that is left in such a copy is left at the
 * original. No instruction names a place that only an address in memory leads to: behind padding, or what does not go on to the
 * next instruction, nothing is taken along.
 *
 * Not patched, and trapped each time: a short store where that can't be told or done, what crosses the end of a page, code of a VM
 * with so much RAM that a jump does not reach the exits, more than PATCH_STORES_MAX stores, pages that were written to
 * PATCH_WRITES_MAX times.
 */
#ifndef VFSIM_VM_PATCH_H
#define VFSIM_VM_PATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "vm/cpu/vcpu.h"

enum {
    PATCH_PAGE = 4096,
    PATCH_PAGES_MAX = 4,
    PATCH_EXIT_BYTES = 128, /* of one: what leaves, and what was copied behind it */
    PATCH_STORES_MAX = PATCH_PAGE / PATCH_EXIT_BYTES,
    PATCH_BEFORE_MAX = 24, /* bytes */
    PATCH_WRITES_MAX = 8
};
_Static_assert(PATCH_BEFORE_MAX + VCPU_STORE_EXIT_BYTES + VCPU_COPY_MAX <= PATCH_EXIT_BYTES, "they fit");
#define PATCH_EXITS_OFFSET UINT64_C(0x7fff0000)

/* Where the guest's code lies. */
struct patch_place {
    uint64_t window, ram_bytes;
    int ram_fd;
    const uint8_t *ram; /* the simulator's view */
    uint64_t code_gpa, code_len; /* of the image that the store is of; 0: of none that anybody knows */
};

struct patch_page {
    uint64_t gpa;
    bool is_used;
    uint8_t original[PATCH_PAGE];
};

struct patch {
    struct vcpu_store store;
    unsigned before, behind; /* bytes that were copied */
};

/* Zero: none. Of the process, never saved. */
struct patches {
    struct patch_page page[PATCH_PAGES_MAX];
    struct patch patch[PATCH_STORES_MAX];
    uint32_t stores, writes; /* those there are; how often one of the pages was written to */
    bool has_exits; /* their page is mapped */
    bool is_lost;   /* the kernel had no memory to map a page anew: what the guest would run there is not its code */
};

/* The store at `pc`, which has faulted, is a jump from now on, if it can be. */
void patch_store(struct patches *p, const struct patch_place *place, struct vcpu_context *context, uint64_t pc);
/* Before each entry of the guest: what was written since is there. */
void patch_refresh(struct patches *p, const struct patch_place *place);
/* The guest has faulted at `address`: was it for a page's being a copy? Then it is none any more, and the instruction will do. */
bool patch_was_written(struct patches *p, const struct patch_place *place, uint64_t address);
/* All pages are the RAM's again. */
void patch_undo(struct patches *p, const struct patch_place *place);
/* They are already: the RAM was mapped anew, or its window is not. `exits`: their page is gone, too. */
void patch_forget(struct patches *p, bool exits);
/* Where the guest is entered that is to go on at `pc`, and where it is when it was left at `pc`: in a copy, and in its code. */
uint64_t patch_enter_at(const struct patches *p, const struct patch_place *place, uint64_t pc);
uint64_t patch_left_at(const struct patches *p, const struct patch_place *place, uint64_t pc);
/* The store of the exit that the guest was just left by. */
static inline const struct vcpu_store *patch_left_by(const struct patches *p, const struct vcpu_context *context)
{
    return &p->patch[context->store % PATCH_STORES_MAX].store;
}

#endif
