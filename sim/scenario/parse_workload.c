/* SPDX-License-Identifier: GPL-2.0-or-later */
/* replay FILE as F from P to V …, flow F from P to V … */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/scenario__.h"

static bool take_into(struct scn_cursor *c, const char *what, struct scn_word *out)
{
    const struct scn_word *word = scn_take(c, what);
    if (word)
        *out = *word;
    return word;
}

/* ---- replay ---- */

static void take_scale(struct scn_cursor *c, struct scn_replay *replay)
{
    const struct scn_word *word = scn_take(c, "a factor such as 1/2 or 10");
    if (!word)
        return;
    char *end;
    replay->scale_num = strtoull(word->text, &end, 10);
    replay->scale_den = 1;
    if (*end == '/')
        replay->scale_den = strtoull(end + 1, &end, 10);
    if (*end || !replay->scale_num || !replay->scale_den || word->text[0] == '-' || replay->scale_num > 1000000 ||
        replay->scale_den > 1000000)
        scn_fail(c, word->at, "'%s' is no factor such as 1/2 or 10 (both numbers up to 1000000)", word->text);
}

static void replay_timing(struct scn_cursor *c, void *into)
{
    static const char *const words[] = {"original", "scaled", "rate", "back-to-back", NULL};
    struct scn_replay *replay = into;
    int which = scn_choice(c, "timing", words);
    replay->timing = which < 0 ? REPLAY_ORIGINAL : (enum replay_timing)which;
    if (which == REPLAY_SCALED)
        take_scale(c, replay);
    else if (which == REPLAY_RATE)
        scn_rate(c, "a rate", &replay->rate_bps);
}
static void replay_hosts(struct scn_cursor *c, void *into)
{
    struct scn_replay *replay = into;
    if (take_into(c, "the capture's host that `from` plays (MAC, IPv4 or IPv6)", &replay->host_from))
        take_into(c, "the capture's host that `to` plays", &replay->host_to);
}
static void replay_rewrite(struct scn_cursor *c, void *into)
{
    ((struct scn_replay *)into)->rewrite_ip = scn_need(c, "ip");
}
static void replay_repeat(struct scn_cursor *c, void *into)
{
    uint64_t n;
    if (scn_number(c, "how often to repeat", 1, 1000000, &n))
        ((struct scn_replay *)into)->repeat = (uint32_t)n;
}
static void replay_segment(struct scn_cursor *c, void *into) { ((struct scn_replay *)into)->segment = !c->failed; }
static void replay_one_way(struct scn_cursor *c, void *into) { ((struct scn_replay *)into)->one_way = !c->failed; }

static void parse_replay(struct scn_cursor *c, struct scn_item *item)
{
    static const struct scn_option options[] = {{"timing", replay_timing},   {"hosts", replay_hosts},
                                                {"rewrite", replay_rewrite}, {"repeat", replay_repeat},
                                                {"segment", replay_segment}, {"one-way", replay_one_way}};
    struct scn_replay *replay = &item->replay;
    unsigned index = (unsigned)(item - c->sc->items);
    item->verb = SCN_DO_REPLAY;
    *replay = (struct scn_replay){.scale_num = 1, .scale_den = 1, .repeat = 1};
    if (!scn_path(c, "a capture file", &replay->file, &replay->path) || !scn_need(c, "as") ||
        !scn_declare(c, SCN_REPLAY, index, &replay->name) || !scn_need(c, "from") ||
        !take_into(c, "a peer or VM", &replay->from) || !scn_need(c, "to") ||
        !take_into(c, "a peer or VM", &replay->to))
        return;
    scn_options(c, "option of a replay", options, 6, replay);
}

/* ---- flow ---- */

struct flow_line {
    struct scn_flow *flow;
    sim_time start;
    bool paced;
};

static void flow_size(struct scn_cursor *c, void *into)
{
    struct scn_flow *flow = ((struct flow_line *)into)->flow;
    const struct scn_word *word = scn_peek(c);
    uint64_t n;
    if (!scn_size(c, "a frame with its checksum", 64, 9022, &n))
        return;
    flow->size = (uint32_t)n;
    flow->size_at = word->at;
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
    uint64_t n;
    if (scn_number(c, "a VLAN", 0, 4094, &n))
        ((struct flow_line *)into)->flow->vlan = (int)n;
    static const char *const protocols[] = {"802.1Q", "802.1ad", NULL};
    if (scn_accept(c, "proto"))
        ((struct flow_line *)into)->flow->service_tag = scn_choice(c, "protocol of a VLAN", protocols) == 1;
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

static void parse_flow(struct scn_cursor *c, struct scn_item *item)
{
    static const struct scn_option options[] = {{"size", flow_size},          {"rate", flow_rate}, {"load", flow_load},
                                                {"count", flow_count_option}, {"src", flow_src},   {"vlan", flow_vlan},
                                                {"until", flow_until},       {"errored", flow_errored}};
    struct flow_line line = {&item->flow, item->time, false};
    struct scn_flow *flow = line.flow;
    unsigned index = (unsigned)(item - c->sc->items);
    item->verb = SCN_DO_FLOW;
    *flow = (struct scn_flow){.vlan = -1};
    if (!scn_declare(c, SCN_FLOW, index, &flow->name) || !scn_need(c, "from") ||
        !take_into(c, "a peer or VM", &flow->from) || !scn_need(c, "to") ||
        !take_into(c, "a peer, a VM or a MAC address", &flow->to))
        return;
    if (!strcmp(flow->to.text, "broadcast")) {
        flow->to_mac_given = true;
        memset(flow->to_mac, 0xff, 6);
    } else {
        flow->to_mac_given = scn_text_is_mac(flow->to.text, flow->to_mac);
    }
    scn_options(c, "option of a flow", options, 8, &line);
    if (!flow->size)
        scn_fail(c, c->end, "how large are its frames? add 'size 64' (bytes with checksum)");
    if (!line.paced)
        scn_fail(c, c->end, "how fast? add 'rate 1M pps', 'load 1G' or 'rate back-to-back'");
}

void scn_parse_workload(struct scn_cursor *c, struct scn_item *item, bool replay)
{
    if (replay)
        parse_replay(c, item);
    else
        parse_flow(c, item);
}
