// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames between the kernel's stack and the shell, and what makes it run: interrupts, polls, events, a timer. */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <net/ip6_checksum.h>

#include "guest/linux/npa.h"

enum {
    VF_BACK_MS = 5000, /* so long a hypervisor may take to have its VF back */
    /* The least that an 82599's descriptor may say. Not the least of a wire: a device pads to that itself, and QEMU's vmxnet3 takes
     * what stands behind a packet into its checksum. */
    TX_BYTES_MIN = 17,
};

/* The queue runs while the shell takes frames. */
static void follow(struct npa_adapter *npa)
{
    if (netif_queue_stopped(npa->dev) && shell_may_send())
        netif_wake_queue(npa->dev);
}

/* ---- receive ---- */

static struct sk_buff *copy(struct npa_vector *vector, const struct os_frame *frame)
{
    struct sk_buff *skb = netdev_alloc_skb_ip_align(vector->npa->dev, frame->len);
    unsigned int i;

    for (i = 0; skb && i < frame->fragments; i++)
        skb_put_data(skb, frame->fragment[i].at, frame->fragment[i].len);
    return skb;
}

void os_receive(const struct os_frame *frame)
{
    struct npa_adapter *npa = npa_the_one;
    struct npa_vector *vector = &npa->vector[frame->vector];
    struct sk_buff *skb = copy(vector, frame);

    if (!skb) {
        npa->dev->stats.rx_dropped++;
        return;
    }
    npa->dev->stats.rx_packets++;
    npa->dev->stats.rx_bytes += frame->len;
    skb->protocol = eth_type_trans(skb, npa->dev);
    if (frame->checked && npa->dev->features & NETIF_F_RXCSUM)
        skb->ip_summed = CHECKSUM_UNNECESSARY;
    if (frame->tagged)
        __vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), frame->tci);
    if (frame->hashed)
        skb_set_hash(skb, frame->hash, frame->hash_of_ports ? PKT_HASH_TYPE_L4 : PKT_HASH_TYPE_L3);
    skb_record_rx_queue(skb, frame->vector);
    __skb_queue_tail(&vector->up, skb);
}

/* A frame goes up without the lock: what the stack answers comes down at once. */
int npa_poll(struct napi_struct *napi, int budget)
{
    struct npa_vector *vector = container_of(napi, struct npa_vector, napi);
    struct npa_adapter *npa = vector->npa;
    unsigned int number = vector - npa->vector;
    struct sk_buff_head up;
    struct sk_buff *skb;
    int done;

    __skb_queue_head_init(&up);
    spin_lock_bh(&npa->lock);
    shell_masked(number);
    done = shell_poll(number, budget);
    skb_queue_splice_tail_init(&vector->up, &up);
    follow(npa);
    spin_unlock_bh(&npa->lock);
    while ((skb = __skb_dequeue(&up)))
        napi_gro_receive(napi, skb);
    if (done >= budget || !napi_complete_done(napi, done))
        return done >= budget ? budget : done;
    spin_lock_bh(&npa->lock);
    shell_unmask(number);
    spin_unlock_bh(&npa->lock);
    return done;
}

void os_schedule(uint32_t vector) { napi_schedule(&npa_the_one->vector[vector].napi); }

/* ---- transmit ---- */

/* What a device that segments wants to find: the pseudo header's sum without a length, and an IPv4 header whose sum is its own
 * affair. */
static void prepare_tso(struct sk_buff *skb)
{
    if (skb_shinfo(skb)->gso_type & SKB_GSO_TCPV6) {
        tcp_v6_gso_csum_prep(skb);
        return;
    }
    ip_hdr(skb)->check = 0;
    tcp_hdr(skb)->check = ~csum_tcpudp_magic(ip_hdr(skb)->saddr, ip_hdr(skb)->daddr, 0, IPPROTO_TCP, 0);
}

static bool prepare(struct sk_buff *skb, struct shell_send *send)
{
    *send = (struct shell_send){.len = skb->len, .more = netdev_xmit_more()};
    if (skb_vlan_tag_present(skb)) {
        send->tagged = true;
        send->tci = skb_vlan_tag_get(skb);
    }
    send->checksum = skb->ip_summed == CHECKSUM_PARTIAL;
    if (!skb_is_gso(skb))
        return true;
    send->mss = skb_shinfo(skb)->gso_size;
    if (skb_cow_head(skb, 0))
        return false;
    prepare_tso(skb);
    return true;
}

netdev_tx_t npa_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
    struct npa_adapter *npa = netdev_priv(dev);
    struct shell_send send;
    void *to;

    if (skb_put_padto(skb, TX_BYTES_MIN))
        return NETDEV_TX_OK;
    if (!prepare(skb, &send) || skb->len > NPA_BYTES_MAX) {
        dev->stats.tx_dropped++;
        dev_kfree_skb_any(skb);
        return NETDEV_TX_OK;
    }
    spin_lock_bh(&npa->lock);
    to = shell_send_begin();
    if (to) {
        skb_copy_bits(skb, 0, to, skb->len);
        shell_send(&send);
        dev->stats.tx_packets += send.mss ? skb_shinfo(skb)->gso_segs : 1;
        dev->stats.tx_bytes += skb->len;
    }
    if (!shell_may_send())
        netif_stop_queue(dev);
    spin_unlock_bh(&npa->lock);
    if (!to)
        return NETDEV_TX_BUSY;
    dev_consume_skb_any(skb);
    return NETDEV_TX_OK;
}

