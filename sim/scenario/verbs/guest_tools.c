/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ethtool, ip and bridge inside a VM: its interface is eth0, its driver vmxnet3 [vmxnet3_ethtool.c], whoever carries the data. What
 * the driver told its device is what is shown; a setting is a job of the guest, done by its own shell.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "nic/vmxnet3/vmxnet3.h"
#include "scenario/verbs/guest.h"
#include "scenario/verbs/show.h"

enum { RING_STEP = 32, RING_MAX = 4096, RX_CSUM_AND_VLAN = UPT1_F_RXCSUM | UPT1_F_RXVLAN };

static const uint64_t upt_bit[FEATURES] = {
    [FEATURE_RX] = UPT1_F_RXCSUM, [FEATURE_RXVLAN] = UPT1_F_RXVLAN, [FEATURE_LRO] = UPT1_F_LRO, [FEATURE_RXHASH] = UPT1_F_RSS};

struct guest {
    struct show s;
    struct host *host;
    struct vm *vm;
    struct vmxnet3 *dev;
    struct vmxnet3_view view;
    struct host_netdev net;
};

static struct guest open_guest(struct world *w, const struct scn_item *item)
{
    unsigned vm = world__vm_index(w, oper_of(item)->nic.text);
    struct guest g = {.s = {.w = w, .line = item->at.line, .number = 2}, .host = world__host_of(w, vm), .vm = w->vms[vm]};
    g.dev = host_vm_device(g.host, g.vm);
    vmxnet3_get_view(g.dev, &g.view);
    host_vm_netdev(g.host, g.vm, &g.net);
    g.s.up = g.net.carrier;
    return g;
}

static uint32_t features(const struct guest *g, uint32_t *fixed)
{
    uint32_t on = 1u << FEATURE_SG | 1u << FEATURE_TXVLAN | 1u << FEATURE_RXVLAN_FILTER;
    *fixed = 0;
    for (unsigned i = 0; i < FEATURES; i++) {
        on |= g->view.features & upt_bit[i] ? 1u << i : 0;
        *fixed |= upt_bit[i] & RX_CSUM_AND_VLAN ? 0 : 1u << i;
    }
    return on;
}

static void show_queues(const struct guest *g)
{
    const struct show *s = &g->s;
    SAY(s, "NIC statistics:");
    for (unsigned q = 0; q < g->view.queues; q++) {
        const struct UPT1_TxStats *t = vmxnet3_tx_stats(g->dev, q);
        SAY(s, "     Tx Queue#: %u", q);
        SAY(s, "       ucast pkts tx: %" PRIu64, t->ucastPktsTxOK);
        SAY(s, "       ucast bytes tx: %" PRIu64, t->ucastBytesTxOK);
        SAY(s, "       mcast pkts tx: %" PRIu64, t->mcastPktsTxOK);
        SAY(s, "       bcast pkts tx: %" PRIu64, t->bcastPktsTxOK);
        SAY(s, "       pkts tx err: %" PRIu64, t->pktsTxError);
        SAY(s, "       pkts tx discard: %" PRIu64, t->pktsTxDiscard);
    }
    for (unsigned q = 0; q < g->view.queues; q++) {
        const struct UPT1_RxStats *r = vmxnet3_rx_stats(g->dev, q);
        SAY(s, "     Rx Queue#: %u", q);
        SAY(s, "       ucast pkts rx: %" PRIu64, r->ucastPktsRxOK);
        SAY(s, "       ucast bytes rx: %" PRIu64, r->ucastBytesRxOK);
        SAY(s, "       mcast pkts rx: %" PRIu64, r->mcastPktsRxOK);
        SAY(s, "       bcast pkts rx: %" PRIu64, r->bcastPktsRxOK);
        SAY(s, "       pkts rx OOB: %" PRIu64, r->pktsRxOutOfBuf);
        SAY(s, "       pkts rx err: %" PRIu64, r->pktsRxError);
    }
}

/* On a VF the device counts nothing: what the chip says of the VF, as a hypervisor would put it in the shared queue statistics. */
static void show_vf(const struct guest *g)
{
    int vf = host_vm_vf(g->host, g->vm);
    const struct nic *nic = pf_nic(host_vm_pf(g->host, g->vm));
    struct nic_function_stats f;
    if (vf < 0)
        return;
    nic->ops->function_stats(nic, vf, &f);
    SAY(&g->s, "     passthrough pkts tx: %" PRIu64, f.tx_packets);
    SAY(&g->s, "     passthrough pkts rx: %" PRIu64, f.rx_packets);
    SAY(&g->s, "     passthrough pkts rx OOB: %" PRIu64, f.rx_dropped);
}

