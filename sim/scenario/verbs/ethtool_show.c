/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ethtool prints of a PF, in its spelling [ethtool.c]. A figure that the model does not keep is n/a or left out, never a
 * made-up zero.
 */
#include <inttypes.h>
#include <string.h>

#include "scenario/verbs/show.h"

/* A chip's counter in the words of the kernel's driver; NULL: the netdev's own, shown elsewhere. */
static const char *kernel_name(const char *name)
{
    static const char *const words[][2] = {{"rx_packets", "rx_pkts_nic"}, {"tx_packets", "tx_pkts_nic"},
                                           {"rx_bytes", "rx_bytes_nic"},  {"tx_bytes", "tx_bytes_nic"},
                                           {"rx_multicast", "multicast"}, {"rx_broadcast", "broadcast"}};
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
    if (pf_vf_mdd_events(s->pf, vf))
        SAY(s, "     VF %u malicious driver events: %" PRIu64, vf, pf_vf_mdd_events(s->pf, vf));
    if (f.rx_dropped)
        SAY(s, "     VF %u Rx no_descriptor: %" PRIu64, vf, f.rx_dropped);
    for (unsigned r = 0; r < ESWITCH_REASONS; r++)
        if (f.refused[r])
            SAY(s, "     VF %u Tx %s: %" PRIu64, vf, eswitch_reason_name((enum eswitch_reason)r), f.refused[r]);
}

/* The names are those of Linux's drivers. */
static void show_channel_counters(const struct show *s)
{
    struct pf_netdev n;
    struct pf_channel_stats ch;
    pf_netdev_get(s->pf, &n);
    for (unsigned c = 0; c < n.channels; c++) {
        pf_netdev_channel_stats(s->pf, c, &ch);
        SAY(s, "     tx_queue_%u_packets: %" PRIu64, c, ch.tx_packets);
        SAY(s, "     tx_queue_%u_bytes: %" PRIu64, c, ch.tx_bytes);
    }
    for (unsigned c = 0; c < n.channels; c++) {
        pf_netdev_channel_stats(s->pf, c, &ch);
        SAY(s, "     rx_queue_%u_packets: %" PRIu64, c, ch.rx_packets);
        SAY(s, "     rx_queue_%u_bytes: %" PRIu64, c, ch.rx_bytes);
    }
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
    if (n.rx_csum_errors)
        SAY(s, "     hw_csum_rx_error: %" PRIu64, n.rx_csum_errors);
    show_channel_counters(s);
    for (unsigned vf = 0; vf < pf_num_vfs(s->pf); vf++)
        show_vf_counters(s, vf);
}

static void show_driver(const struct show *s)
{
    unsigned rid = pci_function_rid(s->nic->pf);
    SAY(s, "driver: %s", s->nic->model->pf_family);
    SAY(s, "version: vfsim, model %s", s->nic->model->name);
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
    static const char *const rest[] = {"rx-frames", "rx-usecs-irq", "rx-frames-irq", "tx-usecs",
                                       "tx-frames", "tx-usecs-irq", "tx-frames-irq"};
    SAY(s, "Coalesce parameters for %s:", s->said->name.text);
    SAY(s, "Adaptive RX: n/a  TX: n/a");
    SAY(s, "rx-usecs: %u", pf_get_coalesce(s->pf));
    for (unsigned i = 0; i < sizeof(rest) / sizeof(rest[0]); i++)
        SAY(s, "%s: n/a", rest[i]);
}

static void show_rings(const struct show *s)
{
    struct pf_netdev n;
    pf_netdev_get(s->pf, &n);
    show__rings(s->w, s->line, s->said->name.text, &(struct show_pair){n.ring_max, n.ring_rx},
                &(struct show_pair){n.ring_max, n.ring_tx});
}

void show__rings(struct world *w, uint32_t line, const char *dev, const struct show_pair *rx, const struct show_pair *tx)
{
    const struct show s = {.w = w, .line = line};
    SAY(&s, "Ring parameters for %s:", dev);
    for (unsigned current = 0; current < 2; current++) {
        SAY(&s, "%s", current ? "Current hardware settings:" : "Pre-set maximums:");
        SAY(&s, "RX: %" PRIu32, current ? rx->now : rx->most);
        SAY(&s, "RX Mini: n/a");
        SAY(&s, "RX Jumbo: n/a");
        SAY(&s, "TX: %" PRIu32, current ? tx->now : tx->most);
    }
}

