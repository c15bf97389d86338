/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of a VF under its own driver [82599 4.6.11; ixgbevf_main.c, vf.c]: reset, negotiation, configuration by mailbox,
 * link. The data path is the plugin's code (guest/plugins/intelvf), bound to a path of the shell.
 */
#include "guest/drivers/intelvf/driver.h"
#include "guest/plugins/intelvf/intelvf.h"
#include "sim/nic/82576/regs.h"
#include "sim/nic/x540/regs.h"

enum {
    RING_TRIES = 100,
    FRAME_OVERHEAD = 18,
};

static void say(struct vf_device *dev, uint32_t word0, uint32_t words)
{
    for (uint32_t w = 0; w < VF_MESSAGE_WORDS; w++)
        dev->message[w] = 0;
    dev->message[0] = word0;
    dev->words = words;
}

static void put_mac(struct vf_device *dev, const uint8_t mac[6])
{
    dev->message[1] = (uint32_t)mac[0] | (uint32_t)mac[1] << 8 | (uint32_t)mac[2] << 16 | (uint32_t)mac[3] << 24;
    dev->message[2] = (uint32_t)mac[4] | (uint32_t)mac[5] << 8;
}

/* ---- reset ---- */

/* [82599 4.2.2.3] Its queues and interrupts stop; the PF hears of it from the message, and answers with the address. */
static int reset(struct vf_device *dev)
{
    int status = 0;
    CO_BEGIN(dev->step_place)
    intelvf_write(dev, chip_of(dev)->ctrl, IXGBE_CTRL_RST);
    intelvf_read(dev, chip_of(dev)->status);
    dev->api = IXGBE_MBOX_API_10;
    dev->link = dev->must_reset = false;
    for (dev->tries = RSTD_TRIES; dev->tries; dev->tries--) {
        uint32_t bits = intelvf_mbx_bits(dev);
        if (bits & IXGBE_VFMAILBOX_RSTD) /* all ones, too: the message finds out */
            break;
        CO_SLEEP_US(dev->step_place, 1, RSTD_DELAY_US);
    }
    dev->latched = 0;
    say(dev, IXGBE_VF_RESET, 1);
    dev->settle_us = RESET_SETTLE_US;
    CO_CALL(dev->step_place, 2, status, intelvf_mbx_exchange(dev));
    CO_END(dev->step_place);
    if (status)
        return status;
    for (uint32_t b = 0; b < 6; b++)
        dev->mac[b] = (uint8_t)(dev->message[1 + b / 4] >> 8 * (b % 4));
    return 0;
}

/* From the newest the driver speaks downwards. */
static int negotiate(struct vf_device *dev)
{
    static const uint32_t versions[] = {IXGBE_MBOX_API_15, IXGBE_MBOX_API_14, IXGBE_MBOX_API_13,
                                        IXGBE_MBOX_API_12, IXGBE_MBOX_API_11, IXGBE_MBOX_API_10};
    int status = 0;
    if (chip_of(dev)->api_newest == IXGBE_MBOX_API_10)
        return 0;
    CO_BEGIN(dev->step_place)
    for (dev->index = 0; dev->index < sizeof(versions) / sizeof(versions[0]); dev->index++) {
        say(dev, IXGBE_VF_API_NEGOTIATE, 3);
        dev->message[1] = versions[dev->index];
        CO_CALL(dev->step_place, 1, status, intelvf_mbx_exchange(dev));
        if (status != GUEST_EPERM)
            break;
    }
    CO_END(dev->step_place);
    if (!status)
        dev->api = versions[dev->index];
    return status == GUEST_EPERM ? 0 : status; /* 1.0 needs no agreement */
}

