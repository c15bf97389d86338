/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The polling host: two ports, their rings, the loop, and the outside that stamps what leaves and what comes back. */
#include "bench/validate_poll.h"

#include <assert.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "nic/82599/regs.h"
#include "nic/intel/desc.h"

enum {
    FRAME = 60, /* without FCS */
    BUFFER = 2048,
    POOL = 4096, /* buffers of a port, more than its rings hold */
    RX_AT = 0,
    TX_AT = RX_AT + 16 * POLL_RING,
    BUFFERS_AT = TX_AT + 16 * POLL_RING * POLL_QUEUES,
    PORT_BYTES = BUFFERS_AT + POOL * BUFFER,
    TX_CLEAN = 32, /* descriptors looked at for completion at a time */
    SLOT_PS = 67200,
};

static const char who[] = "a polling host";

struct outside {
    struct component c;
    struct port port;
    struct poll_offer offer;
    sim_time *stamp; /* when each frame's first bit left, in order */
    uint64_t sent, stamps;
    struct outside *other;
    struct poll_result *result;
    unsigned index;
    uint64_t back;   /* frames that came back of those the other one sent */
    sim_time count_from;
};

struct ring {
    uint32_t put, done; /* count freely */
};

struct host_port {
    struct nic *nic;
    struct wire *wire;
    struct outside outside;
    struct ring rx, tx[POLL_QUEUES];
    uint64_t rx_buffer[POLL_RING], tx_buffer[POLL_QUEUES][POLL_RING];
    uint64_t spare[POOL];
    unsigned spares;
    uint64_t base;
};

struct host {
    struct component c;
    struct sim *sim;
    const struct poll_params *p;
    struct sim_mem mem;
    struct iommu_domain *domain;
    uint8_t *ram;
    struct host_port port[POLL_PORTS];
    unsigned turn;
};

/* ---- the outside ---- */

static void outside_sends(struct outside *o)
{
    struct sim *sim = o->c.sim;
    frame_ref ref = frame_birth(&o->c, 0, FRAME);
    if (ref) {
        uint8_t *bytes = frame_data(frame_get(sim, ref));
        memset(bytes, 0, FRAME);
        bytes[0] = bytes[6] = 2;
        bytes[5] = 9;
        bytes[12] = 0x88;
        bytes[13] = 0xb5;
        if (o->sent < o->stamps)
            o->stamp[o->sent] = port_free_at(&o->port);
        o->sent++;
        port_send(&o->port, ref);
    }
    event_post(&o->c, &o->c, sim_now(sim) + o->offer.gap_ps, EV_HW, 0, 0, 0, 0);
}

static void outside_event(struct component *c, const struct event *ev) { outside_sends((struct outside *)c); }

/* Frames of one direction keep their order, and none of those whose latency is wanted is lost. */
static void outside_receive(struct port *port, frame_ref ref)
{
    struct outside *o = (struct outside *)port->owner;
    sim_time now = sim_now(o->c.sim);
    frame_end(&o->c, ref, FATE_delivered_peer);
    o->result->got[o->index] += now >= o->count_from;
    if (o->back < o->other->stamps && o->back < o->other->sent)
        o->result->latency_ps[o->result->latencies++] = now - SLOT_PS - o->other->stamp[o->back];
    o->back++;
}

/* ---- registers and rings ---- */

static void reg(struct host *h, struct host_port *p, sim_time at, uint32_t off, uint32_t value)
{
    pci_mmio_write(p->nic->pf, &h->c, pci_mmio_write_room(p->nic->pf, at), 0, off, 4, value);
}

static union ixgbe_adv_rx_desc *rx_desc(struct host *h, struct host_port *p, uint32_t i)
{
    return (union ixgbe_adv_rx_desc *)(h->ram + p->base + RX_AT) + i % POLL_RING;
}

static union ixgbe_adv_tx_desc *tx_desc(struct host *h, struct host_port *p, unsigned q, uint32_t i)
{
    return (union ixgbe_adv_tx_desc *)(h->ram + p->base + TX_AT) + q * POLL_RING + i % POLL_RING;
}

