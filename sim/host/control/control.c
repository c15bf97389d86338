/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control path: what a guest asks of its vmxnet3 registers is allowed or refused by policy, recorded, kept as the
 * state of its port, and, while it is on a VF, driven into the PF.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host/control/control__.h"

enum { CONTROL_REQUEST = 1 /* kind of PF operation; its number is the record's */ };

/* The cookie of an operation for the latest request of the guest's. */
static uint64_t last_request(const struct host_vm *hv)
{
    return host__cookie(hv, HOST_RANK_CONTROL, CONTROL_REQUEST, control_of(hv)->last);
}

/* What the guest asks, as it was decided. */
struct control_record *control__record(struct host_vm *hv, bool allowed, const char *reason, const char *what, ...)
{
    struct host *host = hv->host;
    struct records *list = &control_of_host(host)->records;
    struct control_record *record = records_add(list, sizeof(*record));
    va_list ap;

    control_of(hv)->last = list->count - 1;
    record->at = sim_now(host->c.sim);
    record->allowed = allowed;
    snprintf(record->vm, sizeof(record->vm), "%s", vm_name(hv->vm));
    snprintf(record->reason, sizeof(record->reason), "%s", reason);
    va_start(ap, what);
    vsnprintf(record->what, sizeof(record->what), what, ap);
    va_end(ap);
    if (allowed)
        trace_control_allowed(&host->c, record->vm, record->what,
                              hv->state.vf_enabled ? "allowed, and asked of the PF" : "allowed");
    else
        trace_control_refused(&host->c, record->vm, record->what, reason);
    return record;
}

unsigned host_control_count(const struct host *host) { return control_of_host(host)->records.count; }

const struct control_record *host_control_get(const struct host *host, unsigned i)
{
    return records_get(&control_of_host(host)->records, sizeof(struct control_record), i);
}

static void control_request(struct host_vm *hv, enum vmk_netptop op, const struct pf_args *args)
{
    if (hv->state.vf_enabled)
        host__ask_pf(hv, op, args, last_request(hv));
}

/* ---- address ---- */

static const char *mac_refusal(const struct host_vm *hv, const uint8_t mac[6])
{
    struct pf_vf_admin admin;

    if (mac_is_multicast(mac) || mac_key(mac) == 0)
        return "not a unicast address";
    if (!hv->state.policy[HOST_POLICY_MAC_CHANGE])
        return "policy: mac changes are refused";
    if (host__is_claimed(hv, CLAIM_SWITCH))
        return "a mode switch is under way";
    if (hv->state.vf < 0)
        return NULL;
    pf_vf_get_admin(hv->host->nic[hv->state.nic].pf, (unsigned)hv->state.vf, &admin);
    if (admin.mac_set && !admin.trust && memcmp(admin.mac, mac, 6))
        return "the VF has an administrative mac";
    return NULL;
}

static void use_mac(struct host_vm *hv, const uint8_t mac[6])
{
    memcpy(hv->state.mac, mac, 6);
    vswitch_set_mac(hv->host->vswitch, hv->port, mac);
    vm_set_mac(hv->vm, mac);
}

static bool set_mac(struct vmxnet3_host *host, const uint8_t mac[6])
{
    struct host_vm *hv = host__of_device(host);
    const char *refusal = mac_refusal(hv, mac);
    struct pf_args args = {.vf = hv->state.vf};

    control__record(hv, !refusal, refusal ? refusal : "", "set mac %02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
                    mac[4], mac[5]);
    if (refusal)
        return false;
    memcpy(control_of(hv)->mac_before, hv->state.mac, 6);
    if (hv->state.vf_enabled) {
        use_mac(hv, mac);
        memcpy(args.mac, mac, 6);
        control_request(hv, VMK_NETPTOP_VF_SET_MAC, &args);
        return true;
    }
    host__filter_del(hv);
    use_mac(hv, mac);
    host__filter_add(hv);
    return true;
}

/* ---- receive mode ---- */

enum { RX_ALL_GROUPS = VMXNET3_RXM_ALL_MULTI | VMXNET3_RXM_PROMISC };

/* Of more groups than a filter holds a VF gets all, as the emulated device does. */
void control__rx_mode_args(struct host_vm *hv, bool on, struct pf_args *args)
{
    uint32_t mode = on ? vmxnet3_rx_mode(hv->dev) : 0;
    const uint8_t(*list)[6];

    args->vf = hv->state.vf;
    args->rx_unicast = on;
    args->rx_multicast = !!(mode & VMXNET3_RXM_MCAST);
    args->rx_broadcast = !!(mode & VMXNET3_RXM_BCAST);
    args->rx_allmulti = (mode & RX_ALL_GROUPS) || (on && vmxnet3_multicast(hv->dev, &list) == VMXNET3_MULTICAST_ALL);
    args->rx_promisc = !!(mode & VMXNET3_RXM_PROMISC);
}

