/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Life and saving of the journal, for sim.c. */
#ifndef VFSIM_CORE_JOURNAL_PRIVATE_H
#define VFSIM_CORE_JOURNAL_PRIVATE_H

#include "core/world/journal.h"

struct journal *journal__create(void); /* NULL: no memory */
void journal__destroy(struct journal *journal);
void journal__save(struct journal *journal, struct save *s);

#endif
