/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The world around the suite: its machine, what is loaded there, and what the PF's driver is asked for, step by step. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/conformance__.h"
#include "core/alloc.h"

/* ---- steps ---- */

void stand__add(struct stand *s, int op, const struct pf_args *args, int (*then)(struct stand *s))
{
    struct stand_step *step = &s->step[s->steps++];
    *step = (struct stand_step){.op = op, .then = then};
    if (args)
        step->args = *args;
}

static void finish(struct stand *s, int status)
{
    s->steps = s->done = 0;
    s->answer = s->answers_counters && !status ? s->counters : (uint64_t)-status;
    s->answers_counters = false;
}

/* As far as nobody has to be waited for. */
static void go_on(struct stand *s)
{
    while (s->done < s->steps) {
        struct stand_step *step = &s->step[s->done];
        if (step->op) {
            pf_request(s->pf, (enum vmk_netptop)step->op, &step->args, &s->comp, 0, s->done);
            return;
        }
        int status = step->then(s);
        s->done++;
        if (status) {
            finish(s, status);
            return;
        }
    }
    finish(s, 0);
}

static void event(struct component *self, const struct event *ev)
{
    struct stand *s = (struct stand *)((char *)self - offsetof(struct stand, comp));
    int status = (int)(int64_t)ev->b;
    const struct stand_step *step = &s->step[s->done++];
    if (!status && step->then)
        status = step->then(s);
    if (status)
        finish(s, status);
    else
        go_on(s);
}

void stand__go(struct stand *s)
{
    s->answer = STAND_BUSY;
    s->awaits = true;
    go_on(s);
}

/* ---- the machine ---- */

static void write_ram(struct stand *s, uint64_t at, const void *from, size_t bytes)
{
    memcpy(vm_mem(s->vm)->base + at, from, bytes);
}

void stand__tell(struct stand *s) { write_ram(s, STAND_CONFIG, &s->config, sizeof(s->config)); }

static void load_plugin(struct stand *s)
{
    uint64_t va = MACHINE_WINDOW_BASE + STAND_PLUGIN;
    s->loaded = alloc_bytes("a plugin image", s->image->memory_len);
    plugin_image_relocate(s->image, va, s->loaded);
    write_ram(s, STAND_PLUGIN, s->loaded, s->image->memory_len);
    vm_add_image(s->vm, s->image->path, s->image->file, s->image->file_len, va);
    s->config.entry = va + s->image->entry;
}

static int make_machine(struct stand *s, char *err, size_t err_cap)
{
    struct vm_params params = {.name = "suite", .ram_bytes = STAND_RAM, .image = s->params->suite, .mtu = s->config.mtu};
    s->vm = vm_create(s->sim, &params, err, err_cap);
    if (!s->vm)
        return -EINVAL;
    s->code = alloc_bytes("the suite's code", STAND_SUITE_DATA);
    memcpy(s->code, vm_mem(s->vm)->base + STAND_SUITE_BASE, STAND_SUITE_DATA);
    stand__calls_create(s);
    load_plugin(s);
    return 0;
}

static void make_world(struct stand *s)
{
    static const struct component_ops ops = {.kind = "conformance stand", .event = event};
    static const uint8_t mac[6] = {2, 0, 0, 0, 0, 10}, peer[6] = {2, 0, 0, 0, 0, 9};
    s->sim = sim_create(1, NULL);
    component_init(&s->comp, s->sim, &ops, "stand");
    memcpy(s->config.mac, mac, 6);
    memcpy(s->config.peer, peer, 6);
}

int stand__create_chip(struct stand *s, char *err, size_t err_cap)
{
    make_world(s);
    return stand__chip_make(s, err, err_cap);
}

int stand__create(struct stand *s, char *err, size_t err_cap)
{
    make_world(s);
    int status = make_machine(s, err, err_cap);
    if (!status && s->params->model)
        status = stand__chip_make(s, err, err_cap);
    if (!status && s->params->model)
        status = stand__chip_give(s, err, err_cap);
    if (status)
        return status;
    if (!s->config.has_chip)
        stand__mock_create(s);
    stand__tell(s);
    return 0;
}

void stand__destroy(struct stand *s)
{
    if (!s->sim)
        return;
    stand__chip_destroy(s);
    if (s->vm)
        vm_destroy(s->vm);
    if (s->link)
        pci_link_destroy(s->link);
    sim_destroy(s->sim);
    free(s->code);
    free(s->loaded);
}
