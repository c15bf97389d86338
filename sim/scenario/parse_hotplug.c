/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hotplug V add|remove vf …, guest V hotplug …, and what can be expected of them [docs/scenario-language.md]. */
#include <string.h>

#include "scenario/model.h"

static struct scn_word take_word(struct scn_cursor *c, const char *what)
{
    const struct scn_word *word = scn_take(c, what);
    return word ? *word : (struct scn_word){0};
}

static void option_nic(struct scn_cursor *c, void *into)
{
    ((struct scn_hotplug *)into)->nic = take_word(c, "a NIC");
}

static void option_number(struct scn_cursor *c, void *into)
{
    uint64_t n;
    if (scn_number(c, "a VF's number", 0, 255, &n))
        ((struct scn_hotplug *)into)->attach.vf = (int)n;
}

static void option_surprise(struct scn_cursor *c, void *into) { ((struct scn_hotplug *)into)->detach.surprise = true; }
static void option_force(struct scn_cursor *c, void *into) { ((struct scn_hotplug *)into)->detach.force = true; }
static void option_mac_first(struct scn_cursor *c, void *into)
{
    ((struct scn_hotplug *)into)->detach.mac_first = true;
}
static void option_timeout(struct scn_cursor *c, void *into)
{
    scn_time(c, "how long the guest is waited for", &((struct scn_hotplug *)into)->detach.timeout_ps);
}

void scn_parse_hotplug(struct scn_cursor *c, struct scn_item *item)
{
    static const char *const verbs[] = {"remove", "add", NULL};
    static const struct scn_option adding[] = {{"number", option_number}, {"nic", option_nic}},
                                   removing[] = {{"surprise", option_surprise},
                                                 {"force", option_force},
                                                 {"mac-first", option_mac_first},
                                                 {"timeout", option_timeout}};
    item->verb = SCN_DO_HOTPLUG;
    item->hotplug = (struct scn_hotplug){.vm = take_word(c, "a VM"), .attach = {.vf = PF_ANY_VF}};
    int verb = item->hotplug.vm.text ? scn_choice(c, "verb of hotplug", verbs) : -1;
    if (verb < 0 || !scn_need(c, "vf"))
        return;
    item->hotplug.add = verb == 1;
    if (item->hotplug.add)
        scn_options(c, "option of hotplug add", adding, sizeof(adding) / sizeof(adding[0]), &item->hotplug);
    else
        scn_options(c, "option of hotplug remove", removing, sizeof(removing) / sizeof(removing[0]), &item->hotplug);
}

/* guest V hotplug at-once|slow T|never: how it answers the attention button of its slot. */
void scn_parse_guest_hotplug(struct scn_cursor *c, struct machine_job *job)
{
    static const char *const words[] = {"at-once", "slow", "never", NULL};
    sim_time span;
    job->kind = MACHINE_JOB_HOTPLUG;
    switch (scn_choice(c, "answer to a hot-plug slot", words)) {
    case 1:
        if (scn_time(c, "how long it takes", &span))
            job->arg = span / SIM_NS;
        break;
    case 2:
        job->arg = UINT64_MAX;
        break;
    }
}

void scn_parse_vf_drivers(struct scn_cursor *c, void *vm)
{
    static const char *const words[] = {"ixgbevf", "igbvf", NULL};
    uint32_t *drivers = &((struct scn_vm *)vm)->vf_drivers;
    *drivers = 0;
    do {
        int i = scn_choice(c, "driver of a VF", words);
        if (i < 0)
            return;
        *drivers |= 1u << i;
    } while (scn_peek(c) && (!strcmp(scn_peek(c)->text, words[0]) || !strcmp(scn_peek(c)->text, words[1])));
}

static bool has_slot(const struct scn_vm *vm) { return vm->net != MACHINE_NET_VMXNET3; }

void scn_check_hotplug(struct scenario *sc, struct scn_hotplug *hotplug)
{
    const struct scn_name *vm = hotplug->vm.text ? scn_resolve(sc, &hotplug->vm, SCN_BIT(SCN_VM), "a VM") : NULL;
    if (vm && !has_slot(&sc->vms[vm->index]))
        scn_error(&sc->file, hotplug->vm.at, "'%s' has no slot for a VF: it needs 'shell linux net vf' or 'net bond'",
                  hotplug->vm.text);
    if (hotplug->nic.text)
        scn_resolve(sc, &hotplug->nic, SCN_BIT(SCN_NIC), "a NIC");
}

/* What a VM's line says of a VF it has from its boot. */
void scn_check_boot_vf(struct scenario *sc, const struct scn_vm *vm)
{
    if (vm->boot_vf_given && !has_slot(vm))
        scn_error(&sc->file, vm->boot_vf_at, "'%s' has no slot for a VF: 'vf' goes with 'shell linux net vf' or 'net bond'",
                  vm->name.text);
}

bool scn_parse_expect_hotplug(struct scn_cursor *c, struct scn_expect *e)
{
    static const char *const results[] = {"done", "unused", "refused", "failed", "forced", NULL};
    uint64_t n;
    e->subject = SCN_EXPECT_HOTPLUG;
    e->name = take_word(c, "a VM");
    if (!e->name.text || !scn_number(c, "which hot-plug of the VM", 1, 100000, &n))
        return false;
    e->nth = (unsigned)n;
    int state = scn_choice(c, "result of a hot-plug", results);
    if (state < 0)
        return false;
    e->state = (int)HOTPLUG_DONE + state;
    if (scn_accept(c, "reason"))
        e->reason = take_word(c, "part of the reason, in quotes").text;
    scn_finish(c);
    e->text = scn_printf(c->file, "hotplug %s %u %s%s%s%s", e->name.text, e->nth, results[state],
                         e->reason ? " reason \"" : "", e->reason ? e->reason : "", e->reason ? "\"" : "");
    return !c->failed;
}
