/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the driver of a PF says of a VF, and what memory and rings it lets a VF have: without a machine. */
#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "conformance/conformance__.h"

/* ---- VF_GET_INFO ---- */

static unsigned vectors_of(struct pci_function *fn)
{
    uint16_t cap = pci_find_capability(fn, PCI_CAP_ID_MSIX);
    return cap ? (pci_config_read(fn, cap + PCI_MSIX_FLAGS, 2) & PCI_MSIX_FLAGS_QSIZE) + 1 : 0;
}

static void look_at_info(struct stand *s, const struct pf_vf_info *info)
{
    const char *plugin = pf_passthru(s->pf) == PF_PASSTHRU_NPA ? s->nic->model->vf_plugin : "";
    uint64_t bytes = stand__bar_bytes(s->nic->vf[0], 0);
    unsigned vectors = vectors_of(s->nic->vf[0]);
    if (!info->bar_bytes || info->bar_bytes > bytes)
        stand__broken(s, STAND_RULE_P2, "a VF's registers are said to have 0x%x bytes, and its BAR 0 has 0x%llx", info->bar_bytes,
                      (unsigned long long)bytes);
    if (info->fn != s->nic->vf[0])
        stand__broken(s, STAND_RULE_P2, "VF 0 is said to be another function");
    if (!info->vectors || info->vectors > vectors || !info->queues)
        stand__broken(s, STAND_RULE_P2, "a VF is said to have %u queue pairs and %u vectors, and its table has %u", info->queues,
                      info->vectors, vectors);
    if (plugin && strcmp(info->plugin_name, plugin))
        stand__broken(s, STAND_RULE_P2, "its plugin is said to be '%s', and the model's is '%s'", info->plugin_name, plugin);
}

void stand__try_info(struct stand *s)
{
    struct pf_vf_info info;
    int status;
    if (!pf_vf_info(s->pf, 0, &info))
        stand__broken(s, STAND_RULE_P2, "a VF that nobody has is told of");
    if (!stand__ends(s, VMK_NETPTOP_VF_ACQUIRE, &status) || !stand__ends(s, VMK_NETPTOP_VF_GET_INFO, &status))
        return;
    memset(&info, 0, sizeof(info));
    if (pf_vf_info(s->pf, 0, &info))
        stand__broken(s, STAND_RULE_P2, "a VF that is acquired is not told of");
    else
        look_at_info(s, &info);
    if (stand__ends(s, VMK_NETPTOP_VF_RELEASE, &status) && !pf_vf_info(s->pf, 0, &info))
        stand__broken(s, STAND_RULE_P2, "a VF that was released is told of");
}

/* ---- memory ---- */

/* From ACQUIRED to ENABLED, or not; and back to FREE. */
static bool can_be_initialised(struct stand *s)
{
    int status, released;
    bool ends = stand__ends(s, VMK_NETPTOP_VF_INIT, &status);
    return stand__ends(s, VMK_NETPTOP_VF_RELEASE, &released) && ends && !status;
}

static bool acquire(struct stand *s)
{
    int status;
    return stand__ends(s, VMK_NETPTOP_VF_ACQUIRE, &status) && !status;
}

struct offer {
    const char *what;
    struct pf_vf_ring ring; /* instead of what is good */
    uint32_t shared_bytes, queues;
};

