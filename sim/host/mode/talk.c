/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hypervisor and guest say to each other in a mode switch, for the journal. What the PF is asked it writes down
 * itself. */
#include <stdarg.h>
#include <stdio.h>

#include "core/world/journal.h"
#include "host/mode/mode__.h"

static uint32_t talk_of(struct host_vm *hv)
{
    const struct switch_record *record = switch__record(hv);
    return record ? record->talk : 0;
}

static struct journal_party self(struct host_vm *hv) { return journal_party(&hv->host->c, JOURNAL_HYPERVISOR, -1); }

static struct journal_party in_guest(struct host_vm *hv, enum journal_role role)
{
    return journal_party(vm_component(hv->vm), role, -1);
}

static void say(struct host_vm *hv, struct journal_party to, const char *fmt, va_list args)
{
    char what[JOURNAL_WHAT_LEN];
    vsnprintf(what, sizeof(what), fmt, args);
    journal_say(hv->host->c.sim, talk_of(hv), self(hv), to, "%s", what);
}

void switch__say(struct host_vm *hv, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    say(hv, self(hv), fmt, args);
    va_end(args);
}

void switch__say_to_guest(struct host_vm *hv, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    say(hv, in_guest(hv, JOURNAL_SHELL), fmt, args);
    va_end(args);
}

void switch__say_command(struct host_vm *hv, const char *command, const char *how)
{
    journal_say(hv->host->c.sim, talk_of(hv), in_guest(hv, JOURNAL_SHELL), self(hv), "%s%s%s", command, *how ? ": " : "", how);
}

static void say_inside(struct host_vm *hv, enum journal_role to, const char *what)
{
    journal_say(hv->host->c.sim, talk_of(hv), in_guest(hv, JOURNAL_SHELL), in_guest(hv, to), "%s", what);
}

void switch__say_noted(struct host_vm *hv, uint32_t note, uint64_t b, uint64_t c)
{
    char what[JOURNAL_WHAT_LEN];

    switch (note) {
    case MACHINE_NOTE_PLUGIN_CHECKED:
        snprintf(what, sizeof(what), "looks at the image: %s", npa_check_text((enum npa_check)b));
        say_inside(hv, JOURNAL_SHELL, what);
        break;
    case MACHINE_NOTE_PLUGIN_STARTED:
        say_inside(hv, JOURNAL_PLUGIN, "NPA_PluginMain, swInit, rings, buffers");
        break;
    case MACHINE_NOTE_TX_STOPPED:
        say_inside(hv, JOURNAL_SHELL, "queues what the application sends");
        break;
    case MACHINE_NOTE_PATH:
        say_inside(hv, b ? JOURNAL_PLUGIN : JOURNAL_VNIC, "sends and receives here from now on");
        break;
    case MACHINE_NOTE_DRAINED:
        snprintf(what, sizeof(what), "takes up what is left: %" PRIu64 " frames", c);
        say_inside(hv, b ? JOURNAL_PLUGIN : JOURNAL_VNIC, what);
        break;
    case MACHINE_NOTE_RECLAIMED:
        snprintf(what, sizeof(what), "takes back %" PRIu64 " buffers, %" PRIu64 " frames to send", b, c);
        say_inside(hv, JOURNAL_SHELL, what);
        break;
    default:
        break;
    }
}
