/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Paranoia: the world is saved to memory, destroyed, rebuilt from its scenario and loaded, again and again while it
 * runs. What a save function forgets changes the outcome, or shows at once: the new world must save to the same bytes.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/save.h"
#include "scenario/world/world__.h"

enum { SECTION_HEAD = 4, SECTION_NAME = 48 }; /* of save_section(): a mark, then the name */
static const char section_mark[SECTION_HEAD] = {'S', 'E', 'C', 'T'};

/* The section that byte `at` of a stream lies in. */
static const char *section_of(const struct save *s, size_t at, char name[SECTION_NAME])
{
    name[0] = 0;
    if (at + SECTION_HEAD + SECTION_NAME > s->len)
        at = s->len > SECTION_HEAD + SECTION_NAME ? s->len - SECTION_HEAD - SECTION_NAME : 0;
    for (;; at--) {
        if (at + SECTION_HEAD + SECTION_NAME <= s->len && !memcmp(s->buf + at, section_mark, SECTION_HEAD)) {
            memcpy(name, s->buf + at + SECTION_HEAD, SECTION_NAME);
            name[SECTION_NAME - 1] = 0;
            return name;
        }
        if (!at)
            return name;
    }
}

/* The component whose state byte `at` belongs to: each begins with a section of its own, its number and its name. */
static const char *component_of(const struct save *s, size_t at, char name[SECTION_NAME])
{
    static const char head[] = "SECTcomponent";
    enum { BEHIND_HEAD = SECTION_HEAD + SECTION_NAME + sizeof(uint32_t) + sizeof(uint64_t) };
    snprintf(name, SECTION_NAME, "the engine and the books");
    for (size_t i = at < s->len ? at : s->len; i-- > 0;)
        if (i + BEHIND_HEAD + SECTION_NAME <= s->len && !memcmp(s->buf + i, head, sizeof(head))) {
            memcpy(name, s->buf + i + BEHIND_HEAD, SECTION_NAME - 1);
            name[SECTION_NAME - 1] = 0;
            break;
        }
    return name;
}

/* The new world must say of itself what the old one said. */
static int verify(struct world *w, const struct save *then, char *err, size_t err_cap)
{
    char section[SECTION_NAME], component[SECTION_NAME];
    struct save now;
    save_init_comparer(&now, then->buf, then->len);
    sim_save(w->sim, &now);
    if (!now.err && now.pos == then->len)
        return 0;
    snprintf(err, err_cap,
             "a restored world saves otherwise than the one it was restored from: byte %zu of %zu, in section \"%s\" "
             "of %s",
             now.pos, then->len, section_of(then, now.pos, section), component_of(then, now.pos, component));
    return -EPROTO;
}

static int load(struct world *w, const struct save *then, char *err, size_t err_cap)
{
    struct save s;
    save_init_reader(&s, then->buf, then->len);
    sim_save(w->sim, &s);
    int code = s.err;
    if (code)
        snprintf(err, err_cap, "%s", s.why);
    else if (s.pos != s.len) {
        snprintf(err, err_cap, "%zu bytes of the saved world were not read", s.len - s.pos);
        code = -EPROTO;
    }
    save_fini(&s);
    return code;
}

/* One cut: *world is another one afterwards, or NULL if it could not be built again. */
static int cut(struct world **world, struct world_paranoia *p, char *err, size_t err_cap)
{
    struct world *w = *world;
    struct scenario *sc = w->sc;
    struct world_options options = {.recycler = p->recycler, .strict_captures = w->strict_captures, .uninspected = !w->inspection};
    save_rewind(&p->stream);
    sim_save(w->sim, &p->stream);
    if (p->stream.err) {
        snprintf(err, err_cap, "%s", p->stream.why);
        return p->stream.err;
    }
    if (p->listener)
        trace_unlisten(w->sim, p->listener);
    recycler_stain(p->recycler, p->cuts % 2);
    world_destroy(w);
    *world = w = world_build(sc, &options);
    if (!w) {
        const char *text = scenario_error_text(sc, 0, NULL, NULL);
        snprintf(err, err_cap, "the scenario can't be built again: %s", text ? text : "unknown");
        return -EIO;
    }
    if (p->listener)
        trace_listen(w->sim, p->listener);
    int code = load(w, &p->stream, err, err_cap);
    return code ? code : verify(w, &p->stream, err, err_cap);
}

int world_run_paranoid(struct world **world, sim_time until, struct world_watch *watch, struct world_paranoia *p, char *err,
                       size_t err_cap)
{
    char why[400];
    if (!p->recycler)
        p->recycler = recycler_create();
    for (;;) {
        uint64_t done = sim_event_count((*world)->sim);
        enum world_stop stop = world__run(*world, until, done + p->every - done % p->every, watch);
        if (stop != WORLD_STOP_EVENTS)
            return stop == WORLD_STOP_OVER;
        sim_time now = sim_now((*world)->sim);
        if (now < p->from || now > p->to)
            continue;
        p->cuts++;
        if (p->measure)
            p->measure(p, true);
        int code = cut(world, p, why, sizeof(why));
        if (p->measure)
            p->measure(p, false);
        if (code) {
            snprintf(err, err_cap, "paranoid: after event %" PRIu64 ", at %" PRIu64 " ps: %s", done + p->every - done % p->every,
                     (uint64_t)now, why);
            return code;
        }
    }
}

int world_end_paranoia(struct world *w, struct world_paranoia *p, char *err, size_t err_cap)
{
    const char *found = recycler_check(p->recycler);
    if (found)
        snprintf(err, err_cap, "paranoid: %s", found);
    recycler_stain(p->recycler, false);
    if (w && w->sim->recycler == p->recycler)
        sim_own_recycler(w->sim);
    else
        recycler_destroy(p->recycler);
    p->recycler = NULL;
    save_fini(&p->stream);
    return found ? -EPROTO : 0;
}
