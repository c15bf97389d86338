/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every unit test is run with: none passes or fails by the speed of its machine, so Check's own limit of four seconds a
 * test is off, and a hang is ctest's to end. */
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
/* What is freed is kept from use for a while. By itself AddressSanitizer keeps 256 MB, so that whatever is allocated lies in fresh
 * pages, and a page fault may cost more than all the rest of a test. It asks the program, and no library. */
const char *__asan_default_options(void);
__attribute__((weak)) const char *__asan_default_options(void) { return "quarantine_size_mb=8"; }
#endif

__attribute__((constructor)) static void no_limit(void) { setenv("CK_DEFAULT_TIMEOUT", "0", 0); }
