/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A vmxnet3 device with a driver written by hand: memory of 4 MiB, one or two queues, a port where its frames come out.
 *
 * Layout: 0x1000 DriverShared, 0x2000 queue descriptors, 0x3000 RSS, 0x4000 multicast table; from 0x10000 rings of
 * queue q at 0x10000 * (q + 1): tx, tx completions, rx, rx ring 2, rx completions, 0x1000 each; buffers from 0x100000.
 */
#ifndef VFSIM_TESTS_VMXNET3_WORLD_H
#define VFSIM_TESTS_VMXNET3_WORLD_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/world/sim.h"
#include "nic/vmxnet3/vmxnet3.h"

enum {
    W_MEM = 4 << 20,
    W_SHARED = 0x1000,
    W_QUEUES = 0x2000,
    W_RSS = 0x3000,
    W_GROUPS = 0x4000,
    W_RINGS = 0x10000,
    W_TX = 0,
    W_TXC = 0x1000,
    W_RX = 0x2000,
    W_RX2 = 0x3000,
    W_RXC = 0x4000,
    W_BUFFERS = 0x100000,
    W_RING = 32,
    W_CAUGHT = 64,
};

struct world {
    struct sim *sim;
    struct component guest, outside;
    struct sim_mem mem;
    struct iommu_domain *domain;
    struct msi_sink sink;
    struct vmxnet3_host host;
    struct vmxnet3 *dev;
    struct port out;
    unsigned messages[8];
    /* what came out */
    unsigned caught;
    bool accept_any; /* what is caught is not looked at */
    uint32_t caught_len[W_CAUGHT];
    uint8_t caught_data[W_CAUGHT][2048];
    uint64_t caught_id[W_CAUGHT];
    /* what the host was asked */
    uint32_t command, activate_result, mode_mask;
    uint8_t asked_mac[6];
    bool allow_mac, allow_vlans;
    unsigned groups, progress;
};

/* As frames have it; the sum is a check of its own, not the tree's. */
static inline uint32_t get16(const uint8_t *p) { return (uint32_t)p[0] << 8 | p[1]; }
static inline void put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}
static inline uint32_t sum16(const uint8_t *p, uint32_t len, uint32_t s)
{
    for (uint32_t i = 0; i < len; i++)
        s += i & 1 ? p[i] : (uint32_t)p[i] << 8;
    while (s >> 16)
        s = (s & 0xffff) + (s >> 16);
    return s;
}

static unsigned w_rev; /* that a device offers; 0: all */

static struct world *world_of(struct component *c) { return (struct world *)((char *)c - offsetof(struct world, outside)); }

static void w_receive(struct port *port, frame_ref ref)
{
    struct world *w = world_of(port->owner);
    struct frame *f = frame_get(w->sim, ref);

    if (w->accept_any) {
        frame_end(&w->outside, ref, FATE_delivered_peer);
        return;
    }
    ck_assert_uint_lt(w->caught, W_CAUGHT);
    w->caught_len[w->caught] = f->len;
    w->caught_id[w->caught] = f->id;
    memcpy(w->caught_data[w->caught], frame_data(f), f->len < 2048 ? f->len : 2048);
    w->caught++;
    frame_end(&w->outside, ref, FATE_delivered_peer);
}

static void w_message(struct msi_sink *sink, struct pci_function *fn, uint64_t address, uint32_t data)
{
    struct world *w = (struct world *)((char *)sink - offsetof(struct world, sink));
    w->messages[data & 7]++;
}

#define W_HOST struct world *w = (struct world *)((char *)host - offsetof(struct world, host))
static uint32_t w_command(struct vmxnet3_host *host, uint32_t cmd)
{
    W_HOST;
    w->command = cmd;
    return 2;
}
static uint32_t w_activate(struct vmxnet3_host *host)
{
    W_HOST;
    return w->activate_result;
}
static bool w_set_mac(struct vmxnet3_host *host, const uint8_t mac[6])
{
    W_HOST;
    memcpy(w->asked_mac, mac, 6);
    return w->allow_mac;
}
static uint32_t w_set_rx_mode(struct vmxnet3_host *host, uint32_t mode)
{
    W_HOST;
    return mode & w->mode_mask;
}
static bool w_set_multicast(struct vmxnet3_host *host, const uint8_t (*list)[6], unsigned count)
{
    W_HOST;
    w->groups = count;
    return true;
}
static bool w_set_vlans(struct vmxnet3_host *host, const uint32_t table[VMXNET3_VFT_SIZE])
{
    W_HOST;
    return w->allow_vlans;
}
static void w_progress(struct vmxnet3_host *host)
{
    W_HOST;
    w->progress++;
}

