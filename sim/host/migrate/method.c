/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of methods. A new one adds its line here. */
#include "host/migrate/method.h"

static const struct migrate_method_ops *const methods[] = {
    &migrate_method_emulated, &migrate_method_npa, &migrate_method_upt, &migrate_method_vfio,
    &migrate_method_bond,
};

const struct migrate_method_ops *migrate_method_at(unsigned i)
{
    return i < sizeof(methods) / sizeof(methods[0]) ? methods[i] : NULL;
}

const struct migrate_method_ops *migrate_method_find(enum migrate_method method)
{
    for (unsigned i = 0; migrate_method_at(i); i++)
        if (migrate_method_at(i)->method == method)
            return migrate_method_at(i);
    return NULL;
}

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

    while (migrate_method_at(n)) {
        words[n] = migrate_method_at(n)->name;
        n++;
    }
    words[n] = NULL;
    return n;
}

enum migrate_method migrate_method_of_word(unsigned i) { return migrate_method_at(i)->method; }

const char *migrate_method_name(enum migrate_method method)
{
    const struct migrate_method_ops *ops = migrate_method_find(method);

    return ops ? ops->name : "";
}
