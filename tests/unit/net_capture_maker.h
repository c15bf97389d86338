/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Captures made packet by packet, for tests: well-formed Ethernet, ARP, IPv4 and IPv6 packets of host 1 and host 2, …
 */
#ifndef VFSIM_TESTS_NET_CAPTURE_MAKER_H
#define VFSIM_TESTS_NET_CAPTURE_MAKER_H

#include <stdlib.h>
#include <string.h>

#include "net/inet.h"
#include "net/capture/pcapfile.h"
#include "unit/net_world.h"

struct maker {
    struct pcap_file file;
    uint8_t packet[70000]; /* the one being made */
    uint32_t len, l3, l4;
};

static inline struct maker *maker_create(void)
{
    struct maker *m = calloc(1, sizeof(*m));
    m->file.path = strdup("made.pcap");
    m->file.packets = calloc(512, sizeof(struct pcap_packet));
    return m;
}

/* Forget the packets from number `count` + 1 on. */
static inline void maker_keep(struct maker *m, uint32_t count)
{
    while (m->file.count > count)
        free((void *)(uintptr_t)m->file.packets[--m->file.count].data);
}

static inline void maker_destroy(struct maker *m)
{
    maker_keep(m, 0);
    free(m->file.packets);
    free(m->file.path);
    free(m);
}

/* Host n in the capture: MAC 0a:00:00:00:00:n, 192.0.2.n, 2001:db8::n. */
static inline void host_mac(uint8_t n, uint8_t mac[6]) { memcpy(mac, (uint8_t[6]){0x0a, 0, 0, 0, 0, n}, 6); }
static inline void host_ip4(uint8_t n, uint8_t ip[4]) { memcpy(ip, (uint8_t[4]){192, 0, 2, n}, 4); }
static inline void host_ip6(uint8_t n, uint8_t ip[16]) { memcpy(ip, (uint8_t[16]){0x20, 1, 0xd, 0xb8, [15] = n}, 16); }

static inline void make_eth(struct maker *m, uint8_t from, uint8_t to, uint16_t type, int tci)
{
    memset(m->packet, 0, sizeof(m->packet));
    if (to == 255)
        memset(m->packet, 0xff, 6);
    else
        host_mac(to, m->packet);
    host_mac(from, m->packet + 6);
    m->len = 12;
    if (tci >= 0) {
        inet_put16(m->packet + m->len, INET_TYPE_VLAN);
        inet_put16(m->packet + m->len + 2, (uint32_t)tci);
        m->len += 4;
    }
    inet_put16(m->packet + m->len, type);
    m->len += 2;
    m->l3 = m->len;
}

/* The checksum of what is made so far. */
static inline void make_checksum(struct maker *m)
{
    struct inet_view v;
    inet_look(&v, m->packet, m->len, m->len);
    if (v.ip4) {
        inet_put16(m->packet + m->l3 + 10, 0);
        inet_put16(m->packet + m->l3 + 10, (uint16_t)~inet_fold(inet_sum(m->packet + m->l3, v.l4 - v.l3)));
    }
    if (v.proto == INET_PROTO_UDP) /* not "without" */
        v.l4_csum = v.l4 + 6;
    inet_put16(m->packet + v.l4_csum, 0);
    inet_put16(m->packet + v.l4_csum, (uint16_t)~inet_fold(inet_transport_sum(&v)));
}

