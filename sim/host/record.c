/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records for the report: switches as timelines, control requests as they were decided. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "host/host__.h"

static void *grow(void *array, unsigned count, unsigned *cap, size_t size)
{
    unsigned more = *cap ? 2 * *cap : 64;
    void *grown;

    if (count < *cap)
        return array;
    grown = alloc_grow("a host's records", array, more * size);
    *cap = more;
    return grown;
}

struct switch_record *host__record_add(struct host *host)
{
    struct switch_record *grown = grow(host->switches, host->switch_count, &host->switch_cap, sizeof(*grown));

    if (!grown)
        return NULL;
    host->switches = grown;
    grown += host->switch_count++;
    memset(grown, 0, sizeof(*grown));
    return grown;
}

struct hotplug_record *host__hotplug_add(struct host *host)
{
    struct hotplug_record *grown = grow(host->hotplugs, host->hotplug_count, &host->hotplug_cap, sizeof(*grown));

    if (!grown)
        return NULL;
    host->hotplugs = grown;
    grown += host->hotplug_count++;
    memset(grown, 0, sizeof(*grown));
    return grown;
}

unsigned host_hotplug_count(const struct host *host) { return host->hotplug_count; }

const struct hotplug_record *host_hotplug_get(const struct host *host, unsigned i)
{
    return i < host->hotplug_count ? &host->hotplugs[i] : NULL;
}

unsigned host_switch_count(const struct host *host) { return host->switch_count; }

const struct switch_record *host_switch_get(const struct host *host, unsigned i)
{
    return i < host->switch_count ? &host->switches[i] : NULL;
}

struct control_record *host__control_add(struct host_vm *hv, bool allowed, const char *reason, const char *what, ...)
{
    struct host *host = hv->host;
    struct control_record *grown = grow(host->controls, host->control_count, &host->control_cap, sizeof(*grown));
    va_list ap;

    if (!grown)
        return NULL;
    host->controls = grown;
    hv->state.control_last = host->control_count;
    grown += host->control_count++;
    memset(grown, 0, sizeof(*grown));
    grown->at = sim_now(host->c.sim);
    grown->allowed = allowed;
    snprintf(grown->vm, sizeof(grown->vm), "%s", vm_name(hv->vm));
    snprintf(grown->reason, sizeof(grown->reason), "%s", reason);
    va_start(ap, what);
    vsnprintf(grown->what, sizeof(grown->what), what, ap);
    va_end(ap);
    if (allowed)
        trace_control_allowed(&host->c, grown->vm, grown->what,
                              hv->state.vf_enabled ? "allowed, and asked of the PF" : "allowed");
    else
        trace_control_refused(&host->c, grown->vm, grown->what, reason);
    return grown;
}

struct standstill_record *host__still_add(struct host *host)
{
    struct standstill_record *grown = grow(host->stills, host->still_count, &host->still_cap, sizeof(*grown));

    if (!grown)
        return NULL;
    host->stills = grown;
    grown += host->still_count++;
    memset(grown, 0, sizeof(*grown));
    return grown;
}

struct policy_record *host__reason_add(struct host *host)
{
    struct policy_record *grown = grow(host->reasons, host->reason_count, &host->reason_cap, sizeof(*grown));

    if (!grown)
        return NULL;
    host->reasons = grown;
    grown += host->reason_count++;
    memset(grown, 0, sizeof(*grown));
    return grown;
}

unsigned host_reason_count(const struct host *host) { return host->reason_count; }

const struct policy_record *host_reason_get(const struct host *host, unsigned i)
{
    return i < host->reason_count ? &host->reasons[i] : NULL;
}

unsigned host_standstill_count(const struct host *host) { return host->still_count; }

const struct standstill_record *host_standstill_get(const struct host *host, unsigned i)
{
    return i < host->still_count ? &host->stills[i] : NULL;
}

unsigned host_control_count(const struct host *host) { return host->control_count; }

const struct control_record *host_control_get(const struct host *host, unsigned i)
{
    return i < host->control_count ? &host->controls[i] : NULL;
}

/* Room for `count` records read from a file. */
static bool reserve(void **array, unsigned *cap, uint32_t count, size_t size)
{
    void *fresh;

    if (count <= *cap)
        return true;
    fresh = alloc_grow("a host's records", *array, (size_t)count * size);
    *array = fresh;
    *cap = count;
    return true;
}

static void save_array(struct save *s, void **array, unsigned *count, unsigned *cap, size_t size)
{
    uint32_t n = *count;

    save_field(s, n);
    if (s->err)
        return;
    if (save_is_loading(s) && (n > (s->len - s->pos) / size || !reserve(array, cap, n, size))) {
        save_fail(s, -EINVAL, "%u records", n);
        return;
    }
    *count = n;
    save_bytes(s, *array, n * size);
}

void host__records_save(struct host *host, struct save *s)
{
    save_array(s, (void **)&host->switches, &host->switch_count, &host->switch_cap, sizeof(*host->switches));
    save_array(s, (void **)&host->hotplugs, &host->hotplug_count, &host->hotplug_cap, sizeof(*host->hotplugs));
    save_array(s, (void **)&host->controls, &host->control_count, &host->control_cap, sizeof(*host->controls));
    save_array(s, (void **)&host->reasons, &host->reason_count, &host->reason_cap, sizeof(*host->reasons));
    for (unsigned i = 0; i < host->reason_count && !s->err; i++)
        if (host->reasons[i].reason >= PT_REASON_COUNT)
            save_fail(s, -EPROTO, "reason %u against passthrough", host->reasons[i].reason);
    save_array(s, (void **)&host->stills, &host->still_count, &host->still_cap, sizeof(*host->stills));
}
