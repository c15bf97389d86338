/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What bridge, ethtool and `ip -s` print, in their spelling [iproute2 ip/ipaddress.c, bridge/fdb.c; ethtool.c]. A figure that the
 * model does not keep is n/a or left out, never a made-up zero.
 */
#include <inttypes.h>
#include <string.h>

#include "scenario/show__.h"

#define SAY(s, ...) world__note((s)->w, WORLD_SHOWN, (s)->line, __VA_ARGS__)

/* ---- ip -s link show ---- */

static void show_stats(const struct show *s)
{
    struct pf_netdev_stats n;
    struct nic_function_stats f;
    pf_get_netdev_stats(s->pf, &n);
    s->nic->ops->function_stats(s->nic, -1, &f);
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

static void show_link_stats(const struct show *s)
{
    show__link(s);
    show_stats(s);
    for (unsigned vf = 0; vf < pf_vf_count(s->pf); vf++) {
        show__vf(s, vf);
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
    SAY(s, "%u: %s: <%s> mtu 1500 hwmode %s", s->number, s->said->name.text, show__flags(s),
        pf_get_bridge_mode(s->pf) == PF_BRIDGE_VEPA ? "VEPA" : "VEB");
}

/* ---- ethtool ---- */

/* A chip's counter in the words of the kernel's driver; NULL: the netdev's own, shown elsewhere. */
static const char *kernel_name(const char *name)
{
    static const char *const words[][2] = {{"rx_packets", "rx_pkts_nic"},  {"tx_packets", "tx_pkts_nic"},
                                           {"rx_bytes", "rx_bytes_nic"},   {"tx_bytes", "tx_bytes_nic"},
                                           {"rx_multicast", "multicast"},  {"rx_broadcast", "broadcast"}};
    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (!strcmp(words[i][0], name))
            return words[i][1];
    return name;
}

static void show_vf_counters(const struct show *s, unsigned vf)
{
    struct nic_function_stats f;
    s->nic->ops->function_stats(s->nic, (int)vf, &f);
    SAY(s, "     VF %u Rx Packets: %" PRIu64, vf, f.rx_packets);
    SAY(s, "     VF %u Rx Bytes: %" PRIu64, vf, f.rx_bytes);
    SAY(s, "     VF %u Tx Packets: %" PRIu64, vf, f.tx_packets);
    SAY(s, "     VF %u Tx Bytes: %" PRIu64, vf, f.tx_bytes);
    SAY(s, "     VF %u MC Packets: %" PRIu64, vf, f.rx_multicast);
    if (f.rx_mirrored)
        SAY(s, "     VF %u Rx mirrored: %" PRIu64, vf, f.rx_mirrored);
    if (f.rx_dropped)
        SAY(s, "     VF %u Rx no_descriptor: %" PRIu64, vf, f.rx_dropped);
    for (unsigned r = 0; r < ESWITCH_REASONS; r++)
        if (f.refused[r])
            SAY(s, "     VF %u Tx %s: %" PRIu64, vf, eswitch_reason_name((enum eswitch_reason)r), f.refused[r]);
}

static void show_counters(const struct show *s)
{
    struct pf_netdev_stats n;
    const char *name;
    uint64_t value;
    pf_get_netdev_stats(s->pf, &n);
    SAY(s, "NIC statistics:");
    SAY(s, "     rx_packets: %" PRIu64, n.rx_packets);
    SAY(s, "     tx_packets: %" PRIu64, n.tx_packets);
    SAY(s, "     rx_bytes: %" PRIu64, n.rx_bytes);
    SAY(s, "     tx_bytes: %" PRIu64, n.tx_bytes);
    for (unsigned i = 0; s->nic->ops->counter(s->nic, i, &name, &value); i++)
        SAY(s, "     %s: %" PRIu64, kernel_name(name), value);
    SAY(s, "     tx_queue_0_packets: %" PRIu64, n.tx_packets);
    SAY(s, "     tx_queue_0_bytes: %" PRIu64, n.tx_bytes);
    SAY(s, "     rx_queue_0_packets: %" PRIu64, n.rx_packets);
    SAY(s, "     rx_queue_0_bytes: %" PRIu64, n.rx_bytes);
    for (unsigned vf = 0; vf < pf_vf_count(s->pf); vf++)
        show_vf_counters(s, vf);
}

static void show_driver(const struct show *s)
{
    unsigned rid = pci_function_rid(s->nic->pf);
    SAY(s, "driver: ixgbe");
    SAY(s, "version: vfsim, model %s", s->nic->model);
    SAY(s, "firmware-version: n/a");
    SAY(s, "bus-info: 0000:%02x:%02x.%u", rid >> 8, rid >> 3 & 31, rid & 7);
    SAY(s, "supports-statistics: yes");
    SAY(s, "supports-test: no");
    SAY(s, "supports-eeprom-access: no");
    SAY(s, "supports-register-dump: no");
    SAY(s, "supports-priv-flags: no");
}

static void show_coalesce(const struct show *s)
{
    static const char *const rest[] = {"rx-frames",      "rx-usecs-irq", "rx-frames-irq", "tx-usecs",
                                       "tx-frames",      "tx-usecs-irq", "tx-frames-irq"};
    SAY(s, "Coalesce parameters for %s:", s->said->name.text);
    SAY(s, "Adaptive RX: n/a  TX: n/a");
    SAY(s, "rx-usecs: %u", pf_get_coalesce(s->pf));
    for (unsigned i = 0; i < sizeof(rest) / sizeof(rest[0]); i++)
        SAY(s, "%s: n/a", rest[i]);
}

static void show_rings(const struct show *s)
{
    uint32_t len = pf_ring_len(s->pf);
    SAY(s, "Ring parameters for %s:", s->said->name.text);
    for (unsigned current = 0; current < 2; current++) {
        SAY(s, "%s", current ? "Current hardware settings:" : "Pre-set maximums:");
        SAY(s, "RX: %" PRIu32, len); /* made once: what it has is all it can have */
        SAY(s, "RX Mini: n/a");
        SAY(s, "RX Jumbo: n/a");
        SAY(s, "TX: %" PRIu32, len);
    }
}

static void show_channels(const struct show *s)
{
    SAY(s, "Channel parameters for %s:", s->said->name.text);
    for (unsigned current = 0; current < 2; current++) {
        SAY(s, "%s", current ? "Current hardware settings:" : "Pre-set maximums:");
        SAY(s, "RX: n/a");
        SAY(s, "TX: n/a");
        SAY(s, "Other: 1");
        SAY(s, "Combined: 1");
    }
}

static void show_features(const struct show *s)
{
    static const char *const off[] = {"rx-checksumming", "tx-checksumming", "scatter-gather", "tcp-segmentation-offload",
                                      "large-receive-offload", "rx-vlan-offload", "tx-vlan-offload", "receive-hashing"};
    SAY(s, "Features for %s:", s->said->name.text);
    for (unsigned i = 0; i < sizeof(off) / sizeof(off[0]); i++)
        SAY(s, "%s: off [fixed]", off[i]);
    SAY(s, "rx-vlan-filter: %s [fixed]", pf_vf_count(s->pf) ? "on" : "off");
}

static void show_ethtool(const struct show *s, char letter)
{
    switch (letter) {
    case 'S': show_counters(s); break;
    case 'i': show_driver(s); break;
    case 'c': show_coalesce(s); break;
    case 'g': show_rings(s); break;
    case 'l': show_channels(s); break;
    case 'k': show_features(s); break;
    }
}

void world__show_operator(struct world *w, const struct scn_item *item)
{
    const struct scn_operator *oper = &item->oper;
    struct show s = show__open(w, item, oper->nic.text, oper->command);
    switch (oper->verb) {
    case SCN_OPER_LINK_STATS: show_link_stats(&s); break;
    case SCN_OPER_BRIDGE_SHOW: show_bridge(&s); break;
    case SCN_OPER_FDB_SHOW: show_fdb(&s); break;
    case SCN_OPER_ETHTOOL: show_ethtool(&s, oper->letter); break;
    case SCN_OPER_BRIDGE_MODE: case SCN_OPER_FDB_ADD: case SCN_OPER_FDB_DEL: case SCN_OPER_MIRROR: break;
    }
}
