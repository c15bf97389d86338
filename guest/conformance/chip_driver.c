/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cases of what the driver of a PF does for a VF, and beside it. */
#include "guest/conformance/cases.h"

enum { FEW = 12, QUIET_US = 300, LONG_US = 4000, ENOTSUP = 95 };

static uint32_t operate(uint32_t op, const uint8_t *mac)
{
    struct stand_op what = {.op = op};
    memcpy(what.mac, mac, 6);
    return kit_op(&what);
}

static uint32_t operate_on_pf(uint32_t op, const uint8_t *mac, bool gives)
{
    struct stand_op what = {.op = op, .on_pf = 1, .gives = gives};
    memcpy(what.mac, mac, 6);
    return kit_op(&what);
}

/* ---- owners of an address ---- */

static void expect_owners(const uint8_t *mac, bool vf, bool host, const char *when)
{
    host_has();
    for (uint32_t i = 0; i < FEW; i++)
        comes_to(mac, 0);
    uint32_t came = came_up(0), of_host = host_has();
    if (came != (vf ? FEW : 0) || of_host != (host ? FEW : 0))
        kit_broken(STAND_RULE_P6, "%s, of %u frames %u came to the VF and %u to the host", when, FEW, came, of_host);
}

void chip_owners(void)
{
    static const uint8_t mac[6] = {2, 0, 0, 0, 0, 0x55};
    kit_begin();
    kit_moves(FEW, STAND_RULE_P6, "with an address of its own");
    if (!operate(OP_MOVE_MAC, chip_host))
        kit_broken(STAND_RULE_P6, "the PF's own address can be moved to a VF");
    expect_owners(chip_host, false, true, "asked for the PF's own address");
    uint32_t error = operate(OP_MOVE_MAC, mac);
    if (!error)
        expect_owners(mac, true, false, "with a second address");
    error = error ? error : operate_on_pf(OP_PF_ADD_MAC_FILTER, mac, false);
    if (!error)
        expect_owners(mac, true, true, "with one that a machine of the host has as well");
    error = error ? error : operate_on_pf(OP_MOVE_MAC, mac, true);
    if (!error)
        expect_owners(mac, false, true, "given up by the VF");
    error = error ? error : operate(OP_MOVE_MAC, mac);
    if (!error)
        expect_owners(mac, true, true, "taken from one of two machines of the host that had it");
    error = error ? error : operate_on_pf(OP_PF_DEL_MAC_FILTER, mac, false);
    if (!error)
        expect_owners(mac, true, false, "given up by the host");
    if (error)
        kit_broken(STAND_RULE_P6, "an address can't be set or moved: errno %u", error);
}

/* ---- modes ---- */

static const uint8_t everybody[6] = {255, 255, 255, 255, 255, 255}, group[6] = {1, 0, 0x5e, 0, 0, 5},
                     other_group[6] = {1, 0, 0x5e, 0x11, 0x22, 0x33};
enum { VLAN = 5, OTHER_VLAN = 6 };

static uint32_t came_to_any(void)
{
    uint32_t came = 0;
    for (uint32_t q = 0; q < kit.config->queues; q++)
        came += came_up(q);
    return came;
}

static void expect_heard(const uint8_t *dst, uint32_t tag, bool heard, const char *what)
{
    for (uint32_t i = 0; i < FEW; i++)
        comes_to(dst, tag);
    uint32_t came = came_to_any();
    if (came != (heard ? FEW : 0))
        kit_broken(STAND_RULE_P9, "%s: of %u frames %u came to the VF", what, FEW, came);
}

static void set(struct stand_op what, const char *name)
{
    uint32_t error = kit_op(&what);
    if (error)
        kit_broken(STAND_RULE_P9, "%s can't be set for a VF: errno %u", name, error);
}

static void hears(uint32_t modes) { set((struct stand_op){.op = OP_VF_SET_RX_MODE, .modes = modes}, "receive modes"); }

