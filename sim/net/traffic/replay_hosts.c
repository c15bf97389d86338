/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which two hosts of a capture converse, and which packets are theirs.
 *
 * A host is a MAC address unless the scenario names it by IP. Unnamed, the two are the pair that exchanges most unicast
 * frames; with one of them named, its busiest partner of the same kind. What either sends to the other, or to a group
 * (broadcast, multicast), is the conversation. Unnamed, `from` plays who speaks first: who sends the first TCP SYN, or, if
 * there is none, the first unicast packet.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "net/traffic/replay__.h"

const char *replay__endpoint_text(const struct endpoint *e, char *buf, size_t cap)
{
    const uint8_t *a = e->addr;
    if (e->kind == ENDPOINT_MAC)
        snprintf(buf, cap, "%02x:%02x:%02x:%02x:%02x:%02x", a[0], a[1], a[2], a[3], a[4], a[5]);
    else
        inet_ntop(e->kind == ENDPOINT_IP4 ? AF_INET : AF_INET6, a, buf, (socklen_t)cap);
    return buf;
}

static bool parse_mac(const char *text, uint8_t mac[6])
{
    unsigned m[6];
    char end;
    if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &m[0], &m[1], &m[2], &m[3], &m[4], &m[5], &end) != 6)
        return false;
    for (int i = 0; i < 6; i++)
        mac[i] = (uint8_t)m[i];
    return true;
}

static int parse_endpoint(struct replay_build *b, const char *text, struct endpoint *e)
{
    *e = (struct endpoint){0};
    if (parse_mac(text, e->addr))
        e->kind = ENDPOINT_MAC;
    else if (inet_pton(AF_INET, text, e->addr) == 1)
        e->kind = ENDPOINT_IP4;
    else if (inet_pton(AF_INET6, text, e->addr) == 1)
        e->kind = ENDPOINT_IP6;
    else
        return replay__error(b, 0, "host \"%s\" is neither a MAC, an IPv4 nor an IPv6 address", text);
    return 0;
}

/* Source (dst false) or destination of a packet as an endpoint of `kind`; false when it has none. */
static bool endpoint_of(const struct inet_view *v, enum endpoint_kind kind, bool dst, struct endpoint *e)
{
    const uint8_t *l3 = v->data + v->l3;
    *e = (struct endpoint){.kind = (uint8_t)kind};
    if (kind == ENDPOINT_MAC)
        memcpy(e->addr, v->data + (dst ? 0 : 6), 6);
    else if (kind == ENDPOINT_IP4 && v->ip4)
        memcpy(e->addr, l3 + (dst ? 16 : 12), 4);
    else if (kind == ENDPOINT_IP4 && v->arp)
        memcpy(e->addr, l3 + (dst ? 24 : 14), 4);
    else if (kind == ENDPOINT_IP6 && v->ip6)
        memcpy(e->addr, l3 + (dst ? 24 : 8), 16);
    else
        return false;
    return true;
}

static bool is_host(const struct inet_view *v, const struct replay_host *host, bool dst)
{
    struct endpoint e;
    return endpoint_of(v, host->who.kind, dst, &e) && memcmp(&e, &host->who, sizeof(e)) == 0;
}

int replay__sender(const struct replay_build *b, const struct inet_view *v)
{
    for (int h = 0; h < 2; h++) {
        if (is_host(v, &b->host[h], false) && (mac_is_multicast(v->data) || is_host(v, &b->host[1 - h], true)))
            return h;
    }
    return -1;
}

int replay__look(struct replay_build *b, uint32_t number, struct inet_view *v)
{
    const struct pcap_packet *p = &b->file->packets[number - 1];
    b->walked += p->caplen + sizeof(*p);
    if (b->walked >= BULK_WALK) {
        pcap_file_relax(b->file);
        replay__relax(b->replay);
        b->walked = 0;
    }
    if (!inet_look(v, (uint8_t *)(uintptr_t)p->data, p->caplen, p->len))
        return replay__error(b, number, "captured only up to byte %u, inside its %s", p->caplen, v->cut);
    return 0;
}

