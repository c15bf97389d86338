/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest's VF driver needs of the shell, in place of guest/shell/shell.h: registers are the test's. Included by force. */
#ifndef GUEST_SHELL_SHELL_H
#define GUEST_SHELL_SHELL_H

#include "guest/drivers/vf_driver.h"

enum { SHELL_QUEUES_MAX = NPA_QUEUES_MAX };

uint32_t sh_read32(uint64_t gpa);
void sh_write32(uint64_t gpa, uint32_t value);

#endif
