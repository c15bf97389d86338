/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes a plugin image larger than the 64 pages a shell may offer. */
#include "guest/include/npa_load.h"

__attribute__((used)) const char npa_bad_ballast[NPA_PLUGIN_PAGES_MAX * NPA_PAGE_SIZE] = {1};
