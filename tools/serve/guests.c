/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guests that are clients of vfio-user: the world attends to them whenever one of them wants something. */
#include <stdlib.h>
#include <string.h>

#include "serve/serve__.h"

static void one_wants(evutil_socket_t fd, short what, void *of)
{
    struct serve *serve = of;
    (void)fd, (void)what;
    serve_catch_up(serve);
    vfsim_world_attend(serve->world);
}

/* "a=/tmp/a.sock,b=/tmp/b.sock" */
static bool listen_for_each(struct serve *serve, char *list)
{
    struct vfsim_error *error = NULL;
    char *rest = list;
    for (char *pair; (pair = strsep(&rest, ","));) {
        char *equals = strchr(pair, '=');
        if (!equals || equals == pair || !equals[1]) {
            vfsim_complain("--vfio-user takes VM=SOCKET, not '%s'", pair);
            return false;
        }
        *equals = 0;
        if (vfsim_world_listen(serve->world, pair, equals + 1, &error) < 0) {
            vfsim_complain("--vfio-user %s=%s: %s", pair, equals + 1, error->message);
            vfsim_error_free(error);
            return false;
        }
    }
    return true;
}

bool guests_open(struct serve *serve)
{
    char *list = serve->args->vfio_user ? vfsim_copy("guests", serve->args->vfio_user) : NULL;
    bool good = !list || listen_for_each(serve, list);
    int fd = vfsim_world_descriptor(serve->world);
    free(list);
    if (!good || fd < 0)
        return good;
    serve->guests = event_new(serve->base, fd, EV_READ | EV_PERSIST, one_wants, serve);
    if (serve->guests && !event_add(serve->guests, NULL))
        return true;
    vfsim_complain("--vfio-user: nobody can be waited for");
    return false;
}

void guests_close(struct serve *serve)
{
    if (serve->guests)
        event_free(serve->guests);
    serve->guests = NULL;
}
