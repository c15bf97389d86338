/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of methods. A new one adds its line here. */
#include "host/migrate/methods/methods.h"

#include "host/migrate/methods/methods__.h"

const struct migrate_method_ops *const migrate_methods[] = {
    &migrate_method_emulated, &migrate_method_npa, &migrate_method_upt, &migrate_method_vfio, &migrate_method_bond, NULL,
};

/* With a VF or, for now, without: its slot goes along with the two methods that know of it. */
const char *migrate_net_refusal(enum migrate_method method, enum machine_net net)
{
    if (net == MACHINE_NET_VMXNET3 || method == MIGRATE_VFIO || method == MIGRATE_BOND)
        return NULL;
    return net == MACHINE_NET_BOND ? "its guest drives VFs of its own beside a vmxnet3 device: by bond"
                                   : "its guest drives a VF of its own and nothing else: by vfio";
}

unsigned migrate_method_words(const char *words[MIGRATE_METHOD_COUNT + 1])
{
    unsigned n = 0;

    for (; migrate_methods[n]; n++)
        words[n] = migrate_methods[n]->name;
    words[n] = NULL;
    return n;
}

enum migrate_method migrate_method_of_word(unsigned i) { return migrate_methods[i]->method; }

const char *migrate_method_name(enum migrate_method method)
{
    for (unsigned i = 0; migrate_methods[i]; i++)
        if (migrate_methods[i]->method == method)
            return migrate_methods[i]->name;
    return "";
}
