/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ethtool and ip inside a VM whose interface is that of a VF's own driver, as Linux's drivers
 * of VFs answer, or of the master over VF and vmxnet3 [net_failover.c]. Without a device there is no interface.
 */
#include <inttypes.h>
#include <string.h>

#include "scenario/verbs/guest.h"
#include "scenario/verbs/show.h"

enum { RING_MAX = 4096, RESET_TABLE_ENTRIES = 128 };

/* One view of what there is to see. */
struct view {
    const struct show *s;
    const struct scn_item *item;
    const struct vm *vm;
    const struct pf *pf;
    const struct host_netdev *net;
};

static const struct nic_model *model_of(const struct view *v) { return pf_nic(v->pf)->model; }
static const char *driver_name(const struct view *v)
{
    return v->net->kind == HOST_NETDEV_MASTER ? "net_failover" : model_of(v)->vf_driver;
}

static void refuse(const struct view *v, const char *why)
{
    SAY(v->s, "%s", why);
    world__mark_refused(v->s->w, v->item, "%s", why);
}

void show__guest_link(const struct show *s, const uint8_t mac[6], uint32_t rx_mode, unsigned mtu)
{
    char text[SHOW_MAC_LEN];
    SAY(s, "2: eth0: <%sBROADCAST,MULTICAST%s%s,UP%s> mtu %u state %s", s->up ? "" : "NO-CARRIER,", rx_mode & 1 ? ",PROMISC" : "",
        rx_mode & 2 ? ",ALLMULTI" : "", s->up ? ",LOWER_UP" : "", mtu, s->up ? "UP" : "DOWN");
    SAY(s, "    link/ether %s brd ff:ff:ff:ff:ff:ff", show__mac(mac, text));
}

/* Bytes without the checksum, as Linux counts them. */
static void show_counts(const struct view *v)
{
    const struct nic_function_stats *f = &v->net->carried;
    SAY(v->s, "    RX: %10s %8s %7s %7s", "bytes", "packets", "dropped", "mcast");
    SAY(v->s, "    %14" PRIu64 " %8" PRIu64 " %7" PRIu64 " %7" PRIu64, f->rx_bytes - FRAME_FCS_LEN * f->rx_packets, f->rx_packets,
        f->rx_dropped, f->rx_multicast);
    SAY(v->s, "    TX: %10s %8s", "bytes", "packets");
    SAY(v->s, "    %14" PRIu64 " %8" PRIu64, f->tx_bytes - FRAME_FCS_LEN * f->tx_packets, f->tx_packets);
}

static void show_link(const struct view *v)
{
    const struct operator* oper = v->item->said;
    unsigned vm = world__vm_index(v->s->w, oper->nic.text), longest = model_of(v)->vf_mtu_max;
    bool master = v->net->kind == HOST_NETDEV_MASTER;
    show__guest_link(v->s, v->net->mac, v->s->w->rx_modes[vm], vm_get_params(v->vm)->mtu);
    if (oper->details && master)
        SAY(v->s, "    promiscuity 0 minmtu 68 maxmtu 65535 numtxqueues 16 numrxqueues 16");
    else if (oper->details)
        SAY(v->s, "    promiscuity 0 minmtu 68 maxmtu %u numtxqueues %u numrxqueues %u parentbus pci parentdev 0000:01:00.0",
            longest, v->net->queues, v->net->queues);
    if (oper->stats && (!master || v->net->vf >= 0))
        show_counts(v); /* of the master: by its VF */
}

static void show_driver(const struct view *v)
{
    SAY(v->s, "driver: %s", driver_name(v));
    SAY(v->s, "version: vfsim, the guest's own driver");
    SAY(v->s, "firmware-version: ");
    SAY(v->s, "bus-info: %s", v->net->kind == HOST_NETDEV_MASTER ? "" : "0000:01:00.0"); /* behind the slot */
    SAY(v->s, "supports-statistics: %s", v->net->kind == HOST_NETDEV_MASTER ? "no" : "yes");
    SAY(v->s, "supports-test: no");
    SAY(v->s, "supports-eeprom-access: no");
    SAY(v->s, "supports-register-dump: no");
    SAY(v->s, "supports-priv-flags: no");
}

