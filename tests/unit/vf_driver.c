/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's own driver of its VF (guest/drivers/intelvf) against a PF of plain memory: what its messages say, word by word, and
 * that it takes nothing but the answer to what it has asked.
 */
#include <check.h>
#include <string.h>

#include "guest/drivers/intelvf/driver.h"
#include "sim/nic/82576/regs.h"

enum { BAR = 0x100000, MESSAGES_MAX = 64 };

/* The PF's end: each request is kept, and answered some looks at the mailbox later. */
static struct {
    const struct vf_driver *driver;
    uint32_t mailbox, memory;              /* registers of the chip */
    uint32_t bits, owner;                  /* of the mailbox, as the VF reads it; bits are cleared by reading */
    uint32_t word[VF_MESSAGE_WORDS];
    uint32_t sent[MESSAGES_MAX][VF_MESSAGE_WORDS], messages;
    unsigned ack_after, answer_after, ack_in, answer_in; /* looks */
    uint32_t refuse;                       /* kind of message that is refused */
    uint32_t newest_api;
    bool silent, gone;
    unsigned looks, acknowledged;
    uint64_t slept_us;
} pf;
static struct vf_device dev;

void native_sleep_us(uint64_t us) { pf.slept_us += us; }
uint32 ixgbevf_plugin_main(struct Plugin_Api *api) { return 1; }
uint32 igbvf_plugin_main(struct Plugin_Api *api) { return 1; }

static void answer(void)
{
    uint32_t *m = pf.word, kind = m[0] & 0xffff;
    bool no = kind == pf.refuse || (kind == IXGBE_VF_API_NEGOTIATE && m[1] > pf.newest_api);
    if (kind == IXGBE_VF_RESET)
        memcpy(&m[1], "\x02\x11\x22\x33\x44\x55", 6);
    if (kind == IXGBE_VF_GET_QUEUES)
        m[IXGBE_VF_RX_QUEUES] = 4, m[IXGBE_VF_TX_QUEUES] = 2;
    m[0] |= no ? IXGBE_VT_MSGTYPE_NACK : IXGBE_VT_MSGTYPE_ACK;
    if (kind != IXGBE_VF_RESET)
        m[0] |= IXGBE_VT_MSGTYPE_CTS;
    pf.bits |= IXGBE_VFMAILBOX_PFSTS;
}

static uint32_t look(void)
{
    pf.looks++;
    if (pf.ack_in && !--pf.ack_in)
        pf.bits |= IXGBE_VFMAILBOX_PFACK;
    if (pf.answer_in && !--pf.answer_in)
        answer();
    uint32_t seen = pf.bits | pf.owner;
    pf.bits &= ~IXGBE_VFMAILBOX_R2C_BITS;
    return seen;
}

uint32_t sh_read32(uint64_t gpa)
{
    uint32_t reg = (uint32_t)(gpa - BAR);
    if (pf.gone)
        return UINT32_MAX;
    if (reg == pf.mailbox)
        return look();
    if (reg >= pf.memory && reg < pf.memory + 4 * VF_MESSAGE_WORDS)
        return pf.word[(reg - pf.memory) / 4];
    return 0;
}

static void request(void)
{
    ck_assert(pf.owner & IXGBE_VFMAILBOX_VFU); /* who writes has taken the memory */
    ck_assert_uint_lt(pf.messages, MESSAGES_MAX);
    memcpy(pf.sent[pf.messages++], pf.word, sizeof(pf.word));
    pf.owner = 0;
    if (pf.silent)
        return;
    pf.ack_in = pf.ack_after;
    pf.answer_in = pf.answer_after;
}

void sh_write32(uint64_t gpa, uint32_t value)
{
    uint32_t reg = (uint32_t)(gpa - BAR);
    if (pf.gone)
        return;
    if (reg == pf.mailbox) {
        if (value & IXGBE_VFMAILBOX_VFU)
            pf.owner = IXGBE_VFMAILBOX_VFU;
        if (value & IXGBE_VFMAILBOX_REQ)
            request();
        if (value & IXGBE_VFMAILBOX_ACK)
            pf.acknowledged++;
    } else if (reg >= pf.memory && reg < pf.memory + 4 * VF_MESSAGE_WORDS) {
        pf.word[(reg - pf.memory) / 4] = value;
    }
}