/* ---- the busiest pair ---- */

struct pair {
    struct endpoint lo, hi;
    uint32_t first; /* packet number */
    uint32_t frames;
};

static int pair_compare(const void *x, const void *y)
{
    const struct pair *p = x, *q = y;
    int order = memcmp(&p->lo, &q->lo, sizeof(p->lo));
    if (order == 0)
        order = memcmp(&p->hi, &q->hi, sizeof(p->hi));
    return order ? order : (p->first > q->first) - (p->first < q->first);
}

/* Pairs as they were met, each once in a while: they are joined when there is no more room. */
struct pairs {
    struct pair *pair;
    size_t count, cap;
};

/* Each pair once, with the packet that it began with. */
static void join_pairs(struct pairs *p)
{
    size_t n = 0;
    qsort(p->pair, p->count, sizeof(*p->pair), pair_compare);
    for (size_t i = 0; i < p->count; i++) {
        struct pair *last = n ? &p->pair[n - 1] : NULL, *next = &p->pair[i];
        if (last && !memcmp(&last->lo, &next->lo, sizeof(next->lo)) && !memcmp(&last->hi, &next->hi, sizeof(next->hi)))
            last->frames += next->frames;
        else
            p->pair[n++] = *next;
    }
    p->count = n;
}

static void add_pair(struct pairs *p, const struct pair *pair)
{
    if (p->count == p->cap) {
        if (p->cap)
            join_pairs(p);
        if (p->count * 2 >= p->cap) {
            p->cap = p->cap ? 2 * p->cap : 1024;
            p->pair = alloc_grow("hosts of a capture", p->pair, p->cap * sizeof(*p->pair));
        }
    }
    p->pair[p->count++] = *pair;
}

/* The one of most frames; of equals the one that began first. */
static const struct pair *busiest(const struct pairs *p)
{
    const struct pair *best = NULL;
    for (const struct pair *next = p->pair; p->count && next < p->pair + p->count; next++)
        if (!best || next->frames > best->frames || (next->frames == best->frames && next->first < best->first))
            best = next;
    return best;
}

/* The pair exchanging most unicast frames, `known` (NULL: any) being one of it. */
static int busiest_pair(struct replay_build *b, enum endpoint_kind kind, const struct endpoint *known, struct pair *out)
{
    struct pairs pairs = {0};
    size_t to_itself = 0;
    for (uint32_t number = 1; number <= b->file->count; number++) {
        struct inet_view v;
        struct endpoint src, dst;
        if (replay__look(b, number, &v) != 0) {
            free(pairs.pair);
            return -1;
        }
        if (mac_is_multicast(v.data) || !endpoint_of(&v, kind, false, &src) || !endpoint_of(&v, kind, true, &dst))
            continue;
        int order = memcmp(&src, &dst, sizeof(src));
        to_itself += order == 0;
        if (order == 0 || (known && memcmp(&src, known, sizeof(src)) && memcmp(&dst, known, sizeof(dst))))
            continue;
        add_pair(&pairs, &(struct pair){order < 0 ? src : dst, order < 0 ? dst : src, number, 1});
    }
    if (pairs.count)
        join_pairs(&pairs);
    const struct pair *best = busiest(&pairs);
    if (best)
        *out = *best;
    free(pairs.pair);
    if (best)
        return 0;
    if (to_itself)
        return replay__error(b, 0,
                             "both ends of its packets have one address, as at a loopback interface (lo): capture between"
                             " two network namespaces (ip netns), or, if their IP addresses differ, name the hosts by"
                             " those (hosts A B)");
    return replay__error(b, 0, "no two hosts exchange unicast frames in it: nothing to converse");
}

/* ---- the choice ---- */

