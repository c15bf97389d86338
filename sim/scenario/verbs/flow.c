/* SPDX-License-Identifier: GPL-2.0-or-later */
/* flow F from P to V …: how many frames, how fast, and what they are made of. */
#include <inttypes.h>
#include <string.h>

#include "scenario/verbs/verbs__.h"

enum { FLOW_SIZE_MIN = 64, FLOW_SIZE_MAX = 9022 };

struct flow_line {
    struct scn_flow *flow;
    sim_time start;
    bool paced, ip4_said, udp_said, address_said, address_is_ip6;
    struct scn_pos address_at;
    const struct scn_word *size_word;
};

/* [RFC 6985 4] Letters of sizes; without any, the mix that is called simple: 7 : 4 : 1 of 64, 594 and 1,518 bytes (IP packets of
 * 40, 576 and 1,500), as far apart from each other as they can be. */
static void take_mix(struct scn_cursor *c, struct scn_flow *flow, const struct scn_word *word)
{
    static const uint16_t letters[] = {64, 128, 256, 512, 1024, 1280, 1518, 2112, 9000};
    static const uint16_t simple[] = {64, 594, 64, 64, 594, 64, 1518, 64, 594, 64, 64, 594};
    const char *genome = word->text + strlen("imix");
    uint32_t sum = 0;
    if (!*genome) {
        memcpy(flow->sizes, simple, sizeof(simple));
        flow->size_count = sizeof(simple) / sizeof(simple[0]);
    }
    for (genome += *genome == ':'; *genome && flow->size_count < FLOW_SIZES_MAX; genome++)
        if (*genome >= 'a' && *genome <= 'i')
            flow->sizes[flow->size_count++] = letters[*genome - 'a'];
        else
            break;
    if (*genome || !flow->size_count) {
        scn_fail(c, word->at,
                 "a mix is 'imix', or 'imix:' and up to %d letters of RFC 6985, a (64 bytes) to i (9000), as in 'imix:aaaddg'",
                 FLOW_SIZES_MAX);
        return;
    }
    for (unsigned i = 0; i < flow->size_count; i++)
        sum += flow->sizes[i];
    flow->size = sum / flow->size_count;
}

/* How large it may be is known when the line is read: check_size(). */
static void flow_size(struct scn_cursor *c, void *into)
{
    struct flow_line *line = into;
    const struct scn_word *word = scn_peek(c);
    uint64_t n;
    if (word && !strncmp(word->text, "imix", strlen("imix"))) {
        line->size_word = scn_take(c, "sizes");
        line->flow->size_at = word->at;
        take_mix(c, line->flow, word);
        return;
    }
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
        scn_fail(c, word->at, "frames a second are written '%s pps'; for bits a second say 'load %s'", word->text, word->text);
    if (!line->flow->pps)
        scn_fail(c, word->at, "a rate of 0 sends nothing");
}

static void flow_load(struct scn_cursor *c, void *into)
{
    struct flow_line *line = into;
    pace(c, line);
    scn_rate(c, "a load", &line->flow->load_bps);
}

static void flow_arrivals(struct scn_cursor *c, void *into)
{
    static const char *const processes[] = {"even", "poisson", NULL};
    ((struct flow_line *)into)->flow->poisson = scn_choice(c, "process of arrivals", processes) == 1;
}

