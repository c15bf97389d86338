/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "external/loop.h"

#include <errno.h>
#include <stdbool.h>
#include <event2/event.h>
#include <stdlib.h>

#include "core/alloc.h"

struct loop {
    struct event_base *base;
    bool late, stops;
};

struct loop_watch {
    struct event *event;
    void (*ready)(void *to);
    void *to;
};

struct loop *loop_create(void)
{
    struct event_base *base = event_base_new();
    if (!base)
        return NULL;
    struct loop *loop = alloc_zero("a wait for another process", 1, sizeof(*loop));
    loop->base = base;
    return loop;
}

void loop_destroy(struct loop *loop)
{
    if (!loop)
        return;
    event_base_free(loop->base);
    free(loop);
}

static void readable(evutil_socket_t fd, short what, void *of)
{
    struct loop_watch *watch = of;
    (void)fd;
    (void)what;
    watch->ready(watch->to);
}

struct loop_watch *loop_watch(struct loop *loop, int fd, void (*ready)(void *to), void *to)
{
    struct loop_watch *watch = alloc_zero("a wait for another process", 1, sizeof(*watch));
    *watch = (struct loop_watch){.ready = ready, .to = to};
    watch->event = event_new(loop->base, fd, EV_READ | EV_PERSIST, readable, watch);
    if (!watch->event || event_add(watch->event, NULL)) {
        loop_unwatch(watch);
        return NULL;
    }
    return watch;
}

void loop_unwatch(struct loop_watch *watch)
{
    if (!watch)
        return;
    if (watch->event)
        event_free(watch->event);
    free(watch);
}

static void too_late(evutil_socket_t fd, short what, void *of)
{
    (void)fd;
    (void)what;
    ((struct loop *)of)->late = true;
}

void loop_stop(struct loop *loop) { loop->stops = true; }

int loop_serve(struct loop *loop, unsigned seconds)
{
    struct timeval limit = {.tv_sec = seconds};
    struct event *timer = evtimer_new(loop->base, too_late, loop);
    int rc = timer ? 0 : -ENOMEM;
    loop->late = loop->stops = false;
    while (!rc && !loop->stops) {
        if (evtimer_add(timer, &limit) || event_base_loop(loop->base, EVLOOP_ONCE) < 0)
            rc = -EIO;
        else if (loop->late)
            rc = -ETIMEDOUT;
    }
    if (timer)
        event_free(timer);
    return rc;
}
