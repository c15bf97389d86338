/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small world for the tests of the 82599, the 82576 and their PF driver: NIC, wire, a peer outside, the PF driver with its uplink
 * joined to a box, and for each VF a driver of a few lines with rings in a memory of its own.
 */
#ifndef VFSIM_TESTS_NIC82599_WORLD_H
#define VFSIM_TESTS_NIC82599_WORLD_H

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine/trace.h"
#include "nic/82576/regs.h"
#include "nic/intel/desc.h"
#include "nic/82599/regs.h"
#include "nic/nic.h"
#include "pf/pf.h"
#include "unit/net_world.h"

enum {
    NW_RING = 128,
    NW_BUFFER = 2048,
    NW_VF_MEM = 1 << 20,
    NW_TX_RING = 0x1000,
    NW_RX_HEADERS = 0x8000, /* of a queue that splits */
    NW_HEADER = 128,
    NW_RX_BUFFERS = 0x10000,
    NW_TX_BUFFERS = 0x80000,
    NW_EV_OP = 1,
    NW_EV_READ
};

/* Where a VF has what the mini driver uses. */
struct nw_vf_map {
    uint32_t ctrl, eims, eiac, eiam, ivar, ivar_misc, rx, tx, srrctl, mailbox, memory;
    uint64_t rate_bps;
};
static const struct nw_vf_map nw_map_82599 = {IXGBE_VFCTRL,   IXGBE_VTEIMS,      IXGBE_VTEIAC,    IXGBE_VTEIAM,
                                              IXGBE_VTIVAR_0, IXGBE_VTIVAR_MISC, IXGBE_VFRDBAL_0, IXGBE_VFTDBAL_0,
                                              0x14,           IXGBE_VFMAILBOX,   IXGBE_VFMBMEM_0, UINT64_C(10000000000)};
static const struct nw_vf_map nw_map_82576 = {E1000_VTCTRL, E1000_VTEIMS,      E1000_VTEIAC,    E1000_VTEIAM,
                                              E1000_VTIVAR, E1000_VTIVAR_MISC, E1000_VFRDBAL_0, E1000_VFTDBAL_0,
                                              0x0c,         E1000_V2PMAILBOX,  E1000_VFMBMEM_0, UINT64_C(1000000000)};
enum { NW_BAL = 0x00, NW_LEN = 0x08, NW_TAIL = 0x18, NW_CTL = 0x28 };

struct nw;

/* The one world of a test: the fixture of nw_tcase destroys it, also after an assertion that failed. */
static struct nw *nw_world;
static bool nw_has_fixture;

struct vf_driver {
    struct component c;
    struct nw *w;
    unsigned vf, ring; /* ring: descriptors in use, a power of two */
    uint8_t *ram;
    struct sim_mem mem;
    struct iommu_domain *domain;
    struct msi_sink sink;
    struct {
        uint32_t rx_next, rx_posted, tx_put, messages, got;
        sim_time last_message;
        uint64_t ids;  /* checksum of the identities handed up, in order */
        uint32_t last_status, last_info, last_len;
        uint16_t last_vlan;
        uint8_t last[64];
        bool hold; /* leaves what has arrived in the ring */
        bool splits; /* a frame starts in a header's buffer */
    } s;
};

struct nw {
    struct component c;
    struct sim *sim;
    struct nic *nic;
    struct pf *pf;
    struct box *peer, *host;
    struct wire *wire;
    uint8_t *host_ram;
    struct sim_mem host_mem;
    struct vf_driver *vf;
    const struct nw_vf_map *map;
    uint32_t flow;
    unsigned drivers; /* of vf */
    struct { /* what nw_listen hears */
        struct trace_listener listener;
        const char *words; /* "this|that": the story is of the sentences that have one of them */
        unsigned count;
        char text[4096];
    } story;
    struct {
        bool answered;
        int status, vf;
        uint64_t value;
    } s;
};

/* ---- the mini driver ---- */

static inline void vfd_write(struct vf_driver *d, uint32_t off, uint32_t value)
{
    pci_mmio_write(d->w->nic->vf[d->vf], &d->c, sim_now(d->w->sim), 0, off, 4, value);
}

static inline union ixgbe_adv_rx_desc *vfd_rx(struct vf_driver *d, uint32_t i)
{
    return (union ixgbe_adv_rx_desc *)d->ram + i % d->ring;
}

static inline union ixgbe_adv_tx_desc *vfd_tx(struct vf_driver *d, uint32_t i)
{
    return (union ixgbe_adv_tx_desc *)(d->ram + NW_TX_RING) + i % d->ring;
}

