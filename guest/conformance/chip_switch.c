/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cases of a chip's embedded switch: who gets which frame. */
#include "guest/conformance/cases.h"

enum { FEW = 12, QUIET_US = 300 };

static const uint8_t nobody[6] = {2, 0, 0, 0, 0, 0x77};
const uint8_t chip_host[6] = {2, 0, 0, 0, 0, 100};

uint32_t host_has(void) { return (uint32_t)kit_stand(STAND_HOST, 0, 0, 0); }

/* A frame that comes by the wire and is not the VF's. */
void comes_to(const uint8_t *dst, uint32_t tag)
{
    frame_make(kit.other, FRAMES_MAX - 1, 100, FRAME_PLAIN, dst, kit.config->peer);
    kit_stand(STAND_ARRIVES, tag, kit_gpa(kit.other), 100);
}

uint32_t came_up(uint32_t queue)
{
    kit.lies = true;
    kit_wait_us(QUIET_US);
    uint32_t came = kit_check_rx(queue, 64);
    kit.lies = false;
    kit_add_buffers(queue);
    return came;
}

/* Nothing of it may come up to the VF. */
static void expect_nothing_up(enum stand_rule rule, const char *what)
{
    uint32_t before = kit.handed_up, came = came_up(0);
    if (came || kit.handed_up != before)
        kit_broken(rule, "%s: %u frames came to the VF", what, came);
}

static void expect_host(uint32_t count, enum stand_rule rule, const char *what)
{
    uint32_t came = host_has();
    if (came != count)
        kit_broken(rule, "%s: %u frames came up to the host, and %u were to", what, came, count);
}

static void inside(void)
{
    for (uint32_t i = 0; i < FEW; i++)
        frame_put_to(0, chip_host, 100);
    kit_settle(kit.left, kit.handed_up, 1000);
    expect_host(FEW, STAND_RULE_H3, "frames of the VF to the host");
    if (kit.forged_left)
        kit_broken(STAND_RULE_H3, "%u frames of the VF to the host left by the wire", kit.forged_left);
    uint32_t before = kit.handed_up;
    for (uint32_t i = 0; i < FEW; i++) {
        uint32_t number = kit.arrived++;
        kit.in[number] = (struct told){100, FRAME_PLAIN, 0};
        frame_make(kit.frame, number, 100, FRAME_PLAIN, kit.config->mac, kit.config->peer);
        kit_stand(STAND_HOST_SENDS, 0, kit_gpa(kit.frame), 100);
    }
    if (!kit_settle(kit.left, before + FEW, 2000))
        kit_broken(STAND_RULE_H3, "of %u frames of the host to the VF %u came", FEW, kit.handed_up - before);
}

void chip_addresses(void)
{
    kit_begin();
    kit_moves(FEW, STAND_RULE_H3, "with an address of its own");
    expect_host(0, STAND_RULE_H3, "frames of the VF's address");
    for (uint32_t i = 0; i < FEW; i++)
        comes_to(chip_host, 0);
    expect_nothing_up(STAND_RULE_H3, "frames for the host");
    expect_host(FEW, STAND_RULE_H4, "frames for the host");
    for (uint32_t i = 0; i < FEW; i++)
        comes_to(nobody, 0);
    expect_nothing_up(STAND_RULE_H3, "frames for an address that nobody has");
    expect_host(FEW, STAND_RULE_H4, "frames for an address that nobody has");
    inside();
}

/* ---- VLANs ---- */

enum { VLAN = 5, OTHER_VLAN = 6 };

void chip_vlan(void)
{
    kit_begin();
    kit_moves(FEW, STAND_RULE_H3, "without a VLAN");
    uint32_t error = kit_op(&(struct stand_op){.op = OP_VF_SET_DEFAULT_VLAN, .enable = 1, .vlan = VLAN});
    if (error) {
        kit_broken(STAND_RULE_P5, "a VF that is active can't be put into a VLAN: errno %u", error);
        return;
    }
    kit.tag = STAND_TAGGED | VLAN; /* which the VF never sees */
    kit_moves(FEW, STAND_RULE_H3, "in a VLAN of the operator's");
    comes_to(kit.config->mac, 0);
    expect_nothing_up(STAND_RULE_H3, "a frame without a tag for a VF in a VLAN");
    comes_to(kit.config->mac, STAND_TAGGED | OTHER_VLAN);
    expect_nothing_up(STAND_RULE_H3, "a frame of another VLAN");
    if (kit_op(&(struct stand_op){.op = OP_VF_SET_DEFAULT_VLAN}))
        kit_broken(STAND_RULE_P5, "a VF can't be taken out of its VLAN");
    kit.tag = 0;
    kit_moves(FEW, STAND_RULE_H3, "taken out of its VLAN");
}

/* ---- sources ---- */

static void forge(void)
{
    kit.forged_left = 0;
    for (uint32_t i = 0; i < 2 * FEW; i++)
        if (i % 2)
            frame_put_forged(0, 100);
        else
            frame_put(0, 100 + i, 1, FRAME_PLAIN, true);
    if (!kit_settle(kit.sent, 0, 3000))
        kit_broken(STAND_RULE_T7, "with forged frames among them %u of %u good ones have left, and %u are not completed", kit.left,
                   kit.sent, kit.tx[0].count);
}

void chip_spoof(void)
{
    kit_begin();
    if (kit_stand(STAND_SPOOF, 1, 0, 0))
        kit_not_here("the PF's driver has no check of sources");
    forge();
    if (kit.forged_left || host_has())
        kit_broken(STAND_RULE_H10, "with the check on %u frames of another's source have left", kit.forged_left);
    kit_stand(STAND_SPOOF, 0, 0, 0);
    forge();
    if (kit.forged_left != FEW)
        kit_broken(STAND_RULE_H10, "with the check off %u of %u frames of another's source have left", kit.forged_left,
                   (uint32_t)FEW);
}

/* ---- the move ---- */

static void move_and_receive(bool to_host)
{
    struct stand_op op = {.op = OP_MOVE_MAC, .on_pf = to_host, .gives = to_host};
    memcpy(op.mac, kit.config->mac, 6);
    for (uint32_t i = 0; i < 120; i++) {
        if (i == 40)
            kit_ask(&op);
        frames_arrive(1, 100, FRAME_PLAIN);
        if (i % 8 == 7)
            kit_poll(0);
    }
    while (kit_is_busy())
        kit_wait_us(20);
    for (uint32_t i = 0; i < 40; i++)
        frames_arrive(1, 100, FRAME_PLAIN);
}

void chip_move(void)
{
    uint32_t of_host;
    kit_begin();
    kit_moves(FEW, STAND_RULE_H5, "with an address of its own");
    host_has();
    for (uint32_t round = 0; round < 4; round++) {
        uint32_t up = kit.handed_up, came = kit.arrived;
        move_and_receive(round % 2 == 0);
        kit_settle(0, kit.arrived, QUIET_US);
        of_host = host_has();
        up = kit.handed_up - up;
        if (up + of_host != kit.arrived - came)
            kit_broken(STAND_RULE_H5, "of %u frames %u came to the VF and %u to the host", kit.arrived - came, up, of_host);
        if (!up || !of_host)
            kit_broken(STAND_RULE_H5, "the address did not move: %u frames came to the VF and %u to the host", up, of_host);
        kit.handed_up = kit.arrived; /* what the host has had */
    }
}
