/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which plugin image a VM is given: what an operator chose for it, in place of what the PF's driver names. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/mode/mode__.h"

static struct plugin_choice *choice_of(const struct host_vm *hv) { return &mode_of(hv)->choice; }

int host_choose_plugin(struct host *host, struct vm *vm, const char *image)
{
    struct host_vm *hv = host__find(host, vm);
    const char *usual = host__nic(hv)->nic->model->vf_plugin;

    if (!usual)
        return -ENOTSUP;
    *choice_of(hv) = (struct plugin_choice){{0}, {0}};
    snprintf(choice_of(hv)->instead_of, PF_PLUGIN_NAME_MAX, "%s", usual);
    snprintf(choice_of(hv)->image, PF_PLUGIN_NAME_MAX, "%s", strcmp(image, usual) ? image : "");
    return 0;
}

const char *host_chosen_plugin(const struct host *host, const struct vm *vm)
{
    const struct host_vm *hv = host__find(host, vm);
    const char *usual = host__nic(hv)->nic->model->vf_plugin;
    const struct plugin_choice *choice = choice_of(hv);

    return !usual ? "" : choice->image[0] && !strcmp(choice->instead_of, usual) ? choice->image : usual;
}

/* Another vendor's NIC has plugins of its own; a host that has not got the chosen image gives what it has. */
const char *switch__chosen_plugin(struct host_vm *hv, const char *usual)
{
    const struct plugin_choice *choice = choice_of(hv);
    char why[160];

    if (!choice->image[0] || strcmp(choice->instead_of, usual))
        return usual;
    if (host__store_find(hv->host, choice->image, why, sizeof(why)))
        return choice->image;
    switch__reason(hv, "%s has no %s: %s was taken", hv->host->name, choice->image, usual);
    switch__say(hv, "no %s in the store: %s", choice->image, usual);
    trace_switch_no_such_plugin(&hv->host->c, vm_name(hv->vm), choice->image, usual);
    return usual;
}

/* Most VMs have none, and their state is as long as if there were no such thing. */
void switch__save_choice(struct host_vm *hv, struct save *s)
{
    enum { CHOICE_FOLLOWS = 1u << 31 };
    uint32_t word = mode_of(hv)->state.cmd_status | (choice_of(hv)->image[0] ? CHOICE_FOLLOWS : 0);
    struct plugin_choice *choice = choice_of(hv);

    save_field(s, word);
    mode_of(hv)->state.cmd_status = word & ~CHOICE_FOLLOWS;
    if (word & CHOICE_FOLLOWS)
        save_field(s, *choice);
    else if (save_is_loading(s))
        *choice = (struct plugin_choice){{0}, {0}};
    if (!s->err && !switch__choice_is_sound(hv))
        save_fail(s, -EPROTO, "the plugin chosen for %s is no name", vm_name(hv->vm));
}

bool switch__choice_is_sound(const struct host_vm *hv)
{
    return memchr(choice_of(hv)->image, 0, PF_PLUGIN_NAME_MAX) && memchr(choice_of(hv)->instead_of, 0, PF_PLUGIN_NAME_MAX);
}

bool host_vm_plugin(const struct host *host, const struct vm *vm, struct host_plugin *out)
{
    const struct host_vm *hv = host__find(host, vm);
    const struct plugin_image *image;
    char why[64];

    *out = (struct host_plugin){.name = ""};
    if (!hv->state.passthrough || hv->state.upt || !switch_of(hv)->plugin[0])
        return false;
    snprintf(out->name, sizeof(out->name), "%s", switch_of(hv)->plugin);
    image = host__store_find((struct host *)host, out->name, why, sizeof(why));
    if (!image)
        return false;
    plugin_image_version(image, out->version, sizeof(out->version));
    memcpy(out->digest, plugin_image_digest(image), sizeof(out->digest));
    return true;
}
