/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What VFs tell the PF: mailbox messages, answered as Linux's ixgbe answers them (API 1.0 to 1.5) and, but for those that are
 * its own (igb.c), its igb. Under NPA a plugin never uses the mailbox; a stock ixgbevf in
 * a VM does. A message of a VF that nobody has enabled is refused.
 */
#include "pf/intel/intel.h"

#include <errno.h>
#include <string.h>

/* The address of a VF that has none yet: the operator's, or one made from the PF's. */
static void address_of(const struct pf *pf, unsigned vf, uint8_t mac[6])
{
    const struct pf_vf *v = &pf->s.vf[vf];
    if (v->has_mac) {
        memcpy(mac, v->mac, 6);
    } else if (v->admin.mac_set) {
        memcpy(mac, v->admin.mac, 6);
    } else {
        memcpy(mac, pf->s.filter[0].mac, 6);
        mac[0] = (uint8_t)((mac[0] | 2) & ~1);
        mac[5] = (uint8_t)(mac[5] + 1 + vf);
    }
}

/* The address comes over from the PF's own pool: the VM has a port there as well, which gives it up. */
static int take_from_own_pool(struct pf *pf, unsigned vf, const uint8_t mac[6])
{
    const struct pf_vf_admin *admin = &pf->s.vf[vf].admin;
    bool comes = pf->s.vf[vf].is_given && admin->mac_set && !memcmp(admin->mac, mac, 6);
    int i = comes ? pf__filter_find(pf, mac, pf__own_pools(pf)) : -1;
    if (i <= 0)
        return -1;
    if (pf->s.filter[i].users > 1) { /* another machine's as well */
        pf->s.filter[i].users--;
        return -1;
    }
    pf__filter_pools(pf, (unsigned)i, UINT64_C(1) << vf);
    return i;
}

/* Whoever else has it: ixgbe does not look [ixgbe_sriov.c ixgbe_set_vf_mac]. */
static int give_address(struct pf *pf, unsigned vf, const uint8_t mac[6])
{
    struct pf_vf *v = &pf->s.vf[vf];
    uint64_t bit = UINT64_C(1) << vf;
    int i = pf__filter_find(pf, mac, bit);
    if (i < 0)
        i = take_from_own_pool(pf, vf, mac);
    if (i < 0 && (i = pf__filter_add(pf, mac, bit)) < 0)
        return i;
    if (v->has_mac && memcmp(v->mac, mac, 6)) {
        int old = pf__filter_find(pf, v->mac, bit);
        if (old > 0)
            pf__filter_drop(pf, (unsigned)old, bit);
    }
    memcpy(v->mac, mac, 6);
    v->has_mac = true;
    pf__checks(pf, vf);
    return 0;
}

/* Whatever the VF's driver had asked for is gone: it asks again, and is judged again [ixgbe_sriov.c ixgbe_vf_reset_event,
 * igb_main.c igb_vf_reset]. The operator's VLAN stays. */
static void forget_wishes(struct pf *pf, unsigned vf)
{
    struct pf_vf *v = &pf->s.vf[vf];
    pf__ixgbe_macvlan_clear(pf, vf);
    for (unsigned i = 0; i < PF_VLANS_MAX && v->vlan_count; i++)
        if (pf->s.vlan[i].valid && (pf->s.vlan[i].pools >> vf & 1) && pf->s.vlan[i].vid != v->vlan)
            pf__vlan_del(pf, vf, pf->s.vlan[i].vid);
    v->vlan_count = 0;
    v->multicast_count = 0;
    pf__groups(pf);
    if (v->rx_allmulti || !v->rx_broadcast || !v->rx_multicast) {
        v->rx_allmulti = 0;
        v->rx_broadcast = v->rx_multicast = 1;
        pf__accept(pf, vf);
    }
    pf__checks(pf, vf);
}

/* What a reset leaves of the last driver's: the chip would go on writing into memory that is no longer meant. And what an FLR took:
 * the VF hears and is heard again [igb_main.c igb_vf_reset_msg], but that some are deaf beside a jumbo PF until they have said how
 * long their frames are [ixgbe_sriov.c ixgbe_vf_reset_msg]. */