static inline void vfd_post(struct vf_driver *d, uint32_t count)
{
    for (; count; count--, d->s.rx_posted++) {
        vfd_rx(d, d->s.rx_posted)->read.pkt_addr = NW_RX_BUFFERS + NW_BUFFER * (d->s.rx_posted % d->ring);
        vfd_rx(d, d->s.rx_posted)->read.hdr_addr = d->s.splits ? NW_RX_HEADERS + NW_HEADER * (d->s.rx_posted % d->ring) : 0;
    }
    vfd_write(d, d->w->map->rx + NW_TAIL, d->s.rx_posted % d->ring);
}

/* Hands up what is in the ring; with `repost`, gives the buffers back. */
static inline void vfd_poll(struct vf_driver *d, bool repost)
{
    struct sim *sim = d->w->sim;
    uint32_t n = 0;
    for (; d->s.rx_next != d->s.rx_posted && (vfd_rx(d, d->s.rx_next)->wb.status_error & IXGBE_RXD_STAT_DD); n++) {
        struct mem_fragment frags[8];
        uint32_t parts = 0;
        union ixgbe_adv_rx_desc *r;
        do {
            r = vfd_rx(d, d->s.rx_next);
            uint32_t header = (r->wb.pkt_info & IXGBE_RXDADV_HDRBUFLEN_MASK) >> IXGBE_RXDADV_HDRBUFLEN_SHIFT;
            if (header)
                frags[parts++] = (struct mem_fragment){NW_RX_HEADERS + NW_HEADER * (d->s.rx_next % d->ring), header};
            if (r->wb.length)
                frags[parts++] = (struct mem_fragment){NW_RX_BUFFERS + NW_BUFFER * (d->s.rx_next % d->ring), r->wb.length};
            d->s.rx_next++;
        } while (!(r->wb.status_error & IXGBE_RXD_STAT_EOP));
        frame_ref ref = mem_tag_hand_over(&d->mem, frags, parts);
        ck_assert_uint_ne(ref, 0);
        struct frame *f = frame_get(sim, ref);
        ck_assert_int_eq(memcmp(frame_data(f), d->ram + frags[0].addr, frags[0].len), 0);
        d->s.ids = d->s.ids * 31 + f->id;
        d->s.got++;
        d->s.last_status = r->wb.status_error;
        d->s.last_info = r->wb.pkt_info;
        d->s.last_vlan = r->wb.vlan;
        d->s.last_len = f->len;
        memcpy(d->s.last, frame_data(f), f->len < 64 ? f->len : 64);
        frame_end(&d->c, ref, FATE_delivered_app);
    }
    if (repost && n)
        vfd_post(d, d->s.rx_next + d->ring - 1 - d->s.rx_posted);
}

static inline void vfd_message(struct msi_sink *sink, struct pci_function *fn, uint64_t address, uint32_t data)
{
    struct vf_driver *d = (struct vf_driver *)((char *)sink - offsetof(struct vf_driver, sink));
    d->s.messages++;
    d->s.last_message = sim_now(d->w->sim);
    if (data == 0 && !d->s.hold) {
        vfd_poll(d, true);
        vfd_write(d, d->w->map->eims, 1);
    }
}

static inline void vfd_save(struct component *c, struct save *s)
{
    struct vf_driver *d = (struct vf_driver *)c;
    save_section(s, "vfd", 1);
    save_field(s, d->s);
    save_bytes(s, d->ram, NW_VF_MEM);
    mem_save(&d->mem, s);
    iommu_save(d->domain, s);
}

/* Rings and interrupts, as a guest's driver would after the VF is enabled. */
static inline void vfd_up(struct vf_driver *d, uint32_t ring)
{
    struct pci_function *fn = d->w->nic->vf[d->vf];
    const struct nw_vf_map *map = d->w->map;
    d->ring = ring;
    d->s.rx_next = d->s.rx_posted = d->s.tx_put = 0;
    memset(d->ram, 0, NW_RX_BUFFERS);
    pci_msix_program(fn, 0, 0xfee00000, 0, false);
    pci_msix_program(fn, 1, 0xfee00000, 1, false);
    pci_msix_program(fn, 2, 0xfee00000, 2, false);
    pci_msix_enable(fn, true);
    vfd_write(d, map->ivar, 0x8180); /* receive 0 -> vector 0, transmit 0 -> vector 1 */
    vfd_write(d, map->ivar_misc, 0x82);
    vfd_write(d, map->eiac, 7);
    vfd_write(d, map->eiam, 7);
    vfd_write(d, map->eims, 5);
    vfd_write(d, map->rx + NW_CTL, 0); /* a reset may have left them on */
    vfd_write(d, map->tx + NW_CTL, 0);
    vfd_write(d, map->tx + NW_TAIL, 0);
    vfd_write(d, map->rx + NW_BAL, 0);
    vfd_write(d, map->rx + NW_LEN, 16 * ring);
    vfd_write(d, map->rx + map->srrctl, 2 | IXGBE_SRRCTL_DESCTYPE_ADV_ONEBUF);
    vfd_write(d, map->rx + NW_CTL, IXGBE_RXDCTL_ENABLE | IXGBE_RXDCTL_VME);
    vfd_write(d, map->tx + NW_BAL, NW_TX_RING);
    vfd_write(d, map->tx + NW_LEN, 16 * ring);
    vfd_write(d, map->tx + NW_CTL, IXGBE_TXDCTL_ENABLE | 1u << IXGBE_TXDCTL_HTHRESH_SHIFT | 32);
    vfd_post(d, ring - 1);
}

