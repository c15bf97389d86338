/* SPDX-License-Identifier: GPL-2.0-or-later */
/* replay FILE as NAME from P to V …: a captured conversation, played by two stations. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "scenario/verbs/verbs__.h"

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
    static const struct scn_named timings[] = {{"original", REPLAY_ORIGINAL},
                                               {"scaled", REPLAY_SCALED},
                                               {"rate", REPLAY_RATE},
                                               {"back-to-back", REPLAY_BACK_TO_BACK},
                                               {NULL, 0}};
    struct scn_replay *replay = into;
    int timing = REPLAY_ORIGINAL;
    if (!scn_pick(c, "timing", timings, &timing))
        return;
    replay->timing = (enum replay_timing)timing;
    if (timing == REPLAY_SCALED)
        take_scale(c, replay);
    else if (timing == REPLAY_RATE)
        scn_rate(c, "a rate", &replay->rate_bps);
}

static void replay_hosts(struct scn_cursor *c, void *into)
{
    struct scn_replay *replay = into;
    if (scn_take_into(c, "the capture's host that `from` plays (MAC, IPv4 or IPv6)", &replay->host_from))
        scn_take_into(c, "the capture's host that `to` plays", &replay->host_to);
}

static void replay_rewrite(struct scn_cursor *c, void *into) { ((struct scn_replay *)into)->rewrite_ip = scn_need(c, "ip"); }

static void replay_repeat(struct scn_cursor *c, void *into)
{
    uint64_t n;
    if (scn_number(c, "how often to repeat", 1, 1000000, &n))
        ((struct scn_replay *)into)->repeat = (uint32_t)n;
}

static void replay_on_loss(struct scn_cursor *c, void *into)
{
    static const struct scn_named meanings[] = {{"block", false}, {"retransmit", true}, {NULL, 0}};
    int retransmits = false;
    if (scn_pick(c, "meaning of a loss", meanings, &retransmits))
        ((struct scn_replay *)into)->retransmits = retransmits;
}

static void replay_segment(struct scn_cursor *c, void *into) { ((struct scn_replay *)into)->segment = !c->failed; }

static void replay_one_way(struct scn_cursor *c, void *into) { ((struct scn_replay *)into)->one_way = !c->failed; }

static const struct scn_option options[] = {
    {"timing", replay_timing, "original|scaled F|rate R|back-to-back"},
    {"hosts", replay_hosts, "A B"},
    {"rewrite", replay_rewrite, "ip"},
    {"repeat", replay_repeat, "N"},
    {"segment", replay_segment, ""},
    {"one-way", replay_one_way, ""},
    {"on-loss", replay_on_loss, "block|retransmit"},
};

static void parse_replay(struct scn_cursor *c, struct scn_item *item)
{
    struct scn_replay *replay = item->said = item->replay = scn_alloc(c->file, sizeof(*replay));
    unsigned index = (unsigned)(item - scn_scenario(c)->items);
    *replay = (struct scn_replay){.scale_num = 1, .scale_den = 1, .repeat = 1};
    if (!scn_path(c, "a capture file", &replay->file, &replay->path) || !scn_need(c, "as") ||
        !scn_declare(c, SCN_REPLAY, index, &replay->name) || !scn_need(c, "from") ||
        !scn_take_into(c, "a peer or VM", &replay->from) || !scn_need(c, "to") || !scn_take_into(c, "a peer or VM", &replay->to))
        return;
    scn_options(c, "option of a replay", options, sizeof(options) / sizeof(options[0]), replay);
}

static void check(struct scenario *sc, struct scn_item *item)
{
    verb__check_ends(sc, &item->replay->from, &item->replay->to, false);
    if (item->replay->retransmits && item->replay->one_way)
        scn_error(&sc->file, item->replay->name.at,
                  "'on-loss retransmit' sends again what does not arrive, and 'one-way' waits for nothing");
}

static void each_input(const struct scenario *sc, const struct scn_item *item, scenario_file_fn fn, void *to)
{
    (void)sc;
    if (item->replay && item->replay->path)
        fn(to, item->replay->path, "a capture to be replayed");
}

/* ---- building ---- */

static void capture_free(void *thing) { pcap_file_destroy(thing); }

static uint64_t capture_digest(const void *thing)
{
    const struct pcap_file *file = thing;
    uint64_t digest = recycler_hash(file->digest, file->path, strlen(file->path));
    for (uint32_t i = 0; i < file->count; i++)
        digest = recycler_hash(digest ^ file->packets[i].time_ns, file->packets[i].data, file->packets[i].caplen);
    return digest;
}

/* Once for all its replays and worlds. What is said of it names it as the scenario does, wherever the run was started or
 * restored. */