static void flow_on(struct scn_cursor *c, void *into)
{
    struct scn_flow *flow = ((struct flow_line *)into)->flow;
    const struct scn_word *word = scn_peek(c);
    if (!scn_time(c, "how long it sends", &flow->on))
        return;
    if (!flow->on)
        scn_fail(c, word->at, "a flow that sends for no time shows nothing");
    else if (scn_need(c, "off"))
        scn_time(c, "how long it is silent", &flow->off);
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

/* The words of a list such as fin,psh: the bits they stand for. */
static uint8_t list(struct scn_cursor *c, const char *wanted, const char *what, const struct scn_named words[])
{
    const struct scn_word *word = scn_take(c, wanted);
    uint8_t bits = 0;
    for (const char *at = word ? word->text : ""; *at;) {
        size_t len = strcspn(at, ",");
        unsigned i = 0;
        while (words[i].word && (strlen(words[i].word) != len || strncmp(words[i].word, at, len)))
            i++;
        if (!words[i].word) {
            char all[160] = "";
            for (unsigned k = 0, n = 0; words[k].word && n < sizeof(all); k++)
                n += (unsigned)snprintf(all + n, sizeof(all) - n, "%s%s", k ? ", " : "", words[k].word);
            scn_fail(c, word->at, "'%.*s' is no %s: there are %s, as in '%s,%s'", (int)len, at, what, all, words[0].word,
                     words[1].word);
            return 0;
        }
        bits |= (uint8_t)words[i].value;
        at += len + (at[len] == ',');
    }
    return bits;
}

static void flow_flags(struct scn_cursor *c, void *into)
{
    static const struct scn_named words[] = {{"fin", 0x01}, {"syn", 0x02}, {"rst", 0x04}, {"psh", 0x08}, {"ack", 0x10},
                                             {"urg", 0x20}, {"ece", 0x40}, {"cwr", 0x80}, {NULL, 0}}; /* [RFC 9293 3.1] */
    shape_of(into)->flags = list(c, "flags such as fin,psh", "flag of TCP", words);
}

static void flow_ext(struct scn_cursor *c, void *into)
{
    static const struct scn_named words[] = {
        {"hop-by-hop", FLOW_EXT_HOP_BY_HOP}, {"routing", FLOW_EXT_ROUTING}, {"destination", FLOW_EXT_DESTINATION}, {NULL, 0}};
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
    static const struct scn_named kinds[] = {{"good", FLOW_CHECKSUM_GOOD},
                                             {"none", FLOW_CHECKSUM_NONE},
                                             {"wrong", FLOW_CHECKSUM_WRONG},
                                             {"offload", FLOW_CHECKSUM_OFFLOAD},
                                             {NULL, 0}};
    int kind = FLOW_CHECKSUM_GOOD;
    scn_pick(c, "kind of checksum", kinds, &kind);
    shape_of(into)->checksum = (uint8_t)kind;
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

static void flow_src_ip(struct scn_cursor *c, void *into) { shape_of(into)->src_given = address(c, into, shape_of(into)->src_ip); }

static void flow_dst_ip(struct scn_cursor *c, void *into) { shape_of(into)->dst_given = address(c, into, shape_of(into)->dst_ip); }

static void check_size(struct scn_cursor *c, const struct flow_line *line)
{
    uint32_t size = line->flow->size;
    if (!line->size_word && line->flow->shape.tcp)
        scn_fail(c, c->end,
                 "frames that look like TCP's have a 'size'; a connection has none, nor 'rate', 'load', 'count' or 'flags': say "
                 "'bytes 1M', "
                 "'rr 1000' or 'until T'");
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
    verb__take_until(c, "flow", line->start, &line->flow->until);
    line->flow->until_given = !c->failed;
}

static const struct scn_option options[] = {
    {"size", flow_size, "N|imix"},
    {"rate", flow_rate, "N pps|back-to-back"},
    {"load", flow_load, "R"},
    {"arrivals", flow_arrivals, "even|poisson"},
    {"on", flow_on, "T off T"},
    {"count", flow_count_option, "N"},
    {"src", flow_src, "MAC"},
    {"vlan", flow_vlan, "V [proto 802.1Q|802.1ad] [priority N] [in-line|inserted]"},
    {"until", flow_until, "T"},
    {"errored", flow_errored, "crc"},
    {"ipv4", flow_ipv4, ""},
    {"ipv6", flow_ipv6, ""},
    {"udp", flow_udp, ""},
    {"tcp", flow_tcp, ""},
    {"flags", flow_flags, "F,…"},
    {"ext", flow_ext, "H,…"},
    {"fragments", flow_fragments, "N"},
    {"checksum", flow_checksum, "good|none|wrong|offload"},
    {"tso", flow_tso, "MSS"},
    {"sport", flow_sport, "N"},
    {"dport", flow_dport, "N"},
    {"src-ip", flow_src_ip, "A"},
    {"dst-ip", flow_dst_ip, "A"},
};

static void parse_flow(struct scn_cursor *c, struct scn_item *item)
{
    struct flow_line line = {.flow = item->said = item->flow = scn_alloc(c->file, sizeof(struct scn_flow)), .start = item->time};
    struct scn_flow *flow = line.flow;
    unsigned index = (unsigned)(item - scn_scenario(c)->items);
    *flow = (struct scn_flow){.vlan = -1};
    if (!scn_declare(c, SCN_FLOW, index, &flow->name) || !scn_need(c, "from") || !scn_take_into(c, "a peer or VM", &flow->from) ||
        !scn_need(c, "to") || !scn_take_into(c, "a peer, a VM or a MAC address", &flow->to))
        return;
    if (!strcmp(flow->to.text, "broadcast")) {
        flow->to_mac_given = true;
        memset(flow->to_mac, 0xff, 6);
    } else {
        flow->to_mac_given = scn_text_is_mac(flow->to.text, flow->to_mac);
    }
    if (verb__is_connection(c)) {
        verb__parse_connection(c, item, flow);
        return;
    }
    scn_options(c, "option of a flow", options, sizeof(options) / sizeof(options[0]), &line);
    check_shape(c, &line);
    if (flow->poisson && flow->back_to_back)
        scn_fail(c, c->end, "arrivals of a Poisson process have a mean rate: say 'rate N pps' or 'load R'");
    if (!line.paced)
        scn_fail(c, c->end, "how fast? add 'rate 1M pps', 'load 1G' or 'rate back-to-back'");
}

/* ---- checking ---- */

static void check_flow_ends(struct scenario *sc, struct scn_item *item)
{
    const struct scn_flow *flow = item->flow;
    verb__check_ends(sc, &flow->from, &flow->to, flow->to_mac_given);
    if (flow->bad_fcs && flow->from.text && scn_find(sc, flow->from.text, SCN_BIT(SCN_VM)))
        scn_error(&sc->file, flow->from.at, "'%s' is a VM, and its device makes the checksum: only a peer sends errored frames",
                  flow->from.text);
    if (!flow->count && !flow->until_given)
        verb__check_it_ends(sc, item, &flow->name, "count N");
}

/* ---- building and running ---- */

/* How fast the sender's own plug is. */
static uint64_t rate_of(const struct world *w, const char *station, uint32_t size)
{
    for (unsigned i = 0; i < w->sc->peer_count; i++) {
        const struct scn_peer *peer = &w->sc->peers[i];
        uint64_t bps = port_rate_bps(peer_port(w->peers[i])), bytes = size + 8 + (peer->ifg_bits ? peer->ifg_bits / 8 : 12);
        if (!strcmp(peer->name.text, station)) /* a flow's rate counts the shortest legal gap: more of it fills a shorter one */
            return peer->ifg_bits ? (bps * (size + 20) + bytes - 1) / bytes : bps;
    }
    const struct scn_vm *vm = &w->sc->vms[world__vm_index(w, station)];
    for (unsigned i = 0; i < w->sc->nic_count; i++)
        if (vm->via.text ? !strcmp(vm->via.text, w->sc->nics[i].name.text) : w->sc->nics[i].host == vm->host_index)
            return port_rate_bps(&w->nics[i]->uplink);
    return 0;
}

static void build_flow(struct world *w, unsigned index)
{
    struct scenario *sc = w->sc;
    const struct scn_flow *flow = sc->items[index].flow;
    char err[512];
    struct flow_params params = {
        .name = flow->name.text,
        .from = station_find(w->sim, flow->from.text),
        .to = flow->to_mac_given ? NULL : station_find(w->sim, flow->to.text),
        .dst_mac = flow->to_mac_given ? flow->to_mac : NULL,
        .src_mac = flow->src_given ? flow->src : NULL,
        .size = flow->size,
        .sizes = flow->sizes,
        .size_count = flow->size_count,
        .poisson = flow->poisson,
        .on = flow->on,
        .off = flow->off,
        .rate_pps_num = flow->pps,
        .rate_pps_den = 1,
        .rate_bps = flow->load_bps,
        .count = flow->count,
        .vlan_tci = flow->vlan,
        .bad_fcs = flow->bad_fcs,
        .tpid = flow->service_tag ? 0x88a8 : 0,
        .shape = flow->shape,
    };
    if (flow->back_to_back) {
        params.waits = true;
        params.rate_bps = rate_of(w, flow->from.text, flow->size);
        if (!params.rate_bps)
            params.rate_bps = UINT64_C(10000000000);
    }
    w->flows[index] = flow_source_create(w->sim, &params, err, sizeof(err));
    if (!w->flows[index])
        scn_error(&sc->file, flow_frame_contradiction(&params) ? flow->name.at : flow->size_at, "%s", err);
}

static void start(struct world *w, unsigned item) { flow_source_start(w->flows[item], sim_now(w->sim)); }

static sim_time until(const struct scn_item *item) { return item->flow->until_given ? item->flow->until : SIM_NEVER; }

static void time_has_passed(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    if (item->flow->count && !flow_source_done(w->flows[index]))
        world__note(w, WORLD_NOTE, item->at.line, "flow %s: its time has passed before its count was sent", item->flow->name.text);
    flow_source_stop(w->flows[index]);
}

/* ---- what came of it ---- */

/* One that nothing but the run itself bounds ends with it; a VM's ends with the VM, which is told of the VM. */
static void end_of_flow(const struct world *w, unsigned index, struct world_ending *out)
{
    const struct scn_flow *flow = w->sc->items[index].flow;
    struct flow_report report;
    if (flow_source_done(w->flows[index]) || verb__has_ended(w, flow->from.text) ||
        (!flow->count && !flow->until_given && w->st.at_limit))
        return;
    flow_get_report(w->sim, flow_find(w->sim, flow->name.text), &report);
    world__say_ending(out, SCN_ENDING_UNFINISHED, "%" PRIu64 " frames were sent", report.sent);
}

/* Of frames of one size: how many there are in a load, which counts preamble and gap; or in its plug's rate. */
static uint64_t asked_fps(const struct world *w, const struct scn_flow *flow)
{
    uint64_t bps = flow->back_to_back ? rate_of(w, flow->from.text, flow->size) : flow->load_bps;
    if (flow->on || flow->size_count)
        return 0;
    return flow->pps ? flow->pps : bps / 8 / (flow->size + 20);
}

static bool pace_of_flow(const struct world *w, unsigned index, struct world_pace *out)
{
    const struct scn_flow *flow = w->sc->items[index].flow;
    *out = (struct world_pace){.flow = flow->name.text,
                               .from = flow->from.text,
                               .to = flow->to.text,
                               .pacing = flow->back_to_back ? PACE_FAST : PACE_OWN,
                               .asked_fps = asked_fps(w, flow)};
    return true;
}

static const struct verb_form forms[] = {
    {"flow NAME from P to V|MAC|broadcast size N rate N pps|load R|rate back-to-back [OPTION …]", NULL, VERB_OPTIONS(options)},
    {"flow NAME from A to B tcp [bulk|rr N] [OPTION …]", "open a TCP connection, and send real segments", verb__tcp_options,
     VERB_TCP_OPTIONS},
    {NULL},
};

static const struct verb verb_flow = {
    .kind = VERB_ACTS,
    .word = "flow",
    .place = 20,
    .sentence = "send synthetic frames, each with its number",
    .forms = forms,
    .example = "0 flow f from client to web size 64 rate 1M pps count 10K",
    .endings = "failed unfinished",
    .parse = parse_flow,
    .check = check_flow_ends,
    .phase = BUILD_WORKLOADS,
    .may_be_late = true,
    .prepare = build_flow,
    .act = start,
    .until = until,
    .later = time_has_passed,
    .ending = end_of_flow,
    .pace = pace_of_flow,
    .report = verb__report_connections,
    .report_place = REPORT_REPLAYS,
};
VERB(verb_flow);