static void mode_text(uint32_t mode, char *text, size_t cap)
{
    static const char *const word[] = {"unicast", "multicast", "broadcast", "allmulti", "promisc"};
    size_t len = 0;

    text[0] = 0;
    for (unsigned i = 0; i < 5; i++)
        if (mode >> i & 1)
            len += (size_t)snprintf(text + len, len < cap ? cap - len : 0, "%s%s", len ? "," : "", word[i]);
    if (!len)
        snprintf(text, cap, "nothing");
}

static uint32_t set_rx_mode(struct vmxnet3_host *host, uint32_t asked)
{
    struct host_vm *hv = host__of_device(host);
    bool refused = (asked & VMXNET3_RXM_PROMISC) && !hv->state.policy[HOST_POLICY_PROMISC];
    uint32_t mode = refused ? asked & ~VMXNET3_RXM_PROMISC : asked;
    struct pf_args args = {0};
    char text[64];

    if (asked == control_of(hv)->rx_mode_asked)
        return mode;
    host__changed(hv->host); /* looks when all of this is done */
    bool first = !control_of(hv)->rx_mode_asked;   /* what a driver sets while it comes up is no request of an operator's */
    control_of(hv)->rx_mode_asked = mode; /* what was refused is not remembered */
    mode_text(asked, text, sizeof(text));
    if (!first || refused)
        control__record(hv, !refused, refused ? "policy: promiscuous mode is refused" : "", "set receive mode %s", text);
    if (hv->state.vf_active) {
        vmxnet3_limit_rx_mode(hv->dev, mode);
        control__rx_mode_args(hv, true, &args);
        control_request(hv, VMK_NETPTOP_VF_SET_RX_MODE, &args);
    }
    return mode;
}

/* ---- multicast ---- */

/* What the device filters the PF can filter. */
_Static_assert((int)VMXNET3_MULTICAST_MAX == (int)PF_MULTICAST_MAX, "one limit");

static void multicast_args(struct host_vm *hv, const uint8_t (*list)[6], unsigned count, struct pf_args *args)
{
    args->vf = hv->state.vf;
    args->multicast_count = count < PF_MULTICAST_MAX ? count : PF_MULTICAST_MAX;
    memcpy(args->multicast, list, args->multicast_count * 6);
}

static bool set_multicast(struct vmxnet3_host *host, const uint8_t (*list)[6], unsigned count)
{
    struct host_vm *hv = host__of_device(host);
    const uint8_t(*old)[6];
    unsigned old_count = vmxnet3_multicast(hv->dev, &old);
    unsigned kept = count < VMXNET3_MULTICAST_MAX ? count : VMXNET3_MULTICAST_MAX;
    struct pf_args args = {0}, mode = {0};

    if (count == old_count && !memcmp(list, old, kept * 6))
        return true;
    control__record(hv, true, "", count > kept ? "set more than %u multicast addresses" : "set %u multicast addresses", kept);
    multicast_args(hv, list, count, &args);
    control_request(hv, VMK_NETPTOP_VF_SET_MULTICAST, &args);
    if (hv->state.vf_active && (count == VMXNET3_MULTICAST_ALL) != (old_count == VMXNET3_MULTICAST_ALL)) {
        control__rx_mode_args(hv, true, &mode);
        mode.rx_allmulti = count == VMXNET3_MULTICAST_ALL || (vmxnet3_rx_mode(hv->dev) & RX_ALL_GROUPS);
        control_request(hv, VMK_NETPTOP_VF_SET_RX_MODE, &mode);
    }
    return true;
}

/* ---- VLANs ---- */

static bool table_has(const uint32_t *table, unsigned vid) { return table[vid >> 5] >> (vid & 31) & 1; }

static unsigned table_count(const uint32_t *table)
{
    unsigned n = 0;
    for (unsigned vid = 1; vid < 4095; vid++)
        n += table_has(table, vid);
    return n;
}

/* For each range of VIDs that `on` has and `off` has not: one operation. A table that admits everything is no filter
 * and would fill the PF's: it asks for nothing. */
static unsigned push_ranges(struct host_vm *hv, const uint32_t *on, const uint32_t *off, enum vmk_netptop op, uint64_t cookie)
{
    unsigned ops = 0;

    if (table_count(on) > 4000)
        return 0;
    for (unsigned vid = 1; vid < 4095; vid++) {
        struct pf_args args = {.vf = hv->state.vf, .first_vlan = (uint16_t)vid};
        if (!table_has(on, vid) || (off && table_has(off, vid)))
            continue;
        while (vid < 4094 && table_has(on, vid + 1) && !(off && table_has(off, vid + 1)))
            vid++;
        args.last_vlan = (uint16_t)vid;
        host__ask_pf(hv, op, &args, cookie);
        ops++;
    }
    return ops;
}