static void try_offers(struct stand *s)
{
    const struct pf_vf_memory good = stand__memory(s);
    const struct pf_vf_ring fine = good.ring[0];
    const struct offer offers[] = {
        {"no rings", fine, good.shared_bytes, 0},
        {"rings for more queues than a VF has", fine, good.shared_bytes, PF_QUEUES_MAX + 1},
        {"no shared region", fine, 0, 1},
        {"a receive ring of no descriptors", {fine.rx, fine.tx, 0, fine.tx_desc}, good.shared_bytes, 1},
        {"a transmit ring of no descriptors", {fine.rx, fine.tx, fine.rx_desc, 0}, good.shared_bytes, 1},
        {"a receive ring of 1,048,576 descriptors", {fine.rx, fine.tx, 1 << 20, fine.tx_desc}, good.shared_bytes, 1},
        {"a transmit ring of 1,048,576 descriptors", {fine.rx, fine.tx, fine.rx_desc, 1 << 20}, good.shared_bytes, 1},
        {"a receive ring at an odd address", {fine.rx + 1, fine.tx, fine.rx_desc, fine.tx_desc}, good.shared_bytes, 1},
        {"a transmit ring at an odd address", {fine.rx, fine.tx + 1, fine.rx_desc, fine.tx_desc}, good.shared_bytes, 1},
    };
    for (unsigned i = 0; i < sizeof(offers) / sizeof(offers[0]); i++) {
        struct pf_vf_memory memory = good;
        memory.ring[0] = offers[i].ring;
        memory.shared_bytes = offers[i].shared_bytes;
        memory.queues = offers[i].queues;
        if (!acquire(s))
            return;
        if (!pf_vf_set_memory(s->pf, 0, &memory))
            stand__broken(s, STAND_RULE_P13, "%s is taken", offers[i].what);
        if (can_be_initialised(s))
            stand__broken(s, STAND_RULE_P13, "with %s a VF is initialised", offers[i].what);
    }
}

/* ---- rings ---- */

static void no_magic(struct vmxnet3_rings_image *r) { r->magic = 0; }
static void no_queues(struct vmxnet3_rings_image *r) { r->tx_queues = r->rx_queues = 0; }
static void many_queues(struct vmxnet3_rings_image *r) { r->tx_queues = r->rx_queues = VMXNET3_IMAGE_QUEUES + 1; }
static void many_vectors(struct vmxnet3_rings_image *r) { r->vectors = VMXNET3_MAX_INTRS + 1; }
static void odd_address(struct vmxnet3_rings_image *r) { r->rx[0].ring[0].pa++; }
static void odd_size(struct vmxnet3_rings_image *r) { r->tx[0].ring.size++; }
static void huge(struct vmxnet3_rings_image *r) { r->rx[0].ring[0].size = 1 << 20; }
static void behind_ring(struct vmxnet3_rings_image *r) { r->rx[0].ring[0].next = r->rx[0].ring[0].size; }
static void behind_completions(struct vmxnet3_rings_image *r) { r->tx[0].comp.next = r->tx[0].comp.size; }
static void producer_behind(struct vmxnet3_rings_image *r) { r->tx[0].prod = r->tx[0].ring.size; }
static void no_vector(struct vmxnet3_rings_image *r) { r->rx[0].intr = r->vectors; }

static const struct {
    const char *what;
    void (*spoil)(struct vmxnet3_rings_image *rings);
} spoilt[] = {
    {"rings of another version", no_magic},
    {"no queues", no_queues},
    {"more queues than there may be", many_queues},
    {"more vectors than there may be", many_vectors},
    {"a ring at an odd address", odd_address},
    {"a ring of 257 descriptors", odd_size},
    {"a ring of 1,048,576 descriptors", huge},
    {"a consumer behind its ring", behind_ring},
    {"a producer behind its completions", behind_completions},
    {"a producer behind its ring", producer_behind},
    {"a vector that is not there", no_vector},
};

static void try_rings(struct stand *s)
{
    for (unsigned i = 0; i < sizeof(spoilt) / sizeof(spoilt[0]); i++) {
        struct vmxnet3_rings_image rings;
        stand__fresh_rings(s, &rings);
        spoilt[i].spoil(&rings);
        if (!acquire(s))
            return;
        pf_vf_set_rings(s->pf, 0, &rings);
        if (can_be_initialised(s))
            stand__broken(s, STAND_RULE_P13, "with %s a VF is initialised", spoilt[i].what);
    }
}

void stand__try_memory(struct stand *s)
{
    if (pf_passthru(s->pf) == PF_PASSTHRU_UPT) {
        try_rings(s);
    } else {
        if (!acquire(s))
            return;
        if (can_be_initialised(s)) { /* of which it has not been told */
            stand__not_here(s, "the VF's plugin sets its queues up, and the PF's driver is asked for nothing");
            return;
        }
        try_offers(s);
    }
    if (!acquire(s))
        return;
    if (stand__offer_memory(s, 0) || !can_be_initialised(s))
        stand__broken(s, STAND_RULE_P13, "behind that, what is good is refused");
}