static void rx_give(struct host *h, struct host_port *p, uint64_t buffer)
{
    union ixgbe_adv_rx_desc *d = rx_desc(h, p, p->rx.put);
    p->rx_buffer[p->rx.put++ % POLL_RING] = buffer;
    d->read.pkt_addr = buffer;
    d->read.hdr_addr = 0;
}

/* Buffers of frames that were sent go back to the port that they came from. */
static void tx_clean(struct host *h, struct host_port *p, unsigned q)
{
    struct ring *r = &p->tx[q];
    while (r->put - r->done >= TX_CLEAN && (tx_desc(h, p, q, r->done + TX_CLEAN - 1)->wb.status & IXGBE_TXD_STAT_DD))
        for (unsigned i = 0; i < TX_CLEAN; i++) {
            uint64_t buffer = p->tx_buffer[q][r->done++ % POLL_RING];
            struct host_port *owner = &h->port[buffer / PORT_BYTES];
            owner->spare[owner->spares++] = buffer;
        }
}

static void tx_put(struct host *h, struct host_port *p, unsigned q, uint64_t buffer)
{
    struct ring *r = &p->tx[q];
    union ixgbe_adv_tx_desc *d = tx_desc(h, p, q, r->put);
    memset(d, 0, sizeof(*d));
    d->read.buffer_addr = buffer;
    d->read.cmd_type_len = FRAME | IXGBE_ADVTXD_DTYP_DATA | IXGBE_ADVTXD_DCMD_DEXT | IXGBE_ADVTXD_DCMD_EOP | IXGBE_ADVTXD_DCMD_RS |
                           IXGBE_ADVTXD_DCMD_IFCS;
    d->read.olinfo_status = (uint32_t)FRAME << IXGBE_ADVTXD_PAYLEN_SHIFT;
    p->tx_buffer[q][r->put++ % POLL_RING] = buffer;
}

/* ---- the loop ---- */

/* The frame stays the one it is: handed up, and made again where it lies. */
static void pass_on(struct host *h, struct host_port *to, uint64_t buffer)
{
    struct mem_fragment whole = {buffer, FRAME};
    frame_ref ref = mem_tag_hand_over(&h->mem, &whole, 1);
    assert(ref);
    if (to->tx[0].put - to->tx[0].done >= POLL_RING - 1) {
        struct host_port *owner = &h->port[buffer / PORT_BYTES];
        owner->spare[owner->spares++] = buffer;
        frame_end(&h->c, ref, FATE_shell_queue_full);
        return;
    }
    mem_tag_made(&h->mem, buffer, FRAME, ref);
    tx_put(h, to, 0, buffer);
}

/* One poll of a port, whose frames go out by the other one: when it is over. */
static sim_time forward(struct host *h, struct host_port *from, struct host_port *to)
{
    sim_time at = sim_now(h->sim) + h->p->loop_ps;
    uint32_t n = 0;
    while (n < h->p->batch) {
        uint32_t next = from->rx.done;
        union ixgbe_adv_rx_desc *d = rx_desc(h, from, next);
        if (next == from->rx.put || !(d->wb.status_error & IXGBE_RXD_STAT_DD) || !from->spares)
            break;
        uint64_t buffer = from->rx_buffer[next % POLL_RING];
        from->rx.done++;
        pass_on(h, to, buffer);
        rx_give(h, from, from->spare[--from->spares]);
        n++;
    }
    tx_clean(h, to, 0);
    if (!n)
        return at;
    at += h->p->batch_ps + n * h->p->frame_ps;
    reg(h, from, at, IXGBE_RDT(0), from->rx.put % POLL_RING);
    reg(h, to, at, IXGBE_TDT(0), to->tx[0].put % POLL_RING);
    return at;
}

