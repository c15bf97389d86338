/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The measured tables: an NFP-6000's DMA engine on sim/pcie, as pcie-bench drives it (1.5, 1.6, 1.7).
 *
 * The engine's mechanisms, and where each constant is from:
 *   writes leave as TLPs of 128 B            the write plateau, WR 2048 (1.5)
 *   one write operation in 4.05 ns and one    WR 16 and WR 129 (1.5)
 *     more of its TLPs each 16.97 ns
 *   or, where that is longer, its time on     WR 128 and WR 256 (1.5); 384, 640, 768, 1025, 1280 and 1537 B follow, as
 *     the wire and a pause of 4.86 ns after     from four buffers that an operation begins with the first of. The pauses
 *     an odd number of TLPs, of 1.93 ns         are the engine's, not a host's: other hosts' writes have them too (1.8)
 *     after 2, 6, 10 …
 *   operations up to 256 B are read in        RD 256, which takes longer than RD 257 (1.5)
 *     requests of 128 B, longer ones whole
 *   32 requests out                           PCIe's 5-bit tag field; one is over when its operation's data are in the
 *                                               engine's own memory
 *   33 ns from the start to the first request LAT 64 (1.6)
 *   0.152 ns a byte between PCIe and its own  LAT 2048 (1.6)
 *     memory, after the last byte is in (or before the first goes out)
 *   200 ns more to write before reading       WRRD 64 (1.6)
 *   remote memory 107 ns farther              remote LAT 64 (1.6)
 *   a window of 64 MB 74 ns farther           rd 64 of 64 MB without IOMMU (1.7): most of it is not in the cache
 * and of the host, by pci_link_params_slot(), which every NIC in such a slot has: 487 ns both ways and memory (RD 64, 1.5,
 * through the 32 requests), MPS 256, MRRS 4096, DLLPs counted where they are caused, completions in units of 32 B (RD 192);
 * an IOTLB of 64 pages, walks of 291 ns (both named in 1.7), six at once (rd 64 of 64 MB), while 96 writes may wait at the
 * root (wr 64 of 1 MB): waiting ones to one page share its walk. The link cuts the engine's requests at the MRRS. Addresses
 * are of 64 bits without the IOMMU and of 32 bits with it, since Linux gives out I/O addresses below 4 GB first.
 */
#include <assert.h>
#include <stdlib.h>

#include "bench/validate.h"
#include "bench/validate_nfp.h"

enum {
    WRITE_TLP = 128,
    READ_SMALL = 256,       /* operations up to here … */
    READ_SMALL_REQUEST = 128, /* … are read so */
    WRITE_OP_PS = 4050,
    WRITE_TLP_PS = 16970,
    READ_START_NS = 33,
    COPY_PS_PER_1000B = 152000,
    WRITE_START_NS = 200,
    READS_OUT = 32,
    WRITES_OUT = 256, /* TLPs; more than the root takes, so that its credits limit */
    LINE = 64,
};

void v_nfp_default(struct v_nfp *n)
{
    *n = (struct v_nfp){.superpages = true, .window = 8192};
    v_nfp_slot(n, 3, 8);
}

void v_nfp_slot(struct v_nfp *n, unsigned gen, unsigned lanes)
{
    pci_link_params_slot(&n->link, gen, lanes);
    n->link.tags = READS_OUT;
    n->link.iommu.iotlb = 0;
}

/* ---- bandwidth: operations as fast as the engine starts them, at random places of the window ---- */

enum { OPS = 6000, WARM_UP = 2000 };
enum { WAKE_WRITES, WAKE_COPIED };
#define WRITE_TAG (UINT64_C(1) << 32)

static sim_time copy_ps(uint32_t len) { return (sim_time)len * COPY_PS_PER_1000B / 1000; }

struct engine {
    const struct pci_link_params *link;
    struct prng prng;
    enum v_op op;
    uint32_t len;
    uint64_t places, unit;
    uint64_t ops, started, finished;
    uint32_t reads_out, writes_out; /* requests, TLPs */
    sim_time free_at;   /* when the write side takes the next operation */
    sim_time interval;  /* of write operations */
    bool waking;
    sim_time marked, ended;
    uint8_t *left; /* [ops]: requests of each that are out */
};

/* The engine makes requests of at most so many bytes of an operation. */
static uint32_t read_piece(const struct pci_link_params *p, uint32_t len)
{
    uint32_t piece = len <= READ_SMALL ? READ_SMALL_REQUEST : p->mrrs;
    return piece < p->mrrs ? piece : p->mrrs;
}

static uint32_t read_requests(const struct pci_link_params *p, uint32_t len)
{
    return (len + read_piece(p, len) - 1) / read_piece(p, len);
}

static void start_read(struct v_world *w, struct engine *e, uint64_t addr, uint64_t tag)
{
    uint32_t piece = read_piece(e->link, e->len);

    for (uint32_t at = 0; at < e->len; at += piece) {
        e->left[tag]++;
        e->reads_out++;
        pci_dma_read(w->fn, addr + at, e->len - at < piece ? e->len - at : piece, tag);
    }
}

/* How long `bytes` are on the wire: the engine's port knows its own rate. */
static sim_time port_ps(const struct pci_link_params *p, uint64_t bytes)
{
    static const uint64_t lane_byte_ps_num[] = {4000, 2000, 130000, 65000, 32500};
    static const uint64_t lane_byte_ps_den[] = {1, 1, 128, 128, 128};
    return bytes * lane_byte_ps_num[p->gen - 1] * 1538 / (lane_byte_ps_den[p->gen - 1] * p->lanes * 1534);
}