static void finish_reset(struct pf *pf, unsigned vf)
{
    enum { TDWBAL = 0x38, TDWBAH = 0x3c };
    for (unsigned q = 0; q < pf->queues && pf__hw(pf)->reset_leaves_head_wb; q++) {
        pf__write(pf, pf__ixgbe_tx_reg(pf, vf * pf->queues + q, TDWBAH), 0);
        pf__write(pf, pf__ixgbe_tx_reg(pf, vf * pf->queues + q, TDWBAL), 0);
    }
    if (pf->s.vf[vf].state == PF_VF_ACTIVE)
        pf__ixgbe_vf_enable(pf, vf, !pf__limits(pf)->jumbo_with_pf || pf->s.mtu <= 1500, true);
}

static int on_reset(struct pf *pf, unsigned vf, uint32_t *msg)
{
    uint8_t mac[6];
    address_of(pf, vf, mac);
    int status = give_address(pf, vf, mac);
    if (status)
        return status;
    forget_wishes(pf, vf);
    finish_reset(pf, vf);
    pf->s.vf[vf].clear_to_send = true;
    pf->s.vf[vf].api = IXGBE_MBOX_API_10;
    if (pf__hw(pf)->lone_queue && pf->s.vf[vf].rx_queues > 1) { /* what is spread over more would end in a queue that is off */
        pf->s.vf[vf].rx_queues = 1;
        pf__accept(pf, vf);
    }
    msg[0] = IXGBE_VF_RESET; /* the answer carries the address and the type of multicast hash */
    memcpy(&msg[1], mac, 6);
    msg[3] = 0;
    return 0;
}

static int on_set_mac(struct pf *pf, unsigned vf, const uint32_t *msg)
{
    const struct pf_vf *v = &pf->s.vf[vf];
    const uint8_t *mac = (const uint8_t *)&msg[1];
    if (mac_is_multicast(mac) || mac_key(mac) == 0)
        return -EINVAL;
    if (v->admin.mac_set && !v->admin.trust && memcmp(mac, v->admin.mac, 6))
        return -EPERM;
    return give_address(pf, vf, mac);
}

/* The VF sends 12-bit hashes, so what is kept is any address that hashes there: only its last two bytes count. */
static int on_multicast(struct pf *pf, unsigned vf, const uint32_t *msg)
{
    struct pf_vf *v = &pf->s.vf[vf];
    uint32_t count = (msg[0] & IXGBE_VT_MSGINFO_MASK) >> IXGBE_VT_MSGINFO_SHIFT;
    uint16_t hash[2 * (IXGBE_VFMAILBOX_SIZE - 1)];
    memcpy(hash, &msg[1], sizeof(hash));
    count = count < 2 * (IXGBE_VFMAILBOX_SIZE - 1) ? count : 2 * (IXGBE_VFMAILBOX_SIZE - 1);
    v->multicast_count = count;
    for (uint32_t m = 0; m < count; m++) {
        memset(v->multicast[m], 0, 6);
        v->multicast[m][0] = 1;
        v->multicast[m][4] = (uint8_t)(hash[m] << 4);
        v->multicast[m][5] = (uint8_t)(hash[m] >> 4);
    }
    v->rx_multicast = 1;
    pf__groups(pf);
    pf__accept(pf, vf);
    return 0;
}

static int on_vlan(struct pf *pf, unsigned vf, const uint32_t *msg)
{
    struct pf_vf *v = &pf->s.vf[vf];
    bool add = msg[0] & IXGBE_VT_MSGINFO_MASK;
    uint16_t vid = msg[1] & 0xfff;
    if (v->vlan)
        return -EPERM; /* the port's VLAN is the operator's */
    if (vid == 0)
        return 0;
    if (!add && pf__vlan_del(pf, vf, vid)) /* it is gone already, with the reset before: no mistake of the driver's
                                            * [ixgbe_common.c ixgbe_set_vfta_generic, igb e1000_mac.c igb_vfta_set] */
        return 0;
    int status = add ? pf__vlan_add(pf, vf, vid) : 0;
    if (!status)
        v->vlan_count += add ? 1 : -1u;
    pf__checks(pf, vf);
    return status;
}

static int on_negotiate(struct pf *pf, unsigned vf, const uint32_t *msg)
{
    if (msg[1] > IXGBE_MBOX_API_15 || msg[1] == IXGBE_MBOX_API_20)
        return -EINVAL;
    pf->s.vf[vf].api = msg[1];
    return 0;
}

static int on_get_queues(struct pf *pf, unsigned vf, uint32_t *msg)
{
    if (pf->s.vf[vf].api < IXGBE_MBOX_API_11)
        return -EPERM;
    msg[IXGBE_VF_TX_QUEUES] = msg[IXGBE_VF_RX_QUEUES] = pf->queues;
    msg[IXGBE_VF_TRANS_VLAN] = pf->s.vf[vf].vlan != 0;
    msg[IXGBE_VF_DEF_QUEUE] = 0;
    return 0;
}