static const struct vmxnet3_host_ops w_host_ops = {w_command,       w_activate,  w_set_mac, w_set_rx_mode,
                                                   w_set_multicast, w_set_vlans, w_progress};
static const struct component_ops w_plain = {.kind = "plain"};
static const struct port_ops w_port_ops = {.receive = w_receive};
static const uint8_t w_mac[6] = {2, 0, 0, 0, 0, 0x0a};

static inline void *w_at(struct world *w, uint64_t addr) { return w->mem.base + addr; }
static inline struct Vmxnet3_DriverShared *w_shared(struct world *w) { return w_at(w, W_SHARED); }
static inline uint64_t w_ring(unsigned queue, uint32_t which) { return W_RINGS * (queue + 1) + which; }

static inline void w_write(struct world *w, unsigned bar, uint32_t off, uint32_t value)
{
    pci_mmio_write(vmxnet3_function(w->dev), &w->guest, sim_now(w->sim), bar, off, 4, value);
    sim_run_until(w->sim, sim_now(w->sim) + 10 * SIM_US);
}
static inline uint32_t w_read(struct world *w, unsigned bar, uint32_t off)
{
    return (uint32_t)pci_mmio_peek(vmxnet3_function(w->dev), bar, off, 4);
}
static inline uint32_t w_command_result(struct world *w, uint32_t cmd)
{
    w_write(w, 1, VMXNET3_REG_CMD, cmd);
    return w_read(w, 1, VMXNET3_REG_CMD);
}

static inline void w_queue_confs(struct world *w, unsigned queues)
{
    struct Vmxnet3_TxQueueDesc *tx = w_at(w, W_QUEUES);
    struct Vmxnet3_RxQueueDesc *rx = (void *)(tx + queues);

    for (unsigned q = 0; q < queues; q++) {
        tx[q].conf.txRingBasePA = w_ring(q, W_TX);
        tx[q].conf.compRingBasePA = w_ring(q, W_TXC);
        tx[q].conf.txRingSize = tx[q].conf.compRingSize = W_RING;
        tx[q].conf.intrIdx = (uint8_t)q;
        rx[q].conf.rxRingBasePA[0] = w_ring(q, W_RX);
        rx[q].conf.rxRingBasePA[1] = w_ring(q, W_RX2);
        rx[q].conf.rxRingSize[0] = rx[q].conf.rxRingSize[1] = W_RING;
        rx[q].conf.compRingBasePA = w_ring(q, W_RXC);
        rx[q].conf.compRingSize = W_RING;
        rx[q].conf.intrIdx = (uint8_t)q;
    }
}

/* DriverShared as a driver leaves it before ACTIVATE_DEV. */
static inline void w_prepare(struct world *w, unsigned queues)
{
    struct Vmxnet3_DriverShared *s = w_shared(w);

    s->magic = VMXNET3_REV1_MAGIC;
    s->devRead.misc.mtu = 1500;
    s->devRead.misc.numTxQueues = s->devRead.misc.numRxQueues = (uint8_t)queues;
    s->devRead.misc.queueDescPA = W_QUEUES;
    s->devRead.misc.queueDescLen = queues * 512;
    s->devRead.intrConf.numIntrs = (uint8_t)(queues + 1);
    s->devRead.intrConf.eventIntrIdx = (uint8_t)queues;
    s->devRead.rxFilterConf.rxMode = VMXNET3_RXM_UCAST | VMXNET3_RXM_BCAST | VMXNET3_RXM_MCAST;
    w_queue_confs(w, queues);
    w_write(w, 1, VMXNET3_REG_DSAL, W_SHARED);
    w_write(w, 1, VMXNET3_REG_DSAH, 0);
}

static inline void w_unmask(struct world *w)
{
    for (unsigned v = 0; v < 3; v++)
        w_write(w, 0, VMXNET3_REG_IMR + 8 * v, 0);
}

/* Buffers of `len` bytes in all descriptors of a ring; `n` of them are given to the device. */
static inline uint64_t w_rx_buffer(unsigned queue, unsigned ring, unsigned i)
{
    return W_BUFFERS + (queue * 2 + ring) * 0x40000 + i * 0x1000;
}
static inline void w_post_rx(struct world *w, unsigned queue, unsigned ring, unsigned n, uint32_t len)
{
    struct Vmxnet3_RxDesc *desc = w_at(w, w_ring(queue, ring ? W_RX2 : W_RX));

    for (unsigned i = 0; i < n; i++) {
        desc[i].addr = w_rx_buffer(queue, ring, i);
        desc[i].dword2 = len | (ring ? VMXNET3_RXD_BTYPE_BODY : 0) | VMXNET3_RXD_GEN;
    }
}

