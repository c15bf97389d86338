/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A connection as a flow: how its halves are made, begun, stopped and saved. */
#include "net/traffic/tcp_flow.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/prng.h"
#include "net/inet.h"
#include "net/traffic/tcp_flow__.h"

enum { FLOW_START = 1 };

enum { PORT_SERVER = 5001, PORT_DYNAMIC = 49152, PORTS_DYNAMIC = 16384 /* [RFC 6335 6] */, MSS_MIN = 88, NAME_LEN = 48 };

/* Stations without an address: the ranges that are set aside for benchmarks [RFC 2544 C.2.2, RFC 5180 8]. */
static const uint8_t bench_ip4[2][16] = {{198, 18, 0, 1}, {198, 19, 0, 1}};
static const uint8_t bench_ip6[2][16] = {{0x20, 0x01, 0, 2, [15] = 1}, {0x20, 0x01, 0, 2, 0, 0, 0x80, [15] = 1}};

/* ---- the component ---- */

static void begin(struct tcp_flow *flow)
{
    sim_time now = sim_now(flow->comp.sim);
    struct tcp *client = &flow->half[0].tcp;
    if (flow->st.started)
        return;
    flow->st.started = 1;
    flow->st.started_at = flow->st.measure.progress_at = now;
    trace_flow_started(&flow->comp, flow->half[0].workload.station ? flow->half[0].workload.station->name : "nobody");
    tcp_listen(&flow->half[1].tcp);
    if (flow->kind == TCP_FLOW_BULK)
        tcp_write(client, flow->bytes ? flow->bytes : TCP_ENDLESS);
    tcp_connect(client, now);
    tcp__run(&flow->half[1]);
    tcp__run(&flow->half[0]);
}

static void flow_event(struct component *self, const struct event *ev)
{
    assert(ev->verb == FLOW_START);
    begin((struct tcp_flow *)self);
}

static void flow_save(struct component *self, struct save *s)
{
    struct tcp_flow *flow = (struct tcp_flow *)self;
    save_section(s, "tcp flow", 1);
    save_field(s, flow->st);
    hist_save(&flow->latency, s);
    for (int h = 0; h < 2; h++) {
        struct tcp_half *half = &flow->half[h];
        save_field(s, half->st);
        tcp_save(&half->tcp, s);
        save_field(s, half->tcp.limits);
        if (save_is_loading(s) && !s->err && half->tcp.limits.limit >= TCP_LIMITS)
            save_fail(s, -EPROTO, "a connection is limited by nothing known");
        tcp__save_log(&half->log, s);
        save_field(s, half->workload.due);
    }
    if (save_is_loading(s))
        for (int h = 0; h < 2; h++) {
            sim_time due = flow->half[h].workload.due;
            flow->half[h].workload.due = SIM_NEVER;
            workload__set_due(&flow->half[h].workload, due);
        }
}

static const struct component_ops flow_ops = {.kind = "tcp flow", .event = flow_event, .save = flow_save};

void tcp_flow_start(struct tcp_flow *flow, sim_time at)
{
    event_post(&flow->comp, &flow->comp, at, EV_SCENARIO, FLOW_START, 0, 0, 0);
}

void tcp_flow_stop(struct tcp_flow *flow)
{
    if (flow->st.stopping || !flow->st.started)
        return;
    flow->st.stopping = 1;
    if (flow->kind == TCP_FLOW_BULK)
        tcp_cut(&flow->half[0].tcp);
    trace_flow_stopped(&flow->comp, flow->half[0].log.count, "stopped");
    tcp__run(&flow->half[0]);
}

/* TIME-WAIT, in which nothing is sent any more, is as good as closed. */
bool tcp_flow_is_done(const struct tcp_flow *flow)
{
    return flow->st.started && tcp_is_over(&flow->half[0].tcp) && tcp_is_over(&flow->half[1].tcp);
}

/* ---- making it ---- */

static void take_addresses(struct tcp_half *half, const struct tcp_flow_params *p, const uint16_t port[2], bool opens)
{
    static const uint8_t none[16];
    const struct station *side[2] = {p->from, p->to};
    uint8_t ip[2][16];
    for (int h = 0; h < 2; h++) {
        const uint8_t *own = p->ip6 ? side[h]->ip6 : side[h]->ip4;
        unsigned len = p->ip6 ? 16 : 4;
        memset(ip[h], 0, 16);
        memcpy(ip[h], memcmp(own, none, len) ? own : p->ip6 ? bench_ip6[h] : bench_ip4[h], len);
    }
    half->path = (struct tcp_path){.ip6 = p->ip6, .from_port = port[!opens], .to_port = port[opens]};
    memcpy(half->path.from_ip, ip[!opens], 16);
    memcpy(half->path.to_ip, ip[opens], 16);
}

/* Which the smaller of the two MTUs lets through; each end announces its own. */
static uint32_t mss_of(const struct tcp_flow_params *p, const struct station *station)
{
    uint32_t headers = (p->ip6 ? INET_IP6_LEN : INET_IP4_LEN) + INET_TCP_LEN;
    uint32_t most = station->mtu > headers ? station->mtu - headers : 0;
    return p->config.mss && p->config.mss < most ? p->config.mss : most;
}