/* A generator: each queue is kept full, in batches of `batch` where it says one. */
static sim_time generate(struct host *h)
{
    struct host_port *p = &h->port[0];
    sim_time at = sim_now(h->sim) + h->p->loop_ps;
    for (unsigned q = 0; q < h->p->send_queues; q++) {
        bool any = false;
        tx_clean(h, p, q);
        for (; p->tx[q].put - p->tx[q].done < POLL_RING - 1 && p->spares; any = true) {
            uint64_t buffer = p->spare[--p->spares];
            frame_ref ref = frame_birth(&h->c, 0, FRAME);
            mem_tag_made(&h->mem, buffer, FRAME, ref);
            tx_put(h, p, q, buffer);
        }
        if (any)
            reg(h, p, at, IXGBE_TDT(q), p->tx[q].put % POLL_RING);
    }
    return at;
}

static void loop(struct component *c, const struct event *ev)
{
    struct host *h = (struct host *)c;
    struct host_port *from = &h->port[h->turn], *to = &h->port[h->turn ^ 1];
    sim_time next = h->p->send_queues ? generate(h) : forward(h, from, to);
    h->turn ^= 1;
    event_post(&h->c, &h->c, next, EV_HW, 0, 0, 0, 0);
}

/* ---- the world ---- */

static void no_state(struct component *self, struct save *s) {}

static void make_port(struct host *h, unsigned i, const struct poll_offer *offer, sim_time span, struct poll_result *out)
{
    static const struct component_ops ops = {.kind = "outside", .event = outside_event, .save = no_state};
    static const struct port_ops port_ops = {.receive = outside_receive};
    struct host_port *p = &h->port[i];
    struct outside *o = &p->outside;
    char err[200];
    struct nic_params params = {
        .name = i ? "nic1" : "nic0", .model = "regular", .mac = {2, 0, 0, 0, 0, (uint8_t)i}, .device = i ? h->port[0].nic : NULL};
    pci_link_params_default(&params.link);
    p->nic = nic_create(h->sim, &params, err, sizeof(err));
    assert(p->nic && "a model of the tree");
    component_init(&o->c, h->sim, &ops, i ? "outside1" : "outside0");
    int status = port_init(&o->port, &o->c, 0, i ? "out1" : "out0", &port_ops);
    assert(!status);
    o->offer = *offer;
    o->other = &h->port[i ^ 1].outside;
    o->result = out;
    o->index = i;
    o->count_from = span / 2;
    o->stamps = offer->gap_ps ? span / offer->gap_ps + 1 : 0;
    o->stamp = alloc_zero(who, o->stamps + 1, sizeof(*o->stamp));
    struct wire_params wire = {.rate_bps = UINT64_C(10000000000), .latency_ps = 0, .queue_frames = 64};
    p->wire = wire_create(h->sim, i ? "wire1" : "wire0", &wire, p->nic->plug, &o->port);
    if (offer->gap_ps)
        event_post(&o->c, &o->c, offer->from_ps, EV_HW, 0, 0, 0, 0);
}