static void setup(void)
{
    memset(&pf, 0, sizeof(pf));
    memset(&dev, 0, sizeof(dev));
    pf.driver = dev.driver = &ixgbevf_driver;
    pf.mailbox = IXGBE_VFMAILBOX;
    pf.memory = IXGBE_VFMBMEM_0;
    pf.ack_after = 1;
    pf.answer_after = 2;
    pf.newest_api = IXGBE_MBOX_API_15;
    dev.bar0 = BAR;
    dev.api = IXGBE_MBOX_API_15;
}

#define AWAIT(call)                             \
    ({                                          \
        int status_, rounds_ = 0;               \
        while ((status_ = (call)) == CO_WAIT)   \
            ck_assert_int_lt(rounds_++, 10000); \
        status_;                                \
    })

static struct vf_wishes groups_of(uint32_t count)
{
    struct vf_wishes wishes = {.groups = count};
    for (uint32_t g = 0; g < count; g++)
        memcpy(wishes.group[g], (uint8_t[]){1, 0, 0x5e, 0, (uint8_t)(0x10 * g + 7), (uint8_t)(3 * g + 1)}, 6);
    return wishes;
}

/* ---- what is asked ---- */

/* Two hashes a word, bits 47:36 of the address each [82599 7.1.1.2]; as many as a message holds. */
START_TEST(groups_are_hashed_two_a_word)
{
    static const uint32_t counts[] = {1, 2, 3, 29, 30, 31};
    for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct vf_wishes wishes = groups_of(counts[i]);
        uint32_t told = counts[i] < 30 ? counts[i] : 30;
        ck_assert_int_eq(AWAIT(ixgbevf_driver.set_groups(&dev, &wishes)), 0);
        const uint32_t *m = pf.sent[i];
        ck_assert_uint_eq(m[0], IXGBE_VF_SET_MULTICAST | told << 16);
        for (uint32_t g = 0; g < 30; g++) {
            const uint8_t *mac = wishes.group[g];
            uint32_t hash = m[1 + g / 2] >> 16 * (g % 2) & 0xffff;
            ck_assert_uint_eq(hash, g < told ? (uint32_t)mac[5] << 4 | mac[4] >> 4 : 0);
        }
    }
}
END_TEST

START_TEST(words_of_the_other_requests)
{
    struct vf_wishes wishes = {0};
    ck_assert_int_eq(AWAIT(ixgbevf_driver.set_mac(&dev, (const uint8_t *)"\x02\xa1\xb2\xc3\xd4\xe5")), 0);
    ck_assert_int_eq(AWAIT(ixgbevf_driver.set_vlan(&dev, 4093, true)), 0);
    ck_assert_int_eq(AWAIT(ixgbevf_driver.set_vlan(&dev, 7, false)), 0);
    for (wishes.rx_mode = 0; wishes.rx_mode < 4; wishes.rx_mode++)
        ck_assert_int_eq(AWAIT(ixgbevf_driver.set_rx_mode(&dev, &wishes)), 0);
    const uint32_t expected[][3] = {
        {IXGBE_VF_SET_MAC_ADDR, 0xc3b2a102, 0xe5d4},
        {IXGBE_VF_SET_VLAN | 1 << 16, 4093},
        {IXGBE_VF_SET_VLAN, 7},
        {IXGBE_VF_UPDATE_XCAST_MODE, IXGBE_XCAST_MULTI},
        {IXGBE_VF_UPDATE_XCAST_MODE, IXGBE_XCAST_PROMISC},
        {IXGBE_VF_UPDATE_XCAST_MODE, IXGBE_XCAST_ALLMULTI},
        {IXGBE_VF_UPDATE_XCAST_MODE, IXGBE_XCAST_PROMISC},
    };
    ck_assert_uint_eq(pf.messages, 7);
    for (unsigned i = 0; i < 7; i++)
        ck_assert_mem_eq(pf.sent[i], expected[i], i ? 8 : 12);
    ck_assert_uint_eq(pf.acknowledged, 7);
}
END_TEST

