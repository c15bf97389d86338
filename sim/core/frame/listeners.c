/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who hears of deliveries, and of frames' ends. */
#include "core/frame/books_private.h"

void books_listen(struct sim *sim, struct delivery_listener *listener)
{
    struct delivery_listener **end = &sim->books->listeners;
    while (*end)
        end = &(*end)->next;
    listener->next = NULL;
    *end = listener;
}

bool books_are_heard(const struct sim *sim) { return sim->books->listeners != NULL; }

void books_listen_endings(struct sim *sim, struct ending_listener *listener)
{
    listener->next = sim->books->ending_listeners;
    sim->books->ending_listeners = listener;
}

void books_unlisten_endings(struct sim *sim, struct ending_listener *listener)
{
    for (struct ending_listener **l = &sim->books->ending_listeners; *l; l = &(*l)->next)
        if (*l == listener) {
            *l = listener->next;
            return;
        }
}
