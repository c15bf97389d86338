/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to tools/serve:
 *
 *   serve.c     begins and ends it, slice by slice
 *   clock.c     how far the world may run
 *   command.c   a line from outside, and its answer
 *   figures.c   what is counted, as JSON
 *   events.c    the last sentences of switches, migrations and acts
 *   ctl.c       the control socket
 *   http.c      the live page
 *   metrics.c   the same for Prometheus
 *   tap.c       uplinks that are TAP devices
 *   guests.c    guests that are clients of vfio-user
 */
#ifndef VFSIM_TOOLS_SERVE__H
#define VFSIM_TOOLS_SERVE__H

#include <event2/buffer.h>
#include <event2/event.h>
#include <jansson.h>

#include "serve/serve.h"
#include "vfsim.h"

enum {
    SERVE_LINE_MAX = 16 << 10, /* bytes of a command */
    SERVE_CLIENTS_MAX = 2048,  /* of a door, at a time */
    SERVE_EVENTS_MAX = 200,
    SERVE_EVENT_LEN = 240,
    SERVE_TOKEN_LEN = 33,
};

/* ---- clock.c ---- */
struct serve_clock {
    uint64_t begin_ns;   /* of the wall clock, moved on by what was given up */
    vfsim_time begin;    /* of the world then */
    vfsim_time worst;    /* how far it has been behind */
    vfsim_time given_up; /* what it could not make up for */
    uint64_t times;      /* that it gave up */
};
void clock_begin(struct serve_clock *clock, vfsim_time now);
vfsim_time clock_now(const struct serve_clock *clock); /* what the wall clock says, as time of the world */
/* How far `now` is behind it; more than the bound is given up: true the first time. */
bool clock_look(struct serve_clock *clock, vfsim_time now, vfsim_time *behind);

/* ---- events.c ---- */
struct serve_event {
    uint64_t number; /* from 1 */
    vfsim_time at;
    char category[16], who[48], text[SERVE_EVENT_LEN];
};
struct serve_events {
    struct serve_event event[SERVE_EVENTS_MAX];
    uint64_t count; /* so many there have been */
};
void events_begin(struct serve_events *events, struct vfsim_world *world);
json_t *events_json(const struct serve_events *events, uint64_t after); /* those behind number `after` that are still there */

/* ---- command.c ---- */
struct command;
/* `json`: the answer, a line without its newline, which is the receiver's to free(). */
typedef void command_done_fn(void *to, char *json);
/* A line of at most SERVE_LINE_MAX bytes. It is answered by a later command_look_all(), unless it is taken back before. */
struct command *command_begin(struct serve *serve, const char *line, size_t len, command_done_fn *done, void *to);
void command_forget(struct command *command); /* NULL is fine: nobody waits for its answer any more */
void command_look_all(struct serve *serve);
void command_end_all(struct serve *serve); /* those that still wait are told that the run is over */
char *command_refusal(const char *why); /* an answer */

/* ---- figures.c: each a new reference ---- */
json_t *figures_counters(struct serve *serve, const char *owner); /* of one, NULL: all; NULL: there is no such owner */
json_t *figures_flows(struct serve *serve);
json_t *figures_drops(struct serve *serve);
json_t *figures_rings(struct serve *serve);
json_t *figures_status(struct serve *serve);
json_t *figures_topology(struct serve *serve);

/* ---- tap.c ---- */
struct tap_port;
bool taps_open(struct serve *serve); /* of all uplinks; false after a message */
void taps_close(struct serve *serve); /* also behind that; before the world is freed, and after it has run */

/* ---- guests.c ---- */
bool guests_open(struct serve *serve); /* as --vfio-user says; false after a message */
void guests_close(struct serve *serve);

/* ---- ctl.c, http.c: NULL after a message ---- */
struct ctl *ctl_open(struct serve *serve, const char *path);
void ctl_close(struct ctl *ctl);
struct http *http_open(struct serve *serve, const char *where);
void http_close(struct http *http);
void metrics_put(struct serve *serve, struct evbuffer *out);

struct serve {
    const struct vfsim_args *args;
    struct vfsim_world *world;
    struct event_base *base;
    struct event *wake;
    struct serve_clock clock;
    struct serve_events events;
    struct command *commands; /* in the order in which they came */
    struct command **commands_end;
    struct ctl *ctl;
    struct http *http;
    struct tap_port *taps;
    struct event *guests; /* NULL: none come from outside */
    json_t *topology; /* made when it is asked for first */
    bool ends, has_failed;
    struct vfsim_error **error; /* of the slice under way: what a door ran into */
};

/* The world has run up to what the wall clock says, as far as one quantum goes: before anybody acts on it. */
void serve_catch_up(struct serve *serve);
struct evconnlistener;
void serve_soften(struct evconnlistener *listener); /* no files left: it waits, instead of spinning */

#endif
