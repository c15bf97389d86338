/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hypervisor and VM say to each other while a VF is attached or removed, for the journal. */
#include <stdarg.h>
#include <stdio.h>

#include "core/world/journal.h"
#include "host/attach/attach__.h"

void attach__say(struct host_vm *hv, enum slot_talk way, const char *fmt, ...)
{
    const struct hotplug_record *record = attach__record(hv);
    struct journal_party vm = journal_party(vm_component(hv->vm), JOURNAL_VM, -1);
    struct journal_party self = journal_party(&hv->host->c, JOURNAL_HYPERVISOR, -1);
    char what[JOURNAL_WHAT_LEN];
    va_list args;

    va_start(args, fmt);
    vsnprintf(what, sizeof(what), fmt, args);
    va_end(args);
    journal_say(hv->host->c.sim, record ? record->talk : 0, way == SLOT_FROM_VM ? vm : self, way == SLOT_TO_VM ? vm : self, "%s",
                what);
}
