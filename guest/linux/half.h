/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shell's half of the Linux module, part by part: machine.c, what its core runs on; face.c, the Linux face. */
#ifndef NPA_LINUX_HALF_H
#define NPA_LINUX_HALF_H

#include "guest/linux/os.h"
#include "guest/shell/shell.h"

void machine_prepare(const struct shell_setup *setup);
void machine_forget_memory(void);

#endif
