/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Building a replay: from a capture and its parameters to two ordered halves, or one clear error. */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/engine/horizon.h"
#include "net/traffic/replay__.h"

int replay__error(struct replay_build *b, uint32_t number, const char *fmt, ...)
{
    char why[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(why, sizeof(why), fmt, ap);
    va_end(ap);
    if (number)
        snprintf(b->err, b->err_cap, "%s: packet %" PRIu32 ": %s", b->file->path, b->file->packets[number - 1].number, why);
    else
        snprintf(b->err, b->err_cap, "%s: %s", b->file->path, why);
    return -1;
}

/* ---- timing ---- */

enum {
    REORDER_MAX = 64, /* packets within which a capture's own disorder (queues, buffers of several cores) is over */
    NS_PER_S = 1000000000,
    LOOK_STEP = 8192, /* packets that are looked at before those behind are relaxed */
};

struct clock_state {     /* while walking the capture in order */
    bool begun;
    int64_t latest_ns;   /* the latest time that was seen, as captured */
    uint64_t now_ns;     /* played so far */
    uint64_t half_ns[2]; /* of each half's last packet */
};

static sim_time gap_ps(const struct replay_build *b, uint64_t ns)
{
    const struct replay_params *p = b->params;
    if (p->timing == REPLAY_BACK_TO_BACK || p->timing == REPLAY_RATE)
        return 0;
    unsigned __int128 ps = (unsigned __int128)ns * SIM_NS;
    if (p->timing == REPLAY_SCALED)
        ps = ps * p->scale_num / p->scale_den;
    return ps < SIM_NEVER / 2 ? (sim_time)ps : SIM_NEVER / 2;
}

/* Packet `number` is earlier than one before it: does a packet soon after it go on from there? */
static bool is_disorder(struct replay_build *b, uint32_t number, int64_t latest_ns)
{
    const struct pcap_packet *packets = b->file->packets;
    if ((uint64_t)latest_ns - (uint64_t)packets[number - 1].time_ns <= NS_PER_S)
        return true;
    for (uint32_t i = number; i < b->file->count && i < number + REORDER_MAX; i++) {
        struct inet_view v;
        if (packets[i].time_ns >= latest_ns && replay__look(b, i + 1, &v) == 0 && replay__sender(b, &v) >= 0)
            return true;
    }
    return false;
}

/*
 * Time goes on when a packet is later than all before it; one that is earlier is played at once. So what is out of order
 * delays nothing. Only a clock that was set back for good counts on from where it is.
 */
static void clock_step(struct replay_build *b, struct clock_state *clock, uint32_t number)
{
    int64_t ns = b->file->packets[number - 1].time_ns;
    if (!clock->begun || ns >= clock->latest_ns) {
        uint64_t step = clock->begun ? (uint64_t)ns - (uint64_t)clock->latest_ns : 0;
        clock->now_ns = clock->now_ns + step < step ? UINT64_MAX : clock->now_ns + step;
        clock->latest_ns = ns;
        clock->begun = true;
        return;
    }
    if (b->counts.backwards++ == 0)
        b->counts.first_backwards = b->file->packets[number - 1].number;
    if (!is_disorder(b, number, clock->latest_ns)) {
        if (b->counts.set_back++ == 0)
            b->counts.first_set_back = b->file->packets[number - 1].number;
        clock->latest_ns = ns;
    }
}

static struct replay_packet packet_timing(struct replay_build *b, struct clock_state *clock, unsigned h, uint32_t number)
{
    const struct replay_half *own = &b->replay->half[h], *other = &b->replay->half[1 - h];
    struct replay_packet p = {.awaits = NO_PACKET};
    clock_step(b, clock, number);
    if (other->count != 0 && !b->params->half_only) {
        p.awaits = other->count - 1;
        p.think = gap_ps(b, clock->now_ns - clock->half_ns[1 - h]);
    }
    if (own->count != 0)
        p.gap = gap_ps(b, clock->now_ns - clock->half_ns[h]);
    clock->half_ns[h] = clock->now_ns;
    return p;
}

/* ---- packets ---- */

static int add_packets(struct replay_build *b)
{
    struct clock_state clock = {0};
    for (uint32_t number = 1; number <= b->file->count; number++) {
        struct inet_view v;
        if (replay__look(b, number, &v) != 0)
            return -1;
        int h = replay__sender(b, &v);
        if (h < 0 && b->host[0].who.kind != ENDPOINT_MAC && v.cut && (v.type == INET_TYPE_IP4 || v.type == INET_TYPE_IP6) &&
            !v.ip4 && !v.ip6)
            return replay__error(b, number, "captured only up to byte %u, inside its %s, which tells its host", v.len, v.cut);
        if (h < 0)
            b->counts.left_out++;
        if (h < 0 || (h == 1 && b->params->half_only))
            continue;
        struct replay_packet timing = packet_timing(b, &clock, (unsigned)h, number);
        if (replay__add_packet(b, number, (unsigned)h, &timing) != 0)
            return -1;
    }
    if (b->params->half_only && b->replay->half[0].count == 0)
        return replay__error(b, 0, "the host that %s plays sends nothing in it", b->params->from->name);
    return 0;
}

static void join_groups(struct replay_build *b, unsigned h)
{
    const struct replay_half *half = &b->replay->half[h];
    struct station *to = h == 0 ? b->params->to : b->params->from;
    for (uint32_t i = 0; i < half->count; i++) {
        if (i % LOOK_STEP == 0)
            replay__relax(b->replay);
        const uint8_t *dst = half->bytes + half->packets[i].data;
        if (half->packets[i].to_group && !mac_is_broadcast(dst) && to->ops->join)
            to->ops->join(to, dst);
    }
}

/* ---- notes ---- */

static void add_notes(struct replay_build *b)
{
    const struct {
        uint32_t count;
        const char *one, *many, *text;
        uint32_t first;
    } notes[] = {
        {b->counts.left_out, "packet", "packets", "of other hosts left out", 0},
        {b->counts.padded, "packet was", "packets were", "captured in part: padded with zeros", 0},
        {b->counts.finished, "packet", "packets", "with an unfinished checksum (captured before the NIC filled it in): finished",
         0},
        {b->counts.wrong, "packet", "packets", "with a wrong TCP or UDP checksum: kept", 0},
        {b->counts.segmented, "TCP burst", "TCP bursts", "above the MTU cut into segments", 0},
        {b->counts.trimmed, "packet", "packets", "with more behind the datagram than the MTU takes (a check sequence?): cut off",
         0},
        {b->counts.backwards, "packet", "packets", "with an earlier timestamp than one before: sent without a gap",
         b->counts.first_backwards},
        {b->counts.set_back, "time", "times", "the capture's clock was set back: time goes on from there",
         b->counts.first_set_back},
    };
    size_t len = 0;
    FILE *out = alloc_stream("a replay", &b->replay->notes, &len);
    pcap_file_notes(b->file, out);
    for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
        if (!notes[i].count)
            continue;
        fprintf(out, "%s: %" PRIu32 " %s %s", b->file->path, notes[i].count, notes[i].count == 1 ? notes[i].one : notes[i].many,
                notes[i].text);
        if (notes[i].first)
            fprintf(out, " (%s packet %" PRIu32 ")", notes[i].count == 1 ? "in" : "the first in", notes[i].first);
        fputc('\n', out);
    }
    alloc_stream_close("a replay", out);
}