static struct pcap_file *read_capture(const struct world *w, const struct scn_replay *replay, char *err, size_t err_cap)
{
    static const char kind[] = "capture";
    struct pcap_file *file = recycler_shared(w->sim->recycler, kind, replay->file.text);
    if (file || !(file = pcap_file_read(replay->path, w->strict_captures, err, err_cap)))
        return file;
    free(file->path);
    file->path = alloc_text("the world", replay->file.text);
    recycler_share(w->sim->recycler, kind, replay->file.text, file, capture_free, capture_digest);
    return file;
}

static void build_replay(struct world *w, unsigned index)
{
    struct scenario *sc = w->sc;
    const struct scn_replay *replay = sc->items[index].replay;
    char err[700];
    w->files[index] = read_capture(w, replay, err, sizeof(err));
    if (!w->files[index]) {
        scn_error(&sc->file, replay->file.at, "%s", err);
        return;
    }
    struct replay_params params = {
        .name = replay->name.text,
        .from = station_find(w->sim, replay->from.text),
        .to = station_find(w->sim, replay->to.text),
        .host_from = replay->host_from.text,
        .host_to = replay->host_to.text,
        .rewrite_ip = replay->rewrite_ip,
        .timing = replay->timing,
        .scale_num = replay->scale_num,
        .scale_den = replay->scale_den,
        .rate_bps = replay->rate_bps,
        .half_only = replay->one_way,
        .repeat = replay->repeat,
        .retransmits = replay->retransmits,
        .segment = replay->segment,
    };
    w->replays[index] = replay_create(w->sim, w->files[index], &params, err, sizeof(err));
    if (!w->replays[index])
        scn_error(&sc->file, replay->file.at, "%s", err);
}

static void start(struct world *w, unsigned item) { replay_start(w->replays[item], sim_now(w->sim)); }

static bool input(const struct world *w, unsigned item, struct verb_input *out)
{
    *out = (struct verb_input){"capture", w->sc->items[item].replay->path, w->files[item]->digest};
    return true;
}

static const struct verb verb_expect_replay;

/* ---- what came of it ---- */

static void end_of_replay(const struct world *w, unsigned index, struct world_ending *out)
{
    struct replay_status status;
    replay_get_status(w->replays[index], &status);
    if (status.finished)
        return;
    if (status.blocked_at)
        world__say_ending(out, SCN_ENDING_BLOCKED, "%s", status.blocked_text);
    else
        world__say_ending(out, SCN_ENDING_UNFINISHED, "%" PRIu32 " of %" PRIu32 " packets were sent, %" PRIu32 " arrived",
                          status.sent, status.packets, status.arrived);
}

static bool is_named(const struct world *w, unsigned item)
{
    return world__is_named(w, &verb_expect_replay, w->sc->items[item].replay->name.text, 0);
}

static bool some_retransmit(const struct scenario *sc)
{
    for (unsigned i = 0; i < sc->item_count; i++)
        if (sc->items[i].replay && sc->items[i].replay->retransmits)
            return true;
    return false;
}

static void report_replays(const struct world *w, struct report *r)
{
    bool retransmits = some_retransmit(w->sc);
    report_list(r, "replays", NULL, REPORT_TABLE, REPORT_SKIP_EMPTY);
    for (unsigned i = 0; i < w->sc->item_count; i++) {
        if (!w->replays[i])
            continue;
        struct replay_status status;
        replay_get_status(w->replays[i], &status);
        bool blocked = !status.finished && status.blocked_at;
        report_object(r, NULL, NULL, REPORT_LINE, blocked ? REPORT_BAD : 0);
        report_text(r, "name", "replay", 0, "%s", w->sc->items[i].replay->name.text);
        report_text(r, "file", NULL, 0, "%s", w->sc->items[i].replay->file.text);
        report_number(r, "packets", NULL, 0, status.packets);
        report_number(r, "sent", NULL, 0, status.sent);
        report_number(r, "arrived", NULL, 0, status.arrived);
        report_number(r, "resent", NULL, retransmits ? 0 : REPORT_JSON_ONLY, status.resent);
        report_text(r, "state", NULL, 0, "%s",
                    status.finished  ? "finished"
                    : blocked        ? "blocked"
                    : status.started ? "under way"
                                     : "not begun");
        report_number(r, "blocked_at", NULL, REPORT_JSON_ONLY, status.blocked_at);
        report_text(r, "blocked", "why", 0, "%s", blocked ? status.blocked_text : "");
        report_end(r);
    }
    report_end(r);
}

static void report_addresses(struct report *r, const char *key, const char *others_key, const char *text, bool others)
{
    report_text(r, key, NULL, REPORT_JSON_ONLY, "%s", text);
    report_bool(r, others_key, NULL, REPORT_JSON_ONLY, others);
    report_text(r, NULL, key, REPORT_TEXT_ONLY, "%s%s", text, others ? " and others" : "");
}

