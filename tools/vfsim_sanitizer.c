/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What AddressSanitizer asks of the program, and of no library: vfsim and every unit test link this file.. */
const char *__asan_default_options(void);

/* What is freed is kept from use for a while. By itself AddressSanitizer keeps 256 MB, so that whatever is allocated lies in fresh
 * pages, and a page fault may cost more than all the rest of a test. */
__attribute__((weak)) const char *__asan_default_options(void) { return "quarantine_size_mb=8"; }