/* Two bits an entry: a VF has up to four queues [ixgbe_sriov.c ixgbe_get_vf_reta]. */
static int on_get_reta(struct pf *pf, unsigned vf, uint32_t *msg)
{
    if (pf->s.vf[vf].api < IXGBE_MBOX_API_12 || !pf->s.vf[vf].admin.query_rss)
        return -EPERM;
    memset(&msg[1], 0, PF_RSS_TABLE_MAX / 4);
    for (unsigned i = 0; i < PF_RSS_TABLE_MAX; i++)
        msg[1 + i / 16] |= (uint32_t)(pf->s.rss_table[i] & 3) << (2 * (i % 16));
    return 0;
}

static int on_get_rss_key(struct pf *pf, unsigned vf, uint32_t *msg)
{
    if (pf->s.vf[vf].api < IXGBE_MBOX_API_12 || !pf->s.vf[vf].admin.query_rss)
        return -EPERM;
    for (unsigned i = 0; i < 10; i++)
        msg[1 + i] = pf->s.rss_on ? pf->s.rss_key[i] : 0;
    return 0;
}

/* More than groups is for trusted VFs, others get as much as they may; promiscuous mode no pool of an 82599 has. */
static int on_xcast(struct pf *pf, unsigned vf, uint32_t *msg)
{
    struct pf_vf *v = &pf->s.vf[vf];
    uint32_t mode = msg[1];
    if (v->api < IXGBE_MBOX_API_12 || mode > IXGBE_XCAST_PROMISC)
        return -EPERM;
    if (mode > IXGBE_XCAST_MULTI && !v->admin.trust)
        mode = IXGBE_XCAST_MULTI;
    if (mode == IXGBE_XCAST_PROMISC)
        return -ENOTSUP;
    v->rx_broadcast = v->rx_multicast = mode >= IXGBE_XCAST_MULTI;
    v->rx_allmulti = mode >= IXGBE_XCAST_ALLMULTI;
    pf__accept(pf, vf);
    msg[1] = mode;
    return 0;
}

static int on_link_state(struct pf *pf, unsigned vf, uint32_t *msg)
{
    if (pf->s.vf[vf].api < IXGBE_MBOX_API_15)
        return -EPERM;
    msg[1] = pf->s.vf[vf].admin.link_state != PF_LINK_DISABLE; /* may it have a link at all? VFLINKS says the rest */
    return 0;
}

void pf__ixgbe_macvlan_clear(struct pf *pf, unsigned vf)
{
    const struct pf_vf *v = &pf->s.vf[vf];
    uint64_t bit = UINT64_C(1) << vf;
    for (unsigned i = 1; i < PF_FILTERS_MAX; i++)
        if (pf->s.filter[i].valid && (pf->s.filter[i].pools & bit) && memcmp(pf->s.filter[i].mac, v->mac, 6))
            pf__filter_drop(pf, i, bit);
}

/* Addresses of all VFs besides their own; of the registers those are kept back that the PF and each VF may need [ixgbe_sriov.c
 * ixgbe_alloc_vf_macvlans: IXGBE_MAX_PF_MACVLANS; igb_main.c igb_probe_vfs: IGB_PF_MAC_FILTERS_RESERVED]. */
static bool has_macvlan_room(const struct pf *pf)
{
    unsigned used = 0;
    for (unsigned i = 1; i < PF_FILTERS_MAX; i++)
        for (unsigned v = 0; v < pf__vfs(pf); v++)
            used += pf->s.filter[i].valid && (pf->s.filter[i].pools >> v & 1) && memcmp(pf->s.filter[i].mac, pf->s.vf[v].mac, 6);
    return used + pf__hw(pf)->filters_kept + 1 + pf_num_vfs(pf) < pf->nic->model->addresses;
}

int pf__ixgbe_macvlan_add(struct pf *pf, unsigned vf, const uint8_t mac[6])
{
    const struct pf_vf *v = &pf->s.vf[vf];
    if (v->admin.mac_set && !v->admin.trust)
        return -EPERM;
    if (mac_is_multicast(mac) || mac_key(mac) == 0)
        return -EINVAL;
    if (!has_macvlan_room(pf))
        return -ENOSPC;
    int i = pf__filter_add(pf, mac, UINT64_C(1) << vf);
    return i < 0 ? i : 0;
}

