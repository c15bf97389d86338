/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A driver that writes nonsense: random descriptors, addresses, lengths, registers and configurations. Whatever it
 * does, nothing breaks, every frame has one fate, and an honest driver can take the device over afterwards.
 */
#include "core/prng.h"
#include "vmxnet3_world.h"

enum { ROUNDS = 100, ACTS = 120 };

static uint64_t address(struct prng *p)
{
    switch (prng_below(p, 8)) {
    case 0:
        return prng_next(p);
    case 1:
        return W_MEM - prng_below(p, 64);
    case 2:
        return w_ring(0, (uint32_t)prng_below(p, 0x5000)); /* its own rings */
    default:
        return W_BUFFERS + prng_below(p, 0x100000);
    }
}

static void scribble_rings(struct world *w, struct prng *p)
{
    bool endless = prng_below(p, 4) == 0; /* a frame without an end */

    for (unsigned i = 0; i < W_RING; i++) {
        uint64_t bits = prng_next(p);
        struct Vmxnet3_TxDesc *tx = (struct Vmxnet3_TxDesc *)w_at(w, w_ring(0, W_TX)) + i;
        struct Vmxnet3_RxDesc *rx = (struct Vmxnet3_RxDesc *)w_at(w, w_ring(0, prng_below(p, 2) ? W_RX : W_RX2)) + i;
        tx->addr = address(p);
        tx->dword2 = (uint32_t)bits & ~(prng_below(p, 4) ? VMXNET3_TXD_DTYPE | VMXNET3_TXD_EXT1 : 0);
        tx->dword3 = (uint32_t)(bits >> 32) & ~(endless ? VMXNET3_TXD_EOP : 0);
        if (prng_below(p, 4) == 0 && mem_at(&w->mem, tx->addr, 60))
            mem_tag_made(&w->mem, tx->addr, 60, frame_birth(&w->guest, 0, 60));
        rx->addr = address(p);
        rx->dword2 = (uint32_t)prng_next(p) & (prng_below(p, 2) ? ~0u : VMXNET3_RXD_GEN | 0xffu);
    }
}

/* Headers that look like something, so that offloads are reached. */
static void scribble_buffers(struct world *w, struct prng *p)
{
    for (unsigned i = 0; i < 256; i++) {
        uint8_t *b = w_at(w, W_BUFFERS + prng_below(p, 0x100000 - 64));
        b[12] = prng_below(p, 2) ? 0x08 : 0x86;
        b[13] = b[12] == 0x08 ? 0x00 : 0xdd;
        b[14] = (uint8_t)((b[12] == 0x08 ? 0x40 : 0x60) | prng_below(p, 16));
        b[20] = b[23] = prng_below(p, 2) ? 6 : 17;
        b[46] = (uint8_t)prng_next(p);
    }
}

static void spoil_configuration(struct world *w, struct prng *p)
{
    uint8_t *bytes = w_at(w, prng_below(p, 2) ? W_SHARED : W_QUEUES);

    bytes[prng_below(p, 512)] = (uint8_t)prng_next(p);
}

/* A register write and hardly any time for it to take effect. */
static void poke(struct world *w, struct prng *p, unsigned bar, uint32_t off, uint32_t value)
{
    pci_mmio_write(vmxnet3_function(w->dev), &w->guest, sim_now(w->sim), bar, off, 4, value);
    sim_run_until(w->sim, sim_now(w->sim) + prng_below(p, 2 * SIM_US));
}

static void act(struct world *w, struct prng *p)
{
    static const uint32_t cmds[] = {
        VMXNET3_CMD_ACTIVATE_DEV,   VMXNET3_CMD_ACTIVATE_DEV,       VMXNET3_CMD_QUIESCE_DEV,      VMXNET3_CMD_RESET_DEV,
        VMXNET3_CMD_UPDATE_RX_MODE, VMXNET3_CMD_UPDATE_MAC_FILTERS, VMXNET3_CMD_UPDATE_RSSIDT,    VMXNET3_CMD_UPDATE_VLAN_FILTERS,
        VMXNET3_CMD_UPDATE_FEATURE, VMXNET3_CMD_GET_STATS,          VMXNET3_CMD_GET_QUEUE_STATUS, VMXNET3_CMD_LOAD_PLUGIN,
    };
    static const uint8_t all[6] = {255, 255, 255, 255, 255, 255};
    frame_ref ref;

    switch (prng_below(p, 8)) {
    case 0:
        poke(w, p, 0, (uint32_t)prng_below(p, 4096) & ~7u, (uint32_t)prng_next(p));
        break;
    case 1:
        poke(w, p, 0, VMXNET3_REG_TXPROD, (uint32_t)prng_below(p, W_RING));
        break;
    case 2:
        poke(w, p, 1, VMXNET3_REG_CMD, cmds[prng_below(p, sizeof(cmds) / sizeof(*cmds))]);
        break;
    case 3:
        scribble_rings(w, p);
        break;
    case 4:
        scribble_buffers(w, p);
        break;
    case 5:
        spoil_configuration(w, p);
        break;
    default:
        ref = w_frame(w, prng_below(p, 2) ? all : w_mac, 14 + (uint32_t)prng_below(p, 1500));
        if (prng_below(p, 4) == 0)
            frame_vlan_push(frame_get(w->sim, ref), (uint16_t)prng_next(p));
        port_send(&w->out, ref);
    }
}

START_TEST(nonsense_harms_nobody)
{
    struct world *w = w_create(1);
    struct books_report books;
    struct prng p;

    prng_init(&p, (uint64_t)_i, "hostile");
    w->accept_any = true;
    w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV);
    for (unsigned i = 0; i < ACTS; i++)
        act(w, &p);
    w_run(w);
    /* an honest driver takes over */
    w_command_result(w, VMXNET3_CMD_RESET_DEV);
    mem_tag_clear(&w->mem, 0, W_MEM, FATE_reclaimed_rx);
    memset(w->mem.base, 0, W_MEM);
    w_prepare(w, 1);
    w_post_rx(w, 0, 0, 4, 2048);
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV), 0);
    w_unmask(w);
    w_inject(w, w_frame(w, w_mac, 100));
    ck_assert_uint_eq(w_rxc(w, 0, 0)->dword2 & VMXNET3_RCD_LEN_MASK, 100);
    mem_tag_clear(&w->mem, 0, W_MEM, FATE_reclaimed_rx);
    books_get_report(w->sim, &books);
    ck_assert_uint_eq(books.in_flight, 0); /* none is forgotten */
    w_destroy(w);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("vmxnet3 hostile");
    TCase *t = tcase_create("all");
    SRunner *r;
    int failed;

    tcase_add_loop_test(t, nonsense_harms_nobody, 0, ROUNDS);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
