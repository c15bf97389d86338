/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Posted writes that their drivers have issued and the engine has not come to: vCPUs run ahead of it, each by another span. What
 * such a write takes of the wire is a matter between all functions of the link, so it is counted when its time has come.
 */
#include "pcie/pcie__.h"

enum { WRITES_MAX = 1 << 24 };

void pcie__ahead_add(struct pci_link *link, sim_time at, uint32_t bytes)
{
    timeheap_add(&link->ahead, link->c.sim->recycler, at, bytes);
}

void pcie__ahead_catch_up(struct pci_link *link)
{
    for (sim_time now = sim_now(link->c.sim); timeheap_first_time(&link->ahead) <= now; timeheap_drop_first(&link->ahead))
        link->st.down_debt += sim_rate_take(&link->st.down.rate, link->ahead.entry[0].what);
}

void pcie__ahead_save(struct pci_link *link, struct save *s) { timeheap_save(&link->ahead, link->c.sim->recycler, WRITES_MAX, s); }
