/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the migrator: its slots. Structs named …_state are plain data, saved as they are. */
#ifndef VFSIM_HOST_MIGRATE_PRIVATE_H
#define VFSIM_HOST_MIGRATE_PRIVATE_H

#include "core/engine/procedure.h"
#include "host/attach/attach__.h"
#include "host/host__.h"
#include "host/migrate/migrate.h"
#include "host/migrate/method.h"
#include "host/migrate/wire/wire.h"
#include "host/mode/mode__.h"
#include "host/record.h"
#include "vm/move.h"

/* a: slot, b: generation of the slot, unless said otherwise */
enum migrate_verb {
    MIGRATE_EV_STEP = 1,
    MIGRATE_EV_FENCED,   /* a: slot << 32 | record; a PF operation */
    MIGRATE_EV_SWITCHED,
    MIGRATE_EV_SENT,     /* a tunnelled frame has left the source */
    MIGRATE_EV_FRAME,    /* c: a tunnelled frame has arrived */
    MIGRATE_EV_LOOK,     /* is the tunnel still in use? */
    MIGRATE_EV_PUSH,     /* post-copy. b: record; c: the page, or first page << 32 | count */
    MIGRATE_EV_DEMAND,
    MIGRATE_EV_PAGES,
    MIGRATE_EV_WIRE,     /* b: record; c: pacing, else time-out */
    MIGRATE_EV_METHOD,   /* c: the method's own; it is asked for more */
};

/* The steps of its procedure, in order; none is under way: MIGRATE_IDLE. */
enum migrate_phase {
    MIGRATE_IDLE,
    MIGRATE_PREPARE,
    MIGRATE_OUT,    /* a switch to emulation */
    MIGRATE_ROUND,
    MIGRATE_STOP,   /* until all is quiet */
    MIGRATE_FINAL,
    MIGRATE_STATE,
    MIGRATE_RESUME, /* until transmits of the source have left its NIC */
    MIGRATE_TUNNEL,
    MIGRATE_PAGES,  /* post-copy, when the tunnel is through: until all pages have come */
    MIGRATE_IN,     /* a switch to passthrough at the destination */
    MIGRATE_BACK,   /* … at the source, after a failure */
};

/* chained by frame.mark */
struct migrate_fifo {
    frame_ref first, last;
    uint32_t count, zero;
    uint64_t bytes;
};

struct migration_state {
    uint32_t from, to;       /* hosts */
    uint32_t from_place, to_place;
    uint32_t record;
    uint32_t round;          /* under way, from 0 */
    uint64_t cursor;         /* next page of it */
    uint32_t rounds_max, hold_bytes, fail, fail_round, fail_out, fail_in;
    uint8_t method, forward, was_passthrough, stopped, detached, fence_asked, fenced, arrived_state;
    uint8_t resumed, marked, sending, look_posted;
    uint8_t force, mac_first, waiting; /* waiting, over the uplink: for room, or until all has arrived */
    uint8_t post_copy, pulling, lost, native, zero; /* native: by vfio, of a VF that the guest drives itself */
    uint32_t flow;
    uint32_t post_copy_after;
    uint64_t waits_mark;
    sim_time wait_ps_mark;
    uint32_t in_flight;      /* frames on the tunnel */
    sim_time downtime_ps, latency_ps, own_busy, last_tunnelled, stop_limit, guest_timeout_ps;
    struct sim_rate own;
    struct migrate_fifo tunnel, direct; /* at the source, at the destination */
    struct migrate_fifo carried;        /* over the uplink: written, not yet there */
    uint64_t stream_len, arrived_len;
    char plugin[PF_PLUGIN_NAME_MAX];
};

/* of a VM in post-copy */
struct migrate_pager {
    struct mem_pager base;
    struct migrator *m;
    unsigned slot;
};

struct migration {
    struct procedure procedure; /* its owner is the migration */
    struct migrator *migrator;
    bool loaded; /* the state is at the destination: of a MIGRATE_EV_STEP, never set between two events */
    struct migration_state state;
    struct vm_ram *ram; /* the destination's, until it has arrived */
    uint8_t *stream;
    uint8_t *arrived;          /* over the uplink: the stream as it came */
    uint8_t *due;              /* pages of the round under way, a byte each; NULL before the first */
    struct migrate_wire *wire; /* over the uplink */
    struct migrate_pager *pager; /* post-copy, from the packing on */
    struct vm_ram *rest;         /* … and the source's memory, from the arrival on */
};

