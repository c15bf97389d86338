/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What bridge and `ip -s -d` print, in their spelling [iproute2 ip/ipaddress.c, bridge/fdb.c]. A figure that the model does not
 * keep is left out, never a made-up zero.
 */
#include <inttypes.h>
#include <string.h>

#include "scenario/show__.h"

/* ---- ip -s link show ---- */

static void show_stats(const struct show *s)
{
    struct pf_netdev_stats n;
    struct nic_function_stats f;
    pf_get_netdev_stats(s->pf, &n);
    s->nic->ops->function_stats(s->nic, pf_own_vf(s->pf), &f);
    SAY(s, "    RX: %10s %8s %6s %7s %7s %7s", "bytes", "packets", "errors", "dropped", "missed", "mcast");
    SAY(s, "    %14" PRIu64 " %8" PRIu64 " %6" PRIu64 " %7u %7" PRIu64 " %7" PRIu64, n.rx_bytes, n.rx_packets,
        n.rx_errors, 0u, f.rx_dropped, f.rx_multicast);
    SAY(s, "    TX: %10s %8s %6s %7s", "bytes", "packets", "errors", "dropped");
    SAY(s, "    %14" PRIu64 " %8" PRIu64 " %6u %7" PRIu64, n.tx_bytes, n.tx_packets, 0u, n.tx_dropped);
}

static void show_vf_stats(const struct show *s, unsigned vf)
{
    struct nic_function_stats f;
    s->nic->ops->function_stats(s->nic, (int)vf, &f);
    SAY(s, "    RX: bytes  packets  mcast   bcast   dropped ");
    SAY(s, "    %-10" PRIu64 " %-8" PRIu64 " %-7" PRIu64 " %-7" PRIu64 " %-8" PRIu64, f.rx_bytes, f.rx_packets,
        f.rx_multicast, f.rx_broadcast, f.rx_dropped);
    SAY(s, "    TX: bytes  packets   dropped ");
    SAY(s, "    %-10" PRIu64 " %-8" PRIu64 " %-8" PRIu64, f.tx_bytes, f.tx_packets, f.tx_dropped);
}

/* What only `ip -d` says; an uplink of a virtual switch hears all, so it is promiscuous once. */
static void show_details(const struct show *s)
{
    struct pf_netdev n;
    unsigned rid = pci_function_rid(s->nic->pf);
    pf_netdev_get(s->pf, &n);
    SAY(s, "    promiscuity 1 minmtu %u maxmtu %u numtxqueues %u numrxqueues %u parentbus pci parentdev 0000:%02x:%02x.%u",
        PF_MTU_MIN, PF_MTU_MAX, n.channels_max, n.channels_max, rid >> 8, rid >> 3 & 31, rid & 7);
}

static void show_link_stats(const struct show *s, const struct scn_operator *oper)
{
    show__link(s);
    if (oper->details)
        show_details(s);
    if (oper->stats)
        show_stats(s);
    for (unsigned vf = 0; vf < pf_num_vfs(s->pf); vf++) {
        show__vf(s, vf);
        if (oper->stats)
            show_vf_stats(s, vf);
    }
}

/* ---- bridge ---- */

static void show_fdb(const struct show *s)
{
    uint8_t mac[6];
    uint64_t pools;
    char text[SHOW_MAC_LEN];
    for (unsigned i = 0; pf_get_filter(s->pf, i, mac, &pools); i++)
        if (pools >> pf_vf_count(s->pf) & 1) /* the kernel's list is that of the PF's netdev */
            SAY(s, "%s dev %s self permanent", show__mac(mac, text), s->said->name.text);
}

static void show_bridge(const struct show *s)
{
    struct pf_netdev n;
    pf_netdev_get(s->pf, &n);
    SAY(s, "%u: %s: <%s> mtu %u hwmode %s", s->number, s->said->name.text, show__flags(s), n.mtu,
        pf_get_bridge_mode(s->pf) == PF_BRIDGE_VEPA ? "VEPA" : "VEB");
}

void world__show_operator(struct world *w, const struct scn_item *item)
{
    const struct scn_operator *oper = &item->oper;
    struct show s = show__open(w, item, oper->nic.text, oper->command);
    switch (oper->verb) {
    case SCN_OPER_LINK_STATS: show_link_stats(&s, oper); break;
    case SCN_OPER_BRIDGE_SHOW: show_bridge(&s); break;
    case SCN_OPER_FDB_SHOW: show_fdb(&s); break;
    case SCN_OPER_ETHTOOL: show__ethtool(&s, oper->tool.letter); break;
    case SCN_OPER_BRIDGE_MODE: case SCN_OPER_FDB_ADD: case SCN_OPER_FDB_DEL: case SCN_OPER_MIRROR:
    case SCN_OPER_LINK_MTU: case SCN_OPER_LINK_ADDRESS: break;
    }
}