static inline void vfd_bell(struct vf_driver *d) { vfd_write(d, d->w->map->tx + NW_TAIL, d->s.tx_put % d->ring); }

/* One data descriptor with a frame made at its buffer; no doorbell. */
static inline void vfd_put(struct vf_driver *d, uint32_t flow, const uint8_t *bytes, uint32_t len, uint32_t cmd, uint32_t olinfo)
{
    uint64_t addr = NW_TX_BUFFERS + NW_BUFFER * (d->s.tx_put % d->ring);
    frame_ref ref = frame_birth(&d->c, flow, len);
    memcpy(frame_data(frame_get(d->w->sim, ref)), bytes, len);
    memcpy(d->ram + addr, bytes, len);
    mem_tag_made(&d->mem, addr, len, ref);
    *vfd_tx(d, d->s.tx_put++) =
        (union ixgbe_adv_tx_desc){.read = {addr,
                                           IXGBE_ADVTXD_DTYP_DATA | IXGBE_ADVTXD_DCMD_DEXT | IXGBE_ADVTXD_DCMD_IFCS |
                                               IXGBE_ADVTXD_DCMD_EOP | IXGBE_ADVTXD_DCMD_RS | cmd | len,
                                           len << IXGBE_ADVTXD_PAYLEN_SHIFT | olinfo}};
}

static inline void vfd_context(struct vf_driver *d, uint32_t macip, uint32_t tucmd)
{
    struct ixgbe_adv_tx_context_desc context = {.vlan_macip_lens = macip,
                                                .type_tucmd_mlhl = IXGBE_ADVTXD_DTYP_CTXT | IXGBE_ADVTXD_DCMD_DEXT | tucmd};
    memcpy(vfd_tx(d, d->s.tx_put++), &context, sizeof(context));
}

static inline void vfd_send(struct vf_driver *d, const uint8_t *dst, const uint8_t *src, uint32_t len)
{
    uint8_t bytes[1514] = {0};
    memcpy(bytes, dst, 6);
    memcpy(bytes + 6, src, 6);
    bytes[12] = 0x88;
    bytes[13] = 0xb5;
    vfd_put(d, d->w->flow, bytes, len, 0, 0);
    vfd_bell(d);
}

/* ---- the world ---- */

static inline void nw_event(struct component *c, const struct event *ev)
{
    struct nw *w = (struct nw *)c;
    w->s.answered = true;
    w->s.status = (int)(int64_t)ev->b;
    w->s.vf = (int)(int64_t)ev->c;
    w->s.value = ev->b;
}

static inline void nw_save(struct component *c, struct save *s)
{
    struct nw *w = (struct nw *)c;
    save_section(s, "nw", 1);
    save_field(s, w->s);
    save_bytes(s, w->host_ram, w->host_mem.size);
    mem_save(&w->host_mem, s);
}

static inline void vfd_create(struct nw *w, unsigned v)
{
    static const struct component_ops ops = {.kind = "vfd", .save = vfd_save};
    struct vf_driver *d = &w->vf[v];
    char name[16];
    snprintf(name, sizeof(name), "vm%u", v);
    d->w = w;
    d->vf = v;
    d->ring = NW_RING;
    w->drivers = v + 1;
    component_init(&d->c, w->sim, &ops, name);
    d->ram = calloc(1, NW_VF_MEM);
    ck_assert_int_eq(mem_init(&d->mem, &d->c, d->ram, NW_VF_MEM, 4096), 0);
    d->domain = iommu_domain_create(&d->c, name, NW_VF_MEM);
    ck_assert_int_eq(iommu_map(d->domain, 0, &d->mem, 0, NW_VF_MEM, IOMMU_READ | IOMMU_WRITE), 0);
    d->sink.message = vfd_message;
    pci_function_set_domain(w->nic->vf[v], d->domain);
    pci_function_set_sink(w->nic->vf[v], &d->sink);
}