/* of a host on the migration link */
struct migrate_port_state {
    sim_time busy_until;
    struct sim_rate rate;
};

struct migrator {
    struct component c;
    struct host *host[MIGRATE_HOSTS_MAX];
    struct migrate_port_state port[MIGRATE_HOSTS_MAX];
    unsigned hosts;
    struct migration slot[MIGRATE_SLOTS_MAX];
    const struct migrate_method_ops *const *methods; /* NULL at their end */
    struct records records;
};

/* of a VM's place */
struct migrate_state {
    uint32_t migration; /* 1 + slot of the migration it takes part in, 0 none */
    uint32_t departure; /* 1 + record of the migration by which the VM last left here, 0 never */
};

/* wiring */
struct migrate_of_host {
    struct migrator *migrator; /* NULL: no VM of this world ever moves */
    unsigned index;
};

extern const struct host_part migrate_part;

static inline struct migrate_state *migrate_of(const struct host_vm *hv) { return host__part_of_vm(hv, HOST_RANK_MIGRATE); }
static inline struct migrate_of_host *migrate_of_host(const struct host *host)
{
    return host__part_of_host(host, HOST_RANK_MIGRATE);
}
static inline struct migrator *migrator_of(const struct host *host) { return migrate_of_host(host)->migrator; }

static inline struct host_vm *migrate__from(struct migrator *m, const struct migration *g)
{
    return m->host[g->state.from]->vm[g->state.from_place];
}
static inline struct host_vm *migrate__to(struct migrator *m, const struct migration *g)
{
    return m->host[g->state.to]->vm[g->state.to_place];
}
static inline struct migration_record *migrate__record_at(struct migrator *m, unsigned i)
{
    return records_get(&m->records, sizeof(struct migration_record), i);
}
static inline struct migration_record *migrate__record(struct migrator *m, const struct migration *g)
{
    return migrate__record_at(m, g->state.record);
}
static inline uint32_t migrate__slot(const struct migrator *m, const struct migration *g) { return (uint32_t)(g - m->slot); }

static inline enum migrate_phase migrate__phase(const struct migration *g)
{
    return procedure_is_active(&g->procedure) ? (enum migrate_phase)procedure_step_now(&g->procedure)->own : MIGRATE_IDLE;
}

/* NULL: not built */
static inline const struct migrate_method_ops *migrate__method(const struct migrator *m, enum migrate_method method)
{
    const struct migrate_method_ops *const *at = m->methods;

    while (*at && (*at)->method != method)
        at++;
    return *at;
}
static inline const struct migrate_method_ops *migrate__ops(const struct migrator *m, const struct migration *g)
{
    return migrate__method(m, (enum migrate_method)g->state.method);
}

/* ---- migrate.c ---- */
void migrate__post(struct migrator *m, struct migration *g, sim_time at, enum migrate_verb verb, uint64_t c);
/* The method's step is asked for more, now. */
void migrate__wake(struct migrator *m, struct migration *g, uint64_t cookie);
bool migrate__inject(struct migrator *m, struct migration *g, enum migrate_step step); /* once */
/* When `bytes` more have gone through the source's port of the migration link. */
/* Both hosts' threads of migrations have so much to copy. */
void migrate__works(struct migrator *m, const struct migration *g, uint64_t copies, uint64_t bytes);
sim_time migrate__send(struct migrator *m, struct migration *g, uint64_t bytes);
void migrate__tell(struct migrator *m, const struct migration *g, const char *what, const char *then);

/* Host CPU that source and destination have used, ps of one core. */
sim_time migrate__cpu(struct migrator *m, const struct migration *g);