/* Addresses besides its own: index 0 removes them all, index 1 those of before. A VF whose address is the operator's needs his
 * trust for it; who may have any is not checked for spoofing from then on [ixgbe_sriov.c ixgbe_set_vf_macvlan_msg]. */
static int on_macvlan(struct pf *pf, unsigned vf, const uint32_t *msg)
{
    struct pf_vf *v = &pf->s.vf[vf];
    const uint8_t *mac = (const uint8_t *)&msg[1];
    uint32_t index = (msg[0] & IXGBE_VT_MSGINFO_MASK) >> IXGBE_VT_MSGINFO_SHIFT;
    if (index && v->admin.mac_set && !v->admin.trust)
        return -EPERM;
    if (index && (mac_is_multicast(mac) || mac_key(mac) == 0))
        return -EINVAL;
    v->spoof_yields |= index > 0;
    pf__checks(pf, vf);
    if (index <= 1)
        pf__ixgbe_macvlan_clear(pf, vf);
    return index ? pf__ixgbe_macvlan_add(pf, vf, mac) : 0;
}

/* The longest frame of a VF, with header and FCS. PF and VFs have one maximum [82599 specification update 14]: a jumbo VF needs a
 * jumbo PF, and beside one a driver that speaks the oldest API, which may not know, loses its receive path
 * [ixgbe_sriov.c ixgbe_set_vf_lpe]. */
static int on_lpe(struct pf *pf, unsigned vf, uint32_t max_frame)
{
    bool pf_jumbo = pf->s.mtu > 1500, vf_jumbo = max_frame > 1518, refused = false;
    if (pf__limits(pf)->jumbo_with_pf) {
        refused = pf->s.vf[vf].api >= IXGBE_MBOX_API_11 ? vf_jumbo && !pf_jumbo : vf_jumbo || pf_jumbo;
        if (pf->s.vf[vf].state == PF_VF_ACTIVE)
            pf__ixgbe_vf_enable(pf, vf, !refused, true);
        if (refused)
            pf__close(pf, vf, vf_jumbo && !pf_jumbo ? PF_CLOSED_BY_FRAME : PF_CLOSED_BY_OLD_API, max_frame);
        else
            pf__open(pf, vf, PF_CLOSED_BY_FRAME), pf__open(pf, vf, PF_CLOSED_BY_OLD_API);
    }
    if (refused || max_frame < 18)
        return -EINVAL;
    return pf__set_mtu(pf, (int)vf, (uint16_t)(max_frame > 65535 ? 65535 : max_frame - 18));
}

/* What an 82599's VF can say beyond messages 1 to 5. */
int pf__ixgbe_message(struct pf *pf, unsigned vf, uint32_t *msg, uint32_t *words)
{
    switch (msg[0] & 0xffff) {
    case IXGBE_VF_API_NEGOTIATE:
        return on_negotiate(pf, vf, msg);
    case IXGBE_VF_GET_QUEUES:
        *words = 5;
        return on_get_queues(pf, vf, msg);
    case IXGBE_VF_SET_MACVLAN:
        return on_macvlan(pf, vf, msg);
    case IXGBE_VF_GET_RETA:
        *words = 1 + PF_RSS_TABLE_MAX / 16;
        return on_get_reta(pf, vf, msg);
    case IXGBE_VF_GET_RSS_KEY:
        *words = 11;
        return on_get_rss_key(pf, vf, msg);
    case IXGBE_VF_UPDATE_XCAST_MODE:
        *words = 2;
        return on_xcast(pf, vf, msg);
    case IXGBE_VF_GET_LINK_STATE:
        *words = 2;
        return on_link_state(pf, vf, msg);
    default:
        return PF_NOT_MINE;
    }
}

static int on_shared(struct pf *pf, unsigned vf, uint32_t *msg, uint32_t *words)
{
    switch (msg[0] & 0xffff) {
    case IXGBE_VF_RESET:
        *words = pf__hw(pf)->reset_words;
        return on_reset(pf, vf, msg);
    case IXGBE_VF_SET_MAC_ADDR:
        return on_set_mac(pf, vf, msg);
    case IXGBE_VF_SET_MULTICAST:
        return on_multicast(pf, vf, msg);
    case IXGBE_VF_SET_VLAN:
        return on_vlan(pf, vf, msg);
    case IXGBE_VF_SET_LPE:
        return on_lpe(pf, vf, msg[1]);
    default:
        return -ENOTSUP;
    }
}

