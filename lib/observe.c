/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Observers: kept by the library's world, hung into the inner one, and into the next one after a cut. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "lib/lib__.h"
#include "vfsim/observe.h"

enum kind { SENTENCE, FATE, SIGHTING };

struct observer {
    struct observer *next;
    int number;
    enum kind kind;
    void *user;
    union {
        vfsim_sentence_fn *sentence;
        vfsim_fate_fn *fate;
        vfsim_sighting_fn *sighting;
    } tell;
    struct vfsim_world *world;
    struct trace_listener trace;
    struct ending_listener ending;
    struct tap tap;
    char port[48];
    bool is_gone; /* to be freed when it is not looked at any more */
};

#define OWNER(pointer, member) ((struct observer *)((char *)(pointer) - offsetof(struct observer, member)))

static const char *flow_name(struct sim *sim, const struct frame *f)
{
    return f->flow == FLOW_NONE ? NULL : flow_name_of(sim, f->flow);
}

static void heard(struct trace_listener *self, sim_time at, enum trace_category cat, const char *who, const char *text)
{
    struct observer *o = OWNER(self, trace);
    if (!o->is_gone)
        o->tell.sentence(o->user, at, trace_category_name(cat), who, text);
}

static void ended(struct ending_listener *self, struct component *at, const struct frame *f, enum fate fate, const char *sub_word,
                  int sub)
{
    struct observer *o = OWNER(self, ending);
    char place[80];
    if (o->is_gone)
        return;
    drop_place(place, sizeof(place), at->name, sub_word, sub);
    const struct vfsim_fate told = {.at = sim_now(at->sim),
                                    .frame = f->id,
                                    .flow = flow_name(at->sim, f),
                                    .number = f->flow_seq,
                                    .born = f->born,
                                    .reason = fate_name(fate),
                                    .is_delivery = fate_is_delivery(fate),
                                    .place = place,
                                    .length = f->len};
    o->tell.fate(o->user, &told);
}

static void saw(struct tap *tap, struct port *port, enum tap_direction dir, const struct frame *f)
{
    struct observer *o = OWNER(tap, tap);
    struct sim *sim = port->owner->sim;
    if (o->is_gone)
        return;
    const struct vfsim_sighting told = {.at = sim_now(sim),
                                        .sent = dir == TAP_TX,
                                        .frame = f->id,
                                        .flow = flow_name(sim, f),
                                        .bytes = f->buf + f->head,
                                        .length = f->len};
    o->tell.sighting(o->user, &told);
}

/* ---- in and out of a world ---- */

static void attach(struct observer *o)
{
    struct sim *sim = lib__sim(o->world);
    switch (o->kind) {
    case SENTENCE:
        trace_listen(sim, &o->trace);
        break;
    case FATE:
        books_listen_endings(sim, &o->ending);
        break;
    case SIGHTING:
        port_listen(port_find(sim, o->port), &o->tap);
        break;
    }
}

static void detach(struct observer *o)
{
    struct sim *sim = lib__sim(o->world);
    if (!sim)
        return;
    switch (o->kind) {
    case SENTENCE:
        trace_unlisten(sim, &o->trace);
        break;
    case FATE:
        books_unlisten_endings(sim, &o->ending);
        break;
    case SIGHTING:
        port_unlisten(port_find(sim, o->port), &o->tap);
        break;
    }
}

void lib__observers_attach(struct vfsim_world *world)
{
    if (!world)
        return;
    for (struct observer *o = world->observers; o; o = o->next)
        attach(o);
}

void lib__observers_detach(struct vfsim_world *world)
{
    if (!world)
        return;
    for (struct observer *o = world->observers; o; o = o->next)
        detach(o);
}

/* Those that were taken away while the world ran were left where they were: somebody may have been on the way along the list. */
static void sweep(struct vfsim_world *world, bool all)
{
    for (struct observer **at = &world->observers, *o; (o = *at);) {
        if (!all && !o->is_gone) {
            at = &o->next;
            continue;
        }
        *at = o->next;
        detach(o);
        free(o);
    }
}

void lib__observers_free(struct vfsim_world *world) { sweep(world, true); }

static int add(struct vfsim_world *world, const struct observer *made)
{
    struct observer *o = alloc_zero("an observer", 1, sizeof(*o));
    *o = *made;
    o->world = world;
    o->number = ++world->observer_count;
    o->next = world->observers;
    if (!world->is_running)
        sweep(world, false);
    o->next = world->observers;
    world->observers = o;
    attach(o);
    return o->number;
}

const char *vfsim_category(unsigned index)
{
    return index < TRACE_CATEGORY_COUNT ? trace_category_name((enum trace_category)index) : NULL;
}

int vfsim_on_sentence(struct vfsim_world *world, const char *categories, vfsim_sentence_fn *sentence, void *user,
                      struct vfsim_error **error)
{
    const char *names[TRACE_CATEGORY_COUNT + 2] = {[TRACE_CATEGORY_COUNT] = "all"}, *bad;
    char word[64], near[80];
    uint32_t mask;
    if (!lib__sim(world))
        return lib__usable(world, error);
    if (lib__given(categories, "categories", error) || lib__given((void *)(uintptr_t)sentence, "function", error))
        return -EINVAL;
    if (trace_parse_mask(categories, &mask, &bad)) {
        for (int i = 0; i < TRACE_CATEGORY_COUNT; i++)
            names[i] = trace_category_name((enum trace_category)i);
        snprintf(word, sizeof(word), "%.*s", (int)strcspn(bad, ","), bad);
        return lib__fail(
            error, EINVAL,
            "there is nothing called '%s' to trace%s (core, net, pcie, eswitch, nic, pf, host, guest, switch, control, "
            "scenario, tcp or all)",
            word, lib__near(word, names, near, sizeof(near)));
    }
    return add(world, &(struct observer){
                          .kind = SENTENCE, .user = user, .tell.sentence = sentence, .trace = {.mask = mask, .sentence = heard}});
}

int vfsim_on_fate(struct vfsim_world *world, vfsim_fate_fn *fate, void *user)
{
    if (!world || !fate)
        return -EINVAL;
    if (!world->w)
        return -EPROTO;
    return add(world, &(struct observer){.kind = FATE, .user = user, .tell.fate = fate, .ending = {.ended = ended}});
}

int vfsim_on_frame(struct vfsim_world *world, const char *port, vfsim_sighting_fn *sighting, void *user, struct vfsim_error **error)
{
    if (!lib__sim(world))
        return lib__usable(world, error);
    if (lib__given(port, "port", error) || lib__given((void *)(uintptr_t)sighting, "function", error))
        return -EINVAL;
    const struct port *at = port_find(lib__sim(world), port);
    if (!at)
        return lib__fail(error, ENOENT, "there is no port '%s': a peer, a NIC or a VM has one of its name", port);
    struct observer made = {.kind = SIGHTING, .user = user, .tell.sighting = sighting, .tap = {.saw = saw}};
    memcpy(made.port, at->name, sizeof(made.port));
    return add(world, &made);
}

void vfsim_unobserve(struct vfsim_world *world, int observer)
{
    if (!world)
        return;
    for (struct observer *o = world->observers; o; o = o->next)
        o->is_gone |= o->number == observer;
    if (!world->is_running)
        sweep(world, false);
}
