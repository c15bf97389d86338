/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VM's move from one host's memory into another's: pause, pages, its state as a stream, arrival, or return.
 *
 * The struct vm is the VM's identity in the simulation (its name, its application's end, its counters) and stays. What
 * the VM is made of goes: RAM page by page into a struct vm_ram of the destination, everything else through a versioned
 * save stream. vm_detach() empties the VM and closes its window, so that nothing that was not sent can be there
 * afterwards; vm_arrive() maps the destination's memory at the window and scrubs the source's. Interrupts and jobs that
 * come while it is nowhere are kept and join what the stream brings.
 *
 * Order: vm_pause, (pages), vm_move_save, vm_detach, (more pages), then vm_move_load and vm_arrive, or vm_return.
 */
#ifndef VFSIM_VM_MOVE_H
#define VFSIM_VM_MOVE_H

#include "vm/vm.h"

struct vm_ram; /* a destination's memory for one VM */

/* The vCPU stops at its next instruction; interrupts under way become pending. -EAGAIN: a register access over PCIe is
 * under way, ask again. Pausing twice is our bug. */
int vm_pause(struct vm *vm);
void vm_unpause(struct vm *vm); /* goes on as if no time had passed for it, at the current time */
bool vm_is_paused(const struct vm *vm);

/* NULL with a reason in err. */
struct vm_ram *vm_ram_create(struct vm *vm, char *err, size_t err_cap);
void vm_ram_destroy(struct vm_ram *ram); /* scrubbed first; NULL is fine */
void vm_ram_save(struct vm_ram *ram, struct save *s);

enum { VM_MOVE_PAGE = 4096 };
enum vm_page_kind { VM_PAGE_ZERO, VM_PAGE_DATA };
/* The next page from `at` on that has to be sent: any page when `all`, else one that differs from the destination's copy.
 * The RAM's size when there is none. */
uint64_t vm_ram_next(struct vm *vm, struct vm_ram *ram, uint64_t at, bool all, enum vm_page_kind *kind);
void vm_ram_send(struct vm *vm, struct vm_ram *ram, uint64_t at, enum vm_page_kind kind);
/* The bytes of a page at the source; a page at the destination becomes these bytes (NULL: zeros). */
const uint8_t *vm_page(const struct vm *vm, uint64_t at);
void vm_ram_put(struct vm_ram *ram, uint64_t at, const uint8_t *page);
/* How many pages differ, and how many of them hold data. */
void vm_ram_count(struct vm *vm, struct vm_ram *ram, uint64_t *pages, uint64_t *data);

/* vCPU, clock, pending interrupts, jobs, timers, frame tags: written to the stream. The VM is paused. */
void vm_move_save(struct vm *vm, struct save *s);
void vm_detach(struct vm *vm);
/* Read what vm_move_save() wrote, for vm_arrive() with this memory. Errors are the stream's; the VM is untouched. */
void vm_move_load(struct vm *vm, struct vm_ram *ram, struct save *s);
/* The VM is what was loaded, in this memory (which it takes), and paused. False: its old memory could not be scrubbed. */
bool vm_arrive(struct vm *vm, struct vm_ram *ram);
/*
 * Post-copy: it arrives with pages that are still at its former host. vm_arrive_partly() is vm_arrive(), but gives the
 * memory it had there (the caller's; NULL: no memory, nothing has happened). vm_set_pager() says which pages are
 * missing: whoever touches one waits until vm_pages_came() has brought it. NULL: none is.
 */
struct vm_ram *vm_arrive_partly(struct vm *vm, struct vm_ram *ram);
void vm_set_pager(struct vm *vm, struct mem_pager *pager);
void vm_get_page_waits(const struct vm *vm, uint64_t *waits, sim_time *wait_ps); /* of its vCPU, in all */
enum vm_page_kind vm_ram_kind(struct vm_ram *ram, uint64_t at);
/* `count` pages from number `first` on, as they are in `rest`: they are no longer missing. */
void vm_pages_came(struct vm *vm, struct vm_ram *rest, uint64_t first, uint64_t count);

/* Back where it was, from its own stream, and paused. */
void vm_return(struct vm *vm, struct save *s);

/* ---- a snapshot: vm_snapshot.c ---- */
/* A paused VM, for another process: what it must be like, context, pages. The rest: frames in its memory (by flow and bytes, not
 * by the identities of this world), and where its application's flows are. */
void vm_snapshot_save(struct vm *vm, struct save *s);
/* What vm_snapshot_save() wrote into `ram`. Its clock goes on from where it was. Errors are the stream's, and name what differs. */
/* Returns how much later it is now than when it was written, modulo 2^64. */
sim_time vm_snapshot_load(struct vm *vm, struct vm_ram *ram, struct save *s);
/* The rest of it, written (later 0), or read when the VM has arrived: frames are born anew, flows go on. */
void vm_snapshot_settle(struct vm *vm, struct save *s, sim_time later);
void vm_snapshot_check(const struct vm *vm, struct save *s); /* is it one of a VM like this? only the beginning is read */
void vm_discard(struct vm *vm, enum fate fate); /* paused: its jobs are answered, the frames in its memory end */

/* Forget every register range of this function. */
void vm_unmap_function(struct vm *vm, const struct pci_function *fn);

#endif