/* ---- events ---- */

static void look_at_link(struct npa_adapter *npa)
{
    uint32_t mbps;

    if (shell_link(&mbps))
        netif_carrier_on(npa->dev);
    else
        netif_carrier_off(npa->dev);
    npa->mbps = mbps;
}

void npa_event(struct work_struct *work)
{
    struct npa_adapter *npa = container_of(work, struct npa_adapter, event);

    spin_lock_bh(&npa->lock);
    if (shell_event() & SHELL_SAW_LINK)
        look_at_link(npa);
    follow(npa);
    spin_unlock_bh(&npa->lock);
}

enum hrtimer_restart npa_timer(struct hrtimer *timer)
{
    struct npa_adapter *npa = container_of(timer, struct npa_adapter, timer);

    spin_lock_bh(&npa->lock);
    shell_timer();
    follow(npa);
    spin_unlock_bh(&npa->lock);
    return HRTIMER_NORESTART;
}

void os_timer(uint64_t ns)
{
    struct hrtimer *timer = &npa_the_one->timer;

    if (ns)
        hrtimer_start(timer, ns_to_ktime(ns), HRTIMER_MODE_REL_SOFT);
    else
        hrtimer_try_to_cancel(timer);
}

uint64_t os_now_ns(void) { return ktime_get_ns(); }

void os_print(const char *text, uint32_t len) { netdev_info(npa_the_one->dev, "%.*s", (int)len, text); }
void os_panic(const char *text) { panic("npa_shell: %s", text); }

/* ---- life ---- */

int npa_open(struct net_device *dev)
{
    struct npa_adapter *npa = netdev_priv(dev);
    struct shell_setup setup = {.queues = npa->queues,
                                .mtu = dev->mtu,
                                .rx_ring = npa->rx_ring,
                                .tx_ring = npa->tx_ring,
                                .tx_bytes_max = NPA_BYTES_MAX,
                                .npa = npa->window[OS_VF] != NULL};
    unsigned int i;
    int rc;

    for (i = 0; i < npa->queues; i++)
        napi_enable(&npa->vector[i].napi);
    rc = shell_open(&setup); /* nobody else comes here before it is open */
    if (rc) {
        for (i = 0; i < npa->queues; i++)
            napi_disable(&npa->vector[i].napi);
        npa_free_all(npa);
        return rc;
    }
    npa_restore(npa);
    spin_lock_bh(&npa->lock);
    look_at_link(npa);
    spin_unlock_bh(&npa->lock);
    netif_start_queue(dev);
    schedule_work(&npa->event); /* likewise what it said before it was open */
    return 0;
}

/* Its VF goes back first: it would write on into memory that is somebody else's. */
static bool give_vf_back(struct npa_adapter *npa)
{
    unsigned long until = jiffies + msecs_to_jiffies(VF_BACK_MS);
    bool is_back;

    do {
        spin_lock_bh(&npa->lock);
        is_back = shell_leave_vf();
        if (is_back)
            shell_close();
        spin_unlock_bh(&npa->lock);
        if (!is_back)
            msleep(1);
    } while (!is_back && time_before(jiffies, until));
    return is_back;
}

int npa_stop(struct net_device *dev)
{
    struct npa_adapter *npa = netdev_priv(dev);
    bool is_back;
    unsigned int i;

    netif_tx_disable(dev);
    netif_carrier_off(dev);
    is_back = give_vf_back(npa);
    if (!is_back) {
        netdev_err(dev, "the hypervisor has not taken its VF back: memory that it may write to stays with it\n");
        spin_lock_bh(&npa->lock);
        shell_close();
        spin_unlock_bh(&npa->lock);
    }
    for (i = 0; i < npa->queues; i++) {
        napi_disable(&npa->vector[i].napi);
        __skb_queue_purge(&npa->vector[i].up);
    }
    cancel_work_sync(&npa->event);
    hrtimer_cancel(&npa->timer);
    if (is_back)
        npa_free_all(npa);
    return 0;
}

const struct net_device_ops npa_netdev_ops = {
    .ndo_open = npa_open,
    .ndo_stop = npa_stop,
    .ndo_start_xmit = npa_start_xmit,
    .ndo_set_mac_address = npa_set_mac,
    .ndo_validate_addr = eth_validate_addr,
    .ndo_set_rx_mode = npa_set_rx_mode,
    .ndo_vlan_rx_add_vid = npa_add_vid,
    .ndo_vlan_rx_kill_vid = npa_kill_vid,
    .ndo_set_features = npa_set_features,
    .ndo_change_mtu = npa_change_mtu,
};
