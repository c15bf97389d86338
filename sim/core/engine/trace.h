/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The narrative trace: one sentence an event, "[time] who > what happened -> what follows".
 *
 * Points are declared once in trace.def as TRACE_POINT(name, category, (typed parameters), (their names), "sentence").
 * For each the header generates trace_<name>(component, …), type- and format-checked, which costs one predicted branch
 * while nobody listens.
 */
#ifndef VFSIM_CORE_TRACE_H
#define VFSIM_CORE_TRACE_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/engine/engine.h"

enum trace_category {
    TRACE_core,
    TRACE_net,
    TRACE_pcie,
    TRACE_eswitch,
    TRACE_nic,
    TRACE_pf,
    TRACE_host,
    TRACE_guest,
    TRACE_switch,
    TRACE_control,
    TRACE_scenario,
    TRACE_tcp,
    TRACE_CATEGORY_COUNT
};
const char *trace_category_name(enum trace_category category);

struct trace_listener {
    uint32_t mask; /* 1 << category */
    /* `who` is the component's name, `text` the sentence; both live only during the call. */
    void (*sentence)(struct trace_listener *self, sim_time at, enum trace_category cat, const char *who, const char *text);
    struct trace_listener *next;
};

struct trace {
    uint32_t mask; /* union of the listeners' masks */
    struct trace_listener *listeners;
};

/* The trace is the first member of struct sim (trace.c asserts it), so that asking for it costs no call. */
static inline struct trace *sim_trace(struct sim *sim) { return (struct trace *)sim; }
void trace_listen(struct sim *sim, struct trace_listener *listener);
void trace_unlisten(struct sim *sim, struct trace_listener *listener);

/* "nic,pf" or "all" to a mask; -EINVAL with *bad at the unknown word. */
int trace_parse_mask(const char *list, uint32_t *mask, const char **bad);

void trace_emit(struct component *c, enum trace_category cat, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static inline bool trace_wanted(struct component *c, enum trace_category cat)
{
    return __builtin_expect(sim_trace(c->sim)->mask & (1u << cat), 0);
}

#define TRACE_UNWRAP(...) __VA_ARGS__
#define TRACE_POINT(name, category, params, args, sentence)                   \
    static inline void trace_##name(struct component *c, TRACE_UNWRAP params) \
    {                                                                         \
        if (trace_wanted(c, TRACE_##category))                                \
            trace_emit(c, TRACE_##category, sentence, TRACE_UNWRAP args);     \
    }
#include "core/engine/trace.def"
#undef TRACE_POINT

#endif