/* Which modes there are depends on the API that was agreed on [ixgbevf_main.c ixgbevf_set_rx_mode]. */
START_TEST(modes_by_api)
{
    static const struct {
        uint32_t api, mode;
        int status;
    } cases[] = {
        {IXGBE_MBOX_API_10, 0, GUEST_EOPNOTSUPP},
        {IXGBE_MBOX_API_11, 2, GUEST_EOPNOTSUPP},
        {IXGBE_MBOX_API_12, 0, 0},
        {IXGBE_MBOX_API_12, 2, 0},
        {IXGBE_MBOX_API_12, 1, GUEST_EOPNOTSUPP},
        {IXGBE_MBOX_API_13, 1, 0},
    };
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct vf_wishes wishes = {.rx_mode = cases[i].mode};
        uint32_t before = pf.messages;
        dev.api = cases[i].api;
        ck_assert_int_eq(AWAIT(ixgbevf_driver.set_rx_mode(&dev, &wishes)), cases[i].status);
        ck_assert_uint_eq(pf.messages - before, !cases[i].status);
    }
}
END_TEST

/* Reset, the newest API that both speak, queues: the lesser number of the two directions. */
START_TEST(probe)
{
    static const uint32_t apis[] = {IXGBE_MBOX_API_15, IXGBE_MBOX_API_14, IXGBE_MBOX_API_13,
                                    IXGBE_MBOX_API_12, IXGBE_MBOX_API_11, IXGBE_MBOX_API_10};
    pf.newest_api = apis[_i];
    pf.bits = IXGBE_VFMAILBOX_RSTD;
    ck_assert_int_eq(AWAIT(ixgbevf_driver.probe(&dev)), 0);
    ck_assert_mem_eq(dev.mac, "\x02\x11\x22\x33\x44\x55", 6);
    ck_assert_uint_eq(dev.api, apis[_i]);
    ck_assert_uint_eq(dev.queues, _i < 5 ? 2 : 1);
    ck_assert_uint_eq(pf.sent[0][0], IXGBE_VF_RESET);
    for (int i = 0; i <= _i; i++) {
        ck_assert_uint_eq(pf.sent[1 + i][0], IXGBE_VF_API_NEGOTIATE);
        ck_assert_uint_eq(pf.sent[1 + i][1], apis[i]);
    }
    ck_assert_uint_eq(pf.messages, _i < 5 ? 3 + _i : 2 + _i);
}
END_TEST

/* ---- what is believed ---- */

/* Bits that were there before the request are of earlier messages: a PF's own, or an answer that nobody waited for any more.
 * Read or not, neither is this request's acknowledgement or answer. */
START_TEST(stale_bits_are_no_answer)
{
    static const uint32_t stale[] = {IXGBE_VFMAILBOX_PFACK, IXGBE_VFMAILBOX_PFSTS, IXGBE_VFMAILBOX_PFACK | IXGBE_VFMAILBOX_PFSTS};
    bool read_before = _i / 3;
    pf.bits = stale[_i % 3];
    pf.word[0] = IXGBE_VF_SET_VLAN | IXGBE_VT_MSGTYPE_NACK;
    pf.ack_after = 3;
    pf.answer_after = 6;
    if (read_before)
        ck_assert(intelvf_mbx_bits(&dev) & stale[_i % 3]);
    ck_assert_int_eq(AWAIT(ixgbevf_driver.set_vlan(&dev, 9, true)), 0);
    ck_assert_uint_eq(dev.message[0], IXGBE_VF_SET_VLAN | 1 << 16 | IXGBE_VT_MSGTYPE_ACK | IXGBE_VT_MSGTYPE_CTS);
    ck_assert_uint_eq(pf.looks, 7u + read_before); /* one to lock, six to the answer */
    ck_assert_uint_eq(pf.slept_us, 4 * MBX_DELAY_US);
    ck_assert_uint_eq(pf.acknowledged, 1);
    ck_assert_uint_eq(dev.latched, 0);
}
END_TEST

/* Both bits in one look: the answer is not lost with the acknowledgement. */
START_TEST(both_bits_at_once)
{
    pf.ack_after = pf.answer_after = 2;
    ck_assert_int_eq(AWAIT(ixgbevf_driver.set_vlan(&dev, 9, true)), 0);
    ck_assert_uint_eq(pf.looks, 4); /* the look for the answer is one more, whatever is kept */
    ck_assert_int_eq(AWAIT(ixgbevf_driver.set_vlan(&dev, 9, false)), 0);
    ck_assert_uint_eq(pf.messages, 2);
}
END_TEST