static void show_driver(const struct guest *g)
{
    const struct show *s = &g->s;
    unsigned rid = pci_function_rid(vmxnet3_function(g->dev));
    SAY(s, "driver: vmxnet3");
    SAY(s, "version: vfsim, the shell");
    SAY(s, "firmware-version: n/a");
    SAY(s, "bus-info: 0000:%02x:%02x.%u", rid >> 8, rid >> 3 & 31, rid & 7);
    SAY(s, "supports-statistics: yes");
    SAY(s, "supports-test: no");
    SAY(s, "supports-eeprom-access: no");
    SAY(s, "supports-register-dump: no");
    SAY(s, "supports-priv-flags: no");
}

static void show_channels(const struct guest *g)
{
    const struct show *s = &g->s;
    SAY(s, "Channel parameters for eth0:");
    for (unsigned current = 0; current < 2; current++) {
        SAY(s, "%s", current ? "Current hardware settings:" : "Pre-set maximums:");
        SAY(s, "RX: n/a");
        SAY(s, "TX: n/a");
        SAY(s, "Other: 1");
        SAY(s, "Combined: %u", g->view.queues);
    }
}

static void show_settings(const struct guest *g)
{
    const struct show *s = &g->s;
    SAY(s, "Settings for eth0:");
    SAY(s, "\tSpeed: %s", g->s.up ? "10000Mb/s" : "Unknown!");
    SAY(s, "\tDuplex: %s", g->s.up ? "Full" : "Unknown! (255)");
    SAY(s, "\tAuto-negotiation: off");
    SAY(s, "\tPort: Twisted Pair");
    SAY(s, "\tLink detected: %s", g->s.up ? "yes" : "no");
}

static void show_link(const struct guest *g, const struct operator* oper)
{
    const struct show *s = &g->s;
    struct vmxnet3_stats n;
    uint8_t mac[6];
    uint32_t mode = vmxnet3_rx_mode(g->dev);
    unsigned rid = pci_function_rid(vmxnet3_function(g->dev));
    vmxnet3_get_mac(g->dev, mac);
    vmxnet3_get_stats(g->dev, &n);
    /* The flags are what an operator asked for; promiscuity also counts whoever needs it [net/core/dev.c dev_get_flags]. */
    show__guest_link(s, mac,
                     ((mode & VMXNET3_RXM_PROMISC ? 1 : 0) | (mode & VMXNET3_RXM_ALL_MULTI ? 2 : 0)) &
                         g->s.w->rx_modes[world__vm_index(g->s.w, oper->nic.text)],
                     vm_get_params(g->vm)->mtu);
    if (oper->details) /* [vmxnet3_defs.h VMXNET3_MIN_MTU, VMXNET3_MAX_MTU] */
        SAY(s, "    promiscuity %u minmtu 60 maxmtu 9190 numtxqueues %u numrxqueues %u parentbus pci parentdev 0000:%02x:%02x.%u",
            !!(mode & VMXNET3_RXM_PROMISC), g->view.queues, g->view.queues, rid >> 8, rid >> 3 & 31, rid & 7);
    if (!oper->stats)
        return;
    SAY(s, "    RX: %10s %8s", "bytes", "packets");
    SAY(s, "    %14" PRIu64 " %8" PRIu64, n.rx_bytes, n.rx_frames);
    SAY(s, "    TX: %10s %8s", "bytes", "packets");
    SAY(s, "    %14" PRIu64 " %8" PRIu64, n.tx_bytes, n.tx_frames);
    show_vf(g);
}

static void refused(struct world *w, const struct scn_item *item, const char *why)
{
    world__refused(w, item, "netlink error: %s", why);
}