/* ---- joining the world ---- */

static int add_flow(struct replay_build *b, const char *suffix, uint32_t parent)
{
    char name[160];
    snprintf(name, sizeof(name), "%s%s", b->params->name, suffix);
    int flow = flow_add(b->sim, name, parent);
    if (flow == -EEXIST)
        return replay__error(b, 0, "there is already a flow named \"%s\"", name);
    if (flow < 0)
        return replay__error(b, 0, "no more than %d flows fit in one world", FLOW_MAX);
    return flow;
}

static bool carries_tags(const struct replay_half *half)
{
    for (uint32_t i = 0; i < half->count; i++) {
        if (i % LOOK_STEP == 0)
            replay__relax(half->replay);
        if (inet_is_tag(inet_get16(half->bytes + half->packets[i].data + 12)))
            return true;
    }
    return false;
}

/* What can fail comes first: a component cannot be taken back. */
static int enter_world(struct replay_build *b)
{
    struct replay *r = b->replay;
    struct station *station[2] = {b->params->from, b->params->to};
    unsigned halves = r->half_only ? 1 : 2;
    int parent = add_flow(b, "", 0);
    if (parent < 0)
        return -1;
    for (unsigned h = 0; h < halves; h++) {
        int flow = add_flow(b, h == 0 ? "/forth" : "/back", (uint32_t)parent);
        if (flow < 0)
            return -1;
        r->half[h].workload.flow = (uint32_t)flow;
    }
    for (unsigned h = 0; h < 2; h++) { /* a half that sends nothing still knows its station */
        r->half[h].workload.to = station[!h];
        workload__attach(&r->half[h].workload, station[h]);
    }
    for (unsigned h = 0; h < halves; h++) {
        join_groups(b, h);
        if (carries_tags(&r->half[h]))
            station[0]->own_tags = station[1]->own_tags = true;
    }
    component_init(&r->comp, b->sim, &replay__component_ops, b->params->name);
    if (halves == 2) /* an arrival at one end lets the other send at once */
        sim_limit_lookahead(b->sim, 0);
    return 0;
}