static int get_queues(struct vf_device *dev)
{
    int status = 0;
    dev->queues = 1;
    if (dev->api < IXGBE_MBOX_API_11)
        return 0;
    CO_BEGIN(dev->step_place)
    say(dev, IXGBE_VF_GET_QUEUES, 5);
    CO_CALL(dev->step_place, 1, status, intelvf_mbx_exchange(dev));
    CO_END(dev->step_place);
    if (!status && dev->message[IXGBE_VF_RX_QUEUES] && dev->message[IXGBE_VF_TX_QUEUES])
        dev->queues = dev->message[IXGBE_VF_RX_QUEUES] < dev->message[IXGBE_VF_TX_QUEUES] ? dev->message[IXGBE_VF_RX_QUEUES]
                                                                                          : dev->message[IXGBE_VF_TX_QUEUES];
    return status == GUEST_EPERM ? 0 : status;
}

static int probe(struct vf_device *dev)
{
    int status = 0;
    CO_BEGIN(dev->place)
    CO_TRY(dev->place, 1, status, reset(dev));
    CO_TRY(dev->place, 2, status, negotiate(dev));
    CO_TRY(dev->place, 3, status, get_queues(dev));
    CO_END(dev->place);
    if (dev->queues > SHELL_QUEUES_MAX)
        dev->queues = SHELL_QUEUES_MAX;
    dev->vectors = chip_of(dev)->queue_vectors;
    return 0;
}

/* ---- what the stack wants ---- */

/* What the PF refuses or its API has not is gone without, as Linux's driver does when it brings a device up. */
static int not_fatal(int status)
{
    return status == GUEST_EPERM || status == GUEST_EOPNOTSUPP || status == GUEST_ENOSPC ? 0 : status;
}

/* [ixgbevf_main.c ixgbevf_set_rx_mode] Promiscuous from API 1.3 on, modes at all from 1.2 on. */
static int send_rx_mode(struct vf_device *dev, uint32_t rx_mode)
{
    int status = 0;
    uint32_t mode = rx_mode & 1 ? IXGBE_XCAST_PROMISC : rx_mode & 2 ? IXGBE_XCAST_ALLMULTI : IXGBE_XCAST_MULTI;
    if (dev->api < (mode == IXGBE_XCAST_PROMISC ? IXGBE_MBOX_API_13 : IXGBE_MBOX_API_12))
        return GUEST_EOPNOTSUPP;
    CO_BEGIN(dev->step_place)
    say(dev, IXGBE_VF_UPDATE_XCAST_MODE, 2);
    dev->message[1] = mode;
    CO_CALL(dev->step_place, 1, status, intelvf_mbx_exchange(dev));
    CO_END(dev->step_place);
    return status;
}

/* [82599 7.1.1.2] The hash of an address: 12 bits of its last two bytes. */
static uint32_t group_hash(const uint8_t mac[6]) { return (uint32_t)(mac[4] >> 4) | (uint32_t)mac[5] << 4; }

static int send_groups(struct vf_device *dev, const struct vf_wishes *wishes)
{
    enum { HASHES_MAX = 2 * (VF_MESSAGE_WORDS - 1) };
    int status = 0;
    uint32_t count = wishes->groups < HASHES_MAX ? wishes->groups : HASHES_MAX;
    CO_BEGIN(dev->step_place)
    say(dev, IXGBE_VF_SET_MULTICAST | count << IXGBE_VT_MSGINFO_SHIFT, VF_MESSAGE_WORDS);
    for (uint32_t g = 0; g < count; g++)
        dev->message[1 + g / 2] |= group_hash(wishes->group[g]) << 16 * (g % 2);
    CO_CALL(dev->step_place, 1, status, intelvf_mbx_exchange(dev));
    CO_END(dev->step_place);
    return status;
}

/* One message each. ixgbevf: the first one clears those of before, number 0 does that alone [ixgbevf_main.c
 * ixgbevf_write_uc_addr_list]; igbvf clears by a message of its own and has room for three [igbvf/netdev.c igbvf_set_uni]. */