/* The master's are those of the device in use: vmxnet3's while the VF has no link. */
static void show_settings(const struct view *v)
{
    unsigned mbps = v->net->vf >= 0 ? (unsigned)(model_of(v)->rate_bps / 1000000) : 10000;
    SAY(v->s, "Settings for eth0:");
    if (v->s->up) {
        SAY(v->s, "\tSpeed: %uMb/s", mbps);
        SAY(v->s, "\tDuplex: Full");
    } else {
        SAY(v->s, "\tSpeed: Unknown!");
        SAY(v->s, "\tDuplex: Unknown! (255)");
    }
    SAY(v->s, "\tAuto-negotiation: off");
    SAY(v->s, "\tPort: Unknown! (255)"); /* cmd->base.port = -1 */
    SAY(v->s, "\tLink detected: %s", v->s->up ? "yes" : "no");
}

static void show_counters(const struct view *v)
{
    const struct nic_function_stats *f = &v->net->carried;
    SAY(v->s, "NIC statistics:");
    SAY(v->s, "     rx_packets: %" PRIu64, f->rx_packets);
    SAY(v->s, "     tx_packets: %" PRIu64, f->tx_packets);
    SAY(v->s, "     rx_bytes: %" PRIu64, f->rx_bytes - FRAME_FCS_LEN * f->rx_packets);
    SAY(v->s, "     tx_bytes: %" PRIu64, f->tx_bytes - FRAME_FCS_LEN * f->tx_packets);
    SAY(v->s, "     multicast: %" PRIu64, f->rx_multicast);
}

/* What stands in the register of its first vector: microseconds from bit 2 on, as these drivers write them. */
static unsigned throttle_usecs(const struct view *v)
{
    const struct nic_reg *reg = model_of(v)->regs, *end = reg + model_of(v)->reg_count;
    while (reg < end && strcmp(reg->name, "VTEITR"))
        reg++;
    return reg < end ? (unsigned)(pci_mmio_peek(pf_nic(v->pf)->vf[v->net->vf], 0, reg->offset, 4) >> 2 & 0x1fff) : 0;
}

static void show_coalesce(const struct view *v)
{
    unsigned usecs = throttle_usecs(v);
    SAY(v->s, "Coalesce parameters for eth0:");
    SAY(v->s, "Adaptive RX: n/a  TX: n/a");
    SAY(v->s, "rx-usecs: %u", usecs);
    SAY(v->s, "tx-usecs: %u", usecs);
}

static void show_features(const struct view *v)
{
    uint32_t all = (1u << FEATURES) - 1, on = all & ~(1u << FEATURE_LRO);
    if (v->net->queues < 2)
        on &= ~(1u << FEATURE_RXHASH);
    show__features(v->s->w, v->item->at.line, "eth0", on, all);
}

/* Where a VF's driver can ask the PF, the PF answers if the operator lets it. */
static void show_table(const struct view *v)
{
    struct pf_vf_admin admin;
    struct pf_netdev n;
    pf_vf_get_admin(v->pf, (unsigned)v->net->vf, &admin);
    if (!nic_model_can(model_of(v), NIC_VF_ASKS_RSS)) {
        refuse(v, "Cannot get RX flow hash configuration: Operation not supported");
        return;
    }
    if (!admin.query_rss) {
        refuse(v, "Cannot get RX flow hash configuration: Operation not permitted");
        return;
    }
    pf_netdev_get(v->pf, &n);
    show__rss(v->s->w, v->item->at.line, "eth0", n.rss_table, RESET_TABLE_ENTRIES, v->net->queues, n.rss_key);
}