static int check_params(struct replay_build *b)
{
    const struct replay_params *p = b->params;
    assert(p->from && p->to && p->name);
    if (p->from == p->to)
        return replay__error(b, 0, "a conversation needs two stations, both are %s", p->from->name);
    if (p->timing == REPLAY_SCALED && p->scale_den == 0)
        return replay__error(b, 0, "gaps cannot be scaled by a fraction over 0");
    if (p->timing == REPLAY_RATE && p->rate_bps == 0)
        return replay__error(b, 0, "a paced replay needs a rate above 0");
    return 0;
}

static int check_addresses(struct replay_build *b)
{
    static const uint8_t none[16];
    const struct station *station[2] = {b->params->from, b->params->to};
    for (int h = 0; h < 2 && b->params->rewrite_ip; h++) {
        if (b->host[h].has_ip4 && memcmp(station[h]->ip4, none, 4) == 0)
            return replay__error(b, 0, "rewriting addresses: station %s has no IPv4 address", station[h]->name);
        if (b->host[h].has_ip6 && memcmp(station[h]->ip6, none, 16) == 0)
            return replay__error(b, 0, "rewriting addresses: station %s has no IPv6 address", station[h]->name);
    }
    return 0;
}

/* Memory for one packet at its original length: the largest of the capture. */
static int make_scratch(struct replay_build *b)
{
    uint32_t largest = 1;
    for (uint32_t i = 0; i < b->file->count; i++) {
        if (i % LOOK_STEP == 0)
            pcap_file_relax(b->file);
        if (b->file->packets[i].len > largest)
            largest = b->file->packets[i].len;
        if (b->file->packets[i].len > 256 * 1024)
            return replay__error(b, i + 1, "%u bytes are no frame", b->file->packets[i].len);
    }
    b->scratch = alloc_bytes("a replay", largest);
    return 0;
}

static int finish_halves(struct replay_build *b)
{
    struct replay *r = b->replay;
    for (int h = 0; h < 2; h++) {
        struct replay_half *half = &r->half[h];
        half->workload.ops = &replay__workload_ops;
        half->workload.due = SIM_NEVER;
        half->workload.waits = b->params->timing == REPLAY_BACK_TO_BACK;
        half->replay = r;
        half->st.resend_at = SIM_NEVER;
        half->total = half->count * r->repeat;
        bulk_grow("a replay", &half->arrival_store, (half->count + (size_t)1) * sizeof(*half->arrivals), true);
        half->arrivals = half->arrival_store.at;
    }
    return 0;
}

