/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VF whose driver has gone mad: whatever it does to its rings, its registers, others have their frames, it a life later. */
#include "guest/conformance/cases.h"

enum { ROUNDS = 8, STORES = 60, FEW = 12, TRIES = 400, TRY_US = 50 };

static uint32_t noise(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Every byte, or one in so many. */
static void spoil(uint32_t *state, uint8_t *at, uint32_t bytes, uint32_t one_in)
{
    for (uint32_t i = 0; i < bytes; i++)
        if (noise(state) % one_in == 0)
            at[i] = (uint8_t)noise(state);
}

static void spoil_rings(uint32_t *state, uint32_t one_in)
{
    spoil(state, kit_va(STAND_RING_TX(0)), PLUGIN_RING_BYTES(kit.config->ring), one_in);
    spoil(state, kit_va(STAND_RING_RX(0)), PLUGIN_RING_BYTES(kit.config->ring), one_in);
}

/* Any register, of a function-level reset's, too; numbers that may be an index, a length or nonsense. */
static void spoil_registers(uint32_t *state)
{
    for (uint32_t i = 0; i < STORES; i++) {
        uint32_t at = noise(state) % kit.config->memio_bytes & ~3u, value = noise(state);
        value >>= noise(state) % 24;
        kit_exit(MACHINE_OP_MMIO_WRITE, MACHINE_MEMIO_HOLE + at, 4, value);
        if (i % 8 == 0)
            kit_exit(MACHINE_OP_MMIO_READ, MACHINE_MEMIO_HOLE + (noise(state) % kit.config->memio_bytes & ~3u), 4, 0);
    }
}

/* Frames of the host's that have left; what the VF sends is its own affair, under its own address. */
static uint32_t of_host(void)
{
    uint32_t count = 0, length;
    while ((length = (uint32_t)kit_stand(STAND_LEFT, 0, kit_gpa(kit.frame), sizeof(kit.frame)))) {
        bool is_hosts = !memcmp(kit.frame + 6, chip_host, 6);
        count += is_hosts;
        if (!is_hosts && memcmp(kit.frame + 6, kit.config->mac, 6))
            kit_broken(STAND_RULE_H10, "with the check on, a frame of another's source has left, of %u bytes", length);
    }
    return count;
}

static void others_have_theirs(const char *when)
{
    uint32_t left = 0, came = 0;
    for (uint32_t i = 0; i < FEW; i++) {
        chip_host_sends();
        comes_to(chip_host, 0);
    }
    for (uint32_t t = 0; t < TRIES && (left < FEW || came < FEW); t++) {
        kit_wait_us(TRY_US);
        left += of_host();
        came += host_has();
    }
    if (left != FEW || came != FEW)
        kit_broken(STAND_RULE_H2, "%s, of %u frames each way of the host's %u have left and %u come", when, FEW, left, came);
}

void chip_hostile(void)
{
    uint32_t state = 1, checks;
    kit_begin();
    checks = !kit_stand(STAND_SPOOF, 1, 0, 0);
    kit_moves(FEW, STAND_RULE_H2, "before it goes mad");
    kit_stand(STAND_FAULTS, 0, 0, 0);
    host_has();
    for (uint32_t round = 0; round < ROUNDS; round++) {
        frames_arrive(FEW, 300, FRAME_PLAIN);
        for (uint32_t i = 0; i < FEW; i++)
            frame_put(0, 300, 1 + i % 3, FRAME_PLAIN, i % 4 == 3);
        spoil_rings(&state, 1 + 7 * (round % 4));
        others_have_theirs("with noise in a VF's rings");
        spoil_registers(&state);
        others_have_theirs("with noise in a VF's registers");
        if (kit_op(&(struct stand_op){.op = OP_VF_FLR}))
            kit_broken(STAND_RULE_H8, "behind noise a function-level reset failed");
        of_host();
        chip_new_life();
        host_has();
        if (checks)
            kit_stand(STAND_SPOOF, 1, 0, 0);
        if (!kit_moves(FEW, STAND_RULE_H8, "in the life behind a driver that had gone mad"))
            return;
    }
}