static int send_addresses(struct vf_device *dev, const struct vf_wishes *wishes)
{
    const bool own = chip_of(dev)->filters_max;
    int status = 0;
    if (own && wishes->addresses > chip_of(dev)->filters_max)
        return GUEST_ENOSPC;
    CO_BEGIN(dev->step_place)
    dev->refused = false;
    if (own || !wishes->addresses) {
        say(dev, own ? IXGBE_VF_SET_MAC_ADDR | E1000_VF_MAC_FILTER_CLR : IXGBE_VF_SET_MACVLAN, 3);
        CO_TRY(dev->step_place, 1, status, intelvf_mbx_exchange(dev));
    }
    for (dev->index = 0; dev->index < wishes->addresses; dev->index++) {
        say(dev,
            own ? IXGBE_VF_SET_MAC_ADDR | E1000_VF_MAC_FILTER_ADD
                : IXGBE_VF_SET_MACVLAN | (dev->index + 1) << IXGBE_VT_MSGINFO_SHIFT,
            3);
        put_mac(dev, wishes->address[dev->index]);
        CO_CALL(dev->step_place, 2, status, intelvf_mbx_exchange(dev));
        if (status == GUEST_EPERM)
            dev->refused = true;
        else if (status)
            break;
    }
    CO_END(dev->step_place);
    return status && status != GUEST_EPERM ? status : dev->refused ? GUEST_EPERM : 0;
}

static int send_vlan(struct vf_device *dev, uint32_t vid, bool add)
{
    int status = 0;
    CO_BEGIN(dev->step_place)
    say(dev, IXGBE_VF_SET_VLAN | (add ? 1u << IXGBE_VT_MSGINFO_SHIFT : 0), 2);
    dev->message[1] = vid;
    CO_CALL(dev->step_place, 1, status, intelvf_mbx_exchange(dev));
    CO_END(dev->step_place);
    return status;
}

static int send_mac(struct vf_device *dev, const uint8_t mac[6])
{
    int status = 0;
    CO_BEGIN(dev->step_place)
    say(dev, IXGBE_VF_SET_MAC_ADDR, 3);
    put_mac(dev, mac);
    CO_CALL(dev->step_place, 1, status, intelvf_mbx_exchange(dev));
    CO_END(dev->step_place);
    return status;
}

static int send_largest_frame(struct vf_device *dev, uint32_t bytes)
{
    int status = 0;
    CO_BEGIN(dev->step_place)
    say(dev, IXGBE_VF_SET_LPE, 2);
    dev->message[1] = bytes;
    CO_CALL(dev->step_place, 1, status, intelvf_mbx_exchange(dev));
    CO_END(dev->step_place);
    return status;
}

static int get_link_state(struct vf_device *dev)
{
    int status = 0;
    dev->allowed = true;
    if (dev->api < IXGBE_MBOX_API_15)
        return 0;
    CO_BEGIN(dev->step_place)
    say(dev, IXGBE_VF_GET_LINK_STATE, 2);
    CO_CALL(dev->step_place, 1, status, intelvf_mbx_exchange(dev));
    CO_END(dev->step_place);
    dev->allowed = status || dev->message[1];
    return not_fatal(status);
}

/* ---- up, down ---- */

static bool wants_vlan(const struct vf_wishes *wishes, uint32_t vid) { return wishes->vlan[vid >> 5] >> (vid & 31) & 1; }

static int configure(struct vf_device *dev, const struct vf_wishes *wishes)
{
    int status = 0;
    CO_BEGIN(dev->place)
    CO_TRY(dev->place, 1, status, not_fatal(send_rx_mode(dev, wishes->rx_mode)));
    if (wishes->groups)
        CO_TRY(dev->place, 2, status, not_fatal(send_groups(dev, wishes)));
    if (wishes->addresses)
        CO_TRY(dev->place, 7, status, not_fatal(send_addresses(dev, wishes)));
    for (dev->vid = 1; dev->vid < 4095; dev->vid++)
        if (wants_vlan(wishes, dev->vid))
            CO_TRY(dev->place, 3, status, not_fatal(send_vlan(dev, dev->vid, true)));
    CO_TRY(dev->place, 4, status, not_fatal(send_largest_frame(dev, wishes->mtu + FRAME_OVERHEAD)));
    CO_TRY(dev->place, 5, status, not_fatal(send_mac(dev, wishes->has_mac ? wishes->mac : dev->mac)));
    CO_TRY(dev->place, 6, status, get_link_state(dev));
    CO_END(dev->place);
    dev->info[INTELVF_INFO_QUEUES] = dev->queues;
    dev->info[INTELVF_INFO_VECTORS] = dev->vectors;
    dev->info[INTELVF_INFO_FLAGS] = dev->queues > 1 ? INTELVF_FLAG_RSS : 0;
    dev->info[INTELVF_INFO_THROTTLE] = dev->throttle ? dev->throttle - 1 : chip_of(dev)->throttle;
    return 0;
}

