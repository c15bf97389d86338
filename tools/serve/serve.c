/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A world at the wall clock, slice by slice. */
#include "serve/serve.h"

#include <errno.h>
#include <event2/listener.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "serve/serve__.h"

enum { WAIT_MAX_US = 10000, NO_FILES_WAIT_US = 100000, FILES = 8192 };

/* ---- beginning ---- */

/* A thousand clients are a thousand files. */
static void want_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= FILES)
        return;
    limit.rlim_cur = limit.rlim_max < FILES ? limit.rlim_max : FILES;
    setrlimit(RLIMIT_NOFILE, &limit); /* without them fewer clients are served */
}

static void woken(evutil_socket_t fd, short what, void *of) { (void)fd, (void)what, (void)of; }

static struct event_base *make_base(void)
{
    struct event_config *config = event_config_new();
    if (config)
        event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
    struct event_base *base = config ? event_base_new_with_config(config) : NULL;
    if (config)
        event_config_free(config);
    return base;
}

struct serve *serve_begin(const struct vfsim_args *args, struct vfsim_world *world)
{
    struct serve *serve = vfsim_zero("the doors of a world", 1, sizeof(*serve));
    serve->args = args;
    serve->world = world;
    serve->commands_end = &serve->commands;
    serve->base = make_base();
    serve->wake = serve->base ? evtimer_new(serve->base, woken, NULL) : NULL;
    signal(SIGPIPE, SIG_IGN); /* a client that goes away is an error of its own */
    want_files();
    if (!serve->wake) {
        vfsim_complain("there is no way to wait for clients: libevent gave no event base");
        serve_end(serve);
        return NULL;
    }
    vfsim_world_stay(world, args->stay || args->vfio_user);
    events_begin(&serve->events, world);
    if (!taps_open(serve) || !guests_open(serve) || (args->ctl && !(serve->ctl = ctl_open(serve, args->ctl))) ||
        (args->http && !(serve->http = http_open(serve, args->http)))) {
        serve_end(serve);
        return NULL;
    }
    clock_begin(&serve->clock, vfsim_world_now(world));
    return serve;
}

/* ---- a slice ---- */

static int run(struct serve *serve)
{
    vfsim_time now = vfsim_world_now(serve->world), wall = clock_now(&serve->clock);
    vfsim_time until = wall > now + SERVE_QUANTUM_PS ? now + SERVE_QUANTUM_PS : wall;
    if (until <= now)
        return vfsim_world_is_over(serve->world);
    int over = vfsim_world_run_until(serve->world, until, serve->error);
    serve->has_failed |= over < 0;
    return over;
}

void serve_catch_up(struct serve *serve)
{
    if (!serve->has_failed)
        run(serve);
}

/* As long as nothing is due; who comes ends it. */
static void look_at_doors(struct serve *serve, vfsim_time behind)
{
    struct timeval wait = {0};
    vfsim_time wall = clock_now(&serve->clock), next = vfsim_world_next_event(serve->world);
    if (behind < SERVE_QUANTUM_PS && next > wall && !serve->commands) {
        uint64_t us = (next - wall) / VFSIM_US;
        wait.tv_usec = (suseconds_t)(us < WAIT_MAX_US ? us : WAIT_MAX_US);
    }
    if (!wait.tv_usec) {
        event_base_loop(serve->base, EVLOOP_ONCE | EVLOOP_NONBLOCK); /* once: who comes on and on does not keep it here */
        return;
    }
    evtimer_add(serve->wake, &wait);
    event_base_loop(serve->base, EVLOOP_ONCE);
    evtimer_del(serve->wake);
}

int serve_slice(struct serve *serve, struct vfsim_error **error)
{
    vfsim_time behind;
    serve->error = error;
    int over = run(serve);
    if (over)
        return serve->has_failed ? over : 1;
    command_look_all(serve);
    if (clock_look(&serve->clock, vfsim_world_now(serve->world), &behind))
        vfsim_complain("note: the simulation can't keep up with the wall clock: it goes on more slowly from here");
    look_at_doors(serve, behind);
    serve->error = NULL;
    return serve->has_failed ? -EIO : 0;
}

/* ---- the end ---- */

void serve_end(struct serve *serve)
{
    char worst[VFSIM_TIME_LEN], given_up[VFSIM_TIME_LEN];
    if (!serve)
        return;
    taps_close(serve);
    guests_close(serve);
    command_end_all(serve);
    if (serve->base)
        event_base_loop(serve->base, EVLOOP_ONCE | EVLOOP_NONBLOCK); /* who can take its answer gets it */
    ctl_close(serve->ctl);
    http_close(serve->http);
    command_end_all(serve); /* those that came behind the last answers */
    if (serve->clock.times)
        vfsim_complain("note: %s of the wall clock were given up, in %llu pieces; it was %s behind at most",
                       vfsim_format_time(serve->clock.given_up, given_up), (unsigned long long)serve->clock.times,
                       vfsim_format_time(serve->clock.worst, worst));
    json_decref(serve->topology);
    if (serve->wake)
        event_free(serve->wake);
    if (serve->base)
        event_base_free(serve->base);
    free(serve);
}

/* ---- a listener when there are no files left ---- */

static void listen_again(evutil_socket_t fd, short what, void *of)
{
    (void)fd, (void)what;
    evconnlistener_enable(of);
}

static void no_files(struct evconnlistener *listener, void *of)
{
    const struct timeval soon = {.tv_usec = NO_FILES_WAIT_US};
    (void)of;
    evconnlistener_disable(listener);
    event_base_once(evconnlistener_get_base(listener), -1, EV_TIMEOUT, listen_again, listener, &soon);
}

void serve_soften(struct evconnlistener *listener) { evconnlistener_set_error_cb(listener, no_files); }
