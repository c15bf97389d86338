/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to sim/cpu: the cores of a host, and which threads are theirs. */
#ifndef VFSIM_CPU_PRIVATE_H
#define VFSIM_CPU_PRIVATE_H

#include "cpu/cpu.h"

struct cores {
    struct cpu_thread **thread;
    unsigned threads, threads_cap;
};

void cores__join(struct cores *cores, struct cpu_thread *thread);
void cores__leave(struct cores *cores, struct cpu_thread *thread);

#endif
