/* SPDX-License-Identifier: GPL-2.0-or-later */
/* replay FILE as F from P to V …; flows are in parse_flow.c */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/model.h"

bool scn_take_into(struct scn_cursor *c, const char *what, struct scn_word *out)
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
    if (scn_take_into(c, "the capture's host that `from` plays (MAC, IPv4 or IPv6)", &replay->host_from))
        scn_take_into(c, "the capture's host that `to` plays", &replay->host_to);
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
    unsigned index = (unsigned)(item - scn_scenario(c)->items);
    item->verb = SCN_DO_REPLAY;
    *replay = (struct scn_replay){.scale_num = 1, .scale_den = 1, .repeat = 1};
    if (!scn_path(c, "a capture file", &replay->file, &replay->path) || !scn_need(c, "as") ||
        !scn_declare(c, SCN_REPLAY, index, &replay->name) || !scn_need(c, "from") ||
        !scn_take_into(c, "a peer or VM", &replay->from) || !scn_need(c, "to") ||
        !scn_take_into(c, "a peer or VM", &replay->to))
        return;
    scn_options(c, "option of a replay", options, 6, replay);
}

void scn_parse_workload(struct scn_cursor *c, struct scn_item *item, bool replay)
{
    if (replay)
        parse_replay(c, item);
    else
        scn_parse_flow(c, item);
}