/* That of the VF it is on binds it, by whatever way it asks. */
static unsigned operators_vlan(const struct host_vm *hv)
{
    struct pf_vf_admin admin = {.vlan = 0};

    if (hv->state.vf >= 0 && hv->state.vf_enabled)
        pf_vf_get_admin(hv->host->nic[hv->state.nic].pf, (unsigned)hv->state.vf, &admin);
    return admin.vlan;
}

static bool set_vlans(struct vmxnet3_host *host, const uint32_t table[VMXNET3_VFT_SIZE])
{
    struct host_vm *hv = host__of_device(host);
    const uint32_t *old = vmxnet3_vlan_table(hv->dev);
    unsigned count = table_count(table);
    const char *refusal = NULL;

    if (!memcmp(table, old, VMXNET3_VFT_SIZE * sizeof(*table)))
        return true;
    if (count && hv->vlan >= 0)
        refusal = "the port is in a VLAN of its own";
    else if (operators_vlan(hv))
        refusal = "the VF is in the operator's VLAN";
    else if (count && !hv->state.policy[HOST_POLICY_VLAN_TRUNK])
        refusal = "policy: guest VLANs are refused";
    if (count != table_count(old) || refusal)
        control__record(hv, !refusal, refusal ? refusal : "", "set %u VLANs", count);
    if (refusal)
        return false;
    if (hv->state.vf_enabled) {
        push_ranges(hv, old, table, VMK_NETPTOP_VF_DEL_VLAN_RANGE, last_request(hv));
        push_ranges(hv, table, old, VMK_NETPTOP_VF_ADD_VLAN_RANGE, last_request(hv));
    }
    return true;
}

/* ---- redirection ---- */

/* The VF may have fewer queues than the device: its table then wraps. */
static void rss_args(struct host_vm *hv, struct pf_args *args)
{
    struct vmxnet3_view view;

    vmxnet3_get_view(hv->dev, &view);
    args->vf = hv->state.vf;
    args->rss_count = view.rss_count < PF_RSS_TABLE_MAX ? view.rss_count : PF_RSS_TABLE_MAX;
    for (unsigned i = 0; i < args->rss_count; i++)
        args->rss_table[i] = (uint8_t)(view.rss_table[i] % pf_vf_queues(host__nic(hv)->pf));
}

#define RSS_REQUEST "set the redirection table"

static void rss_changed(struct vmxnet3_host *host)
{
    struct host_vm *hv = host__of_device(host);
    struct pf_args args = {0};

    control_of(hv)->rss_changed = 1;
    control__record(hv, true, "", RSS_REQUEST);
    rss_args(hv, &args);
    if (hv->state.vf_enabled)
        control_request(hv, VMK_NETPTOP_VF_SET_RSS_IND_TABLE, &args);
}

/* ---- all of it, when a VF is initialised ---- */

/* Groups stay off until the address moves: the emulated path still brings them. The spoof check is the operator's
 * setting of the VF, unless policy lets this port forge. */
unsigned control__push(struct host_vm *hv, uint64_t cookie)
{
    const uint8_t(*list)[6];
    unsigned groups = vmxnet3_multicast(hv->dev, &list), ops = 1;
    uint32_t mtu = vm_get_params(hv->vm)->mtu;
    struct pf_args args = {0};

    control__rx_mode_args(hv, false, &args);
    host__ask_pf(hv, VMK_NETPTOP_VF_SET_RX_MODE, &args, cookie);
    if (hv->state.policy[HOST_POLICY_FORGED]) {
        struct pf_args spoof = {.vf = hv->state.vf};
        host__ask_pf(hv, VMK_NETPTOP_VF_SET_ANTISPOOF, &spoof, cookie);
        control_of(hv)->spoof_off = 1;
        ops++;
    }
    if (hv->vlan >= 0) {
        struct pf_args vlan = {.vf = hv->state.vf, .enable = hv->vlan > 0, .first_vlan = (uint16_t)hv->vlan};
        host__ask_pf(hv, VMK_NETPTOP_VF_SET_DEFAULT_VLAN, &vlan, cookie);
        ops++;
    } else {
        ops += push_ranges(hv, vmxnet3_vlan_table(hv->dev), NULL, VMK_NETPTOP_VF_ADD_VLAN_RANGE, cookie);
    }
    if (groups) {
        struct pf_args multicast = {0};
        multicast_args(hv, list, groups, &multicast);
        host__ask_pf(hv, VMK_NETPTOP_VF_SET_MULTICAST, &multicast, cookie);
        ops++;
    }
    if (control_of(hv)->rss_changed) {
        struct pf_args rss = {0};
        rss_args(hv, &rss);
        host__ask_pf(hv, VMK_NETPTOP_VF_SET_RSS_IND_TABLE, &rss, cookie);
        ops++;
    }
    if (mtu > 1500) {
        struct pf_args size = {.vf = hv->state.vf, .mtu = (uint16_t)mtu};
        host__ask_pf(hv, VMK_NETPTOP_VF_SET_MTU, &size, cookie);
        ops++;
    }
    return ops;
}

