/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of a VF that its guest's own driver runs, given away and taken by the PF's driver, as the kernel's variant drivers of
 * vfio-pci have it from theirs: what the chip holds, and what was agreed by mailbox. What an operator says of a VF (trust, spoof
 * check, rate, link state) belongs to the place and stays; its address and its port's VLAN come with the VM's port.
 */
#include "pf/intel/intel.h"

#include <errno.h>
#include <string.h>

/* by mailbox */
struct agreed {
    uint32_t api, mtu, multicast_count, addresses, vlans;
    uint8_t clear_to_send, ping_due, rx_broadcast, rx_multicast, rx_allmulti, zero[3];
    uint8_t multicast[PF_MULTICAST_MAX][6];
    uint8_t address[PF_FILTERS_MAX][6]; /* besides its own */
    uint16_t vlan[PF_VLANS_MAX];        /* of its own */
};

static void look(const struct pf *pf, unsigned vf, struct agreed *a)
{
    const struct pf_vf *v = &pf->s.vf[vf];
    uint64_t bit = UINT64_C(1) << vf;
    memset(a, 0, sizeof(*a));
    a->api = v->api;
    a->mtu = v->mtu;
    a->clear_to_send = v->clear_to_send;
    a->ping_due = v->ping_due;
    a->rx_broadcast = v->rx_broadcast;
    a->rx_multicast = v->rx_multicast;
    a->rx_allmulti = v->rx_allmulti;
    a->multicast_count = v->multicast_count;
    memcpy(a->multicast, v->multicast, sizeof(a->multicast));
    for (unsigned i = 1; i < PF_FILTERS_MAX; i++)
        if (pf->s.filter[i].valid && (pf->s.filter[i].pools & bit) && memcmp(pf->s.filter[i].mac, v->mac, 6))
            memcpy(a->address[a->addresses++], pf->s.filter[i].mac, 6);
    for (unsigned i = 0; i < PF_VLANS_MAX; i++)
        if (pf->s.vlan[i].valid && (pf->s.vlan[i].pools & bit) && pf->s.vlan[i].vid != v->vlan)
            a->vlan[a->vlans++] = pf->s.vlan[i].vid;
}

static int take_filters(struct pf *pf, unsigned vf, const struct agreed *a)
{
    struct pf_vf *v = &pf->s.vf[vf];
    for (uint32_t i = 0; i < a->addresses; i++) {
        int entry = pf__filter_add(pf, a->address[i], UINT64_C(1) << vf);
        if (entry < 0)
            return entry;
    }
    for (uint32_t i = 0; i < a->vlans; i++) {
        int status = v->vlan ? -EPERM : pf__vlan_add(pf, vf, a->vlan[i]);
        if (status)
            return status;
        v->vlan_count++;
    }
    return 0;
}

/* Into force at once, as far as register writes are; what can't be is the release's to take away. */
static int take(struct pf *pf, unsigned vf, const struct agreed *a)
{
    struct pf_vf *v = &pf->s.vf[vf];
    int status = 0;
    v->api = a->api;
    v->clear_to_send = a->clear_to_send;
    v->ping_due = a->ping_due;
    v->rx_broadcast = a->rx_broadcast;
    v->rx_multicast = a->rx_multicast;
    v->rx_allmulti = a->rx_allmulti;
    v->multicast_count = a->multicast_count;
    memcpy(v->multicast, a->multicast, sizeof(v->multicast));
    pf__groups(pf);
    pf__accept(pf, vf);
    if (pf__limits(pf)->jumbo_with_pf && a->mtu > 1500 && pf->s.mtu <= 1500)
        status = -EMSGSIZE; /* as by mailbox: a jumbo VF needs a jumbo PF */
    if (!status)
        status = pf__set_mtu(pf, (int)vf, (uint16_t)a->mtu);
    if (!status)
        status = take_filters(pf, vf, a);
    pf__checks(pf, vf);
    return status;
}

void pf__ixgbe_vf_state(struct pf *pf, unsigned vf, struct save *s)
{
    struct agreed a;
    int status;
    look(pf, vf, &a);
    save_section(s, "VF by mailbox", 1);
    save_field(s, a);
    if (save_is_loading(s) && !s->err &&
        (a.multicast_count > PF_MULTICAST_MAX || a.addresses > PF_FILTERS_MAX || a.vlans > PF_VLANS_MAX || a.mtu > UINT16_MAX))
        save_fail(s, -EPROTO, "%u groups, %u addresses, %u VLANs", a.multicast_count, a.addresses, a.vlans);
    if (!s->err)
        pf->nic->ops->vf_state(pf->nic, vf, s);
    if (!save_is_loading(s) || s->err)
        return;
    if (pf->s.vf[vf].state != PF_VF_ENABLED)
        save_fail(s, -EINVAL, "VF %u is not there for it", vf);
    else if ((status = take(pf, vf, &a)))
        save_fail(s, status, "what its driver had agreed with the PF: %s", pf_status_text((enum vmk_netptop)0, status));
}

/*
 * ---- VF_SAVE_STATE ----
 *
 * The registers of its queues are read one by one (op->i); what else there is, is few [assumed: as many reads as a real driver
 * needs].
 */

static const uint32_t field[] = {RING_LEN, RING_HEAD, RING_TAIL, RING_CTL};
enum { FIELDS = sizeof(field) / sizeof(field[0]) };

static int see_whether_it_can(void *owner)
{
    struct pf *pf = owner;
    struct pf_op *op = pf__op_now(pf);
    int vf = op->args.vf;
    op->i = 0;
    if (vf < 0 || vf >= (int)pf__vfs(pf) || !pf->family->vf_state || !pf->s.vf[vf].clear_to_send)
        return -ENOTSUP; /* not under NPA: what a plugin set up, another sets up anew */
    return pf->s.vf[vf].state == PF_VF_ENABLED ? PROCEDURE_NEXT : -EINVAL;
}

static unsigned queue_read(struct pf *pf)
{
    const struct pf_op *op = pf__op_now(pf);
    return (unsigned)op->args.vf * pf->queues + op->i / FIELDS;
}

static int read_rx(void *owner)
{
    return pf__read(owner, pf__ixgbe_rx_reg(owner, queue_read(owner), field[pf__op_now(owner)->i % FIELDS]));
}

static int read_tx(void *owner)
{
    return pf__read(owner, pf__ixgbe_tx_reg(owner, queue_read(owner), field[pf__op_now(owner)->i % FIELDS]));
}

static int next_register(void *owner)
{
    struct pf *pf = owner;
    return ++pf__op_now(pf)->i < pf->queues * FIELDS ? pf__jump(pf, "read a receive queue's") : PROCEDURE_NEXT;
}

static const struct procedure_step save_state_steps[] = {
    {"see whether it can be", see_whether_it_can},
    {"read a receive queue's", read_rx},
    {"read a transmit queue's", read_tx, .done = next_register},
};
const struct procedure_table pf__ixgbe_save_state = PROCEDURE_TABLE("VF_SAVE_STATE", save_state_steps);
