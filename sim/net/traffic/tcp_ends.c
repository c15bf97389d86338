/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connections' ends of a station, and whose a frame is: by addresses and ports, as they stand in it. */
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "net/traffic/tcp_flow__.h"

struct ends {
    struct station_ear ear; /* first member */
    struct tcp_half *first;
};

static bool is_for(const struct tcp_half *half, const struct tcp_path *way)
{
    const struct tcp_path *out = &half->path;
    return way->to_port == out->from_port && way->from_port == out->to_port && way->ip6 == out->ip6 &&
           !memcmp(way->to_ip, out->from_ip, 16) && !memcmp(way->from_ip, out->to_ip, 16);
}

/* What is no segment of a connection of its own, or was damaged on the way, nobody hears. */
static void hear(struct station_ear *ear, const uint8_t *bytes, uint32_t len, bool trusted)
{
    const struct ends *ends = (const struct ends *)ear;
    struct tcp_path way;
    struct tcp_segment in;
    const uint8_t *payload;
    if (!tcp_frame_read(bytes, len, trusted, &way, &in, &payload))
        return;
    for (struct tcp_half *half = ends->first; half; half = half->next)
        if (is_for(half, &way)) {
            tcp__heard(half, &in, payload);
            return;
        }
}

bool tcp__is_taken(const struct tcp_half *half)
{
    const struct station *station = half->workload.station;
    const struct ends *ends = station ? (const struct ends *)station->ear : NULL;
    const struct tcp_path *out = &half->path;
    struct tcp_path in = {.ip6 = out->ip6, .from_port = out->to_port, .to_port = out->from_port};
    memcpy(in.from_ip, out->to_ip, 16);
    memcpy(in.to_ip, out->from_ip, 16);
    for (const struct tcp_half *other = ends ? ends->first : NULL; other; other = other->next)
        if (other != half && is_for(other, &in))
            return true;
    return false;
}

void tcp__attach(struct tcp_half *half)
{
    struct station *station = half->workload.station;
    if (!station->ear) {
        struct ends *ends = alloc_zero("a TCP connection", 1, sizeof(*ends));
        ends->ear.hear = hear;
        station->ear = &ends->ear;
    }
    struct tcp_half **end = &((struct ends *)station->ear)->first;
    while (*end)
        end = &(*end)->next;
    *end = half;
}

/* Flows are destroyed before the stations that they are of. */
void tcp__detach(struct tcp_half *half)
{
    struct station *station = half->workload.station;
    if (!station || !station->ear)
        return;
    struct ends *ends = (struct ends *)station->ear;
    for (struct tcp_half **at = &ends->first; *at; at = &(*at)->next)
        if (*at == half) {
            *at = half->next;
            break;
        }
    if (ends->first)
        return;
    station->ear = NULL;
    free(ends);
}