/* From one write operation's start to the next one's. */
static sim_time write_interval(const struct pci_link_params *p, uint32_t len)
{
    static const sim_time pause[] = {0, 4860, 1930, 4860}; /* by TLPs modulo 4 */
    uint32_t tlps = (len + WRITE_TLP - 1) / WRITE_TLP, header = p->header == PCI_HEADER_64 ? 24 : 20;
    sim_time work = WRITE_OP_PS + tlps * WRITE_TLP_PS, wire = port_ps(p, len + tlps * header) + pause[tlps % 4];
    return work > wire ? work : wire;
}

static void start_write(struct v_world *w, struct engine *e, uint64_t addr, uint64_t tag)
{
    e->free_at = sim_now(w->sim) + e->interval;
    for (uint32_t at = 0; at < e->len; at += WRITE_TLP) {
        e->left[tag]++;
        e->writes_out++;
        v_write(w, addr + at, e->len - at < WRITE_TLP ? e->len - at : WRITE_TLP, WRITE_TAG | tag);
    }
}

/* Starts what may be started: reads and writes in turn, when both are asked for. */
static void run(struct v_world *w)
{
    struct engine *e = w->user;

    while (e->started < e->ops) {
        bool write = e->op == V_WR || (e->op == V_RW && (e->started & 1));
        if (write ? e->writes_out >= WRITES_OUT : e->reads_out + read_requests(e->link, e->len) > READS_OUT)
            return;
        if (write && sim_now(w->sim) < e->free_at) {
            if (!e->waking)
                v_wake(w, e->free_at, WAKE_WRITES);
            e->waking = true;
            return;
        }
        uint64_t addr = prng_below(&e->prng, e->places) * e->unit, tag = e->started++;
        if (write)
            start_write(w, e, addr, tag);
        else
            start_read(w, e, addr, tag);
    }
}

static void finish(struct v_world *w, struct engine *e)
{
    if (++e->finished == WARM_UP)
        e->marked = sim_now(w->sim);
    e->ended = sim_now(w->sim);
}

/* The write side is free again, or a read's data are in the engine's memory. */
static void woken(struct v_world *w, uint64_t what)
{
    struct engine *e = w->user;

    if (what == WAKE_WRITES) {
        e->waking = false;
    } else {
        e->reads_out -= read_requests(e->link, e->len);
        finish(w, e);
    }
    run(w);
}

static void ended(struct v_world *w, uint64_t tag)
{
    struct engine *e = w->user;
    bool last = --e->left[tag & ~WRITE_TAG] == 0;

    if (!(tag & WRITE_TAG)) {
        if (last)
            v_wake(w, sim_now(w->sim) + copy_ps(e->len), WAKE_COPIED);
        return;
    }
    e->writes_out--;
    if (last)
        finish(w, e);
    run(w);
}

uint64_t v_nfp_rate(const struct v_nfp *n, uint32_t len, enum v_op op)
{
    struct v_world *w = v_world_create(&n->link, n->superpages);
    struct engine e = {.link = &n->link, .op = op, .len = len, .ops = OPS, .interval = write_interval(&n->link, len)};

    e.unit = (len + LINE - 1) / LINE * LINE;
    e.places = n->window / e.unit;
    e.left = calloc(OPS, 1);
    prng_init(&e.prng, 1, "places");
    assert(e.places && n->window <= V_WINDOW_MAX && e.left);
    w->user = &e;
    w->ended = ended;
    w->woken = woken;
    run(w);
    sim_run_until(w->sim, SIM_NEVER);
    assert(e.finished == OPS);
    sim_time span = e.ended - e.marked;
    uint64_t bits = (uint64_t)len * 8 * (OPS - WARM_UP) / (op == V_RW ? 2 : 1); /* each way */
    free(e.left);
    v_world_destroy(w);
    return (bits * 1000000 + span / 2) / span;
}

/* ---- latency: one operation at a time ---- */

struct single {
    const struct pci_link_params *link;
    uint32_t len, out;
    bool write, writing; /* writes first; is at it */
    sim_time end;
};

static void single_step(struct v_world *w, uint64_t what)
{
    struct single *s = w->user;

    if (s->writing) { /* one TLP each time; then the read behind it */
        uint32_t at = s->out * WRITE_TLP, left = s->len - at;
        v_write(w, at, left < WRITE_TLP ? left : WRITE_TLP, 1);
        s->out++;
        s->writing = s->out * WRITE_TLP < s->len;
        v_wake(w, sim_now(w->sim) + WRITE_TLP_PS + (s->writing ? 0 : READ_START_NS * SIM_NS), 0);
        return;
    }
    uint32_t piece = read_piece(s->link, s->len);
    for (uint32_t at = 0; at < s->len; at += piece)
        pci_dma_read(w->fn, at, s->len - at < piece ? s->len - at : piece, 0);
}

static void single_ended(struct v_world *w, uint64_t tag)
{
    struct single *s = w->user;

    if (tag == 0)
        s->end = sim_now(w->sim) + copy_ps(s->len);
}

static sim_time single(const struct v_nfp *n, uint32_t len, bool write)
{
    struct v_world *w = v_world_create(&n->link, n->superpages);
    struct single s = {.link = &n->link, .len = len, .write = write, .writing = write};
    sim_time start = SIM_US;

    w->user = &s;
    w->ended = single_ended;
    w->woken = single_step;
    v_wake(w, start + (write ? WRITE_START_NS * SIM_NS + copy_ps(len) : READ_START_NS * SIM_NS), 0);
    sim_run_until(w->sim, SIM_NEVER);
    v_world_destroy(w);
    return s.end - start;
}

sim_time v_nfp_read_latency(const struct v_nfp *n, uint32_t len) { return single(n, len, false); }

sim_time v_nfp_write_read_latency(const struct v_nfp *n, uint32_t len) { return single(n, len, true); }
