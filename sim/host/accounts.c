/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What runs on a host's cores, and whether its accounts balance. */
#include "core/engine/probe.h"
#include "host/host__.h"

const struct cores *host_cores(const struct host *host) { return host->cores; }

const struct cpu_thread *host_vm_thread(const struct host *host, const struct vm *vm, unsigned vcpu)
{
    for (unsigned i = 0; i < host->vms; i++)
        if (host->vm[i]->vm == vm && vcpu < host->vm[i]->vcpus)
            return &host->vm[i]->vcpu[vcpu];
    return NULL;
}

int host_check_accounts(const struct host *host, char *why, size_t why_cap)
{
    int status = 0;

    for (unsigned i = 0; i < cores_thread_count(host->cores) && !status; i++) {
        const struct cpu_thread *thread = cores_thread(host->cores, i);
        if (thread->kind == CPU_SERVER || !thread->st.stays)
            status = cpu_thread_check(thread, 0, why, why_cap);
    }
    for (unsigned i = 0; i < host->vms && !status; i++)
        if (host->vm[i]->vcpu[0].st.stays)
            status = vm_check_account(host->vm[i]->vm, why, why_cap);
    return status ? status : cores_check(host->cores, why, why_cap);
}

void host__show(struct component *self, struct probes *to) { cores_show(((struct host *)self)->cores, to); }