static uint32_t nw_other_errata; /* of the next NIC: as of struct nic_params */
/* Of the worlds that are made from now on, as nic_params has it; not 0: the test joins the PF's ports. */
static unsigned nw_own_pools;

static inline struct nw *nw_create(const char *model, unsigned vfs, unsigned drivers)
{
    static const struct component_ops ops = {.kind = "test", .event = nw_event, .save = nw_save};
    ck_assert_msg(nw_has_fixture, "make the case of this test by nw_tcase, which ends its worlds");
    ck_assert_msg(!nw_world, "end the world before this one");
    struct nw *w = nw_world = calloc(1, sizeof(*w));
    char err[200] = "";
    w->map = strcmp(model, "82576") ? &nw_map_82599 : &nw_map_82576;
    w->sim = sim_create(1, NULL);
    w->flow = (uint32_t)flow_add(w->sim, "f", 0);
    component_init(&w->c, w->sim, &ops, "test");
    struct nic_params params = {.name = "nic",
                                .model = model,
                                .vfs = vfs,
                                .mac = {2, 0, 0, 0, 0, 100},
                                .own_pools = nw_own_pools,
                                .other_errata = nw_other_errata};
    pci_link_params_default(&params.link);
    params.link.gen = nic_model_find(model)->pcie_gen;
    params.link.lanes = nic_model_find(model)->pcie_lanes;
    w->nic = nic_create(w->sim, &params, err, sizeof(err));
    ck_assert_msg(w->nic != NULL, "%s", err);
    w->peer = box_create(w->sim, "peer");
    w->host = box_create(w->sim, "host");
    struct wire_params wire = {.rate_bps = w->map->rate_bps, .latency_ps = 500 * SIM_NS};
    w->wire = wire_create(w->sim, "wire", &wire, &w->nic->uplink, &w->peer->port);
    struct pf_params pf = {.nic = w->nic, .mem = &w->host_mem};
    pf.mem_len = pf_memory_needed(&pf);
    w->host_ram = calloc(1, pf.mem_len);
    ck_assert_int_eq(mem_init(&w->host_mem, &w->c, w->host_ram, pf.mem_len, 4096), 0);
    w->pf = pf_create(w->sim, "nic.pf", &pf, err, sizeof(err));
    ck_assert_msg(w->pf != NULL, "%s", err);
    if (!nw_own_pools)
        port_join(pf_uplink(w->pf), &w->host->port);
    w->vf = calloc(drivers ? drivers : 1, sizeof(*w->vf));
    for (unsigned v = 0; v < drivers; v++)
        vfd_create(w, v);
    return w;
}

/* A test calls it only where it makes another world after this one. A world half made is as good. */
static inline void nw_destroy(struct nw *w)
{
    if (!w)
        return;
    nw_world = NULL;
    pf_destroy(w->pf);
    wire_destroy(w->wire);
    nic_destroy(w->nic);
    if (w->peer)
        box_destroy(w->peer);
    if (w->host)
        box_destroy(w->host);
    for (unsigned v = 0; v < w->drivers; v++) {
        iommu_domain_destroy(w->vf[v].domain);
        mem_fini(&w->vf[v].mem);
        free(w->vf[v].ram);
    }
    mem_fini(&w->host_mem);
    free(w->host_ram);
    free(w->vf);
    sim_destroy(w->sim);
    free(w);
}

static inline void nw_teardown(void) { nw_destroy(nw_world); }

/* A case whose tests make a world when they want one, and never end it themselves. */
static inline TCase *nw_tcase(const char *name)
{
    TCase *t = tcase_create(name);
    tcase_add_checked_fixture(t, NULL, nw_teardown);
    nw_has_fixture = true;
    return t;
}

/* ---- the story: what the traces of the NIC and of its PF driver say ---- */

static inline bool nw_has_word(const char *text, const char *words)
{
    char word[64];
    for (size_t n; *words; words += n + (words[n] == '|')) {
        n = strcspn(words, "|");
        ck_assert_uint_lt(n, sizeof(word));
        memcpy(word, words, n);
        word[n] = 0;
        if (strstr(text, word))
            return true;
    }
    return false;
}

