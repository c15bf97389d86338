/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cores of a host: who its threads are. */
#include <stdlib.h>

#include "core/alloc.h"
#include "cpu/cpu__.h"

struct cores *cores_create(void) { return alloc_zero("a host's cores", 1, sizeof(struct cores)); }

void cores_destroy(struct cores *cores)
{
    if (!cores)
        return;
    for (unsigned i = 0; i < cores->threads; i++)
        cores->thread[i]->cores = NULL;
    free(cores->thread);
    free(cores);
}

void cores__join(struct cores *cores, struct cpu_thread *thread)
{
    if (cores->threads == cores->threads_cap) {
        cores->threads_cap = cores->threads_cap ? 2 * cores->threads_cap : 16;
        cores->thread = alloc_grow("a host's cores", cores->thread, cores->threads_cap * sizeof(struct cpu_thread *));
    }
    cores->thread[cores->threads++] = thread;
}

void cores__leave(struct cores *cores, struct cpu_thread *thread)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < cores->threads; i++)
        if (cores->thread[i] != thread)
            cores->thread[kept++] = cores->thread[i];
    cores->threads = kept;
}

unsigned cores_thread_count(const struct cores *cores) { return cores->threads; }
const struct cpu_thread *cores_thread(const struct cores *cores, unsigned i) { return cores->thread[i]; }
