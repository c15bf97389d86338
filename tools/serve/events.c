/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last sentences of switches, migrations and acts, for who looks at the live page. */
#include <stdio.h>

#include "serve/serve__.h"

static void heard(void *user, vfsim_time at, const char *category, const char *who, const char *text)
{
    struct serve_events *events = user;
    struct serve_event *event = &events->event[events->count++ % SERVE_EVENTS_MAX];
    event->number = events->count;
    event->at = at;
    snprintf(event->category, sizeof(event->category), "%s", category);
    snprintf(event->who, sizeof(event->who), "%s", who);
    snprintf(event->text, sizeof(event->text), "%s", text);
}

void events_begin(struct serve_events *events, struct vfsim_world *world)
{
    vfsim_on_sentence(world, "switch,control,scenario", heard, events, NULL);
}

json_t *events_json(const struct serve_events *events, uint64_t after)
{
    json_t *list = json_array();
    uint64_t oldest = events->count > SERVE_EVENTS_MAX ? events->count - SERVE_EVENTS_MAX : 0;
    for (uint64_t i = after > oldest ? after : oldest; i < events->count; i++) {
        const struct serve_event *e = &events->event[i % SERVE_EVENTS_MAX];
        json_array_append_new(list, json_pack("{sI ss* sI ss* ss*}", "number", (json_int_t)e->number, "category", e->category,
                                              "at_ns", (json_int_t)(e->at / VFSIM_NS), "who", e->who, "text", e->text));
    }
    return list;
}
