/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The clock of a User-Mode Linux kernel, which it gets from us in its mode `time-travel=ext`: it requests a time and waits, and
 * runs when that has come. It runs in no time: whatever it computes, its clock stands. Requests made while it waits (its devices
 * interrupt it) count, too. [include/uapi/linux/um_timetravel.h of Linux]
 *
 * Its time is the engine's in whole nanoseconds, from the beginning of the world.
 */
#include <errno.h>
#include <unistd.h>

#include "external/uml__.h"

enum operation { OP_ACK, OP_START, OP_REQUEST, OP_WAIT, OP_GET, OP_UPDATE, OP_RUN, OP_FREE_UNTIL, OP_GET_TOD };

struct message {
    uint32_t op, seq;
    uint64_t ns;
};

/* Its idea of the date when the world begins: 2001-09-09T01:46:40Z. */
#define DATE_NS UINT64_C(1000000000000000000)

static uint64_t now_ns(const struct uml *uml) { return uml__now(uml) / SIM_NS; }

static void say(struct uml *uml, enum operation op, uint32_t seq, uint64_t ns)
{
    struct message msg = {.op = op, .seq = seq, .ns = ns};
    if (uml__send(uml->calendar.socket, &msg, sizeof(msg)))
        uml__over(uml, "its process is gone");
}

static void schedule(struct uml *uml)
{
    struct uml_calendar *cal = &uml->calendar;
    struct component *c = uml__comp(uml);
    event_cancel(c->sim, &cal->run);
    if (cal->wanted_ns > INT64_MAX / SIM_NS) /* for ever, or as good as that */
        return;
    sim_time at = cal->wanted_ns * SIM_NS, now = uml__now(uml);
    cal->run = event_post(c, c, at > now ? at : now, EV_CPU, UML_EV_RUN, 0, 0, 0);
}

void uml__calendar_stop(struct uml *uml) { event_cancel(uml__comp(uml)->sim, &uml->calendar.run); }

void uml__calendar_go_on(struct uml *uml)
{
    if (uml->state == UML_WAITS)
        schedule(uml);
}

static void asked(void *of)
{
    struct uml *uml = of;
    struct message msg;
    if (uml__receive(uml->calendar.socket, &msg, sizeof(msg), NULL, 0)) {
        uml__over(uml, "its process has ended");
        return;
    }
    uint64_t answer = 0;
    switch (msg.op) {
    case OP_ACK:
        return;
    case OP_REQUEST:
        uml->calendar.wanted_ns = msg.ns;
        if (uml->state == UML_WAITS)
            schedule(uml);
        break;
    case OP_WAIT:
        break;
    case OP_GET:
        answer = now_ns(uml);
        break;
    case OP_GET_TOD:
        answer = DATE_NS + now_ns(uml);
        break;
    case OP_START:
    case OP_UPDATE:
        break;
    default:
        uml__over(uml, "its kernel speaks another protocol (operation %u of the calendar)", msg.op);
        return;
    }
    say(uml, OP_ACK, msg.seq, answer);
    if (msg.op != OP_WAIT || uml->state == UML_OVER)
        return;
    uml__set_state(uml, UML_WAITS);
    schedule(uml);
}

static void came(void *of)
{
    struct uml *uml = of;
    struct uml_calendar *cal = &uml->calendar;
    if (cal->socket >= 0)
        return;
    cal->socket = uml__accept(cal->listener);
    loop_unwatch(cal->comes);
    cal->comes = NULL;
    cal->asks = cal->socket < 0 ? NULL : loop_watch(uml->loop, cal->socket, asked, uml);
    if (!cal->asks)
        uml__over(uml, "its clock cannot be connected");
}

int uml__calendar_open(struct uml *uml)
{
    struct uml_calendar *cal = &uml->calendar;
    cal->wanted_ns = UINT64_MAX;
    cal->listener = uml__listen(uml, "calendar");
    if (cal->listener < 0)
        return cal->listener;
    cal->comes = loop_watch(uml->loop, cal->listener, came, uml);
    return cal->comes ? 0 : -ENOMEM;
}

void uml__calendar_close(struct uml *uml)
{
    struct uml_calendar *cal = &uml->calendar;
    loop_unwatch(cal->comes);
    loop_unwatch(cal->asks);
    if (cal->listener >= 0)
        close(cal->listener);
    if (cal->socket >= 0)
        close(cal->socket);
    *cal = (struct uml_calendar){.listener = -1, .socket = -1};
}

void uml__calendar_run(struct uml *uml)
{
    struct uml_calendar *cal = &uml->calendar;
    uint64_t ns = cal->wanted_ns;
    cal->run = (struct event_id){0, 0};
    cal->wanted_ns = UINT64_MAX;
    uml__set_state(uml, UML_RUNS);
    say(uml, OP_RUN, ++cal->seq, ns);
}
