/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The methods of migration by name: the words of `migrate … by …`, and the list that a migrator is made with. */
#ifndef VFSIM_HOST_MIGRATE_METHODS_H
#define VFSIM_HOST_MIGRATE_METHODS_H

#include "guest/include/machine.h"
#include "host/migrate/method.h"

extern const struct migrate_method_ops *const migrate_methods[]; /* NULL at their end */

unsigned migrate_method_words(const char *words[MIGRATE_METHOD_COUNT + 1]); /* count; NULL ends them */
enum migrate_method migrate_method_of_word(unsigned i);
const char *migrate_method_name(enum migrate_method method); /* "" if it is not built */
/* Why no VM whose guest has this network moves by that method; NULL: it can. */
const char *migrate_net_refusal(enum migrate_method method, enum machine_net net);

#endif
