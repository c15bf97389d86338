/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VF's driver that asks its next question as soon as it has read the answer to its reset, which is when igb says of itself that
 * the VF is clear to send: whatever the time between, neither message is lost in the other.
 */
#include "nic/82576/regs.h"
#include "nic/82599/regs.h"
#include "unit/pf_world.h"

enum { STEPS = 200, STEP_PS = 100 * SIM_NS, WAIT = 100000 /* events */ };
#define PING (IXGBE_PF_CONTROL_MSG | IXGBE_VT_MSGTYPE_CTS)

static uint32_t bits; /* of the mailbox, as read so far: reading clears them */

static void setup(void)
{
    struct pf_args args = {.vf = 0, .num_rx = 1, .num_tx = 1, .num_intrs = 1};
    pf_world_begin("82576", 1, 1 << 20);
    ck_assert_int_eq(op(VMK_NETPTOP_VF_ACQUIRE, &args), 0);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_GET_INFO, 0), 0);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_INIT, 0), 0);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_ACTIVATE, 0), 0);
}

static uint32_t mailbox(void) { return bits |= (uint32_t)pci_mmio_peek(nic->vf[0], 0, E1000_V2PMAILBOX, 4); }
static void put(uint32_t off, uint32_t value) { ck_assert(pci_mmio_poke(nic->vf[0], 0, off, 4, value)); }
static uint32_t word(unsigned i) { return (uint32_t)pci_mmio_peek(nic->vf[0], 0, E1000_VFMBMEM(i), 4); }

/* Writes when the mailbox is its own, as drivers do [igbvf mbx.c]. True: till then the PF's ping lay there. */
static bool ask(const uint32_t *message, unsigned words)
{
    put(E1000_V2PMAILBOX, IXGBE_VFMAILBOX_VFU);
    for (unsigned i = 0; bits &= ~IXGBE_VFMAILBOX_VFU, !(mailbox() & IXGBE_VFMAILBOX_VFU); i++) {
        ck_assert_uint_lt(i, WAIT);
        ck_assert(sim_step(sim));
        put(E1000_V2PMAILBOX, IXGBE_VFMAILBOX_VFU);
    }
    bool pinged = (bits & IXGBE_VFMAILBOX_PFSTS) && word(0) == PING;
    for (unsigned i = 0; i < words; i++)
        put(E1000_VFMBMEM(i), message[i]);
    bits = 0;
    put(E1000_V2PMAILBOX, IXGBE_VFMAILBOX_REQ);
    return pinged;
}

/* Of the PF's, read and acknowledged: its first word. */
static uint32_t hear(void)
{
    for (unsigned i = 0; !(mailbox() & IXGBE_VFMAILBOX_PFSTS); i++) {
        ck_assert_uint_lt(i, WAIT);
        ck_assert(sim_step(sim));
    }
    bits = 0;
    return word(0);
}

static void acknowledge(void) { put(E1000_V2PMAILBOX, IXGBE_VFMAILBOX_ACK); }

START_TEST(both_messages_arrive_whatever_is_between)
{
    const uint32_t reset = IXGBE_VF_RESET, address[3] = {IXGBE_VF_SET_MAC_ADDR, 0x02000002, 0x0a00};
    unsigned pings_first = 0;
    for (unsigned i = 0; i < STEPS; i++) {
        ask(&reset, 1);
        ck_assert_uint_eq(hear(), IXGBE_VF_RESET | IXGBE_VT_MSGTYPE_ACK);
        acknowledge();
        sim_run_until(sim, sim_now(sim) + i * STEP_PS);
        bool pinged = ask(address, 3);
        pings_first += pinged;
        uint32_t heard = hear();
        ck_assert_msg(heard == (IXGBE_VF_SET_MAC_ADDR | IXGBE_VT_MSGTYPE_ACK | IXGBE_VT_MSGTYPE_CTS), "%u ns later: %08x",
                      (unsigned)(i * STEP_PS / SIM_NS), heard);
        acknowledge();
        if (!pinged)
            ck_assert_uint_eq(hear(), PING);
        acknowledge();
        sim_run_until(sim, sim_now(sim) + SIM_MS);
    }
    ck_assert_uint_gt(pings_first, 0);
    ck_assert_uint_lt(pings_first, STEPS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pf mailbox");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, pf_world_end);
    tcase_add_test(t, both_messages_arrive_whatever_is_between);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