static void start_port(struct host *h, unsigned i)
{
    struct host_port *p = &h->port[i];
    p->base = (uint64_t)i * PORT_BYTES;
    pci_function_set_domain(p->nic->pf, h->domain);
    pci_config_write(p->nic->pf, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    for (unsigned b = 0; b < POOL; b++)
        p->spare[p->spares++] = p->base + BUFFERS_AT + b * BUFFER;
    reg(h, p, 0, IXGBE_FCTRL, IXGBE_FCTRL_BAM | IXGBE_FCTRL_UPE | IXGBE_FCTRL_MPE);
    reg(h, p, 0, IXGBE_RDBAL(0), (uint32_t)(p->base + RX_AT));
    reg(h, p, 0, IXGBE_RDLEN(0), 16 * POLL_RING);
    reg(h, p, 0, IXGBE_SRRCTL(0), IXGBE_SRRCTL_DESCTYPE_ADV_ONEBUF | IXGBE_SRRCTL_DROP_EN | BUFFER >> IXGBE_SRRCTL_BSIZEPKT_SHIFT);
    reg(h, p, 0, IXGBE_RXDCTL(0), IXGBE_RXDCTL_ENABLE);
    reg(h, p, 0, IXGBE_RXCTRL, IXGBE_RXCTRL_RXEN);
    reg(h, p, 0, IXGBE_DMATXCTL, IXGBE_DMATXCTL_TE | 0x81000000);
    for (unsigned q = 0; q < POLL_QUEUES; q++) {
        reg(h, p, 0, IXGBE_TDBAL(q), (uint32_t)(p->base + TX_AT + 16 * POLL_RING * q));
        reg(h, p, 0, IXGBE_TDLEN(q), 16 * POLL_RING);
        reg(h, p, 0, IXGBE_TXDCTL(q), IXGBE_TXDCTL_ENABLE | h->p->thresholds);
    }
    for (unsigned n = 0; h->p->batch && n < POLL_RING - 1; n++)
        rx_give(h, p, p->spare[--p->spares]);
    reg(h, p, 0, IXGBE_RDT(0), p->rx.put % POLL_RING);
}

static struct host *make_host(const struct poll_params *params, const struct poll_offer *offer, sim_time span,
                              struct poll_result *out)
{
    static const struct component_ops ops = {.kind = "host", .event = loop, .save = no_state};
    struct sim_limits limits = {.events = 1u << 20, .frames_small = 1u << 16, .frames_jumbo = 16, .frames_giant = 2};
    struct host *h = alloc_zero(who, 1, sizeof(*h));
    uint64_t bytes = (POLL_PORTS * (uint64_t)PORT_BYTES + 4095) / 4096 * 4096;
    h->p = params;
    h->sim = sim_create(1, &limits);
    component_init(&h->c, h->sim, &ops, "host");
    h->ram = aligned_alloc(4096, bytes);
    assert(h->ram);
    memset(h->ram, 0, bytes);
    int status = mem_init(&h->mem, &h->c, h->ram, bytes, 1u << 16);
    h->domain = iommu_domain_create(&h->c, "host", bytes);
    status = status ? status : iommu_map(h->domain, 0, &h->mem, 0, bytes, IOMMU_READ | IOMMU_WRITE);
    assert(!status);
    for (unsigned i = 0; i < POLL_PORTS; i++)
        make_port(h, i, &offer[i], span, out);
    for (unsigned i = 0; i < POLL_PORTS; i++)
        start_port(h, i);
    event_post(&h->c, &h->c, 20 * SIM_US, EV_HW, 0, 0, 0, 0);
    return h;
}

static int by_size(const void *a, const void *b)
{
    const sim_time x = *(const sim_time *)a, y = *(const sim_time *)b;
    return x < y ? -1 : x > y;
}

void poll_run(const struct poll_params *p, const struct poll_offer offer[POLL_PORTS], sim_time span_ps, struct poll_result *out)
{
    uint64_t most = 2;
    *out = (struct poll_result){0};
    for (unsigned i = 0; i < POLL_PORTS; i++)
        most += offer[i].gap_ps ? span_ps / offer[i].gap_ps + 1 : 0;
    out->latency_ps = alloc_zero(who, most, sizeof(*out->latency_ps));
    struct host *h = make_host(p, offer, span_ps, out);
    sim_run_until(h->sim, span_ps);
    qsort(out->latency_ps, out->latencies, sizeof(*out->latency_ps), by_size);
    for (unsigned i = POLL_PORTS; i-- > 0;) {
        struct host_port *port = &h->port[i];
        out->sent[i] = port->outside.sent;
        wire_destroy(port->wire);
        nic_destroy(port->nic);
        port_fini(&port->outside.port);
        free(port->outside.stamp);
    }
    iommu_domain_destroy(h->domain);
    mem_fini(&h->mem);
    sim_destroy(h->sim);
    free(h->ram);
    free(h);
}

void poll_result_fini(struct poll_result *out)
{
    free(out->latency_ps);
    out->latency_ps = NULL;
}
