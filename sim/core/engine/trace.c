/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/engine/trace.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/engine/world.h"

enum { SENTENCE_MAX = 1024 };

_Static_assert(offsetof(struct sim, trace) == 0, "sim_trace() relies on it");

static const char *const names[TRACE_CATEGORY_COUNT] = {
    [TRACE_core] = "core",     [TRACE_net] = "net",         [TRACE_pcie] = "pcie",         [TRACE_eswitch] = "eswitch",
    [TRACE_nic] = "nic",       [TRACE_pf] = "pf",           [TRACE_host] = "host",         [TRACE_guest] = "guest",
    [TRACE_switch] = "switch", [TRACE_control] = "control", [TRACE_scenario] = "scenario", [TRACE_tcp] = "tcp",
};

const char *trace_category_name(enum trace_category category)
{
    return (unsigned)category < TRACE_CATEGORY_COUNT ? names[category] : "?";
}

static void renew_mask(struct trace *trace)
{
    trace->mask = 0;
    for (const struct trace_listener *l = trace->listeners; l; l = l->next)
        trace->mask |= l->mask;
}

void trace_listen(struct sim *sim, struct trace_listener *listener)
{
    struct trace *trace = sim_trace(sim);
    struct trace_listener **end = &trace->listeners;
    while (*end)
        end = &(*end)->next;
    listener->next = NULL;
    *end = listener;
    renew_mask(trace);
}

void trace_unlisten(struct sim *sim, struct trace_listener *listener)
{
    struct trace *trace = sim_trace(sim);
    for (struct trace_listener **at = &trace->listeners; *at; at = &(*at)->next)
        if (*at == listener) {
            *at = listener->next;
            break;
        }
    renew_mask(trace);
}

static int category_find(const char *word, size_t len)
{
    for (int cat = 0; cat < TRACE_CATEGORY_COUNT; cat++)
        if (strlen(names[cat]) == len && memcmp(names[cat], word, len) == 0)
            return cat;
    return -1;
}

int trace_parse_mask(const char *list, uint32_t *mask, const char **bad)
{
    uint32_t found = 0;
    for (const char *word = list;;) {
        size_t len = strcspn(word, ",");
        int cat = category_find(word, len);
        if (cat >= 0)
            found |= 1u << cat;
        else if (len == 3 && memcmp(word, "all", 3) == 0)
            found |= (1u << TRACE_CATEGORY_COUNT) - 1;
        else {
            if (bad)
                *bad = word;
            return -EINVAL;
        }
        if (word[len] == '\0')
            break;
        word += len + 1;
    }
    *mask = found;
    return 0;
}

void trace_emit(struct component *c, enum trace_category cat, const char *fmt, ...)
{
    struct trace *trace = sim_trace(c->sim);
    if ((trace->mask & 1u << cat) == 0)
        return;
    char text[SENTENCE_MAX];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    sim_time now = sim_now(c->sim);
    struct trace_listener *next;
    for (struct trace_listener *l = trace->listeners; l; l = next) {
        next = l->next; /* it may leave while it listens */
        if (l->mask & 1u << cat)
            l->sentence(l, now, cat, c->name, text);
    }
}
