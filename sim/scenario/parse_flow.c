/* SPDX-License-Identifier: GPL-2.0-or-later */
/* flow F from P to V …: how many frames, how fast, and what they are made of. */
#include <stdio.h>
#include <string.h>

#include "scenario/model.h"

enum { FLOW_SIZE_MIN = 64, FLOW_SIZE_MAX = 9022 };

struct flow_line {
    struct scn_flow *flow;
    sim_time start;
    bool paced, ip4_said, udp_said, address_said, address_is_ip6;
    struct scn_pos address_at;
    const struct scn_word *size_word;
};

/* How large it may be is known when the line is read: check_size(). */
static void flow_size(struct scn_cursor *c, void *into)
{
    struct flow_line *line = into;
    const struct scn_word *word = scn_peek(c);
    uint64_t n;
    if (!scn_size(c, "a frame with its checksum", 0, UINT64_MAX, &n))
        return;
    line->size_word = word;
    line->flow->size = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
    line->flow->size_at = word->at;
}

static void pace(struct scn_cursor *c, struct flow_line *line)
{
    if (line->paced)
        scn_fail(c, c->words[c->next - 1].at, "'rate' and 'load' both say how fast");
    line->paced = true;
}

static void flow_rate(struct scn_cursor *c, void *into)
{
    struct flow_line *line = into;
    pace(c, line);
    if (scn_accept(c, "back-to-back")) {
        line->flow->back_to_back = true;
        return;
    }
    const struct scn_word *word = scn_peek(c);
    if (!scn_count(c, "a rate of frames", &line->flow->pps))
        return;
    if (!scn_accept(c, "pps"))
        scn_fail(c, word->at, "frames a second are written '%s pps'; for bits a second say 'load %s'", word->text,
                 word->text);
    if (!line->flow->pps)
        scn_fail(c, word->at, "a rate of 0 sends nothing");
}
static void flow_load(struct scn_cursor *c, void *into)
{
    struct flow_line *line = into;
    pace(c, line);
    scn_rate(c, "a load", &line->flow->load_bps);
}
static void flow_count_option(struct scn_cursor *c, void *into)
{
    struct flow_line *line = into;
    const struct scn_word *word = scn_peek(c);
    if (scn_count(c, "a number of frames", &line->flow->count) && !line->flow->count)
        scn_fail(c, word->at, "a flow of 0 frames shows nothing");
}
static void flow_src(struct scn_cursor *c, void *into)
{
    struct flow_line *line = into;
    line->flow->src_given = scn_mac(c, line->flow->src);
}
static void flow_vlan(struct scn_cursor *c, void *into)
{
    static const char *const protocols[] = {"802.1Q", "802.1ad", NULL};
    struct scn_flow *flow = ((struct flow_line *)into)->flow;
    uint64_t n;
    if (scn_number(c, "a VLAN", 0, 4094, &n))
        flow->vlan = (int)n;
    for (bool more = true; more && !c->failed;) {
        more = true;
        if (scn_accept(c, "proto"))
            flow->service_tag = scn_choice(c, "protocol of a VLAN", protocols) == 1;
        else if (scn_accept(c, "priority"))
            flow->vlan |= scn_number(c, "a priority", 0, 7, &n) ? (int)n << 13 : 0;
        else if (scn_accept(c, "inserted"))
            flow->shape.inserted = true;
        else
            more = scn_accept(c, "in-line");
    }
}

/* ---- what its frames are made of ---- */

static struct flow_shape *shape_of(void *into) { return &((struct flow_line *)into)->flow->shape; }

static void flow_ipv4(struct scn_cursor *c, void *into)
{
    (void)c;
    ((struct flow_line *)into)->ip4_said = true;
}
static void flow_ipv6(struct scn_cursor *c, void *into)
{
    (void)c;
    shape_of(into)->ip6 = true;
}
static void flow_udp(struct scn_cursor *c, void *into)
{
    (void)c;
    ((struct flow_line *)into)->udp_said = true;
}
static void flow_tcp(struct scn_cursor *c, void *into)
{
    (void)c;
    shape_of(into)->tcp = true;
}