static int fill_unnamed(struct replay_build *b)
{
    const char *from = b->params->host_from, *to = b->params->host_to;
    struct pair pair = {0};
    if (from && parse_endpoint(b, from, &b->host[0].who) != 0)
        return -1;
    if (to && parse_endpoint(b, to, &b->host[1].who) != 0)
        return -1;
    if (from && to)
        return 0;
    const struct endpoint *known = from ? &b->host[0].who : to ? &b->host[1].who : NULL;
    if (busiest_pair(b, known ? known->kind : ENDPOINT_MAC, known, &pair) != 0)
        return -1;
    if (known) {
        bool known_is_lo = memcmp(known, &pair.lo, sizeof(pair.lo)) == 0;
        b->host[from ? 1 : 0].who = known_is_lo ? pair.hi : pair.lo;
    } else {
        b->host[0].who = pair.lo;
        b->host[1].who = pair.hi;
    }
    return 0;
}

static void learn_mac(struct replay_host *host, const uint8_t *mac)
{
    if (!host->mac_known && !mac_is_multicast(mac))
        memcpy(host->mac, mac, 6);
    host->mac_known = host->mac_known || !mac_is_multicast(mac);
}

static bool is_link_local(const uint8_t *ip6) { return ip6[0] == 0xfe && (ip6[1] & 0xc0) == 0x80; }

/* `host` calls itself `addr` in packet `number`. Unspecified and group addresses teach nothing; link-local ones stay when
 * addresses are rewritten. */
static int learn_addr(struct replay_build *b, struct replay_host *host, uint32_t number, const uint8_t *addr, bool six)
{
    uint8_t *own = six ? host->ip6 : host->ip4;
    bool *has = six ? &host->has_ip6 : &host->has_ip4, *more = six ? &host->more_ip6 : &host->more_ip4;
    size_t len = six ? 16 : 4;
    char text[64];
    if (addr[0] == 0 || (six ? addr[0] == 0xff : addr[0] >= 224))
        return 0;
    if (six && is_link_local(addr)) {
        if (!host->has_local6)
            memcpy(host->local6, addr, len);
        host->has_local6 = true;
        return 0;
    }
    if (*has && memcmp(own, addr, len) != 0) {
        *more = true;
        if (b->params->rewrite_ip)
            return replay__error(b, number, "%s speaks for more than one IPv%d address: name the host by the one to rewrite",
                                 replay__endpoint_text(&host->who, text, sizeof(text)), six ? 6 : 4);
        return 0;
    }
    memcpy(own, addr, len);
    *has = true;
    return 0;
}

static int learn_ip(struct replay_build *b, struct replay_host *host, const struct inet_view *v, uint32_t number, bool dst)
{
    const uint8_t *l3 = v->data + v->l3;
    if (v->ip4)
        return learn_addr(b, host, number, l3 + (dst ? 16 : 12), false);
    if (v->arp)
        return learn_addr(b, host, number, l3 + (dst ? 24 : 14), false);
    if (v->ip6)
        return learn_addr(b, host, number, l3 + (dst ? 24 : 8), true);
    return 0;
}

/* ---- who speaks first ---- */

enum { TCP_FLAGS = 13, TCP_SYN = 0x02, TCP_ACK = 0x10 };

/* What packet `v` of host `h` tells: who opens a connection speaks first, also when only the answer was captured; next
 * best is a unicast packet. A broadcast asks nobody of the two in particular (a router's advertisement says nothing about
 * who begins), and who answers it with an address has not begun. */
static struct replay_opening opening_of(const struct inet_view *v, uint32_t number, unsigned h)
{
    if (mac_is_multicast(v->data) || v->type == INET_TYPE_ARP || inet_is_nd(v))
        return (struct replay_opening){OPENING_ANY, number, h};
    if (v->proto == INET_PROTO_TCP && v->l4_csum && v->data[v->l4 + TCP_FLAGS] & TCP_SYN) {
        bool answer = v->data[v->l4 + TCP_FLAGS] & TCP_ACK;
        return (struct replay_opening){answer ? OPENING_SYN_ACK : OPENING_SYN, number, answer ? 1 - h : h};
    }
    return (struct replay_opening){OPENING_UNICAST, number, h};
}

