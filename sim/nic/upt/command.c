/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a write of CMD starts: rings in and out by DMA of the PF, fences, statistics. One command at a time; a new one ends
 * the wait of the one before.
 */
#include <stddef.h>
#include <string.h>

#include "nic/upt/upt__.h"

static uint64_t tag_of(const struct upt *u) { return (uint64_t)COMMAND_TAG << 56 | u->s.cmd.serial; }

static uint64_t address(struct upt *u) { return *upt_reg(u, UPT_CMD_ADDR_LO) | (uint64_t)*upt_reg(u, UPT_CMD_ADDR_HI) << 32; }

static void done(struct upt *u, uint32_t error)
{
    trace_upt_command(upt_component(u), u->s.cmd.busy, u->s.cmd.fn, error ? "error" : "done");
    u->s.cmd.busy = 0;
    u->s.cmd.error = error;
}

/* ---- images ---- */

static void init_from(struct upt *u, const struct vmxnet3_rings_image *image)
{
    struct upt_function *fn = &u->fn[u->s.cmd.fn];
    struct vmxnet3_refusal no = {"", 0};

    vmxnet3_rings_stop(&fn->rings, FATE_rx_disabled);
    if (vmxnet3_rings_import(&fn->rings, image, &no)) {
        done(u, 0);
        return;
    }
    trace_vmxnet3_refused(upt_component(u), no.why, no.value);
    done(u, UPT_ERR_IMAGE);
}

/* Writes `len` bytes to CMD_ADDR as the chip can; the command ends with the last of them. */
static void write_out(struct upt *u, const void *from, uint32_t len)
{
    u->s.cmd.writes = (len + SAVE_CHUNK - 1) / SAVE_CHUNK;
    for (uint32_t off = 0; off < len; off += SAVE_CHUNK)
        pci_dma_write(u->nic.pf, address(u) + off, (const uint8_t *)from + off, len - off < SAVE_CHUNK ? len - off : SAVE_CHUNK,
                      tag_of(u));
}

static void save(struct upt *u, struct upt_function *fn)
{
    struct vmxnet3_rings_image image;

    if (!fn->rings.st.ready || fn->rings.st.tx_run || fn->rings.st.rx_run || !vmxnet3_rings_is_quiet(&fn->rings)) {
        done(u, UPT_ERR_COMMAND);
        return;
    }
    vmxnet3_rings_export(&fn->rings, &image);
    write_out(u, &image, sizeof(image));
}

static uint64_t sum3(uint64_t a, uint64_t b, uint64_t c) { return a + b + c; }

static void stats(struct upt *u, struct upt_function *fn)
{
    struct vports_counts out = {.rx_multicast = fn->s.rx_multicast};

    for (unsigned q = 0; q < UPT_QUEUES; q++) {
        const struct UPT1_RxStats *rx = &fn->rings.st.rx[q].stats;
        const struct UPT1_TxStats *tx = &fn->rings.st.tx[q].stats;
        out.queue[q].rx_frames = sum3(rx->ucastPktsRxOK, rx->mcastPktsRxOK, rx->bcastPktsRxOK);
        out.queue[q].rx_bytes = sum3(rx->ucastBytesRxOK, rx->mcastBytesRxOK, rx->bcastBytesRxOK);
        out.queue[q].rx_no_buffer = rx->pktsRxOutOfBuf;
        out.queue[q].tx_frames = sum3(tx->ucastPktsTxOK, tx->mcastPktsTxOK, tx->bcastPktsTxOK) + tx->TSOPktsTxOK;
        out.queue[q].tx_bytes = sum3(tx->ucastBytesTxOK, tx->mcastBytesTxOK, tx->bcastBytesTxOK) + tx->TSOBytesTxOK;
    }
    write_out(u, &out, sizeof(out));
}

void upt__command_read_done(struct upt *u, uint64_t tag, const void *data, uint32_t len, enum pci_status status)
{
    struct vmxnet3_rings_image image;

    if (tag != tag_of(u) || u->s.cmd.busy != UPT_CMD_INIT)
        return;
    if (status != PCI_OK || len != sizeof(image)) {
        done(u, UPT_ERR_DMA);
        return;
    }
    memcpy(&image, data, sizeof(image));
    init_from(u, &image);
}

void upt__command_write_done(struct upt *u, uint64_t tag, enum pci_status status)
{
    if (tag != tag_of(u) || !u->s.cmd.writes)
        return;
    if (status != PCI_OK)
        u->s.cmd.error = UPT_ERR_DMA;
    if (--u->s.cmd.writes == 0)
        done(u, u->s.cmd.error);
}

/* ---- fences ---- */

static bool is_fenced(const struct upt *u, unsigned f) { return u->s.cmd.fn == UPT_FN_ALL || u->s.cmd.fn == f; }

static void rx_fence(struct upt *u)
{
    for (unsigned f = 0; f <= u->nic.vf_count; f++)
        for (unsigned q = 0; q < UPT_QUEUES; q++)
            u->s.cmd.rx_target[f][q] = vmxnet3_rings_rx_taken(&u->fn[f].rings, q);
    upt__command_look(u);
}

/* A function that does not receive keeps what it has: no fence waits for it. */
static bool rx_has_passed(struct upt *u)
{
    for (unsigned f = 0; f <= u->nic.vf_count; f++)
        for (unsigned q = 0; q < UPT_QUEUES && is_fenced(u, f) && u->fn[f].rings.st.rx_run; q++)
            if (vmxnet3_rings_rx_left(&u->fn[f].rings, q) < u->s.cmd.rx_target[f][q])
                return false;
    return true;
}

void upt__command_look(struct upt *u)
{
    if ((u->s.cmd.busy == UPT_CMD_RX_FENCE && rx_has_passed(u)) ||
        (u->s.cmd.busy == UPT_CMD_TX_FENCE && u->s.tx_got >= u->s.cmd.tx_target))
        done(u, 0);
}

void upt__command(struct upt *u, uint32_t command)
{
    uint32_t f = *upt_reg(u, UPT_CMD_FN) & 0xff;
    bool all = command == UPT_CMD_TX_FENCE || (command == UPT_CMD_RX_FENCE && f == UPT_FN_ALL);

    u->s.cmd.busy = command;
    u->s.cmd.fn = f;
    u->s.cmd.serial++;
    u->s.cmd.error = u->s.cmd.writes = 0;
    if (f > u->nic.vf_count && !all) {
        done(u, UPT_ERR_COMMAND);
        return;
    }
    switch (command) {
    case UPT_CMD_INIT:
        pci_dma_read(u->nic.pf, address(u), sizeof(struct vmxnet3_rings_image), tag_of(u));
        break;
    case UPT_CMD_SAVE:
        save(u, &u->fn[f]);
        break;
    case UPT_CMD_CLEAR:
        upt__function_clear(&u->fn[f], FATE_rx_disabled);
        done(u, 0);
        break;
    case UPT_CMD_STATS:
        stats(u, &u->fn[f]);
        break;
    case UPT_CMD_RX_FENCE:
        rx_fence(u);
        break;
    case UPT_CMD_TX_FENCE:
        u->s.cmd.tx_target = u->s.tx_put;
        upt__command_look(u);
        break;
    default:
        done(u, UPT_ERR_COMMAND);
    }
}