/* The words of a list such as fin,psh: a bit each. */
static uint8_t list(struct scn_cursor *c, const char *wanted, const char *what, const char *const words[])
{
    const struct scn_word *word = scn_take(c, wanted);
    uint8_t bits = 0;
    for (const char *at = word ? word->text : ""; *at;) {
        size_t len = strcspn(at, ",");
        unsigned i = 0;
        while (words[i] && (strlen(words[i]) != len || strncmp(words[i], at, len)))
            i++;
        if (!words[i]) {
            char all[160] = "";
            for (unsigned k = 0, n = 0; words[k] && n < sizeof(all); k++)
                n += (unsigned)snprintf(all + n, sizeof(all) - n, "%s%s", k ? ", " : "", words[k]);
            scn_fail(c, word->at, "'%.*s' is no %s: there are %s, as in '%s,%s'", (int)len, at, what, all, words[0], words[1]);
            return 0;
        }
        bits |= (uint8_t)(1u << i);
        at += len + (at[len] == ',');
    }
    return bits;
}
static void flow_flags(struct scn_cursor *c, void *into)
{
    static const char *const words[] = {"fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr", NULL};
    shape_of(into)->flags = list(c, "flags such as fin,psh", "flag of TCP", words);
}
static void flow_ext(struct scn_cursor *c, void *into)
{
    static const char *const words[] = {"hop-by-hop", "routing", "destination", NULL};
    shape_of(into)->extensions = list(c, "headers such as hop-by-hop,routing", "extension header", words);
}
static void flow_fragments(struct scn_cursor *c, void *into)
{
    uint64_t n;
    if (scn_number(c, "a number of fragments", 2, FLOW_FRAGMENTS_MAX, &n))
        shape_of(into)->fragments = (uint8_t)n;
}
static void flow_checksum(struct scn_cursor *c, void *into)
{
    static const char *const words[] = {"good", "none", "wrong", "offload", NULL}; /* enum flow_checksum */
    int which = scn_choice(c, "kind of checksum", words);
    shape_of(into)->checksum = which < 0 ? FLOW_CHECKSUM_GOOD : (uint8_t)which;
}
static void flow_tso(struct scn_cursor *c, void *into)
{
    uint64_t n;
    if (scn_number(c, "an MSS in bytes", FLOW_MSS_MIN, 9000, &n))
        shape_of(into)->mss = (uint32_t)n;
}
static uint16_t port(struct scn_cursor *c)
{
    uint64_t n = 0;
    return scn_number(c, "a port", 1, 65535, &n) ? (uint16_t)n : 0;
}
static void flow_sport(struct scn_cursor *c, void *into) { shape_of(into)->sport = port(c); }
static void flow_dport(struct scn_cursor *c, void *into) { shape_of(into)->dport = port(c); }

/* Of the kind that the line says, which may come later: so both are tried. */
static bool address(struct scn_cursor *c, struct flow_line *line, uint8_t out[16])
{
    const struct scn_word *word = scn_peek(c);
    bool ip6 = word && strchr(word->text, ':');
    line->address_said = true;
    line->address_at = word ? word->at : c->end;
    line->address_is_ip6 = ip6;
    return ip6 ? scn_ip6(c, out) : scn_ip4(c, out);
}
static void flow_src_ip(struct scn_cursor *c, void *into)
{
    shape_of(into)->src_given = address(c, into, shape_of(into)->src_ip);
}
static void flow_dst_ip(struct scn_cursor *c, void *into)
{
    shape_of(into)->dst_given = address(c, into, shape_of(into)->dst_ip);
}