/* A device with memory of its own in a world that exists; its port is still to be joined. */
static inline void w_init(struct world *w, struct sim *sim, const char *name, const uint8_t mac[6])
{
    struct vmxnet3_params params = {.name = name, .host = &w->host};
    char err[200] = "", port_name[48], guest_name[48];

    snprintf(port_name, sizeof(port_name), "%s.vnic", name);
    snprintf(guest_name, sizeof(guest_name), "%s.guest", name);
    params.port_name = port_name;
    params.rev = w_rev;
    w->sim = sim;
    component_init(&w->guest, sim, &w_plain, guest_name);
    ck_assert_int_eq(mem_init(&w->mem, &w->guest, aligned_alloc(4096, W_MEM), W_MEM, 1024), 0);
    memset(w->mem.base, 0, W_MEM);
    w->domain = iommu_domain_create(&w->guest, name, W_MEM);
    ck_assert_int_eq(iommu_map(w->domain, 0, &w->mem, 0, W_MEM, IOMMU_READ | IOMMU_WRITE), 0);
    w->sink.message = w_message;
    w->host.ops = &w_host_ops;
    w->mode_mask = ~0u;
    w->allow_mac = w->allow_vlans = true;
    memcpy(params.mac, mac, 6);
    pci_link_params_default(&params.link);
    params.link.emulated = true;
    params.link.copy_bps = 100000000000;
    params.link.latency_ps = 40 * SIM_NS;
    params.domain = w->domain;
    params.sink = &w->sink;
    w->dev = vmxnet3_create(sim, &params, err, sizeof(err));
    ck_assert_msg(w->dev != NULL, "%s", err);
    pci_config_write(vmxnet3_function(w->dev), 4, 2, 6);
    pci_msix_enable(vmxnet3_function(w->dev), true);
    for (unsigned v = 0; v < VMXNET3_MAX_INTRS; v++)
        pci_msix_program(vmxnet3_function(w->dev), v, 0xfee00000, v, false);
}

static inline void w_fini(struct world *w)
{
    uint8_t *base = w->mem.base;

    vmxnet3_destroy(w->dev);
    iommu_domain_destroy(w->domain);
    mem_fini(&w->mem);
    free(base);
}

static inline struct world *w_create(unsigned queues)
{
    struct world *w = calloc(1, sizeof(*w));

    w_init(w, sim_create(1, NULL), "web", w_mac);
    component_init(&w->outside, w->sim, &w_plain, "outside");
    ck_assert_int_eq(port_init(&w->out, &w->outside, 0, "outside", &w_port_ops), 0);
    port_join(vmxnet3_port(w->dev), &w->out);
    w_prepare(w, queues);
    return w;
}

static inline void w_destroy(struct world *w)
{
    struct books_report books;

    books_get_report(w->sim, &books);
    ck_assert(books.balanced);
    port_fini(&w->out);
    w_fini(w);
    sim_destroy(w->sim);
    free(w);
}

/* A frame from outside, to the device: `len` bytes of a pattern behind its addresses. */
static inline frame_ref w_frame(struct world *w, const uint8_t to[6], uint32_t len)
{
    frame_ref ref = frame_birth(&w->outside, 0, len);
    struct frame *f = frame_get(w->sim, ref);

    memset(frame_data(f), 0, len < 14 ? len : 14);
    for (uint32_t i = 14; i < len; i++)
        frame_data(f)[i] = (uint8_t)(i * 7);
    memcpy(frame_data(f), to, 6);
    frame_data(f)[11] = 0x77;
    frame_data(f)[12] = 0x88;
    frame_data(f)[13] = 0xb5;
    return ref;
}
static inline void w_run(struct world *w) { sim_run_until(w->sim, sim_now(w->sim) + 100 * SIM_US); }
static inline void w_inject(struct world *w, frame_ref ref)
{
    port_send(&w->out, ref);
    w_run(w);
}

/* A made frame in guest memory and one descriptor for it, without the kick. */
static inline void w_put_tx(struct world *w, unsigned i, uint64_t addr, uint32_t len, uint32_t d2, uint32_t d3)
{
    struct Vmxnet3_TxDesc *desc = w_at(w, w_ring(0, W_TX));

    desc[i].addr = addr;
    desc[i].dword2 = (len & VMXNET3_TXD_LEN_MASK) | VMXNET3_TXD_GEN | d2;
    desc[i].dword3 = d3;
}
static inline struct Vmxnet3_TxCompDesc *w_txc(struct world *w, unsigned i)
{
    return (struct Vmxnet3_TxCompDesc *)w_at(w, w_ring(0, W_TXC)) + i;
}
static inline struct Vmxnet3_RxCompDesc *w_rxc(struct world *w, unsigned q, unsigned i)
{
    return (struct Vmxnet3_RxCompDesc *)w_at(w, w_ring(q, W_RXC)) + i;
}

#endif