static void make_half(struct tcp_flow *flow, const struct tcp_flow_params *p, int flow_number, bool opens, const uint16_t port[2])
{
    struct tcp_half *half = &flow->half[!opens];
    struct station *mine = opens ? p->from : p->to;
    struct tcp_config config = p->config;
    struct prng prng;
    char stream[NAME_LEN + 16];
    snprintf(stream, sizeof(stream), "tcp %s %s", p->name, opens ? "forth" : "back");
    prng_init(&prng, p->from->comp->sim->seed, stream);
    config.iss = (uint32_t)prng_next(&prng);
    config.mss = mss_of(p, mine);
    config.salt_out = (uint64_t)flow_number * 2 + opens;
    config.salt_in = (uint64_t)flow_number * 2 + !opens;
    config.burst_max = mine->has_driver && !p->no_tso ? TCP_FLOW_BURST_MAX : 0;
    half->flow = flow;
    half->opens = opens;
    half->workload = (struct workload){.ops = &tcp__workload_ops,
                                       .due = SIM_NEVER,
                                       .to = opens ? p->to : p->from,
                                       .offload = {.checksum = mine->has_driver},
                                       .waits = true}; /* as a kernel's TCP, which has its small queues (tcp_limit_output_bytes) */
    take_addresses(half, p, port, opens);
    half->path.salt = config.salt_out;
    tcp_init(&half->tcp, &config);
    tcp__watch(half);
#ifndef VFSIM_PLAIN
    half->workload.frame_flags = mine->has_driver ? 0 : FRAME_SUMS_GOOD;
#endif
}

static int add_flows(struct sim *sim, const char *name, int out[3], char *err, size_t cap)
{
    char half[NAME_LEN + 8];
    static const char *const suffix[] = {"", "/forth", "/back"};
    for (int i = 0; i < 3; i++) {
        snprintf(half, sizeof(half), "%s%s", name, suffix[i]);
        out[i] = flow_add(sim, half, i ? (uint32_t)out[0] : 0);
        if (out[i] == -EEXIST)
            snprintf(err, cap, "flow %s: there is already a flow of this name", half);
        else if (out[i] < 0)
            snprintf(err, cap, "flow %s: no more than %d flows fit in one world", half, FLOW_MAX);
        if (out[i] < 0)
            return -1;
    }
    return 0;
}

static int refuse(const struct tcp_flow_params *p, char *err, size_t cap)
{
    const struct station *side[2] = {p->from, p->to};
    for (int h = 0; h < 2; h++)
        if (mss_of(p, side[h]) < MSS_MIN) {
            snprintf(err, cap, "flow %s: segments of at least %d bytes are wanted, and the MTU of %s is %" PRIu32, p->name, MSS_MIN,
                     side[h]->name, side[h]->mtu);
            return -1;
        }
    if (p->config.mss && p->config.mss > mss_of(p, p->from)) {
        snprintf(err, cap, "flow %s: an MSS of %" PRIu32 " needs a larger MTU: of %s it is at most %" PRIu32, p->name,
                 p->config.mss, p->from->name, mss_of(p, p->from));
        return -1;
    }
    return 0;
}

static bool ports_are_taken(const struct tcp_flow_params *p, const uint16_t port[2], char *err, size_t cap)
{
    const struct station *side[2] = {p->from, p->to};
    for (int h = 0; h < 2; h++) {
        struct tcp_half like = {.workload = {.station = (struct station *)side[h]}};
        take_addresses(&like, p, port, h == 0);
        if (!tcp__is_taken(&like))
            continue;
        snprintf(err, cap, "flow %s: another connection of %s has the same addresses and the ports %u and %u", p->name,
                 side[h]->name, port[0], port[1]);
        return true;
    }
    return false;
}

struct tcp_flow *tcp_flow_create(struct sim *sim, const struct tcp_flow_params *p, char *err, size_t err_cap)
{
    int number[3];
    if (refuse(p, err, err_cap) || add_flows(sim, p->name, number, err, err_cap))
        return NULL;
    uint16_t port[2] = {p->sport ? p->sport : (uint16_t)(PORT_DYNAMIC + number[0] % PORTS_DYNAMIC),
                        p->dport ? p->dport : PORT_SERVER};
    if (ports_are_taken(p, port, err, err_cap))
        return NULL;
    struct tcp_flow *flow = alloc_zero("a TCP connection", 1, sizeof(*flow));
    *flow = (struct tcp_flow){
        .kind = p->kind, .bytes = p->bytes, .transactions = p->transactions, .request = p->request, .response = p->response};
    hist_init(&flow->latency);
    component_init(&flow->comp, sim, &flow_ops, p->name);
    for (int h = 0; h < 2; h++) {
        struct tcp_half *half = &flow->half[h];
        make_half(flow, p, number[0], h == 0, port);
        half->workload.flow = (uint32_t)number[1 + h];
        workload__attach(&half->workload, h == 0 ? p->from : p->to);
        tcp__attach(half);
    }
    return flow;
}

void tcp_flow_destroy(struct tcp_flow *flow)
{
    if (!flow)
        return;
    for (int h = 0; h < 2; h++) {
        struct tcp_half *half = &flow->half[h];
        tcp__detach(half);
        workload__detach(&half->workload);
        tcp_fini(&half->tcp);
        free(half->log.segment);
    }
    hist_fini(&flow->latency);
    free(flow);
}