static void check_size(struct scn_cursor *c, const struct flow_line *line)
{
    uint32_t size = line->flow->size;
    if (!line->size_word)
        scn_fail(c, c->end, "how large are its frames? add 'size 64' (bytes with checksum)");
    else if (size < FLOW_SIZE_MIN || size > (line->flow->shape.mss ? FLOW_BURST_MAX : FLOW_SIZE_MAX))
        scn_fail(c, line->size_word->at, "a frame with its checksum is from %d to %s bytes, not %s", FLOW_SIZE_MIN,
                 line->flow->shape.mss ? "64K" : "9022", line->size_word->text);
}

static void check_shape(struct scn_cursor *c, const struct flow_line *line)
{
    const struct flow_shape *s = &line->flow->shape;
    check_size(c, line);
    if (line->ip4_said && s->ip6)
        scn_fail(c, c->end, "'ipv4' and 'ipv6': a flow's frames are of one kind");
    if (line->udp_said && s->tcp)
        scn_fail(c, c->end, "'udp' and 'tcp': a flow's frames are of one kind");
    if (line->address_said && line->address_is_ip6 != s->ip6)
        scn_fail(c, line->address_at, "the flow is IPv%d's, and this address is not%s", s->ip6 ? 6 : 4,
                 s->ip6 ? "" : ": say 'ipv6'");
}

static void flow_errored(struct scn_cursor *c, void *into)
{
    static const char *const errors[] = {"crc", NULL};
    ((struct flow_line *)into)->flow->bad_fcs = scn_choice(c, "error of a frame", errors) == 0;
}
static void flow_until(struct scn_cursor *c, void *into)
{
    struct flow_line *line = into;
    const struct scn_word *word = scn_take(c, "a time");
    if (!word)
        return;
    const char *text = word->text;
    bool relative = *text == '+';
    if (relative || *text == '@')
        text++;
    if (scn_parse_time(text, &line->flow->until)) {
        scn_fail(c, word->at, "'%s' is no time such as 5ms or +5ms (from the flow's start)", word->text);
        return;
    }
    if (relative)
        line->flow->until = sim_time_add(line->start, line->flow->until);
    line->flow->until_given = true;
    if (line->flow->until <= line->start)
        scn_fail(c, word->at, "the flow would end before it begins");
}

void scn_parse_flow(struct scn_cursor *c, struct scn_item *item)
{
    static const struct scn_option options[] = {
        {"size", flow_size},     {"rate", flow_rate},         {"load", flow_load},         {"count", flow_count_option},
        {"src", flow_src},       {"vlan", flow_vlan},         {"until", flow_until},       {"errored", flow_errored},
        {"ipv4", flow_ipv4},     {"ipv6", flow_ipv6},         {"udp", flow_udp},           {"tcp", flow_tcp},
        {"flags", flow_flags},   {"ext", flow_ext},           {"fragments", flow_fragments}, {"checksum", flow_checksum},
        {"tso", flow_tso},       {"sport", flow_sport},       {"dport", flow_dport},       {"src-ip", flow_src_ip},
        {"dst-ip", flow_dst_ip},
    };
    struct flow_line line = {.flow = &item->flow, .start = item->time};
    struct scn_flow *flow = line.flow;
    unsigned index = (unsigned)(item - scn_scenario(c)->items);
    item->verb = SCN_DO_FLOW;
    *flow = (struct scn_flow){.vlan = -1};
    if (!scn_declare(c, SCN_FLOW, index, &flow->name) || !scn_need(c, "from") ||
        !scn_take_into(c, "a peer or VM", &flow->from) || !scn_need(c, "to") ||
        !scn_take_into(c, "a peer, a VM or a MAC address", &flow->to))
        return;
    if (!strcmp(flow->to.text, "broadcast")) {
        flow->to_mac_given = true;
        memset(flow->to_mac, 0xff, 6);
    } else {
        flow->to_mac_given = scn_text_is_mac(flow->to.text, flow->to_mac);
    }
    scn_options(c, "option of a flow", options, sizeof(options) / sizeof(options[0]), &line);
    check_shape(c, &line);
    if (!line.paced)
        scn_fail(c, c->end, "how fast? add 'rate 1M pps', 'load 1G' or 'rate back-to-back'");
}
