/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * validate: sim/pcie and sim/net driven with published transaction patterns, published and modelled figures side by side.
 *
 * Every figure is an integer scaled by 1000 (Mb/s for Gb/s, ps for ns) unless its table says otherwise. A row is marked
 *   formula     the published figure is itself computed; the model must agree to rounding
 *   calibrated  a constant of the model was chosen for this row
 *   predicted   no constant was chosen for this row
 * and a table's bound is judged over its formula or predicted rows only.
 */
#ifndef VFSIM_BENCH_VALIDATE_H
#define VFSIM_BENCH_VALIDATE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/prng.h"
#include "core/world/sim.h"
#include "pcie/pcie.h"

/* ---- tables (validate_print.c) ---- */

enum v_mark { V_FORMULA, V_CALIBRATED, V_PREDICTED, V_SHOWN /* predicted, and outside the bound's claim */ };

struct v_table {
    FILE *out;
    const char *name;
    unsigned decimals;    /* digits after the point; values are scaled by 10^decimals */
    uint32_t bound;       /* largest error in 1/1000 %, 0: none */
    uint32_t worst[4];    /* by mark */
    char worst_row[4][64];
    unsigned rows[4];
};

void v_table_open(struct v_table *t, FILE *out, const char *name, const char *title, const char *about, const char *unit,
                  unsigned decimals, uint32_t bound);
void v_table_row(struct v_table *t, enum v_mark mark, int64_t published, int64_t modelled, const char *label, ...)
    __attribute__((format(printf, 5, 6)));
bool v_table_close(struct v_table *t); /* false: the bound is exceeded */

/* A table of claims: each row says what it rests on, and how far it holds is judged alike for all, by its error:
 *   held       within 10 %
 *   near       within 30 %
 *   magnitude  within a factor of 3
 *   missed     further away
 * A row that a constant was calibrated on is no claim. No verdict fails a test: a row that is missed stays. */
struct v_claims {
    FILE *out;
    unsigned decimals;
    unsigned count[5]; /* by verdict, calibrated ones last */
};

void v_claims_open(struct v_claims *t, FILE *out, const char *name, const char *title, const char *about, const char *unit,
                   unsigned decimals);
/* `rests_on` NULL: it was calibrated on this row. */
void v_claim(struct v_claims *t, int64_t published, int64_t modelled, const char *rests_on, const char *label);
void v_claims_close(struct v_claims *t);

/* ---- a device on a link (validate_world.c) ---- */

enum { V_MEM = 4 << 20, V_WINDOW_MAX = 128 << 20, V_FRAME = 4096 };

struct v_world {
    struct component c; /* the device */
    struct sim *sim;
    struct pci_link *link;
    struct pci_function *fn;
    struct iommu_domain *domain;
    struct sim_mem mem;
    struct msi_sink sink;
    uint8_t *ram;
    frame_ref frame; /* V_FRAME bytes to write from */
    uint64_t done;   /* operations that have ended */
    sim_time last_done;
    void (*ended)(struct v_world *w, uint64_t tag);
    void (*woken)(struct v_world *w, uint64_t what);
    void *user;
};

struct v_world *v_world_create(const struct pci_link_params *params, bool superpages);
void v_world_destroy(struct v_world *w);
void v_wake(struct v_world *w, sim_time at, uint64_t what); /* woken(what) then */
void v_write(struct v_world *w, uint64_t addr, uint32_t len, uint64_t tag); /* len <= V_FRAME */

/* ---- the sections; false: a bound is exceeded ---- */
bool v_links(FILE *out);         /* 1.2 */
bool v_sizes(FILE *out);         /* 1.3 */
bool v_nics(FILE *out);          /* 1.4 */
bool v_nfp_bandwidth(FILE *out); /* 1.5 */
bool v_nfp_latency(FILE *out);   /* 1.6 */
bool v_nfp_iommu(FILE *out);     /* 1.7 */
bool v_nfp_hosts(FILE *out);     /* 1.8 */
void v_forward(FILE *out);       /* 2.3 */
void v_latency(FILE *out);       /* 2.4 */
void v_queue_limits(FILE *out);  /* 2.5 */
bool v_wire(FILE *out);          /* 3 */

/* ---- one configuration by hand ---- */
enum v_op { V_WR, V_RD, V_RW };

/* Gb/s x 1000 of payload (each way for V_RW), all operations at once and aligned: validation.md 1.3. */
uint64_t v_bandwidth(const struct pci_link_params *p, uint32_t len, enum v_op op);

struct v_nfp {
    struct pci_link_params link;
    bool superpages;
    uint64_t window;
};
void v_nfp_default(struct v_nfp *n); /* in the slot that was measured, gen3 x8 */
void v_nfp_slot(struct v_nfp *n, unsigned gen, unsigned lanes); /* in another */
uint64_t v_nfp_rate(const struct v_nfp *n, uint32_t len, enum v_op op);
sim_time v_nfp_read_latency(const struct v_nfp *n, uint32_t len);
sim_time v_nfp_write_read_latency(const struct v_nfp *n, uint32_t len);

#endif
