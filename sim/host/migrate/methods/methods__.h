/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the methods of migration: each one's table, and what some of them share. */
#ifndef VFSIM_HOST_MIGRATE_METHODS_PRIVATE_H
#define VFSIM_HOST_MIGRATE_METHODS_PRIVATE_H

#include "host/migrate/methods/methods.h"
#include "host/migrate/migrate__.h"

extern const struct migrate_method_ops migrate_method_emulated, migrate_method_npa, migrate_method_upt, migrate_method_vfio,
    migrate_method_bond;

/* ---- npa.c: by the mode switch, whichever the NIC has ---- */
int migrate__leave_by_switch(struct migrator *m, struct migration *g, char *why, size_t cap);
int migrate__enter_by_switch(struct migrator *m, struct migration *g, char *why, size_t cap);
int migrate__back_by_switch(struct migrator *m, struct migration *g, char *why, size_t cap);
int migrate__more_by_switch(struct migrator *m, struct migration *g, char *why, size_t cap);

#endif
