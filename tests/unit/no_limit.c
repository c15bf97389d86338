/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every unit test is run with: none passes or fails by the speed of its machine, so Check's own limit of four seconds a
 * test is off, and a hang is ctest's to end. */
#include <stdlib.h>

__attribute__((constructor)) static void no_limit(void) { setenv("CK_DEFAULT_TIMEOUT", "0", 0); }