START_TEST(refused_silent_or_gone)
{
    pf.refuse = IXGBE_VF_SET_VLAN;
    ck_assert_int_eq(AWAIT(ixgbevf_driver.set_vlan(&dev, 9, true)), GUEST_EPERM);
    ck_assert_int_eq(AWAIT(ixgbevf_driver.set_mac(&dev, (const uint8_t *)"\x02\x00\x00\x00\x00\x01")), 0);
    pf.silent = true;
    pf.slept_us = 0;
    ck_assert_int_eq(AWAIT(ixgbevf_driver.set_vlan(&dev, 9, true)), GUEST_ETIMEDOUT);
    ck_assert_uint_eq(pf.slept_us, (uint64_t)MBX_TRIES * MBX_DELAY_US);
    pf.silent = false;
    ck_assert_int_eq(AWAIT(ixgbevf_driver.set_mac(&dev, (const uint8_t *)"\x02\x00\x00\x00\x00\x01")), 0);
    pf.gone = true;
    ck_assert_int_eq(AWAIT(ixgbevf_driver.set_vlan(&dev, 9, true)), GUEST_ENODEV);
}
END_TEST

/* [ixgbe_mbx.h] A message of the PF's own without CTS, or a reset behind its back: the PF has forgotten the VF. */
START_TEST(watch)
{
    static const struct {
        uint32_t bits, word;
        bool must_reset;
        unsigned acknowledged;
    } cases[] = {
        {0, 0, false, 0},
        {IXGBE_VFMAILBOX_PFSTS, IXGBE_PF_CONTROL_MSG | IXGBE_VT_MSGTYPE_CTS, false, 1},
        {IXGBE_VFMAILBOX_PFSTS, IXGBE_PF_CONTROL_MSG, true, 1},
        {IXGBE_VFMAILBOX_RSTI, 0, true, 0},
        {IXGBE_VFMAILBOX_RSTD, 0, true, 0},
    };
    pf.bits = cases[_i].bits;
    pf.word[0] = cases[_i].word;
    dev.allowed = true;
    ck_assert_int_eq(AWAIT(ixgbevf_driver.watch(&dev)), 0);
    ck_assert_int_eq(dev.must_reset, cases[_i].must_reset);
    ck_assert_uint_eq(pf.acknowledged, cases[_i].acknowledged);
    ck_assert(!dev.link); /* VFLINKS says so */
    pf.gone = true;
    ck_assert_int_eq(AWAIT(ixgbevf_driver.watch(&dev)), GUEST_ENODEV);
}
END_TEST

/* The same words in the other chip's registers; its API is the first, without words. */
START_TEST(igbvf)
{
    struct vf_wishes wishes = groups_of(2);
    pf.driver = dev.driver = &igbvf_driver;
    pf.mailbox = E1000_V2PMAILBOX;
    pf.memory = E1000_VFMBMEM_0;
    pf.bits = IXGBE_VFMAILBOX_RSTD;
    ck_assert_int_eq(AWAIT(igbvf_driver.probe(&dev)), 0);
    ck_assert_uint_eq(pf.messages, 1);
    ck_assert_uint_eq(dev.queues, 1);
    ck_assert_int_eq(AWAIT(igbvf_driver.set_groups(&dev, &wishes)), 0);
    ck_assert_uint_eq(pf.sent[1][1], 0x0041u << 16 | 0x0010);
    ck_assert_int_eq(AWAIT(igbvf_driver.set_rx_mode(&dev, &wishes)), GUEST_EOPNOTSUPP);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vf driver");
    TCase *t = tcase_create("mailbox");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, groups_are_hashed_two_a_word);
    tcase_add_test(t, words_of_the_other_requests);
    tcase_add_test(t, modes_by_api);
    tcase_add_loop_test(t, probe, 0, 6);
    tcase_add_loop_test(t, stale_bits_are_no_answer, 0, 6);
    tcase_add_test(t, both_bits_at_once);
    tcase_add_test(t, refused_silent_or_gone);
    tcase_add_loop_test(t, watch, 0, 5);
    tcase_add_test(t, igbvf);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