/* [ixgbevf/ethtool.c ixgbevf_set_coalesce, igbvf/ethtool.c igbvf_set_coalesce] Both chips have microseconds from bit 2 on. */
static int moderate(struct vf_device *dev, uint32_t usecs)
{
    const struct intelvf_chip *chip = chip_of(dev);
    if (usecs && (usecs < chip->usecs_least || usecs > chip->usecs_most))
        return GUEST_EINVAL;
    dev->throttle = (usecs << 2) + 1;
    dev->info[INTELVF_INFO_THROTTLE] = usecs << 2;
    for (uint32_t vector = 0; vector < dev->vectors; vector++)
        intelvf_write(dev, chip->eitr + 4 * vector, usecs << 2);
    return 0;
}

/* The mailbox has the vector behind the queues'. Its cause is cleared when its message is sent, like theirs. */
static void irq_on(struct vf_device *dev)
{
    uint32_t bit = 1u << dev->vectors;
    intelvf_write(dev, chip_of(dev)->ivar_misc, dev->vectors | IXGBE_IVAR_ALLOC_VAL);
    intelvf_write(dev, chip_of(dev)->eiac, 2 * bit - 1);
    intelvf_write(dev, chip_of(dev)->eims, bit);
}

/* [82599 4.6.7.1, 4.6.8.1] A queue that is switched off stops behind the descriptor it is at, and says so. */
static void switch_off(struct vf_device *dev, uint32_t control)
{
    intelvf_write(dev, control, 0);
    for (uint32_t i = 0; i < RING_TRIES && (intelvf_read(dev, control) & IXGBE_RXDCTL_ENABLE); i++)
        ;
}

static void stop_rx(struct vf_device *dev)
{
    for (uint32_t q = 0; q < dev->queues; q++)
        switch_off(dev, chip_of(dev)->rx_control + chip_of(dev)->stride * q);
}

static void stop(struct vf_device *dev)
{
    intelvf_write(dev, chip_of(dev)->eimc, (2u << dev->vectors) - 1);
    for (uint32_t q = 0; q < dev->queues; q++)
        switch_off(dev, chip_of(dev)->tx_control + chip_of(dev)->stride * q);
}

/* [ixgbevf_main.c ixgbevf_down] The device is left as a reset leaves it, and agreed on. */
static int down(struct vf_device *dev)
{
    int status = 0;
    CO_BEGIN(dev->place)
    CO_TRY(dev->place, 1, status, reset(dev));
    CO_TRY(dev->place, 2, status, negotiate(dev));
    CO_END(dev->place);
    return status;
}

/* ---- watching ---- */

/* A message of the PF's without CTS, or none of ours wanted: it has forgotten us [ixgbe_mbx.h]. The link is a register's. */
static int watch(struct vf_device *dev)
{
    int status = 0;
    uint32_t bits, links;
    CO_BEGIN(dev->place)
    bits = intelvf_mbx_bits(dev);
    if (bits == 0xffffffff)
        return GUEST_ENODEV;
    if (bits & (IXGBE_VFMAILBOX_RSTI | IXGBE_VFMAILBOX_RSTD)) /* the PF, or this VF behind our back */
        dev->must_reset = true;
    if (bits & IXGBE_VFMAILBOX_PFSTS) {
        CO_TRY(dev->place, 1, status, intelvf_mbx_receive(dev));
        if (!(dev->message[0] & IXGBE_VT_MSGTYPE_CTS))
            dev->must_reset = true;
    }
    CO_END(dev->place);
    links = intelvf_read(dev, chip_of(dev)->links);
    if (links == 0xffffffff)
        return GUEST_ENODEV;
    dev->link = dev->allowed && !dev->must_reset && (links & chip_of(dev)->link_up);
    return 0;
}