static inline void nw_hear(struct trace_listener *self, sim_time at, enum trace_category cat, const char *who, const char *text)
{
    struct nw *w = (struct nw *)((char *)self - offsetof(struct nw, story.listener));
    size_t n = strlen(w->story.text);
    if (!nw_has_word(text, w->story.words))
        return;
    w->story.count++; /* a test that only counts may hear more than `text` holds */
    snprintf(w->story.text + n, sizeof(w->story.text) - n, "%s\n", text);
}

/* From here on the story has each sentence with one of `words`, "this|that". Once a world. */
static inline void nw_listen(struct nw *w, const char *words)
{
    ck_assert_ptr_null(w->story.words);
    w->story.words = words;
    w->story.listener = (struct trace_listener){.mask = 1u << TRACE_nic | 1u << TRACE_pf, .sentence = nw_hear};
    trace_listen(w->sim, &w->story.listener);
}

/* The story since nw_listen, or since it was last compared, is `text`: a line a sentence. */
static inline void nw_tells(struct nw *w, const char *text)
{
    ck_assert_str_eq(w->story.text, text);
    w->story.text[0] = 0;
    w->story.count = 0;
}

/* ---- running it ---- */

static inline void nw_run(struct nw *w, sim_time span) { sim_run_until(w->sim, sim_now(w->sim) + span); }

static inline int nw_wait(struct nw *w)
{
    while (!w->s.answered)
        ck_assert(sim_step(w->sim));
    return w->s.status;
}

static inline int nw_op(struct nw *w, int op, const struct pf_args *args)
{
    w->s.answered = false;
    pf_request(w->pf, (enum vmk_netptop)op, args, &w->c, NW_EV_OP, 1);
    return nw_wait(w);
}

static inline int nw_vf_op(struct nw *w, int op, int vf)
{
    struct pf_args args = {.vf = vf};
    return nw_op(w, op, &args);
}

static inline int nw_mac_op(struct nw *w, int op, int vf, const uint8_t *mac, enum pf_move_order order, sim_time gap)
{
    struct pf_args args = {.vf = vf, .order = (uint8_t)order, .gap_ps = gap};
    memcpy(args.mac, mac, 6);
    return nw_op(w, op, &args);
}

static inline uint32_t nw_read(struct nw *w, struct pci_function *fn, uint32_t off)
{
    w->s.answered = false;
    pci_mmio_read(fn, &w->c, sim_now(w->sim), 0, off, 4, EV_HOST, NW_EV_READ, 0);
    nw_wait(w);
    return (uint32_t)w->s.value;
}

/* VF v ready for traffic with address mac_of(v + 1) and rings of `ring` descriptors. */
static inline void nw_vf_up(struct nw *w, unsigned v, uint32_t ring)
{
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_ACQUIRE, (int)v), 0);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_INIT, (int)v), 0);
    ck_assert_int_eq(nw_mac_op(w, VMK_NETPTOP_VF_SET_MAC, (int)v, mac_of((uint8_t)(v + 1)), PF_MOVE_SAFE, 0), 0);
    vfd_up(&w->vf[v], ring);
    nw_run(w, 5 * SIM_US);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_ACTIVATE, (int)v), 0);
}

/* PF up, then VFs 0 … n-1. */
static inline struct nw *nw_up_model(const char *model, unsigned vfs, unsigned drivers)
{
    struct nw *w = nw_create(model, vfs, drivers);
    pf_start(w->pf);
    nw_run(w, 10 * SIM_US);
    for (unsigned v = 0; v < drivers; v++)
        nw_vf_up(w, v, NW_RING);
    return w;
}

static inline struct nw *nw_up(unsigned vfs, unsigned drivers) { return nw_up_model("82599", vfs, drivers); }

/* The peer sends one frame of the flow now. */
static inline void nw_peer_send(struct nw *w, const uint8_t *dst, int tci, uint32_t len)
{
    frame_ref ref = frame_birth(&w->peer->comp, w->flow, len);
    struct frame *f = frame_get(w->sim, ref);
    memset(frame_data(f), 0, len);
    memcpy(frame_data(f), dst, 6);
    memcpy(frame_data(f) + 6, mac_of(200), 6);
    frame_data(f)[12] = 0x88;
    frame_data(f)[13] = 0xb5;
    if (tci >= 0)
        frame_vlan_push(f, (uint16_t)tci);
    port_send(&w->peer->port, ref);
}

static inline struct flow_report nw_flow(struct nw *w)
{
    struct flow_report r;
    flow_get_report(w->sim, w->flow, &r);
    return r;
}

/* Nothing is anywhere any more, and every copy had one fate. */
static inline void nw_balanced(struct nw *w)
{
    nw_run(w, SIM_MS);
    assert_balanced(w->sim);
}

#endif
