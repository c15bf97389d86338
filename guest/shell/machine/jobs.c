/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an operator does inside the guest, and the ways a guest misbehaves on demand. */
#include "guest/shell/shell.h"

enum { BAD_TX_BYTES = 60 };

static uint32_t rx_stop(bool stop)
{
    shell.rx_stopped = stop;
    if (!stop)
        irq_schedule_all();
    return 0;
}

/* A frame of what lies at an address; the shell keeps no buffer for it. */
static uint32_t post(struct path *path, uint64_t address, bool ring)
{
    static uint8_t header[64] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0};
    struct Shell_TxQueueHandle *queue = &path->tx[0];
    Plugin_SendInfo info = {.ipHeaderOffset = 14, .l4HeaderOffset = 14, .l4DataOffset = 14};
    Plugin_SgList sgl = {.numElements = 1, .totalLength = BAD_TX_BYTES, .firstSgVA = header};
    sgl.elements[0] = (Plugin_SgElement){address, BAD_TX_BYTES};
    if (queue->count == queue->size || path->api.addFrameToTxRing(&path->ps, 0, &info, &sgl, ring) != PLUGIN_OK)
        return GUEST_EAGAIN;
    queue->posted[(queue->first + queue->count++) % queue->size] = SHELL_NONE;
    return 0;
}

/* A transmit descriptor of an address the guest does not own. */
static uint32_t bad_tx(uint64_t address) { return shell.tx_path ? post(shell.tx_path, address, true) : GUEST_EAGAIN; }

/* Descriptors of nonsense all over the ring, and a doorbell: whatever the plugin thinks of them, the chip reads them. */
static uint32_t bad_descriptor(void)
{
    enum { DESC_BYTES = 16 }; /* of the chips there are */
    struct path *path = shell.tx_path;
    if (!path || post(path, shell.tx_base, false))
        return GUEST_EAGAIN;
    const Plugin_TxQueue *q = &path->ps.txQueues[0];
    volatile uint8_t *ring = q->ringBaseVA;
    for (uint32_t i = 0; i < q->ringSize * DESC_BYTES; i++)
        ring[i] = 0xff;
    return post(path, shell.tx_base, true);
}

/*
 * Reset the VF from inside and bring its rings up again. The shell knows no vendor, so it is the plugin that resets
 * (Plugin_Api.resetDevice, vfsim's addition); what was in flight is lost and ends as reclaimed. A hypervisor that takes
 * the reset as a reason to leave passthrough raises ECR_DIC, and the way out begins as always.
 */
static uint32_t reset_vf(void)
{
    struct path *path = &shell.path[PATH_VF];
    if (shell.state != SW_PASSTHRU)
        return GUEST_ENODEV;
    if (!path->api.resetDevice)
        return GUEST_EOPNOTSUPP;
    path_mask(path);
    path->api.resetDevice(&path->ps);
    for (uint32_t q = 0; q < path->queues; q++)
        path->api.checkTxRing(&path->ps, q);
    path_drain(path);
    path_reclaim(path);
    if (!path_post(path)) {
        path->alive = true; /* quiet, until the hypervisor takes it away */
        return GUEST_EIO;
    }
    path_unmask(path);
    return 0;
}

static uint32_t set_address(const struct machine_job *job)
{
    uint32_t status = native_wish(job);
    if (!status && (status = control_hear_addresses()))
        native_unwish(job);
    return status;
}

static void misbehave_store(uint64_t offset) { *(volatile uint64_t *)(uintptr_t)(shell.window + offset) = 0x6261646261646261ull; }

static void misbehave_hang(void)
{
    for (;;)
        __asm__ volatile("");
}

uint32_t jobs_control(const struct machine_job *job)
{
    switch (job->kind) {
    case MACHINE_JOB_SET_MAC:
        return control_set_mac(job->mac);
    case MACHINE_JOB_RX_MODE:
        return control_set_rx_mode((uint32_t)job->arg);
    case MACHINE_JOB_ADD_MULTICAST:
        return control_add_multicast(job->mac);
    case MACHINE_JOB_DEL_MULTICAST:
        return control_del_multicast(job->mac);
    case MACHINE_JOB_ADD_VLAN:
        return control_set_vlan((uint32_t)job->arg, true);
    case MACHINE_JOB_DEL_VLAN:
        return control_set_vlan((uint32_t)job->arg, false);
    case MACHINE_JOB_ADD_ADDRESS:
    case MACHINE_JOB_DEL_ADDRESS:
        return set_address(job);
    case MACHINE_JOB_SET_FEATURES:
        return tuning_set_features(job->arg);
    case MACHINE_JOB_SET_RSS:
        return tuning_set_rss(job->arg);
    default:
        return GUEST_EINVAL;
    }
}

static uint32_t run(const struct machine_job *job)
{
    switch (job->kind) { /* the machine's number: anything may come */
    case MACHINE_JOB_RX_STOP:
        return rx_stop(job->arg != 0);
    case MACHINE_JOB_BAD_RX_BUFFER:
        shell.bad_rx = job->arg;
        return 0;
    case MACHINE_JOB_BAD_TX:
        return bad_tx(job->arg);
    case MACHINE_JOB_BAD_DESCRIPTOR:
        return bad_descriptor();
    case MACHINE_JOB_WILD_STORE:
        misbehave_store(job->arg);
        return 0;
    case MACHINE_JOB_HANG:
        misbehave_hang();
        return 0;
    case MACHINE_JOB_RESET_VF:
        return reset_vf();
    case MACHINE_JOB_HOTPLUG:
        if (!shell.native.enabled)
            return GUEST_ENODEV;
        native_answer(job->arg);
        return 0;
    case MACHINE_JOB_DRIVER:
        if (!shell.shared) /* there is no vmxnet3 device */
            return GUEST_EOPNOTSUPP;
        device_offer_npa(job->arg & 1);
        return 0;
    case MACHINE_JOB_SET_RINGS:
        return tuning_set_rings((uint32_t)job->arg, (uint32_t)(job->arg >> 32));
    case MACHINE_JOB_BUSY_POLL:
        shell.busy_poll = sh_microseconds(job->arg);
        return 0;
    case MACHINE_JOB_POLL_BUDGET:
        shell.poll_budget = job->arg && job->arg < SHELL_POLL_BUDGET ? (uint32_t)job->arg : SHELL_POLL_BUDGET;
        return 0;
    case MACHINE_JOB_MODERATE:
        return native_moderate((uint32_t)job->arg);
    default:
        return face_request(job);
    }
}

void jobs_done(uint32_t number, uint32_t status) { sh_exit(MACHINE_OP_JOB_DONE, number, status, 0); }

/* The machine gives one at a time: the next when this one is done. */
void jobs_run(void)
{
    struct machine_job job;
    while (sh_exit(MACHINE_OP_JOB, (uintptr_t)&job, 0, 0) == 1) {
        if (native_job(&job))
            return;
        smp_stop();
        uint32_t status = run(&job);
        smp_go_on();
        jobs_done(job.number, status);
    }
}