static void groups(void)
{
    expect_heard(everybody, 0, true, "broadcasts, which it hears");
    hears(STAND_HEARS_UNICAST);
    expect_heard(everybody, 0, false, "broadcasts, which it hears no more");
    struct stand_op set_group = {.op = OP_VF_SET_MULTICAST};
    memcpy(set_group.mac, group, 6);
    set(set_group, "a group");
    expect_heard(group, 0, false, "a group of its own, with groups off");
    hears(STAND_HEARS_UNICAST | STAND_HEARS_GROUPS);
    expect_heard(group, 0, true, "a group of its own");
    expect_heard(other_group, 0, false, "a group of nobody's");
    hears(STAND_HEARS_UNICAST | STAND_HEARS_ALL_GROUPS);
    expect_heard(other_group, 0, true, "all groups");
    hears(STAND_HEARS_UNICAST | STAND_HEARS_BROADCAST);
}

static void vlans(void)
{
    expect_heard(kit.config->mac, STAND_TAGGED | VLAN, false, "a VLAN that it is not in");
    set((struct stand_op){.op = OP_VF_ADD_VLAN_RANGE, .vlan = VLAN}, "a VLAN");
    expect_heard(kit.config->mac, STAND_TAGGED | VLAN, true, "a VLAN of its own");
    expect_heard(kit.config->mac, STAND_TAGGED | OTHER_VLAN, false, "another VLAN");
    expect_heard(kit.config->mac, 0, true, "no VLAN");
    set((struct stand_op){.op = OP_VF_DEL_VLAN_RANGE, .vlan = VLAN}, "no VLAN");
    expect_heard(kit.config->mac, STAND_TAGGED | VLAN, false, "a VLAN that it was in");
}

/* How many of a few packets come to queue 0 with all of them meant for `queue`. */
static uint32_t came_to_first(uint32_t queue)
{
    uint32_t before = kit.handed_up;
    set((struct stand_op){.op = OP_VF_SET_RSS_IND_TABLE, .queue = queue}, "the table of queues");
    frames_arrive(FEW, 200, FRAME_UDP);
    kit_wait_us(QUIET_US);
    uint32_t came = kit_check_rx(0, 64);
    kit_check_rx(1, 64);
    if (kit.handed_up != before + FEW)
        kit_broken(STAND_RULE_P9, "with all packets for queue %u, %u of %u came", queue, kit.handed_up - before, FEW);
    kit_settle(0, kit.arrived, QUIET_US);
    return came;
}

/* A driver heeds the table, or has one of its own that is always the same. */
static void queues(void)
{
    if (kit.config->queues < 2 || kit_op(&(struct stand_op){.op = OP_VF_SET_RSS_IND_TABLE}) == ENOTSUP)
        return;
    for (uint32_t round = 0; round < 2; round++) {
        uint32_t second = came_to_first(1), first = came_to_first(0);
        if (first != second && (first != FEW || second))
            kit_broken(STAND_RULE_P9, "of %u packets for queue 0 %u came there, and of as many for queue 1 %u", FEW, first, second);
    }
}

/* With so many interrupts a second at most. */
static uint32_t interrupts_at(uint32_t level, uint32_t rate)
{
    enum { FRAMES = 60, GAP_US = 40 };
    uint32_t count = 0;
    set((struct stand_op){.op = OP_VF_SET_IML, .level = level, .rate = rate}, "a level of moderation");
    kit_settle(0, kit.arrived, LONG_US);
    for (uint32_t i = 0; i < FRAMES; i++) {
        kit_enable(0);
        frames_arrive(1, 100, FRAME_PLAIN);
        kit.lines = 0;
        kit_wait_us(GAP_US);
        count += kit.lines & 1;
        kit_poll(0);
    }
    kit_disable(0);
    return count;
}

static void moderation(void)
{
    enum { NONE = 0, CUSTOM = 9, RATE = 2000 };
    if (kit_op(&(struct stand_op){.op = OP_VF_SET_IML, .level = NONE}) == ENOTSUP)
        return;
    uint32_t many = interrupts_at(NONE, 0), few = interrupts_at(CUSTOM, RATE);
    if (few * 2 > many)
        kit_broken(STAND_RULE_P9, "60 frames interrupt %u times, and %u times with 2,000 interrupts a second at most", many, few);
    set((struct stand_op){.op = OP_VF_SET_IML, .level = NONE}, "no moderation");
}

void chip_modes(void)
{
    kit_begin();
    kit_moves(FEW, STAND_RULE_P9, "as it was initialised");
    groups();
    vlans();
    queues();
    moderation();
    kit_moves(FEW, STAND_RULE_P9, "behind all of that");
}

/* ---- the host's own path ---- */