/* The better of what was found and what a later packet tells. A SYN and an answer to one are worth the same. */
static void take_opening(struct replay_opening *best, struct replay_opening later)
{
    bool both_tcp = best->kind == OPENING_SYN_ACK && later.kind == OPENING_SYN;
    if (best->number == 0 || (later.kind < best->kind && !both_tcp))
        *best = later;
}

void replay__tell_roles(const struct replay_build *b)
{
    static const char *const why[OPENING_KINDS] = {
        [OPENING_NAMED] = "named",
        [OPENING_SYN] = "speaks first: TCP SYN",
        [OPENING_SYN_ACK] = "speaks first: is sent the TCP SYN, ACK",
        [OPENING_UNICAST] = "speaks first",
        [OPENING_ANY] = "speaks first",
    };
    const struct station *station[2] = {b->params->from, b->params->to};
    for (unsigned h = 0; h < 2; h++) {
        const struct replay_host *host = &b->host[h];
        struct replay_role *role = &b->replay->role[h];
        struct endpoint mac = {.kind = ENDPOINT_MAC};
        memcpy(mac.addr, host->mac, 6);
        snprintf(role->station, sizeof(role->station), "%s", station[h]->name);
        if (host->mac_known)
            replay__endpoint_text(&mac, role->mac, sizeof(role->mac));
        if (host->has_ip4)
            inet_ntop(AF_INET, host->ip4, role->ip4, sizeof(role->ip4));
        if (host->has_ip6 || host->has_local6)
            inet_ntop(AF_INET6, host->has_ip6 ? host->ip6 : host->local6, role->ip6, sizeof(role->ip6));
        role->more_ip4 = host->more_ip4;
        role->more_ip6 = host->more_ip6;
        if (h == 0 ? b->params->host_from : b->params->host_to)
            snprintf(role->why, sizeof(role->why), "%s", why[OPENING_NAMED]);
        else if (h == 0 && b->opening.number)
            snprintf(role->why, sizeof(role->why), "%s, packet %u", why[b->opening.kind],
                     b->file->packets[b->opening.number - 1].number);
    }
}

/* ---- the survey ---- */

static void swap_hosts(struct replay_build *b)
{
    struct replay_host swap = b->host[0];
    b->host[0] = b->host[1];
    b->host[1] = swap;
    b->opening.host = 1 - b->opening.host;
}

/* Learn what the two call themselves in the capture, and who speaks first. */
static int survey(struct replay_build *b)
{
    struct replay_opening opening = {0};
    for (uint32_t number = 1; number <= b->file->count; number++) {
        struct inet_view v;
        if (replay__look(b, number, &v) != 0)
            return -1;
        int h = replay__sender(b, &v);
        if (h < 0)
            continue;
        take_opening(&opening, opening_of(&v, number, (unsigned)h));
        bool unicast = !mac_is_multicast(v.data);
        learn_mac(&b->host[h], v.data + 6);
        if (unicast)
            learn_mac(&b->host[1 - h], v.data);
        if (learn_ip(b, &b->host[h], &v, number, false) != 0)
            return -1;
        if (unicast && learn_ip(b, &b->host[1 - h], &v, number, true) != 0)
            return -1;
    }
    if (opening.number == 0) {
        char x[64], y[64];
        return replay__error(b, 0, "no packet between %s and %s", replay__endpoint_text(&b->host[0].who, x, sizeof(x)),
                             replay__endpoint_text(&b->host[1].who, y, sizeof(y)));
    }
    if (b->params->host_from || b->params->host_to)
        return 0;
    b->opening = opening;
    if (opening.host == 1)
        swap_hosts(b);
    return 0;
}

int replay__choose_hosts(struct replay_build *b)
{
    if (b->file->count == 0)
        return replay__error(b, 0, "the capture holds no packet");
    if (fill_unnamed(b) != 0)
        return -1;
    if (memcmp(&b->host[0].who, &b->host[1].who, sizeof(b->host[0].who)) == 0)
        return replay__error(b, 0, "a conversation needs two hosts, both are %s", b->params->host_from);
    return survey(b);
}
