/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes a plugin image that ends the simulator, with status 0: exit_group(0). */
void npa_bad_syscall(void);

__attribute__((used)) void npa_bad_syscall(void) { __asm__ volatile("syscall" : : "a"(231), "D"(0) : "rcx", "r11"); }
