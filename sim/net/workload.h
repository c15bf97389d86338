/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Workloads: what stations send and when, apart from who carries it.
 *
 * A station is one end of the traffic: a peer on the outside, or the application of a VM. A workload (a replayed
 * conversation, a synthetic flow) decides which frame a station sends next and when it is due; the station fetches it when
 * that time has come, into a frame of its own (a peer) or into guest memory (a VM's app). Arrivals are told to the
 * workloads by the books (struct delivery_listener), by identity, so no payload is parsed.
 *
 * The call graph: workload --station->ops->due(at)--> station ... at time `at`: station_next() --> one frame's bytes.
 */
#ifndef VFSIM_NET_WORKLOAD_H
#define VFSIM_NET_WORKLOAD_H

#include "core/world/sim.h"
#include "net/port.h"

struct station;
struct workload;

/* What is known of the place where a station is plugged in, as it is configured at this moment. */
enum { STATION_ACCESS_MAX = 2 };
struct station_place {
    int32_t access[STATION_ACCESS_MAX]; /* TCI of the VLAN its port is in, -1: none; two when either may be in force */
    uint32_t accesses;
    bool keeps_priority;    /* a priority tag of its own is made the port's tag, and keeps its priority */
};

/* Who is given the bytes of what a station gets, before it counts as delivered. `trusted`: a device has said that the checksum of
 * layer 4 is right. */
struct station_ear {
    void (*hear)(struct station_ear *ear, const uint8_t *bytes, uint32_t len, bool trusted);
};

struct station_ops {
    /* Something will be due at `at` (>= now): call station_next() then. May be called often; keep the earliest. */
    void (*due)(struct station *station, sim_time at);
    /* A conversation sends to this multicast address and waits for its arrival: let it in. May be NULL. */
    void (*join)(struct station *station, const uint8_t mac[6]);
};

struct station {
    const struct station_ops *ops;
    struct component *comp; /* where its frames are born and delivered */
    unsigned number;        /* 0, 1, … in scenario order */
    void (*place)(const struct station *station, struct station_place *out); /* wiring; NULL: in no VLAN */
    /* The key of the device that spreads its frames over queues, if its driver cannot know it. False: none. May be NULL. */
    bool (*rss_key)(const struct station *station, uint8_t key[40]);
    void *placed_by;        /* theirs */
    char name[48];          /* as the scenario names it */
    uint8_t mac[6];         /* current address: replays rewrite to it; a VM's follows its MAC changes */
    uint8_t ip4[4];         /* 0.0.0.0: none given */
    uint8_t ip6[16];
    bool has_driver;        /* it sends by a device, which can be asked to segment, insert tags and compute checksums */
    bool own_tags;          /* a workload's frames carry VLAN tags of their own: an untagged peer takes tagged ones too */
    uint32_t mtu;           /* payload bytes above the Ethernet header, without VLAN tag; 1500 unless set */
    struct workload **workloads; /* a heap: the one that goes next is the first */
    unsigned workload_count, workload_cap;
    unsigned lanes;         /* 0: all is of one thread */
    uint64_t workloads_added;
    struct station_ear *ear; /* NULL: nobody's */
    struct station *next;   /* list of all stations of the world, in scenario order */
};

/* Register under `name`; addresses and MTU that were set before stay. 0, -EEXIST, -ENAMETOOLONG or -ENOMEM. */
int station_init(struct station *station, struct sim *sim, struct component *comp, const char *name, const struct station_ops *ops);
void station_fini(struct station *station);
/* From now on it answers to `mac`; what is on the way to an address that it had is still its own. */
void station_set_mac(struct station *station, const uint8_t mac[6]);
struct station *station_find(struct sim *sim, const char *name);

/* What the sender's driver asks its device for; all 0: nothing. */
struct workload_offload {
    uint32_t vlan;     /* insert a tag: 0x10000 | TCI */
    uint32_t mss;      /* cut into TCP segments of so many bytes */
    bool checksum;     /* compute the checksum of layer 4 */
};

struct workload_frame {
    uint32_t flow; /* flow_add() number */
    uint32_t len;  /* bytes, 0: nothing is due now */
    sim_time next_due; /* when to ask again; SIM_NEVER: due() will tell */
    struct workload_offload offload;
};

/* The next frame due now at this station: its bytes are written to `buf` (cap >= 65,536 or as given; a longer frame is
 * an error of the scenario found when it was built). len 0 when nothing is due yet. Order among workloads: due time, then
 * the order they were added. The caller then makes the frame: frame_birth(station->comp, flow, len), immediately. */
/* Where its synthetic flows are, by name, to or from a stream: for a snapshot of the machine that this station is a part of.
 * Reading, flows that this world doesn't have are left out; `later`: than when it was written, modulo 2^64. */
void station_position(struct station *station, struct save *s, sim_time later);
static inline void station_hear(struct station *station, const uint8_t *bytes, uint32_t len, bool trusted)
{
    if (station->ear)
        station->ear->hear(station->ear, bytes, len, trusted);
}
struct workload_frame station_next(struct station *station, uint8_t *buf, uint32_t cap);
/* The same while the station's queue is stopped (netif_stop_queue() of a driver whose ring is full): of workloads that wait for
 * room, those that send back to back, nothing is due until it is asked for otherwise. */
struct workload_frame station_next_unless_it_waits(struct station *station, uint8_t *buf, uint32_t cap);
sim_time station_next_due(const struct station *station); /* SIM_NEVER: nothing known */
/* Both where several threads play a station's workloads, each of them its share: the n-th to be added is of lane n, modulo
 * station->lanes. `is_stopped`: as of station_next_unless_it_waits(). */
struct workload_frame station_next_on(struct station *station, unsigned lane, bool is_stopped, uint8_t *buf, uint32_t cap);
sim_time station_next_due_on(const struct station *station, unsigned lane);

#endif