/* ---- talk.c ---- */
enum migrate_party { MIGRATE_SOURCE, MIGRATE_DESTINATION, MIGRATE_THE_VM, MIGRATE_OUTSIDE };
void migrate__say(struct migrator *m, struct migration *g, enum migrate_party from, enum migrate_party to, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* ---- begin.c ---- */
bool migrate__prepare(struct migrator *m, struct migration *g); /* false: it has failed */

/* ---- phase.c ---- */
void migrate__init(struct migrator *m, struct migration *g);
void migrate__start(struct migration *g);
void migrate__step(struct migrator *m, struct migration *g, bool loaded); /* loaded: the state is at the destination */
void migrate__method_more(struct migrator *m, struct migration *g);
void migrate__fenced(struct migrator *m, struct migration *g); /* transmits of the source have left its NIC */
void migrate__into_fast_path(struct migrator *m, struct migration *g); /* all frames and pages are there, or it is lost */
void migrate__after_tunnel(struct migrator *m, struct migration *g);
void migrate__fail(struct migrator *m, struct migration *g, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* ---- copy.c ---- */
void migrate__round_begin(struct migrator *m, struct migration *g); /* a step follows, unless it fails */
bool migrate__burst(struct migrator *m, struct migration *g); /* false: the round is over */
bool migrate__is_close(struct migrator *m, struct migration *g); /* the rest can go within the limit */

/* ---- move.c: stop, state, arrival, return ---- */
int migrate__stop(struct migrator *m, struct migration *g); /* -EAGAIN */
bool migrate__is_quiet(struct migrator *m, struct migration *g);
int migrate__pack(struct migrator *m, struct migration *g);
int migrate__arrive(struct migrator *m, struct migration *g, char *why, size_t cap);
void migrate__return(struct migrator *m, struct migration *g);

/* ---- tunnel.c ---- */
void migrate__diverted(struct host_vm *hv, frame_ref ref); /* takes ref */
void migrate__tunnel_begin(struct migrator *m, struct migration *g);
void migrate__tunnel_event(struct migrator *m, struct migration *g, const struct event *ev);
void migrate__tunnel_give_back(struct migrator *m, struct migration *g); /* the VM goes on at the source */
void migrate__hold(struct migrator *m, struct migration *g, frame_ref ref, bool in_front);
void migrate__tunnel_pump(struct migrator *m, struct migration *g);
void migrate__tunnel_arrived(struct migrator *m, struct migration *g, uint64_t id); /* over the uplink */
void migrate__tunnel_died(struct migrator *m, struct migration *g);
bool migrate__fifo_is_sound(const struct migrate_fifo *q);

/* ---- uplink.c: only when there is a wire ---- */
void migrate__uplink_begin(struct migrator *m, struct migration *g); /* a step follows when the destination has answered */
void migrate__uplink_wire(struct migrator *m, struct migration *g); /* there is one from now on */
void migrate__uplink_end(struct migration *g);
bool migrate__received(struct host *host, unsigned uplink, frame_ref ref); /* true: it has taken ref */
bool migrate__uplink_has_room(const struct migration *g); /* for a page */
void migrate__uplink_page(struct migrator *m, struct migration *g, uint64_t at, enum vm_page_kind kind);
/* After writing, with `more` to come or not. False: all has arrived. True: a step follows. */
bool migrate__uplink_wait(struct migrator *m, struct migration *g, bool more);
void migrate__uplink_state(struct migrator *m, struct migration *g);
bool migrate__uplink_frame(struct migrator *m, struct migration *g, frame_ref ref); /* false: no room now */

/* ---- postcopy.c ---- */
unsigned migrate__postcopy_count(const struct migrator *m);
int migrate__postcopy_pack(struct migrator *m, struct migration *g); /* which pages are to follow */
void migrate__postcopy_map(struct migrator *m, struct migration *g, struct save *s); /* … to and from the stream */
void migrate__postcopy_begin(struct migrator *m, struct migration *g);
void migrate__postcopy_event(struct migrator *m, struct migration *g, const struct event *ev);
void migrate__postcopy_end(struct migrator *m, struct migration *g);
void migrate__postcopy_save(struct migrator *m, struct migration *g, struct save *s);
void migrate__pager_free(struct migration *g);
void migrate__lost(struct migrator *m, struct migration *g, const char *why); /* the VM ends */

/* ---- save.c ---- */
void migrate__save(struct component *self, struct save *s);

#endif