bool control__vlans_clash(const struct host_vm *hv)
{
    unsigned count = table_count(vmxnet3_vlan_table(hv->dev));

    return hv->vlan < 0 && operators_vlan(hv) && count && count <= 4000; /* more is no filter: push_ranges() */
}

void control__spoof_check(struct host_vm *hv, bool on)
{
    struct pf_args args = {.vf = hv->state.vf, .enable = on};

    control_of(hv)->spoof_off = !on;
    host__ask_pf(hv, VMK_NETPTOP_VF_SET_ANTISPOOF, &args, HOST_NOBODY);
}

/* What the VM's port says, as an operator's settings of a VF that the guest drives: its VLAN, and whether it may forge
 * addresses. */
void control__ask_port(struct host_vm *hv, bool set)
{
    struct pf_args vlan = {.vf = hv->state.vf, .enable = set && hv->vlan > 0, .first_vlan = (uint16_t)hv->vlan};
    struct pf_args spoof = {.vf = hv->state.vf, .enable = !set};

    if (hv->vlan >= 0)
        host__ask_pf_as_admin(hv, VMK_NETPTOP_VF_SET_DEFAULT_VLAN, &vlan, HOST_NOBODY);
    if (hv->state.policy[HOST_POLICY_FORGED])
        host__ask_pf(hv, VMK_NETPTOP_VF_SET_ANTISPOOF, &spoof, HOST_NOBODY);
}

/* ---- what the PF made of it ---- */

static void take_back_mac(struct host_vm *hv, const struct control_record *record)
{
    if (strncmp(record->what, "set mac", 7))
        return;
    vmxnet3_set_mac(hv->dev, control_of(hv)->mac_before);
    use_mac(hv, control_of(hv)->mac_before);
}

static void pf_done(struct host_vm *hv, unsigned kind, uint32_t number, int status, int vf)
{
    struct control_record *record = records_get(&control_of_host(hv->host)->records, sizeof(*record), number);

    if (!record)
        return;
    if (status == 0) {
        record->applied_to_vf = true;
        trace_control_applied(&hv->host->c, record->vm, record->what, hv->state.vf);
        return;
    }
    snprintf(record->reason, sizeof(record->reason), "the PF refused: %s", pf_status_text((enum vmk_netptop)0, status));
    record->applied_to_vf = false;
    trace_control_refused(&hv->host->c, record->vm, record->what, record->reason);
    take_back_mac(hv, record);
    if (!strcmp(record->what, RSS_REQUEST))
        control_of(hv)->rss_changed = 0; /* or the next way in would ask again, and fail by it */
}

/* ---- the part ---- */

static void host_freed(struct host *host) { records_free(&control_of_host(host)->records); }

static void save_host(struct host *host, struct save *s)
{
    records_save(&control_of_host(host)->records, sizeof(struct control_record), s);
}

static void save_vm(struct host_vm *hv, struct save *s)
{
    struct control_state *control = control_of(hv);

    save_field(s, *control);
}

static void save_port(struct host_vm *hv, struct save *s)
{
    struct control_state *control = control_of(hv);

    save_field(s, control->mac_before);
    save_field(s, control->rx_mode_asked);
}

static void left(struct host_vm *hv) { control_of(hv)->rx_mode_asked = 0; }

static const struct vmxnet3_host_ops device = {
    .set_mac = set_mac,
    .set_rx_mode = set_rx_mode,
    .set_multicast = set_multicast,
    .set_vlans = set_vlans,
    .rss_changed = rss_changed,
};

const struct host_part control_part = {
    .name = "control path",
    .rank = HOST_RANK_CONTROL,
    .host_bytes = sizeof(struct control_of_host),
    .vm_bytes = sizeof(struct control_state),
    .host_freed = host_freed,
    .save_host = save_host,
    .save_vm = save_vm,
    .pf_done = pf_done,
    .device = &device,
    .save_port = save_port,
    .left = left,
};
