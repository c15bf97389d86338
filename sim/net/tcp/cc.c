/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/tcp/cc.h"

/* [RFC 9438 4.1, 4.6]: C = 4/10, beta = 7/10, and Reno's friendly increase 3 * (1 - beta) / (1 + beta) = 9/17. */
enum { BETA_NUM = 7, BETA_DEN = 10, C_NUM = 4, C_DEN = 10, FRIENDLY_NUM = 9, FRIENDLY_DEN = 17 };
#define MS_CUBED UINT64_C(1000000000) /* in a cubed second */
#define DISTANCE_MAX INT64_C(100000)  /* ms from K that are told apart */

void tcp_cc_init(struct tcp_cc *cc, enum tcp_cc_kind kind, uint32_t mss, uint32_t segments)
{
    *cc =
        (struct tcp_cc){.kind = kind, .mss = mss, .cwnd = (uint64_t)segments * mss, .ssthresh = UINT64_MAX / 2, .epoch = SIM_NEVER};
}

/* The largest root whose cube is not above `n`. */
static uint64_t cube_root(uint64_t n)
{
    uint64_t root = 0;
    for (int bit = 21; bit >= 0; bit--) {
        uint64_t more = root | UINT64_C(1) << bit;
        if ((unsigned __int128)more * more * more <= n)
            root = more;
    }
    return root;
}

/* A segment for each window that is acknowledged. */
static void grow_linearly(struct tcp_cc *cc, uint64_t bytes)
{
    cc->acked += bytes;
    for (; cc->acked >= cc->cwnd; cc->cwnd += cc->mss)
        cc->acked -= cc->cwnd;
}

static void begin_epoch(struct tcp_cc *cc, sim_time now)
{
    cc->epoch = now;
    cc->w_start = cc->w_est = cc->cwnd;
    cc->est_rest = cc->rest = 0;
    if (cc->w_max < cc->cwnd)
        cc->w_max = cc->cwnd;
    uint64_t segments = (cc->w_max - cc->cwnd) / cc->mss;
    cc->k_ms = cube_root(segments * MS_CUBED / C_NUM * C_DEN);
}

/* W_cubic(t) = C * (t - K)^3 + W_max [RFC 9438 4.2], held between the window and half as much again [4.4]. */
static uint64_t target(const struct tcp_cc *cc, sim_time t)
{
    int64_t distance = (int64_t)(t / SIM_MS) - (int64_t)cc->k_ms;
    distance = distance > DISTANCE_MAX ? DISTANCE_MAX : distance < -DISTANCE_MAX ? -DISTANCE_MAX : distance;
    __int128 cubed = (__int128)distance * distance * distance;
    __int128 w = (__int128)cc->w_max + cubed * C_NUM * cc->mss / ((__int128)C_DEN * MS_CUBED);
    if (w < cc->cwnd)
        return cc->cwnd;
    return w > cc->cwnd + cc->cwnd / 2 ? cc->cwnd + cc->cwnd / 2 : (uint64_t)w;
}

/* What Reno would have, so that CUBIC is never slower than it [RFC 9438 4.3]. */
static void estimate_reno(struct tcp_cc *cc, uint64_t bytes)
{
    unsigned __int128 num = (unsigned __int128)bytes * cc->mss, den = cc->cwnd;
    if (cc->w_est < cc->w_max) {
        num *= FRIENDLY_NUM;
        den *= FRIENDLY_DEN;
    }
    num += cc->est_rest;
    cc->w_est += (uint64_t)(num / den);
    cc->est_rest = (uint64_t)(num % den);
}

static void grow_cubically(struct tcp_cc *cc, uint64_t bytes, sim_time srtt, sim_time now)
{
    if (cc->epoch == SIM_NEVER)
        begin_epoch(cc, now);
    estimate_reno(cc, bytes);
    uint64_t wanted = target(cc, sim_time_add(now - cc->epoch, srtt));
    unsigned __int128 more = (unsigned __int128)(wanted - cc->cwnd) * bytes + cc->rest;
    cc->rest = (uint64_t)(more % cc->cwnd);
    cc->cwnd += (uint64_t)(more / cc->cwnd);
    if (cc->cwnd < cc->w_est)
        cc->cwnd = cc->w_est;
}

void tcp_cc_acked(struct tcp_cc *cc, uint64_t bytes, sim_time srtt, sim_time now)
{
    if (cc->cwnd < cc->ssthresh) {
        uint64_t room = cc->ssthresh - cc->cwnd, slow = bytes < room ? bytes : room;
        cc->cwnd += slow;
        bytes -= slow;
    }
    if (!bytes)
        return;
    if (cc->kind == TCP_CC_RENO)
        grow_linearly(cc, bytes);
    else
        grow_cubically(cc, bytes, srtt, now);
}

static uint64_t at_least_two(const struct tcp_cc *cc, uint64_t window)
{
    return window < 2 * (uint64_t)cc->mss ? 2 * (uint64_t)cc->mss : window;
}

void tcp_cc_lost(struct tcp_cc *cc, uint64_t flight)
{
    cc->acked = 0;
    if (cc->kind == TCP_CC_RENO) {
        cc->ssthresh = at_least_two(cc, flight / 2);
        return;
    }
    /* one that had not come back to where it was leaves some to others [RFC 9438 4.7] */
    cc->w_max = cc->cwnd < cc->w_max ? cc->cwnd * (BETA_DEN + BETA_NUM) / (2 * BETA_DEN) : cc->cwnd;
    cc->epoch = SIM_NEVER;
    cc->ssthresh = at_least_two(cc, cc->cwnd * BETA_NUM / BETA_DEN);
}

void tcp_cc_timeout(struct tcp_cc *cc, uint64_t flight, int first)
{
    if (first)
        tcp_cc_lost(cc, flight);
    cc->cwnd = cc->mss;
    cc->acked = 0;
    cc->epoch = SIM_NEVER;
}