static inline void make_ip(struct maker *m, uint8_t from, uint8_t to, bool six, uint8_t proto, uint32_t l4_len)
{
    uint8_t *ip = m->packet + m->l3;
    if (six) {
        ip[0] = 0x60;
        inet_put16(ip + 4, l4_len);
        ip[6] = proto;
        ip[7] = 255;
        host_ip6(from, ip + 8);
        host_ip6(to, ip + 24);
        m->l4 = m->l3 + 40;
    } else {
        ip[0] = 0x45;
        inet_put16(ip + 2, 20 + l4_len);
        inet_put16(ip + 4, 0xfffe); /* so that an identification that counts up wraps */
        ip[8] = 64;
        ip[9] = proto;
        host_ip4(from, ip + 12);
        host_ip4(to, ip + 16);
        m->l4 = m->l3 + 20;
    }
    m->len = m->l4 + l4_len;
    for (uint32_t i = 0; i < l4_len; i++)
        m->packet[m->l4 + i] = (uint8_t)(i * 7 + i / 256);
}

static inline void make_udp(struct maker *m, uint8_t from, uint8_t to, bool six, uint32_t payload)
{
    make_eth(m, from, to, six ? INET_TYPE_IP6 : INET_TYPE_IP4, -1);
    make_ip(m, from, to, six, INET_PROTO_UDP, 8 + payload);
    inet_put16(m->packet + m->l4 + 4, 8 + payload);
    make_checksum(m);
}

static inline void make_tcp(struct maker *m, uint8_t from, uint8_t to, bool six, uint32_t payload)
{
    make_eth(m, from, to, six ? INET_TYPE_IP6 : INET_TYPE_IP4, -1);
    make_ip(m, from, to, six, INET_PROTO_TCP, 32 + payload);
    uint8_t *tcp = m->packet + m->l4;
    inet_put32(tcp + 4, 0xfffffff0);
    tcp[12] = 8 << 4; /* 12 bytes of options */
    tcp[13] = 0x19;   /* ACK, PSH, FIN */
    make_checksum(m);
}

static inline void make_arp(struct maker *m, uint8_t from, uint8_t to, bool reply)
{
    make_eth(m, from, reply ? to : 255, INET_TYPE_ARP, -1);
    uint8_t *arp = m->packet + m->l3;
    memcpy(arp, (uint8_t[8]){0, 1, 8, 0, 6, 4, 0, reply ? 2 : 1}, 8);
    host_mac(from, arp + 8);
    host_ip4(from, arp + 14);
    if (reply)
        host_mac(to, arp + 18);
    host_ip4(to, arp + 24);
    m->len = m->l3 + 28;
}

/* Neighbour solicitation (to the target's group) or advertisement, each with its link-layer option. */
static inline void make_nd(struct maker *m, uint8_t from, uint8_t to, bool advertise)
{
    make_eth(m, from, to, INET_TYPE_IP6, -1);
    make_ip(m, from, to, true, INET_PROTO_ICMP6, 32);
    if (!advertise) {
        memcpy(m->packet, (uint8_t[6]){0x33, 0x33, 0xff, 0, 0, to}, 6);
        memcpy(m->packet + m->l3 + 24, (uint8_t[16]){0xff, 2, [11] = 1, [12] = 0xff, [15] = to}, 16);
    }
    uint8_t *icmp = m->packet + m->l4;
    memset(icmp, 0, 32);
    icmp[0] = advertise ? 136 : 135;
    host_ip6(advertise ? from : to, icmp + 8);
    icmp[24] = advertise ? 2 : 1;
    icmp[25] = 1;
    host_mac(from, icmp + 26);
    make_checksum(m);
}

static inline void maker_add_snapped(struct maker *m, uint64_t time_us, uint32_t caplen)
{
    uint8_t *data = malloc(caplen ? caplen : 1);
    memcpy(data, m->packet, caplen);
    uint32_t number = ++m->file.count;
    m->file.packets[number - 1] = (struct pcap_packet){1700000000000000000 + (int64_t)time_us * 1000, number, m->len, caplen, data};
}

static inline void maker_add(struct maker *m, uint64_t time_us) { maker_add_snapped(m, time_us, m->len); }

static inline void add_udp(struct maker *m, uint64_t time_us, uint8_t from, uint8_t to)
{
    make_udp(m, from, to, false, 100);
    maker_add(m, time_us);
}

#endif