/* Whom of the capture each station plays: a wrong choice must be seen. */
static void report_roles(const struct world *w, struct report *r)
{
    report_list(r, "roles", "who plays whom", REPORT_TABLE, REPORT_SKIP_EMPTY);
    for (unsigned i = 0; i < 2 * w->sc->item_count; i++) {
        if (!w->replays[i / 2])
            continue;
        const struct replay_role *role = replay_get_role(w->replays[i / 2], i % 2);
        report_object(r, NULL, NULL, REPORT_LINE, 0);
        report_text(r, "replay", NULL, 0, "%s", w->sc->items[i / 2].replay->name.text);
        report_text(r, "station", NULL, 0, "%s", role->station);
        report_text(r, "mac", "plays", 0, "%s", role->mac);
        report_addresses(r, "ip4", "more_ip4", role->ip4, role->more_ip4);
        report_addresses(r, "ip6", "more_ip6", role->ip6, role->more_ip6);
        report_text(r, "why", NULL, 0, "%s", role->why);
        report_end(r);
    }
    report_end(r);
}

static void report(const struct world *w, struct report *r)
{
    report_replays(w, r);
    report_roles(w, r);
}

static const struct verb_form forms[] = {
    {"replay FILE as NAME from P to V [OPTION …]", NULL, VERB_OPTIONS(options)},
    {NULL},
};

/* Halves that wait for each other wait for answers, whatever else they keep to. */
static bool pace(const struct world *w, unsigned index, struct world_pace *out)
{
    const struct scn_replay *replay = w->sc->items[index].replay;
    bool is_fast = replay->timing == REPLAY_BACK_TO_BACK;
    *out = (struct world_pace){.flow = replay->name.text,
                               .from = replay->from.text,
                               .to = replay->to.text,
                               .pacing = !is_fast          ? PACE_OWN
                                         : replay->one_way ? PACE_FAST
                                                           : PACE_ANSWERS};
    return true;
}

static const struct verb verb_replay = {
    .kind = VERB_ACTS,
    .pace = pace,
    .word = "replay",
    .place = 10,
    .sentence = "play a captured conversation between two stations",
    .forms = forms,
    .example = "0 replay http.pcap as web from client to web timing scaled 1/2",
    .endings = "blocked unfinished",
    .parse = parse_replay,
    .check = check,
    .each_input = each_input,
    .phase = BUILD_WORKLOADS,
    .prepare = build_replay,
    .act = start,
    .input = input,
    .ending = end_of_replay,
    .is_named = is_named,
    .report = report,
    .report_place = REPORT_REPLAYS,
};
VERB(verb_replay);

/* ---- expect replay NAME finished|blocked ---- */

static bool parse_expect(struct scn_cursor *c, struct scn_expect *e)
{
    static const char *const states[] = {"blocked", "finished", NULL};
    const struct scn_word *name = scn_take(c, "a replay");
    int state = name ? scn_choice(c, "state of a replay", states) : -1;
    scn_finish(c);
    if (state < 0 || c->failed)
        return false;
    e->name = *name;
    e->state = state;
    e->text = scn_printf(c->file, "replay %s %s", name->text, states[state]);
    return true;
}

static void check_expect(struct scenario *sc, struct scn_expect *e) { scn_resolve(sc, &e->name, SCN_BIT(SCN_REPLAY), "a replay"); }

static bool judge_replay(const struct world *w, const struct scn_expect *e, char *seen)
{
    struct replay_status status;
    replay_get_status(w->replays[scn_find(w->sc, e->name.text, SCN_BIT(SCN_REPLAY))->index], &status);
    if (status.finished)
        snprintf(seen, WORLD_SEEN_LEN, "has finished");
    else if (status.blocked_at)
        snprintf(seen, WORLD_SEEN_LEN, "was blocked: %s", status.blocked_text);
    else
        snprintf(seen, WORLD_SEEN_LEN, "%s: %u of %u packets arrived", status.started ? "was under way" : "had not begun",
                 status.arrived, status.packets);
    return e->state == 1 ? status.finished : !status.finished && status.blocked_at;
}

static const struct verb_form expect_forms[] = {{"expect replay NAME finished|blocked", NULL, NULL, 0}, {NULL}};

static const struct verb verb_expect_replay = {
    .kind = VERB_EXPECTS,
    .word = "replay",
    .place = 70,
    .sentence = "how far a replay came",
    .forms = expect_forms,
    .example = "end expect replay web finished",
    .expect = parse_expect,
    .check_expect = check_expect,
    .judge = judge_replay,
    .look = "--trace net --pcap captures",
    .look_place = 30,
};
VERB(verb_expect_replay);