static void show_channels(const struct show *s)
{
    struct pf_netdev n;
    pf_netdev_get(s->pf, &n);
    SAY(s, "Channel parameters for %s:", s->said->name.text);
    for (unsigned current = 0; current < 2; current++) {
        SAY(s, "%s", current ? "Current hardware settings:" : "Pre-set maximums:");
        SAY(s, "RX: n/a");
        SAY(s, "TX: n/a");
        SAY(s, "Other: 1");
        SAY(s, "Combined: %" PRIu32, current ? n.channels : n.channels_max);
    }
}

/* `on` and `fixed`: bits of ethtool_features[]. */
void show__features(struct world *w, uint32_t line, const char *dev, uint32_t on, uint32_t fixed)
{
    const struct show s = {.w = w, .line = line};
    SAY(&s, "Features for %s:", dev);
    for (unsigned i = 0; i < FEATURES; i++)
        SAY(&s, "%s: %s%s", ethtool_features[i].name, on >> i & 1 ? "on" : "off", fixed >> i & 1 ? " [fixed]" : "");
}

static void show_features(const struct show *s)
{
    uint32_t fixed, on = verb__pf_features(s->pf, &fixed);
    show__features(s->w, s->line, s->said->name.text, on, fixed);
}

/* [ethtool.c dump_rssh, dump_indir_table] */
void show__rss(struct world *w, uint32_t line, const char *dev, const uint8_t *table, unsigned len, unsigned queues,
               const uint8_t *key)
{
    const struct show s = {.w = w, .line = line};
    char text[3 * PF_RSS_KEY_BYTES + 1];
    SAY(&s, "RX flow hash indirection table for %s with %u RX ring(s):", dev, queues);
    for (unsigned i = 0; i < len; i += 8) {
        unsigned at = 0;
        for (unsigned j = i; j < i + 8 && j < len; j++)
            at += (unsigned)snprintf(text + at, sizeof(text) - at, " %5u", table[j]);
        SAY(&s, "%5u: %s", i, text);
    }
    SAY(&s, "RSS hash key:");
    for (unsigned i = 0; key && i < PF_RSS_KEY_BYTES; i++)
        snprintf(text + 3 * i, 4, "%02x%s", key[i], i + 1 < PF_RSS_KEY_BYTES ? ":" : "");
    SAY(&s, "%s", key ? text : "Operation not supported");
    SAY(&s, "RSS hash function:");
    SAY(&s, "    toeplitz: on");
    SAY(&s, "    xor: off");
    SAY(&s, "    crc32: off");
}

static void show_rss(const struct show *s)
{
    struct pf_netdev n;
    pf_netdev_get(s->pf, &n);
    show__rss(s->w, s->line, s->said->name.text, n.rss_table, PF_RSS_TABLE_MAX, n.channels, n.rss_key);
}

/* Nobody pauses anybody: the model has no flow control. */
static void show_pause(const struct show *s)
{
    SAY(s, "Pause parameters for %s:", s->said->name.text);
    SAY(s, "Autonegotiate:  off");
    SAY(s, "RX:             off");
    SAY(s, "TX:             off");
}

/* [ethtool.c dump_ecmd] Without a link there is neither speed nor duplex. */
static void show_settings(const struct show *s)
{
    uint64_t mbps = port_rate_bps(&s->nic->uplink) / 1000000;
    SAY(s, "Settings for %s:", s->said->name.text);
    if (s->up) {
        SAY(s, "\tSpeed: %" PRIu64 "Mb/s", mbps);
        SAY(s, "\tDuplex: Full");
    } else {
        SAY(s, "\tSpeed: Unknown!");
        SAY(s, "\tDuplex: Unknown! (255)");
    }
    SAY(s, "\tAuto-negotiation: off");
    SAY(s, "\tPort: FIBRE");
    SAY(s, "\tLink detected: %s", s->up ? "yes" : "no");
}

void show__ethtool(struct world *w, const struct scn_item *item)
{
    const struct show opened = show__open(w, item, oper_of(item)->nic.text, item->text), *s = &opened;
    switch (oper_of(item)->tool.letter) {
    case 'S':
        show_counters(s);
        break;
    case 'n':
        show__flow_rules(s);
        break;
    case 'i':
        show_driver(s);
        break;
    case 'c':
        show_coalesce(s);
        break;
    case 'g':
        show_rings(s);
        break;
    case 'l':
        show_channels(s);
        break;
    case 'k':
        show_features(s);
        break;
    case 'x':
        show_rss(s);
        break;
    case 'a':
        show_pause(s);
        break;
    case 0:
        show_settings(s);
        break;
    }
}