enum pf_news pf__ixgbe_news_shared(const uint32_t *msg)
{
    switch (msg[0] & 0xffff) {
    case IXGBE_VF_RESET:
        return PF_NEWS_VF_RESET;
    case IXGBE_VF_SET_MAC_ADDR:
        return PF_NEWS_VF_ADDRESS;
    case IXGBE_VF_SET_MULTICAST:
        return PF_NEWS_VF_GROUPS;
    case IXGBE_VF_SET_VLAN:
        return PF_NEWS_VF_VLAN;
    case IXGBE_VF_SET_LPE:
        return PF_NEWS_VF_FRAME;
    default:
        return PF_NEWS_VF_OTHER;
    }
}

enum pf_news pf__ixgbe_news(const uint32_t *msg)
{
    switch (msg[0] & 0xffff) {
    case IXGBE_VF_SET_MACVLAN:
        return PF_NEWS_VF_FURTHER_ADDRESS;
    case IXGBE_VF_UPDATE_XCAST_MODE:
        return PF_NEWS_VF_RX_MODE;
    default:
        return pf__ixgbe_news_shared(msg);
    }
}

/* Answers in place. Returns words of the answer. */
static uint32_t answer(struct pf *pf, unsigned vf, uint32_t *msg)
{
    struct pf_vf *v = &pf->s.vf[vf];
    uint32_t kind = msg[0] & 0xffff, words = 1;
    enum pf_news news = pf__hw(pf)->news(msg);
    int status = -EPERM;
    if (v->state == PF_VF_RESET && kind == IXGBE_VF_RESET) /* after an FLR of its own: its driver begins anew, and owns it still */
        pf__vf_set_state(pf, vf, PF_VF_ACTIVE);
    if (pf__vf_runs(v) && (kind == IXGBE_VF_RESET || v->clear_to_send)) {
        status = pf__hw(pf)->message(pf, vf, msg, &words);
        if (status == PF_NOT_MINE)
            status = on_shared(pf, vf, msg, &words);
    }
    trace_pf_mailbox(&pf->c, vf, msg[0], status ? "refused" : "done");
    pf__news(pf, news, vf, status, v->has_mac ? mac_key(v->mac) : 0);
    if (kind == IXGBE_VF_RESET) {
        v->ping_due = !status && pf__hw(pf)->pings;
        msg[0] = IXGBE_VF_RESET | (status ? IXGBE_VT_MSGTYPE_NACK : IXGBE_VT_MSGTYPE_ACK);
        return words;
    }
    /* A VF that has not been reset is not clear to send, and is told so [ixgbe_sriov.c ixgbe_rcv_msg_from_vf]. */
    msg[0] |= (status ? IXGBE_VT_MSGTYPE_NACK : IXGBE_VT_MSGTYPE_ACK) | (v->clear_to_send ? IXGBE_VT_MSGTYPE_CTS : 0);
    return words;
}

/* A message of `words` to the VF. */
static void tell(struct pf *pf, unsigned vf, const uint32_t *message, uint32_t words)
{
    const struct intel_hw *hw = pf__hw(pf);
    pf__write(pf, hw->mailbox + 4 * vf, IXGBE_PFMAILBOX_PFU);
    for (uint32_t w = 0; w < words; w++)
        pf__write(pf, hw->mailbox_memory + 4 * (IXGBE_VFMAILBOX_SIZE * vf + w), message[w]);
    pf__write(pf, hw->mailbox + 4 * vf, IXGBE_PFMAILBOX_STS);
}

/* The control message that says: clear to send, or no longer [ixgbe_sriov.c ixgbe_ping_all_vfs]. */
void pf__ixgbe_ping(struct pf *pf, unsigned vf, bool forget)
{
    struct pf_vf *v = &pf->s.vf[vf];
    const uint32_t message = IXGBE_PF_CONTROL_MSG | (forget ? 0 : IXGBE_VT_MSGTYPE_CTS);
    if (!v->clear_to_send)
        return;
    v->clear_to_send = !forget;
    v->ping_due = false;
    tell(pf, vf, &message, 1);
}

void pf__ixgbe_answer(struct pf *pf, unsigned vf, uint32_t *msg)
{
    pf__write(pf, pf__hw(pf)->mailbox + 4 * vf, IXGBE_PFMAILBOX_ACK);
    tell(pf, vf, msg, answer(pf, vf, msg));
}
