/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What several cases begin or end with, and the list of them. */
#include "guest/conformance/cases.h"

kit_case *const kit_cases[STAND_CASES] = {
    [STAND_CASE_ENTRY] = case_entry,
    [STAND_CASE_SW_INIT] = case_sw_init,
    [STAND_CASE_CALLS] = case_calls,
    [STAND_CASE_SEND] = case_send,
    [STAND_CASE_RING_FULL] = case_ring_full,
    [STAND_CASE_REFUSED_BATCH] = case_refused_batch,
    [STAND_CASE_BAD_FRAMES] = case_bad_frames,
    [STAND_CASE_HINTS] = case_hints,
    [STAND_CASE_DOORBELL] = case_doorbell,
    [STAND_CASE_FORGED] = case_forged,
    [STAND_CASE_OFFLOADS] = case_offloads,
    [STAND_CASE_CONTENTS] = case_contents,
    [STAND_CASE_RECEIVE] = case_receive,
    [STAND_CASE_RING_EMPTY] = case_ring_empty,
    [STAND_CASE_JUMBO] = case_jumbo,
    [STAND_CASE_NO_BUFFERS] = case_no_buffers,
    [STAND_CASE_CHECKSUMS] = case_checksums,
    [STAND_CASE_IDLE] = case_idle,
    [STAND_CASE_INTERRUPT] = case_interrupt,
    [STAND_CASE_NO_VECTOR] = case_no_vector,
    [STAND_CASE_RESTART] = case_restart,
    [STAND_CASE_NEW_LIFE] = case_new_life,
    [STAND_CASE_OTHER_VF] = case_other_vf,
    [STAND_CASE_VECTORS] = case_vectors,
    [STAND_CASE_QUEUES] = case_queues,
    [STAND_CASE_LYING_DEVICE] = case_lying_device,
    [STAND_CASE_DEAD_DEVICE] = case_dead_device,
    [STAND_CASE_ADDRESSES] = chip_addresses,
    [STAND_CASE_VLAN] = chip_vlan,
    [STAND_CASE_SPOOF] = chip_spoof,
    [STAND_CASE_MOVE] = chip_move,
    [STAND_CASE_OWNERS] = chip_owners,
    [STAND_CASE_MODES] = chip_modes,
    [STAND_CASE_HOST_PATH] = chip_host_path,
    [STAND_CASE_DEAF] = chip_deaf,
    [STAND_CASE_SAVE_STATE] = chip_save_state,
    [STAND_CASE_FENCE] = chip_fence,
    [STAND_CASE_QUIESCE] = chip_quiesce,
    [STAND_CASE_FLR] = chip_flr,
    [STAND_CASE_RATE] = chip_rate,
    [STAND_CASE_MSIX] = chip_msix,
    [STAND_CASE_MASTER] = chip_master,
    [STAND_CASE_FAULT] = chip_fault,
    [STAND_CASE_HOSTILE] = chip_hostile,
    [STAND_CASE_COUNTERS] = chip_counters,
};

/* ---- beginning ---- */

static bool has_all_functions(const Plugin_Api *api)
{
    return api->swInit && api->reinitRxRing && api->reinitTxRing && api->enableInterrupt && api->disableInterrupt &&
           api->addFrameToTxRing && api->checkTxRing && api->checkRxRing && api->addBuffersToRxRing;
}

void kit_life(void)
{
    uint64_t accesses = kit_stand(STAND_ACCESSES, 0, 0, 0);
    uint32_t value;
    kit_provide();
    value = kit_entry();
    if (value)
        kit_broken(STAND_RULE_C7, "NPA_PluginMain returned %u", value);
    if (!has_all_functions(&kit.api)) {
        kit_broken(STAND_RULE_C7, "NPA_PluginMain left a function out");
        kit_over();
    }
    value = kit_sw_init();
    accesses = kit_stand(STAND_ACCESSES, 0, 0, 0) - accesses;
    if (accesses)
        kit_broken(STAND_RULE_L2, "entry and swInit accessed registers %u times", (uint32_t)accesses);
    if (!value)
        return;
    if (!kit.config->has_driver)
        kit_not_here("swInit takes no VF of which no PF's driver has said anything");
    if (kit.config->mtu > 1500)
        kit_not_here("swInit takes no MTU of 9,000");
    kit_broken(STAND_RULE_C7, "swInit returned %u", value);
    kit_over();
}

void kit_rings(void)
{
    for (uint32_t q = 0; q < kit.config->queues; q++) {
        if (kit_reinit_rx(q) || kit_reinit_tx(q)) {
            kit_broken(STAND_RULE_L3, "%s failed", kit.calling);
            kit_over();
        }
        kit_add_buffers(q);
    }
}

void kit_active(void)
{
    uint32_t error = (uint32_t)kit_stand(STAND_ACTIVATE, 0, 0, 0);
    if (error) {
        kit_broken(STAND_RULE_L3, "the PF's driver can't activate the VF behind this: errno %u", error);
        kit_over();
    }
}

void kit_begin(void)
{
    kit_life();
    kit_rings();
    kit_active();
}

/* ---- traffic ---- */

void kit_poll(uint32_t queue)
{
    kit_check_tx(queue);
    kit_check_rx(queue, 64);
    kit_add_buffers(queue);
}

static uint32_t out_now(void)
{
    uint32_t count = 0;
    for (uint32_t q = 0; q < kit.config->queues; q++)
        count += kit.tx[q].count;
    return count;
}

bool kit_settle(uint32_t left, uint32_t handed_up, uint32_t us)
{
    for (uint32_t t = 0;; t += 20) {
        for (uint32_t q = 0; q < kit.config->queues; q++)
            kit_poll(q);
        frames_fetch();
        if (kit.left >= left && kit.handed_up >= handed_up && !out_now())
            return true;
        if (t >= us)
            return false;
        kit_wait_us(20);
    }
}

bool kit_moves(uint32_t frames, enum stand_rule rule, const char *when)
{
    uint32_t left = kit.left, up = kit.handed_up, taken = 0;
    for (uint32_t i = 0; i < frames; i++)
        taken += frame_put(i % kit.config->queues, 100 + 7 * i, 1, FRAME_PLAIN, true) == PLUGIN_OK;
    frames_arrive(frames, 120, FRAME_PLAIN);
    if (taken == frames && kit_settle(left + frames, up + frames, 3000))
        return true;
    kit_broken(rule, "%s, of %u frames each way %u left, %u were completed and %u handed up", when, frames, kit.left - left,
               frames - out_now(), kit.handed_up - up);
    return false;
}