static void show(const struct guest *g, const struct scn_item *item)
{
    struct world *w = g->s.w;
    char letter = oper_of(item)->tool.letter, time[REPORT_TIME_LEN];
    uint32_t fixed, on = features(g, &fixed);
    if (oper_of(item)->inside == INSIDE_ADDRESSES) {
        show__guest_addresses(&g->s, item, &g->net);
        return;
    }
    if (g->net.kind != HOST_NETDEV_VMXNET3) {
        show__guest_vf(&g->s, item, g->vm, host_vm_pf(g->host, g->vm), &g->net);
        return;
    }
    if (letter == 'a' || letter == 'n') { /* nor pause parameters, nor rules of flows */
        refused(w, item, "Operation not supported");
        return;
    }
    if (letter == 'c') { /* revision 1 of the device has no coalescing [vmxnet3_get_coalesce] */
        refused(w, item, "Operation not supported");
        return;
    }
    SAY(&g->s, "[%s] # %s", report_format_time(sim_now(w->sim) / SIM_NS, time), item->text);
    if (oper_of(item)->inside == INSIDE_LINK) {
        show_link(g, oper_of(item));
        return;
    }
    switch (letter) {
    case 'S':
        show_queues(g);
        show_vf(g);
        break;
    case 'i':
        show_driver(g);
        break;
    case 'g':
        show__rings(w, item->at.line, "eth0", &(struct show_pair){RING_MAX, g->view.rx_ring},
                    &(struct show_pair){RING_MAX, g->view.tx_ring});
        break;
    case 'l':
        show_channels(g);
        break;
    case 'k':
        show__features(w, item->at.line, "eth0", on, fixed);
        break;
    case 'x':
        if (g->view.rss_count)
            show__rss(w, item->at.line, "eth0", g->view.rss_table, g->view.rss_count, g->view.queues, NULL);
        else {
            SAY(&g->s, "Cannot get RX flow hash configuration: Operation not supported");
            world__mark_refused(w, item, "Cannot get RX flow hash configuration: Operation not supported");
        }
        break;
    default:
        show_settings(g);
        break;
    }
}

static void ask(struct world *w, unsigned index, const struct guest *g, enum machine_job_kind kind, uint64_t arg)
{
    struct machine_job job = {.kind = kind, .arg = arg};
    w->st.outstanding++;
    w->acts[index].asked++;
    vm_job(g->vm, &job, &w->comp, WORLD_JOB_DONE, index);
}

static void set_rings(struct world *w, unsigned index, const struct guest *g)
{
    const struct scn_item *item = &w->sc->items[index];
    const struct ethtool_said *t = &oper_of(item)->tool;
    uint64_t rx = t->rx_given ? t->rx : g->view.rx_ring, tx = t->tx_given ? t->tx : g->view.tx_ring;
    if (rx > RING_MAX || tx > RING_MAX)
        refused(w, item, "requested ring size exceeds maximum");
    else
        ask(w, index, g, MACHINE_JOB_SET_RINGS, rx | tx << 32);
}

static void set_features(struct world *w, unsigned index, const struct guest *g)
{
    const struct scn_item *item = &w->sc->items[index];
    uint32_t fixed, on = features(g, &fixed), want = ((on | oper_of(item)->tool.on) & ~oper_of(item)->tool.off);
    uint64_t bits = 0;
    show__feature_refusals(w, item, on, fixed);
    for (unsigned i = 0; i < FEATURES; i++)
        bits |= want >> i & 1 && !(fixed >> i & 1) ? upt_bit[i] : 0;
    if (((want ^ on) & ~fixed))
        ask(w, index, g, MACHINE_JOB_SET_FEATURES, bits);
}

static void set_rss(struct world *w, unsigned index, const struct guest *g)
{
    const struct scn_item *item = &w->sc->items[index];
    const struct ethtool_said *t = &oper_of(item)->tool;
    uint64_t weights = 0;
    uint32_t most = 1;
    for (unsigned i = 0; i < t->weights; i++)
        most = t->weight[i] > most ? t->weight[i] : most;
    for (unsigned i = 0; i < t->weights; i++) /* a byte each is enough for a table of 32 entries */
        weights |= (uint64_t)(most > 255 ? t->weight[i] * 255 / most : t->weight[i]) << (8 * i);
    if (t->key_given)
        verb__ethtool_done(w, index, -ENOTSUP);
    else
        ask(w, index, g, MACHINE_JOB_SET_RSS, weights);
}

