/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Posted writes that their drivers have issued and the engine has not come to: vCPUs run ahead of it, each by another span. What
 * such a write takes of the wire is a matter between all functions of the link, so it is counted when its time has come.
 */
#include <errno.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "pcie/pcie__.h"

enum { FIRST_CAP = 16, CAP_MAX = 1 << 24 };

static bool is_before(const struct pcie_ahead *x, const struct pcie_ahead *y) { return x->at < y->at; }

static void grow(struct pci_link *link)
{
    uint32_t cap = link->ahead_cap ? 2 * link->ahead_cap : FIRST_CAP;
    link->ahead = alloc_grow("a PCIe link", link->ahead, cap * sizeof(*link->ahead));
    link->ahead_cap = cap;
}

void pcie__ahead_add(struct pci_link *link, sim_time at, uint32_t bytes)
{
    struct pcie_ahead write = {at, bytes, 0};
    uint32_t i = link->st.ahead_count++;

    if (i == link->ahead_cap)
        grow(link);
    for (uint32_t parent; i && is_before(&write, &link->ahead[parent = (i - 1) / 2]); i = parent)
        link->ahead[i] = link->ahead[parent];
    link->ahead[i] = write;
}

static void drop_first(struct pci_link *link)
{
    uint32_t len = --link->st.ahead_count, i = 0;
    struct pcie_ahead last = link->ahead[len];

    for (uint32_t child; (child = 2 * i + 1) < len; i = child) {
        child += child + 1 < len && is_before(&link->ahead[child + 1], &link->ahead[child]);
        if (!is_before(&link->ahead[child], &last))
            break;
        link->ahead[i] = link->ahead[child];
    }
    link->ahead[i] = last;
}

void pcie__ahead_catch_up(struct pci_link *link)
{
    sim_time now = sim_now(link->c.sim);

    while (link->st.ahead_count && link->ahead[0].at <= now) {
        link->st.down_debt += sim_rate_take(&link->st.down.rate, link->ahead[0].bytes);
        drop_first(link);
    }
}

void pcie__ahead_save(struct pci_link *link, struct save *s)
{
    if (save_is_loading(s) && link->st.ahead_count > CAP_MAX) {
        save_fail(s, -EINVAL, "pci link %s: %u posted writes ahead", link->c.name, link->st.ahead_count);
        return;
    }
    while (save_is_loading(s) && link->ahead_cap < link->st.ahead_count)
        grow(link);
    save_bytes(s, link->ahead, link->st.ahead_count * sizeof(*link->ahead));
}