static void show_ethtool(const struct view *v)
{
    const struct vm_params *vm = vm_get_params(v->vm);
    char letter = oper_of(v->item)->tool.letter;
    if (v->net->kind == HOST_NETDEV_MASTER && letter && letter != 'i') { /* it has few calls */
        refuse(v, letter == 'S' ? "no stats available" : "netlink error: Operation not supported");
        return;
    }
    switch (letter) {
    case 0:
        show_settings(v);
        break;
    case 'i':
        show_driver(v);
        break;
    case 'S':
        show_counters(v);
        break;
    case 'c':
        show_coalesce(v);
        break;
    case 'k':
        show_features(v);
        break;
    case 'x':
        show_table(v);
        break;
    case 'g':
        show__rings(v->s->w, v->item->at.line, "eth0", &(struct show_pair){RING_MAX, vm->rx_ring},
                    &(struct show_pair){RING_MAX, vm->tx_ring});
        break;
    default:
        refuse(v, "netlink error: Operation not supported");
        break; /* channels, flow rules */
    }
}

void show__guest_vf(const struct show *s, const struct scn_item *item, const struct vm *vm, const struct pf *pf,
                    const struct host_netdev *net)
{
    const struct view v = {.s = s, .item = item, .vm = vm, .pf = pf, .net = net};
    bool ip = oper_of(item)->inside == INSIDE_LINK;
    char time[REPORT_TIME_LEN];
    SAY(s, "[%s] # %s", report_format_time(sim_now(s->w->sim) / SIM_NS, time), item->text);
    if (net->kind == HOST_NETDEV_NONE)
        refuse(&v, ip ? "Device \"eth0\" does not exist." : "netlink error: No such device");
    else if (ip)
        show_link(&v);
    else
        show_ethtool(&v);
}

/* What these drivers can't change, or ours does not. */
void show__guest_vf_set(const struct show *s, const struct scn_item *item, const struct host_netdev *net)
{
    const char *why = net->kind == HOST_NETDEV_NONE ? "No such device" : "Operation not supported";
    if (oper_of(item)->tool.letter == 'K' && net->kind != HOST_NETDEV_NONE)
        show__feature_refusals(s->w, item, (1u << FEATURES) - 1, (1u << FEATURES) - 1);
    else
        world__refused(s->w, item, "netlink error: %s", why);
}

static bool is_about(const struct scn_item *item, const char *vm, const uint8_t *mac, bool add)
{
    const struct guest_said *guest = verb__guest_said(item);
    const struct machine_job *job = guest ? &guest->job : NULL;
    return guest && !strcmp(guest->vm.text, vm) && (!mac || !memcmp(job->mac, mac, 6)) &&
           (job->kind == (add ? MACHINE_JOB_ADD_ADDRESS : MACHINE_JOB_DEL_ADDRESS) ||
            job->kind == (add ? MACHINE_JOB_ADD_MULTICAST : MACHINE_JOB_DEL_MULTICAST));
}

static int times_carried_out(const struct world *w, const char *vm, const uint8_t *mac, bool add)
{
    int n = 0;
    for (unsigned i = 0; i < w->sc->item_count; i++)
        n += is_about(&w->sc->items[i], vm, mac, add) && w->tallies[i].done && !w->tallies[i].status;
    return n;
}

/* What was carried out of what the scenario asked: nobody but its guest keeps a list. */
void show__guest_addresses(const struct show *s, const struct scn_item *item, const struct host_netdev *net)
{
    const char *vm = oper_of(item)->nic.text;
    char text[SHOW_MAC_LEN], time[REPORT_TIME_LEN];
    const struct world *w = s->w;
    SAY(s, "[%s] # %s", report_format_time(sim_now(w->sim) / SIM_NS, time), item->text);
    if (net->kind == HOST_NETDEV_NONE) {
        SAY(s, "Cannot find device \"eth0\"");
        world__mark_refused(s->w, item, "Cannot find device \"eth0\"");
        return;
    }
    for (unsigned i = 0; i < w->sc->item_count; i++) {
        const struct scn_item *said = &w->sc->items[i];
        bool again = false;
        if (!is_about(said, vm, NULL, true) || !w->tallies[i].done || w->tallies[i].status)
            continue;
        const uint8_t *mac = verb__guest_said(said)->job.mac;
        for (unsigned j = 0; j < i; j++)
            again |= is_about(&w->sc->items[j], vm, mac, true) && w->tallies[j].done && !w->tallies[j].status;
        if (!again && times_carried_out(w, vm, mac, true) > times_carried_out(w, vm, mac, false))
            SAY(s, "%s dev eth0 self permanent", show__mac(mac, text));
    }
}