static void act_tool(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    const struct guest g = open_guest(w, item);
    char letter = oper_of(item)->inside == INSIDE_ETHTOOL ? oper_of(item)->tool.letter : 'S';
    if (!g.net.runs) {
        world__refused(w, item, "%s", vm_get_state(g.vm) == VM_ENDED ? "the VM has ended" : "the VM stands still");
        return;
    }
    if (oper_of(item)->inside == INSIDE_SET_ADDRESS) {
        struct machine_job job = {.kind = MACHINE_JOB_SET_MAC};
        memcpy(job.mac, oper_of(item)->mac, 6);
        w->st.outstanding++;
        w->acts[index].asked++;
        vm_job(g.vm, &job, &w->comp, WORLD_JOB_DONE, index);
        return;
    }
    if (g.net.kind == HOST_NETDEV_VF && letter == 'C' && !oper_of(item)->tool.unsupported) {
        ask(w, index, &g, MACHINE_JOB_MODERATE, oper_of(item)->tool.usecs);
        return;
    }
    if (g.net.kind != HOST_NETDEV_VMXNET3 && strchr("GKXLCNp", letter) && letter) {
        show__guest_vf_set(&g.s, item, &g.net);
        return;
    }
    switch (letter) {
    case 'G':
        set_rings(w, index, &g);
        break;
    case 'K':
        set_features(w, index, &g);
        break;
    case 'X':
        set_rss(w, index, &g);
        break;
    case 'L':
    case 'C':
    case 'N':
    case 'p':
        refused(w, item, "Operation not supported");
        break; /* the driver has no such call */
    default:
        show(&g, item);
        break;
    }
}

static void tool_done(struct world *w, unsigned item, int status)
{
    if (oper_of(&w->sc->items[item])->inside == INSIDE_ETHTOOL)
        verb__ethtool_done(w, item, status);
    else
        verb__link_done(w, item, status);
}

/* ---- the lines ---- */

static void check_vm(struct scenario *sc, struct scn_item *item)
{
    if (oper_of(item)->nic.text)
        scn_resolve(sc, &oper_of(item)->nic, SCN_BIT(SCN_VM), "a VM");
}

/* a line of `guest` that is none of its jobs */
static const struct verb verb_tool = {
    .kind = VERB_ACTS,
    .check = check_vm,
    .act = act_tool,
    .done = tool_done,
    .ending = world__end_of_requests,
    .vm_of = verb__vm_of_operator,
};

void verb__parse_guest_ethtool(struct scn_cursor *c, struct scn_item *item, struct scn_word vm)
{
    int letter = verb__take_ethtool_letter(c);
    struct operator* said = verb__start_operator(c, item, &verb_tool, vm);
    said->inside = INSIDE_ETHTOOL;
    if (letter < 0)
        return;
    said->tool.letter = (char)letter;
    scn_need(c, "eth0");
    verb__take_ethtool_setting(c, &said->tool);
}

void verb__parse_guest_bridge(struct scn_cursor *c, struct scn_item *item, struct scn_word vm)
{
    verb__start_operator(c, item, &verb_tool, vm)->inside = INSIDE_ADDRESSES;
    if (scn_need(c, "fdb") && scn_need(c, "show") && scn_need(c, "dev"))
        scn_need(c, "eth0");
}

/* What the guest has jobs for stays one: item->said is then still what `guest` says. */
static void set_address(struct scn_cursor *c, void *into)
{
    struct operator* said = verb__start_operator(c, into, &verb_tool, ((struct guest_said *)((struct scn_item *)into)->said)->vm);
    said->inside = INSIDE_SET_ADDRESS;
    scn_own_mac(c, said->mac);
}
static void set_rx_mode(struct scn_cursor *c, void *into, uint32_t bit)
{
    struct guest_said *said = ((struct scn_item *)into)->said;
    said->job.kind = MACHINE_JOB_RX_MODE;
    said->rx_mode = bit;
    said->rx_mode_on = scn_on_off(c, "value of a receive mode");
}
static void set_promisc(struct scn_cursor *c, void *into) { set_rx_mode(c, into, WORLD_RX_PROMISC); }
static void set_allmulticast(struct scn_cursor *c, void *into) { set_rx_mode(c, into, WORLD_RX_ALLMULTI); }

void verb__parse_guest_ip(struct scn_cursor *c, struct scn_item *item, struct scn_word vm)
{
    enum { SET, SHOW };
    static const char *const words[] = {[SET] = "set", [SHOW] = "show", NULL};
    static const struct scn_option settings[] = {
        {"address", set_address, "MAC"}, {"promisc", set_promisc, "on|off"}, {"allmulticast", set_allmulticast, "on|off"}};
    bool stats = false, details = false;
    if (!verb__take_ip_flags(c, &stats, &details))
        return;
    int which = scn_choice(c, "verb of ip link", words);
    scn_accept(c, "dev");
    if (which < 0 || !scn_need(c, "eth0"))
        return;
    if (which == SET) {
        scn_take_option(c, "setting of a guest's link", settings, sizeof(settings) / sizeof(settings[0]), item);
        return;
    }
    struct operator* said = verb__start_operator(c, item, &verb_tool, vm);
    said->inside = INSIDE_LINK;
    said->stats = stats;
    said->details = details;
}
