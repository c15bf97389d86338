/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of sim/conformance share: the test stand. */
#ifndef VFSIM_CONFORMANCE_CONFORMANCE__H
#define VFSIM_CONFORMANCE_CONFORMANCE__H

#include "conformance/conformance.h"
#include "guest/conformance/stand.h"
#include "net/port.h"
#include "pf/pf.h"
#include "vm/image/plugin_image.h"
#include "vm/vm.h"

enum { STAND_VFS = 2, STAND_KEPT = 4096, STAND_HELD_MAX = 64 };

/* A port that keeps what comes out of it. */
struct stand_box {
    struct component comp;
    struct port port;
    bool keeps;
    uint8_t *kept[STAND_KEPT];
    uint32_t length[STAND_KEPT], tag[STAND_KEPT]; /* tag: 0, or STAND_TAGGED | TCI */
    unsigned count, taken, seen;
};

/* What the PF's driver is asked for next, one by one. */
struct stand;
enum { STAND_STEPS_MAX = 16 };
struct stand_step {
    int op;            /* of pf.h; 0: `then` alone */
    struct pf_args args;
    int (*then)(struct stand *s); /* behind it; NULL: nothing. 0 or -errno */
};

struct stand {
    struct sim *sim;
    struct component comp;
    const struct conformance_params *params;
    struct conformance_result *result;
    struct stand_config config;
    struct plugin_image *image;
    /* the machine */
    struct vm *vm;
    struct pci_link *link;
    struct pci_function *registers; /* by which the suite calls */
    uint64_t answer, said, calls; /* of the PF's driver, when it was asked last; of the call before */
    bool awaits;                  /* the call before asked the driver */
    bool is_over, answers_counters, expects_faults;
    uint64_t counters;
    uint8_t *code, *loaded; /* of suite and plugin, as they were at first */
    /* the chip */
    struct nic *nic;
    struct wire *wire;
    struct pf *pf;
    struct sim_mem host_mem;
    uint8_t *host_ram;
    struct stand_box peer, host;
    frame_ref held[STAND_HELD_MAX];
    unsigned held_count;
    struct iommu_domain *domain;
    unsigned vf, next_vf;
    bool is_wired, is_mapped;
    struct vmxnet3_rings_image rings; /* that a VF of before had, if its VFs are vmxnet3 devices */
    bool has_rings;
    struct stand_step step[STAND_STEPS_MAX];
    unsigned steps, done;
    /* the device that knows nothing */
    struct pci_function *mock;
    enum stand_mode mode;
    uint64_t mock_accesses, noise;
    uint8_t memory[MACHINE_MEMIO_HOLE_SIZE];
};

/* ---- plugin.c ---- */
void stand__broken(struct stand *s, enum stand_rule rule, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

void stand__not_here(struct stand *s, const char *why);

/* ---- stand.c: the world around a machine ---- */
int stand__create(struct stand *s, char *err, size_t err_cap);
int stand__create_chip(struct stand *s, char *err, size_t err_cap); /* without a machine */
void stand__destroy(struct stand *s);
void stand__tell(struct stand *s); /* the suite of its configuration, which is another one now */
void stand__add(struct stand *s, int op, const struct pf_args *args, int (*then)(struct stand *s));
void stand__go(struct stand *s); /* the steps, while the world runs; s->answer is STAND_BUSY until they are done */

/* ---- chip.c: a VF, as a hypervisor has it ---- */
int stand__chip_make(struct stand *s, char *err, size_t err_cap); /* and its driver, which is up */
int stand__chip_give(struct stand *s, char *err, size_t err_cap); /* a VF to the machine */
void stand__chip_destroy(struct stand *s);
void stand__take_vf(struct stand *s, unsigned vf); /* adds the steps */
void stand__activate(struct stand *s);
void stand__leave(struct stand *s, bool other);
void stand__carry(struct stand *s); /* by the other VF, with the rings of this one */
struct pf_vf_memory stand__memory(const struct stand *s); /* that the machine has for a VF */
/* That, and rings where its VFs are vmxnet3 devices (those that the VF before gave back, else fresh ones), for the next VF_INIT:
 * NULL, or why not. */
const char *stand__offer_memory(struct stand *s, unsigned vf);

/* ---- rings.c: of a VF that is a vmxnet3 ---- */
void stand__fresh_rings(const struct stand *s, struct vmxnet3_rings_image *out);

/* ---- function.c: a chip without a machine ---- */
void stand__try_config(struct stand *s);
void stand__try_vf_enable(struct stand *s);
void stand__try_life(struct stand *s);
uint64_t stand__bar_bytes(struct pci_function *fn, unsigned bar);
bool stand__ends(struct stand *s, int op, int *status); /* an operation on VF 0; false after telling that it has no end */

/* ---- offers.c: what the PF's driver says of a VF, and what it lets it be given ---- */
void stand__try_info(struct stand *s);
void stand__try_memory(struct stand *s);

/* ---- mock.c, calls.c ---- */
void stand__mock_create(struct stand *s);
void stand__calls_create(struct stand *s);

#endif
