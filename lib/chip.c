/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chips from outside are made known: a model of NIC and a family of PF drivers for each. */
#include "lib/chip__.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "lib/lib__.h"

static const char who[] = "a chip";

static void add_registers(struct chip_entry *e)
{
    e->regs = alloc_zero(who, e->chip->register_count ? e->chip->register_count : 1, sizeof(*e->regs));
    for (unsigned i = 0; i < e->chip->register_count; i++) {
        const struct vfsim_register *r = &e->chip->registers[i];
        e->regs[i] =
            (struct nic_reg){r->name, r->offset, r->stride, r->count ? r->count : 1, r->reset, r->access, r->function, r->sentence};
    }
}

static void add_model(struct chip_entry *e)
{
    const struct vfsim_chip *chip = e->chip;
    const char *object = chip__object_of(chip);
    e->model = (struct nic_model){
        .name = chip->name,
        .sentence = chip->sentence,
        .create = chip__create,
        .can = NIC_SRIOV,
        .generation = 1,
        .pf_family = chip->name,
        .vf_plugin = chip->vf_plugin,
        .object_path = object,
        .vf_plugin_path = chip__plugin_beside(chip, object),
        .vendor = chip->vendor,
        .pf_device = chip->pf.device,
        .vf_device = chip->vf.device,
        .max_vfs = chip->max_vfs,
        .vf_queues_max = chip->vf_queues,
        .addresses = chip->addresses,
        .vlans = chip->vlans,
        .rate_bps = chip->rate_bps,
        .pcie_gen = chip->pcie_gen,
        .pcie_lanes = chip->pcie_lanes,
        .regs = e->regs,
        .reg_count = chip->register_count,
    };
    e->in_models.model = &e->model;
}

static void add_family(struct chip_entry *e)
{
    const struct vfsim_chip *chip = e->chip;
    const struct vfsim_driver_ops *driver = chip->driver;
    e->limits = (struct pf_limits){
        .vf_queues = chip->vf_queues,
        .vf_queues_most = chip->vf_queues,
        .vfs_with_most = PF_VFS_MAX,
        .vf_vectors = chip->vf.vectors,
        .channels_most = 1,
        .ring_step = chip->ring_step ? chip->ring_step : 8,
        .link_mbps = (uint32_t)(chip->rate_bps / 1000000),
        .rate_rule = "a limit is at most the link's speed",
        .forces_link = true,
    };
    e->family = chip__family;
    e->family.name = chip->name;
    e->family.limits = &e->limits;
    e->family.chip = e;
    e->family.reg_bar = driver->bar;
    e->family.own_address[0] = driver->address_low;
    e->family.own_address[1] = driver->address_high;
    e->family.status = driver->status;
    e->family.memory = driver->memory;
    e->in_families.family = &e->family;
}

int vfsim_chip_register(const struct vfsim_chip *chip, struct vfsim_error **error)
{
    char why[256];
    if (!chip)
        return lib__fail(error, EINVAL, "no chip: it is NULL");
    if (!chip__is_sound(chip, why, sizeof(why)))
        return lib__fail(error, EINVAL, "%s", why);
    if (nic_model_find(chip->name))
        return lib__fail(error, EEXIST, "chip '%s': there is a model of that name already", chip->name);
    struct chip_entry *e = alloc_zero(who, 1, sizeof(*e)); /* for good */
    e->chip = chip;
    add_registers(e);
    add_model(e);
    add_family(e);
    int status = nic_model_add(&e->in_models);
    assert(!status && "nobody else has added one");
    pf_family_add(&e->in_families);
    return 0;
}
