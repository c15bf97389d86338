/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a method of migration does otherwise than the others: `migrate … by emulated|npa|…`.
 *
 * The migrator owns the order of the phases, the rounds, the interruption and the frames on the way (phase.c, copy.c,
 * move.c, tunnel.c). A method is a constant table of what it does at the seams between
 * them, a file each, listed in methods/methods.c. Every member but name, method and refuse may be NULL: nothing is done
 * there.
 *
 * State of a method lives in struct migration_state (plain data, saved as it is) or with the components it drives.
 *
 * A step that takes time answers MIGRATE_GOES_ON, and `more` is asked again whenever something it may have waited for
 * has happened: a switch of the VM at either end has ended, or migrate__wake() was called (MIGRATE_EV_METHOD with its
 * cookie). Steps that fail answer -errno with the reason in `why`.
 */
#ifndef VFSIM_HOST_MIGRATE_METHOD_H
#define VFSIM_HOST_MIGRATE_METHOD_H

#include "host/migrate/migrate.h"

struct migration;
struct host_vm;

enum { MIGRATE_STEP_DONE = 0, MIGRATE_GOES_ON = 1 };

struct migrate_method_ops {
    const char *name; /* as the language has it */
    enum migrate_method method;
    /* ---- before ---- */
    /* Why it can't be, NULL if it can. Nothing has been done and nothing may be. `nic` is the index of the uplink asked for at the
     * destination, -1: none was. */
    const char *(*refuse)(const struct migrator *m, const struct host_vm *from, const struct host_vm *to, int nic,
                          const struct migrate_params *params);
    /* The uplink at the destination when none was asked for: index of a NIC of the host, -1: as its place has it. */
    int (*choose_nic)(const struct host_vm *from, const struct host_vm *to);
    /* The destination has room: it sets apart what else the VM will need there. Ends the migration as refused if it fails. */
    int (*reserve)(struct migrator *m, struct migration *g, char *why, size_t cap);
    /* ---- the source ---- */
    /* Before the rounds: leave the fast path. NULL: what is in use stays in use during pre-copy. */
    int (*leave)(struct migrator *m, struct migration *g, char *why, size_t cap);
    /* Dirty tracking of devices, apart from what differs. Asked when a round begins: the next page at or behind `at` that it
     * says must be sent, its address, or the size of RAM. A page that was sent is told. */
    void (*track)(struct migrator *m, struct migration *g, bool on);
    uint64_t (*next_dirty)(struct migrator *m, struct migration *g, uint64_t at);
    void (*page_sent)(struct migrator *m, struct migration *g, uint64_t at);
    /* After the vCPU has stopped: stop what else can touch the VM's memory; then asked until all is quiet. */
    void (*stop)(struct migrator *m, struct migration *g);
    bool (*is_quiet)(struct migrator *m, struct migration *g);
    void (*go_on)(struct migrator *m, struct migration *g); /* stop undone: the VM runs again at the source */
    /* ---- the stream and the arrival ---- */
    /* Its part of the stream, behind the port's: written at the source (`at` is its place), read at the destination. */
    void (*save)(struct migrator *m, struct migration *g, struct host_vm *at, struct save *s);
    void (*vacate)(struct migrator *m, struct migration *g); /* the source's devices: the VM lives elsewhere now */
    /* The VM's memory is mapped at the destination; it has not run yet. Must not fail: reserve has set all apart. */
    void (*settle)(struct migrator *m, struct migration *g);
    /* ---- after ---- */
    /* The VM runs at the destination and frames come directly: enter the fast path. If it fails the VM stays emulated there, and
     * the migration is done with that as its reason. */
    int (*enter)(struct migrator *m, struct migration *g, char *why, size_t cap);
    /* The VM goes on at the source after a failure: enter the fast path again. Reasons are not kept. */
    int (*back)(struct migrator *m, struct migration *g, char *why, size_t cap);
    /* Whether leave, enter or back (the phase says which) has ended now. */
    int (*more)(struct migrator *m, struct migration *g, char *why, size_t cap);
    /* However it ended: give back what reserve has set apart and was not used. */
    void (*end)(struct migrator *m, struct migration *g);
};

#endif
