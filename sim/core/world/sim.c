/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/world/sim.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/frame/books_private.h"
#include "core/build.h"
#include "core/engine/engine_private.h"
#include "core/frame/frame_private.h"
#include "core/world/journal_private.h"

static const struct sim_limits default_limits = {0, 65536, 4096, 512};

/* A frame on a wire, in a queue or in a DMA waits for an event, or two where it changes hands; all else that waits is bounded by
 * what devices and guests there are. Slots that are never used cost nothing. */
static uint32_t events_for(const struct sim_limits *limits)
{
    enum { OTHERS = 1 << 20 };
    uint64_t frames = (uint64_t)limits->frames_small + limits->frames_jumbo + limits->frames_giant;
    return (uint32_t)(2 * frames + OTHERS);
}

struct sim *sim_create(uint64_t seed, const struct sim_limits *limits) { return sim_create_with(seed, limits, NULL); }

struct sim *sim_create_with(uint64_t seed, const struct sim_limits *limits, struct recycler *recycler)
{
    struct sim *sim = alloc_zero("the simulation", 1, sizeof(*sim));
    struct sim_limits use = limits ? *limits : default_limits;
    use.frames_small = use.frames_small ? use.frames_small : default_limits.frames_small;
    use.frames_jumbo = use.frames_jumbo ? use.frames_jumbo : default_limits.frames_jumbo;
    use.frames_giant = use.frames_giant ? use.frames_giant : default_limits.frames_giant;
    use.events = use.events ? use.events : events_for(&use);
    sim->seed = seed;
    sim->owns_recycler = !recycler;
    sim->recycler = recycler ? recycler : recycler_create_plain();
    profile_init(&sim->profile);
    sim->engine = engine__create(use.events, sim->recycler);
    sim->frames = frames__create(&use, sim->recycler);
    sim->books = books__create(use.frames_small + use.frames_jumbo + use.frames_giant, sim->recycler);
    sim->journal = journal__create();
    if (sim->engine && sim->frames && sim->books && sim->journal)
        return sim;
    sim_destroy(sim);
    return NULL;
}

void sim_destroy(struct sim *sim)
{
    if (!sim)
        return;
    journal__destroy(sim->journal);
    books__destroy(sim->books);
    frames__destroy(sim->frames);
    engine__destroy(sim->engine);
    free(sim->net);
    if (sim->owns_recycler)
        recycler_destroy(sim->recycler);
    free(sim);
}

void sim_own_recycler(struct sim *sim) { sim->owns_recycler = true; }

/* ---- save and load ---- */

enum { STREAM_VERSION = 2 };
static const char magic[8] = "VFSIMSAV";

static void save_header(struct sim *sim, struct save *s)
{
    char found[8];
    memcpy(found, magic, sizeof(found));
    save_field(s, found);
    if (s->err == 0 && memcmp(found, magic, sizeof(found)) != 0)
        save_fail(s, -EPROTO, "this is no saved world");
    save_section(s, "sim", STREAM_VERSION);
    struct build_id ours = build_id(), found_build = ours; /* whatever is saved as it lies in memory lies so in it alone */
    save_field(s, found_build);
    if (s->err == 0 && memcmp(&found_build, &ours, sizeof(ours)) != 0)
        save_fail(s, -EPROTO, "written by another build of vfsim");
    save_expect_u64(s, "the seed", sim->seed);
}

static void save_profile(struct profile *profile, struct save *s)
{
    save_section(s, "profile", 1);
    for (int key = 0; key < PROFILE_COUNT; key++) {
        save_expect_u64(s, profile_describe(key)->name, profile->value[key]);
        uint8_t used = profile->used[key];
        save_field(s, used);
        profile->used[key] = used != 0;
    }
}

static void expect_text(struct save *s, const char *what, const char *text)
{
    char found[64] = "";
    strncpy(found, text, sizeof(found) - 1);
    save_field(s, found);
    found[sizeof(found) - 1] = '\0';
    if (s->err == 0 && strncmp(found, text, sizeof(found) - 1) != 0)
        save_fail(s, -EPROTO, "component %s is \"%s\" in the stream and \"%.63s\" in this world", what, found, text);
}

static void save_component(struct component *c, struct save *s)
{
    save_section(s, "component", 1);
    save_expect_u64(s, "a component's number", c->id);
    expect_text(s, "name", c->name);
    expect_text(s, "kind", c->ops->kind);
    save_field(s, c->next_seq);
    save_field(s, c->next_frame);
    if (s->err == 0 && c->ops->save)
        c->ops->save(c, s);
    if (s->err && !strstr(s->why, c->name)) {
        size_t n = strlen(s->why);
        strncat(s->why, ", in ", sizeof(s->why) - 1 - n);
        strncat(s->why, c->name, sizeof(s->why) - 1 - strlen(s->why));
    }
}

void sim_save(struct sim *sim, struct save *s)
{
    sim_make_events(sim);
    save_header(sim, s);
    save_profile(&sim->profile, s);
    if (s->err == 0)
        engine__save(sim->engine, s);
    if (s->err == 0)
        books__save(sim, s);
    if (s->err == 0)
        frames__save(sim, s);
    if (s->err == 0)
        journal__save(sim->journal, s);
    for (uint16_t id = 1; id <= component_count(sim) && s->err == 0; id++)
        save_component(component_by_id(sim, id), s);
    save_section(s, "end", 1);
}
