/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the guest's stack wants of a VF of its own, whichever it is, there or not: groups, VLANs, receive mode, address. */
#include "guest/shell/shell.h"

enum { VLAN_LAST = 4094 };

static struct native *me(void) { return &shell.native; }
static bool is_bond(void) { return sh_machine()->net == MACHINE_NET_BOND; }

/* Groups are kept in order of their coming, as the kernel's list: a driver passes the first ones on. */
static uint8_t *group_at(struct vf_wishes *w, uint32_t i) { return i < VF_GROUPS_FEW ? w->group[i] : w->more[i - VF_GROUPS_FEW]; }

static uint32_t find_group(struct vf_wishes *w, const uint8_t mac[6])
{
    for (uint32_t i = 0; i < w->groups; i++) {
        uint32_t k = 0;
        while (k < 6 && group_at(w, i)[k] == mac[k])
            k++;
        if (k == 6)
            return i;
    }
    return SHELL_NONE;
}

static void copy_mac(uint8_t *to, const uint8_t *from)
{
    for (uint32_t i = 0; i < 6; i++)
        to[i] = from[i];
}

static void insert_group(struct vf_wishes *w, uint32_t at, const uint8_t mac[6])
{
    for (uint32_t i = w->groups++; i > at; i--)
        copy_mac(group_at(w, i), group_at(w, i - 1));
    copy_mac(group_at(w, at), mac);
}

static void remove_group(struct vf_wishes *w, uint32_t at)
{
    w->groups--;
    for (uint32_t i = at; i < w->groups; i++)
        copy_mac(group_at(w, i), group_at(w, i + 1));
}

static bool has_room(struct vf_wishes *w)
{
    if (w->groups >= VF_GROUPS_FEW && !w->more) {
        uint64_t gpa = heap_alloc((VF_GROUPS_MAX - VF_GROUPS_FEW) * 6, 64);
        w->more = gpa ? sh_va(gpa) : NULL;
    }
    return w->groups < VF_GROUPS_FEW || (w->more && w->groups < VF_GROUPS_MAX);
}

static uint32_t wish_group(struct vf_wishes *w, const uint8_t mac[6], bool add)
{
    uint32_t i = find_group(w, mac);
    if (!(mac[0] & 1))
        return GUEST_EINVAL;
    if (add != (i == SHELL_NONE))
        return add ? GUEST_EEXIST : GUEST_ENOENT;
    if (add && !has_room(w))
        return GUEST_ENOMEM;
    me()->place_of_group = add ? w->groups : i;
    if (add)
        insert_group(w, w->groups, mac);
    else
        remove_group(w, i);
    return 0;
}

static uint32_t find_address(const struct vf_wishes *w, const uint8_t mac[6])
{
    for (uint32_t i = 0; i < w->addresses; i++) {
        uint32_t k = 0;
        while (k < 6 && w->address[i][k] == mac[k])
            k++;
        if (k == 6)
            return i;
    }
    return SHELL_NONE;
}

static uint32_t wish_address(struct vf_wishes *w, const uint8_t mac[6], bool add)
{
    uint32_t i = find_address(w, mac);
    if (mac[0] & 1)
        return GUEST_EINVAL;
    if (add != (i == SHELL_NONE))
        return add ? GUEST_EEXIST : GUEST_ENOENT;
    if (add && w->addresses == VF_ADDRESSES_MAX)
        return GUEST_ENOMEM;
    if (add) {
        copy_mac(w->address[w->addresses++], mac);
        return 0;
    }
    w->addresses--;
    for (; i < w->addresses; i++)
        copy_mac(w->address[i], w->address[i + 1]);
    return 0;
}

static uint32_t wish_vlan(struct vf_wishes *w, uint64_t vid, bool add)
{
    uint32_t bit = 1u << (vid & 31);
    if (vid == 0 || vid > VLAN_LAST)
        return GUEST_EINVAL;
    if (add == !!(w->vlan[vid >> 5] & bit))
        return add ? GUEST_EEXIST : GUEST_ENOENT;
    w->vlan[vid >> 5] ^= bit;
    return 0;
}

/* The new wishes, before anybody is asked. */
uint32_t native_wish(const struct machine_job *job)
{
    struct vf_wishes *w = &me()->wishes;
    switch (job->kind) { /* the machine's number: native_job() has let few through */
    case MACHINE_JOB_SET_MAC:
        if (job->mac[0] & 1)
            return GUEST_EINVAL;
        copy_mac(w->mac, job->mac);
        w->has_mac = true;
        return 0;
    case MACHINE_JOB_RX_MODE:
        w->rx_mode = (uint32_t)job->arg & 3;
        return 0;
    case MACHINE_JOB_ADD_MULTICAST:
    case MACHINE_JOB_DEL_MULTICAST:
        return wish_group(w, job->mac, job->kind == MACHINE_JOB_ADD_MULTICAST);
    case MACHINE_JOB_ADD_ADDRESS:
    case MACHINE_JOB_DEL_ADDRESS:
        return wish_address(w, job->mac, job->kind == MACHINE_JOB_ADD_ADDRESS);
    default:
        return wish_vlan(w, job->arg, job->kind == MACHINE_JOB_ADD_VLAN);
    }
}

/* Nothing of a refused request is kept, nor at a bond's standby, which has taken it. */
void native_unwish(const struct machine_job *job)
{
    struct vf_wishes *w = &me()->wishes;
    switch (job->kind) { /* the machine's number */
    case MACHINE_JOB_SET_MAC:
        copy_mac(w->mac, me()->before.mac);
        w->has_mac = me()->before.has_mac;
        break;
    case MACHINE_JOB_RX_MODE:
        w->rx_mode = me()->before.rx_mode;
        if (is_bond())
            control_set_rx_mode(w->rx_mode);
        break;
    case MACHINE_JOB_ADD_MULTICAST:
        remove_group(w, me()->place_of_group);
        if (is_bond())
            control_del_multicast(job->mac);
        break;
    case MACHINE_JOB_DEL_MULTICAST:
        insert_group(w, me()->place_of_group, job->mac);
        if (is_bond())
            control_add_multicast(job->mac);
        break;
    case MACHINE_JOB_ADD_ADDRESS:
    case MACHINE_JOB_DEL_ADDRESS:
        wish_address(w, job->mac, job->kind == MACHINE_JOB_DEL_ADDRESS);
        if (is_bond())
            control_hear_addresses();
        break;
    default:
        w->vlan[job->arg >> 5 & (VF_VLAN_WORDS - 1)] ^= 1u << (job->arg & 31);
        if (is_bond())
            control_set_vlan((uint32_t)job->arg, job->kind != MACHINE_JOB_ADD_VLAN);
        break;
    }
}

/* With further addresses a vmxnet3 hears what is others', which the stack drops. */
bool native_is_for_others(const uint8_t to[6])
{
    const struct vf_wishes *w = &me()->wishes;
    uint32_t k = 0;
    if (!w->addresses || sh_machine()->net == MACHINE_NET_VF || (shell.rx_bits & 1) || (to[0] & 1))
        return false;
    while (k < 6 && to[k] == shell.mac[k])
        k++;
    return k < 6 && find_address(w, to) == SHELL_NONE;
}
