/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the program left_out share. */
#ifndef VFSIM_TESTS_LEFT_OUT_H
#define VFSIM_TESTS_LEFT_OUT_H

#include <stdio.h>

struct world;

/* All that could still be read of a world that has ended, as text. The world is good for nothing afterwards. */
void left_out_dump(struct world *w, FILE *out);

#endif