/* ---- requests of the stack ---- */

static int set_mac(struct vf_device *dev, const uint8_t mac[6]) { return send_mac(dev, mac); }
static int set_rx_mode(struct vf_device *dev, const struct vf_wishes *wishes) { return send_rx_mode(dev, wishes->rx_mode); }

static const struct intelvf_chip chip_82599 = {
    .ctrl = IXGBE_VFCTRL,
    .status = IXGBE_VFSTATUS,
    .mailbox = IXGBE_VFMAILBOX,
    .memory = IXGBE_VFMBMEM_0,
    .eims = IXGBE_VTEIMS,
    .eimc = IXGBE_VTEIMC,
    .eiac = IXGBE_VTEIAC,
    .ivar_misc = IXGBE_VTIVAR_MISC,
    .rx_control = IXGBE_VFRXDCTL_0,
    .tx_control = IXGBE_VFTXDCTL_0,
    .stride = 0x40,
    .links = IXGBE_VFLINKS,
    .link_up = IXGBE_LINKS_UP,
    .api_newest = IXGBE_MBOX_API_15,
    .queue_vectors = IXGBE_VF_VECTORS - 1,
    .eitr = IXGBE_VTEITR_0,
    .throttle = 40, /* IXGBE_100K_ITR */
    .usecs_least = 1,
    .usecs_most = 0xff8 >> 2, /* IXGBE_MAX_EITR */
};

static const struct intelvf_chip chip_82576 = {
    .ctrl = E1000_VTCTRL,
    .status = E1000_VTSTATUS,
    .mailbox = E1000_V2PMAILBOX,
    .memory = E1000_VFMBMEM_0,
    .eims = E1000_VTEIMS,
    .eimc = E1000_VTEIMC,
    .eiac = E1000_VTEIAC,
    .ivar_misc = E1000_VTIVAR_MISC,
    .rx_control = E1000_VFRXDCTL_0,
    .tx_control = E1000_VFTXDCTL_0,
    .stride = 0x100,
    .links = E1000_VTSTATUS,
    .link_up = E1000_STATUS_LU,
    .api_newest = IXGBE_MBOX_API_10,
    .queue_vectors = 1,
    .eitr = E1000_VTEITR_0,
    .throttle = 10 << 2,
    .usecs_least = 10, /* IGBVF_MIN_ITR_USECS; 1 to 3 are its adaptive modes, which this one has not */
    .usecs_most = 0x7ffc >> 2, /* what the register holds */
    .filters_max = 3, /* IGBVF_MAX_MAC_FILTERS */
};

#define INTELVF_ROUTINES                                                                                                      \
    .probe = probe, .configure = configure, .irq_on = irq_on, .stop_rx = stop_rx, .stop = stop, .down = down, .watch = watch, \
    .set_mac = set_mac, .set_rx_mode = set_rx_mode, .set_groups = send_groups, .set_vlan = send_vlan,                         \
    .set_addresses = send_addresses, .moderate = moderate

const struct vf_driver ixgbevf_driver = {
    .name = "ixgbevf",
    .vendor = IXGBE_VENDOR_ID,
    .device = {IXGBE_DEV_ID_82599_VF, IXGBE_DEV_ID_X540_VF},
    .chip = &chip_82599,
    .plugin_main = ixgbevf_plugin_main,
    .calls = MACHINE_CALLS_IXGBEVF,
    .bar_bytes = IXGBE_VF_BAR_BYTES,
    INTELVF_ROUTINES,
};

const struct vf_driver igbvf_driver = {
    .name = "igbvf",
    .vendor = IXGBE_VENDOR_ID,
    .device = {E1000_DEV_ID_82576_VF},
    .chip = &chip_82576,
    .plugin_main = igbvf_plugin_main,
    .calls = MACHINE_CALLS_IGBVF,
    .bar_bytes = IXGBE_VF_BAR_BYTES,
    INTELVF_ROUTINES,
};