/* ---- once for all worlds of a scenario ---- */

static const char body_kind[] = "replay";

static void body_free(void *thing)
{
    struct replay_body *body = thing;
    for (int h = 0; h < 2; h++) {
        bulk_free(&body->packets[h]);
        bulk_free(&body->bytes[h]);
    }
    free(body->notes);
    free(body);
}

static uint64_t body_digest(const void *thing)
{
    const struct replay_body *body = thing;
    uint64_t digest = recycler_hash(recycler_hash(0, body->role, sizeof(body->role)), body->notes, strlen(body->notes));
    for (int h = 0; h < 2; h++) {
        digest = recycler_hash(digest, body->packets[h].at, body->count[h] * sizeof(struct replay_packet));
        digest = recycler_hash(digest, body->bytes[h].at, body->bytes_len[h]);
    }
    return digest;
}

static void share_body(struct replay *r)
{
    struct recycler *recycler = r->comp.sim->recycler;
    if (!recycler_keeps(recycler))
        return;
    struct replay_body *body = alloc_zero("a replay", 1, sizeof(*body));
    for (int h = 0; h < 2; h++) {
        body->packets[h] = r->half[h].packet_store;
        body->bytes[h] = r->half[h].byte_store;
        body->bytes_len[h] = r->half[h].bytes_len;
        body->count[h] = r->half[h].count;
    }
    body->notes = r->notes;
    memcpy(body->role, r->role, sizeof(body->role));
    r->borrows = true;
    recycler_share(recycler, body_kind, r->name, body, body_free, body_digest);
}

/* An earlier world's replay of this name was made of the same capture, with the same parameters. */
static bool borrow_body(struct replay *r, const struct recycler *recycler)
{
    const struct replay_body *body = recycler_keeps(recycler) ? recycler_shared(recycler, body_kind, r->name) : NULL;
    if (!body)
        return false;
    for (int h = 0; h < 2; h++) {
        r->half[h].packet_store = body->packets[h];
        r->half[h].byte_store = body->bytes[h];
        r->half[h].packets = body->packets[h].at;
        r->half[h].bytes = body->bytes[h].at;
        r->half[h].count = body->count[h];
    }
    r->notes = body->notes;
    memcpy(r->role, body->role, sizeof(r->role));
    r->borrows = true;
    return true;
}

static int make_body(struct replay_build *b)
{
    bool good = make_scratch(b) == 0 && replay__choose_hosts(b) == 0 && check_addresses(b) == 0 && add_packets(b) == 0;
    free(b->scratch);
    return good ? 0 : -1;
}

struct replay *replay_create(struct sim *sim, const struct pcap_file *file, const struct replay_params *params, char *err,
                             size_t err_cap)
{
    struct replay *r = alloc_zero("a replay", 1, sizeof(*r));
    struct replay_build b = {.sim = sim, .file = file, .params = params, .replay = r, .err = err, .err_cap = err_cap};
    b.mtu = params->from->mtu < params->to->mtu ? params->from->mtu : params->to->mtu;
    r->name = alloc_text("a replay", params->name);
    r->digest = file->digest;
    r->timing = params->timing;
    r->pace = sim_rate_bytes(params->rate_bps);
    r->repeat = params->repeat ? params->repeat : 1;
    r->half_only = params->half_only;
    r->retransmits = params->retransmits;
    bool borrows = borrow_body(r, sim->recycler);
    bool good = check_params(&b) == 0 && (borrows || make_body(&b) == 0) && finish_halves(&b) == 0 && enter_world(&b) == 0;
    if (!good) {
        replay_destroy(r);
        return NULL;
    }
    if (!borrows) {
        add_notes(&b);
        replay__tell_roles(&b);
        share_body(r);
    }
    return r;
}
