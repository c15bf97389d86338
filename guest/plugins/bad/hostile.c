/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes a plugin image that turns on its machine when it is to send its first frame by the VF: whatever a guest can do for ever,
 * one kind of it. Which one the guest's MTU tells, from HOSTILE_FIRST on; tests/hostile_guests.py knows the list. Registers are
 * the 82599's [82599 9.3].
 */
#include "guest/include/machine.h"
#include "guest/include/npa_load.h"
#include "guest/include/npa_plugin_api.h"

enum { HOSTILE_FIRST = 1000 };
enum hostile {
    DOORBELL,
    TX_TAILS,
    RX_TAILS,
    CAUSES,
    MAILBOX,
    RESETS,
    READS,
    PLAIN_STORES,
    BAD_RING,
    THROTTLE,
    SYNC,
    WAIT_PAST,
    WAIT_SOON,
    PAUSE,
    NOTE,
    TEXT,
    NEXT,
    MADE,
    DELIVER,
    DROP,
    JOB,
    JOB_DONE,
    NONSENSE,
    NOWHERE,
    COMMANDS,
    LOADS,
    CHARGE,
};
enum {
    VFCTRL = 0,
    VFSTATUS = 8,
    VTEICS = 0x104,
    VTEITR = 0x820,
    VFMBMEM = 0x200,
    VFMAILBOX = 0x2fc,
    VFRDT = 0x1018,
    VFTDBAL = 0x2000,
    VFTDBAH = 0x2004,
    VFTDLEN = 0x2008,
    VFTDT = 0x2018,
    VFTXDCTL = 0x2028
};
enum { CTRL_RST = 0x04000000, MAILBOX_REQ = 1, MAILBOX_VFU = 4, TXDCTL_ENABLE = 0x02000000 };

#undef NPA_PluginMain /* elsewhere it names the plugin's own entry, … */
NPA_EXPORT uint32 NPA_PluginMain(struct Plugin_Api *api);
uint32 npa_hostile_main(struct Plugin_Api *api); /* … which is this one */

/* By accesses to the VF. */
static void on_device(Plugin_State *ps, unsigned kind, uint32 i)
{
    switch (kind) {
    case DOORBELL:
        plugin_write32(ps, VFTDT, 0);
        break;
    case TX_TAILS:
        plugin_write32(ps, VFTDT, i % ps->txQueues[0].ringSize);
        break;
    case RX_TAILS:
        plugin_write32(ps, VFRDT, i % ps->rxQueues[0].ringSize);
        break;
    case CAUSES:
        plugin_write32(ps, VTEICS, 7);
        break;
    case MAILBOX:
        plugin_write32(ps, VFMBMEM, 1 + i % 9);
        plugin_write32(ps, VFMAILBOX, MAILBOX_VFU);
        plugin_write32(ps, VFMAILBOX, MAILBOX_REQ);
        break;
    case RESETS:
        plugin_write32(ps, VFCTRL, CTRL_RST);
        break;
    case READS:
        plugin_read32(ps, VFSTATUS);
        break;
    case PLAIN_STORES:
        *(volatile uint32 *)(ps->memioAddr + VFTDT) = i % ps->txQueues[0].ringSize;
        break;
    case BAD_RING:
        plugin_write32(ps, VFTDBAL, i << 12);
        plugin_write32(ps, VFTDBAH, 0x7fff);
        plugin_write32(ps, VFTDLEN, 4096);
        plugin_write32(ps, VFTXDCTL, TXDCTL_ENABLE);
        plugin_write32(ps, VFTDT, i % 256);
        break;
    case THROTTLE:
        plugin_write32(ps, VTEITR, 8);
        plugin_write32(ps, VTEICS, 7);
        break;
    }
}

/* By calls of the machine. */
static void on_machine(uint64_t w, unsigned kind, uint32 i)
{
    static const char text[4096] = "x\n";
    struct machine_tx tx = {.gpa = 0x3000, .cap = 2048};
    struct machine_rx rx = {.fragments = 1, .bytes = 64, .fragment = {{0x3000, 64}}};
    struct machine_job job;
    switch (kind) {
    case SYNC:
        machine_exit(w, MACHINE_OP_SYNC, 0, 0, 0);
        break;
    case WAIT_PAST:
        machine_exit(w, MACHINE_OP_WAIT, 0, 0, 0);
        break;
    case WAIT_SOON:
        machine_exit(w, MACHINE_OP_WAIT, machine_page(w)->cycles + 2, 0, 0);
        break;
    case PAUSE:
        machine_exit(w, MACHINE_OP_PAUSE, 0, 0, 0);
        break;
    case NOTE:
        machine_exit(w, MACHINE_OP_NOTE, MACHINE_NOTE_DRAINED + i % 2, 0, 0);
        break;
    case TEXT:
        machine_exit(w, MACHINE_OP_CONSOLE, (uint64_t)(uintptr_t)text, sizeof(text), 0);
        break;
    case NEXT:
        machine_exit(w, MACHINE_OP_FRAME_NEXT, (uint64_t)(uintptr_t)&tx, 0, 0);
        break;
    case MADE:
        machine_exit(w, MACHINE_OP_FRAME_MADE, 0x3000, 64, 0);
        break;
    case DELIVER:
        machine_exit(w, MACHINE_OP_FRAME_DELIVER, (uint64_t)(uintptr_t)&rx, 0, 0);
        break;
    case DROP:
        machine_exit(w, MACHINE_OP_FRAME_DROP, 0, machine_page(w)->ram_bytes, 0);
        break;
    case JOB:
        machine_exit(w, MACHINE_OP_JOB, (uint64_t)(uintptr_t)&job, 0, 0);
        break;
    case JOB_DONE:
        machine_exit(w, MACHINE_OP_JOB_DONE, i, 0, 0);
        break;
    case NONSENSE:
        machine_exit(w, 99, 0, 0, 0);
        break;
    case NOWHERE:
        machine_exit(w, MACHINE_OP_MMIO_READ, MACHINE_MMIO_OFFSET + 0x8000000, 4, 0);
        break;
    case COMMANDS:
        machine_exit(w, MACHINE_OP_MMIO_WRITE, MACHINE_VMXNET3_BAR1 + 0x20, 4, NPA_CMD_GET_STATUS);
        break;
    case LOADS:
        machine_exit(w, MACHINE_OP_MMIO_WRITE, MACHINE_VMXNET3_BAR1 + 0x20, 4, NPA_CMD_LOAD_PLUGIN);
        break;
    case CHARGE:
        machine_charge(w, 100000);
        break;
    }
}

static uint32 turn(Plugin_State *ps, uint32 queue, const Plugin_SendInfo *info, const Plugin_SgList *sgl, Bool last)
{
    uint64_t w = machine_window(ps);
    unsigned kind = machine_page(w)->mtu - HOSTILE_FIRST;
    (void)queue, (void)info, (void)sgl, (void)last;
    for (uint32 i = 0;; i++) {
        on_device(ps, kind, i);
        on_machine(w, kind, i);
    }
    return 0;
}

uint32 NPA_PluginMain(struct Plugin_Api *api)
{
    uint32 status = npa_hostile_main(api);
    api->addFrameToTxRing = turn;
    return status;
}