void chip_host_sends(void)
{
    frame_make(kit.other, FRAMES_MAX, 200, FRAME_PLAIN, kit.config->peer, chip_host);
    kit_stand(STAND_HOST_SENDS, 0, kit_gpa(kit.other), 200);
}

static void under(struct stand_op what, const char *name)
{
    uint32_t count = 0, left = kit.forged_left;
    host_has();
    kit_ask(&what);
    for (; kit_is_busy() || count < FEW; count++) {
        uint32_t error = 0;
        kit_wait_us(count < 100 ? 2 : 500);
        if (!kit_is_busy() && (error = kit_answer()))
            kit_broken(STAND_RULE_P1, "%s of another VF failed: errno %u", name, error);
        chip_host_sends();
        comes_to(chip_host, 0);
    }
    kit_wait_us(QUIET_US);
    frames_fetch();
    left = kit.forged_left - left;
    uint32_t came = host_has();
    if (left != count || came != count)
        kit_broken(STAND_RULE_P12, "during %s of another VF, of the host's %u frames each way %u left and %u came", name, count,
                   left, came);
}

void chip_host_path(void)
{
    static const struct {
        uint32_t op;
        const char *name;
    } life[] = {{OP_VF_ACQUIRE, "VF_ACQUIRE"},
                {OP_VF_FLR, "VF_FLR"},
                {OP_VF_INIT, "VF_INIT"},
                {OP_VF_ACTIVATE, "VF_ACTIVATE"},
                {OP_VF_SET_RX_MODE, "VF_SET_RX_MODE"},
                {OP_VF_QUIESCE, "VF_QUIESCE"},
                {OP_VF_RELEASE, "VF_RELEASE"}};
    kit_begin();
    kit_moves(FEW, STAND_RULE_P12, "before the other VF lives");
    for (uint32_t i = 0; i < sizeof(life) / sizeof(life[0]); i++)
        under((struct stand_op){.op = life[i].op, .on_other = 1, .modes = STAND_HEARS_UNICAST}, life[i].name);
    kit_moves(FEW, STAND_RULE_P12, "behind the other VF's life");
}

/* ---- a driver that hears nothing ---- */

void chip_deaf(void)
{
    kit_begin();
    kit_stand(STAND_DEAF, 1, 0, 0);
    for (uint32_t i = 0; i < 8; i++)
        if (!kit_moves(40, STAND_RULE_H12, "with a PF's driver that hears nothing"))
            return;
}

/* ---- state ---- */

/* Frames that were posted and not taken lie in the rings, as do those that came: the next VF goes on with them, and neither the
 * plugin nor its shell knows of it. */
static void carry(void)
{
    for (uint32_t i = 0; i < 20; i++)
        frame_put(0, 1514, 1 + i % 3, FRAME_PLAIN, true);
    frames_arrive(10, 300, FRAME_PLAIN);
    kit_wait_us(5);
    uint32_t error = (uint32_t)kit_stand(STAND_CARRY, 0, 0, 0);
    if (!error)
        error = (uint32_t)kit_stand(STAND_ACTIVATE, 0, 0, 0);
    if (error) {
        kit_broken(STAND_RULE_P11, "a VF's rings can't be given to another VF: errno %u", error);
        kit_over();
    }
    if (!kit_settle(kit.sent, kit.arrived, LONG_US))
        kit_broken(STAND_RULE_P11, "on another VF, of %u frames %u left, %u are not completed, and of %u %u came", kit.sent,
                   kit.left, kit.tx[0].count, kit.arrived, kit.handed_up);
}

void chip_save_state(void)
{
    kit_begin();
    kit_moves(FEW, STAND_RULE_P11, "on the first VF");
    uint32_t error = kit_op(&(struct stand_op){.op = OP_VF_QUIESCE});
    if (!error)
        error = kit_op(&(struct stand_op){.op = OP_VF_SAVE_STATE});
    if (error != 0 && error != ENOTSUP)
        kit_broken(STAND_RULE_P11, "VF_SAVE_STATE of a VF that is quiesced is answered with errno %u", error);
    if (kit_op(&(struct stand_op){.op = OP_VF_ACTIVATE}))
        kit_broken(STAND_RULE_P11, "a VF whose state was asked for can't be activated");
    if (!kit_moves(FEW, STAND_RULE_P11, "behind VF_SAVE_STATE") || error)
        return;
    for (uint32_t round = 0; round < 4; round++)
        carry();
}
