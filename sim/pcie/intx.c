/* SPDX-License-Identifier: GPL-2.0-or-later */
/* INTx: a level, of whose changes the root is told by messages. [PCIe 2.2.8.1] */
#include <assert.h>

#include "pcie/pcie__.h"

bool pci_intx_level(const struct pci_function *fn) { return fn->intx.told; }
bool pci_has_intx(const struct pci_function *fn) { return fn->params.has_intx; }

static bool may_be_told(const struct pci_function *fn)
{
    return !(pcie__config_get(fn, PCI_COMMAND, 2) & PCI_COMMAND_INTX_DISABLE) && !pci_sends_messages(fn);
}

void pcie__intx_look(struct pci_function *fn)
{
    struct pci_link *link = fn->link;
    uint32_t level = fn->intx.level && may_be_told(fn);

    if (level == fn->intx.told)
        return;
    fn->intx.told = level;
    /* a message without data: four words */
    sim_time at = pcie__message_up(link, link->params.emulated ? 0 : link->header_high);
    link->st.stats.messages++;
    fn->st.stats.messages++;
    event_post(&link->c, &link->c, at, EV_HW, LINK_INTX, fn->index, level, 0);
}

void pci_intx_set(struct pci_function *fn, bool asserted)
{
    assert(fn->params.has_intx);
    fn->intx.level = asserted;
    fn->st.config[PCI_STATUS] =
        (uint8_t)((fn->st.config[PCI_STATUS] & ~PCI_STATUS_INTERRUPT) | (asserted ? PCI_STATUS_INTERRUPT : 0));
    pcie__intx_look(fn);
}

void pcie__intx_event(struct pci_link *link, const struct event *ev)
{
    struct pci_function *fn = link->fn[ev->a];

    trace_pci_line(fn->dev, fn->params.rid, ev->b ? "asserted" : "deasserted");
    if (fn->sink && fn->sink->line)
        fn->sink->line(fn->sink, fn, ev->b);
    else
        fn->st.stats.messages_no_sink++;
}
