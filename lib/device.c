/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers, config space, and frames that are put in. */
#include "vfsim/device.h"

#include <errno.h>
#include <string.h>

#include "lib/lib__.h"

/* ---- functions ---- */

static struct nic *find_nic(struct vfsim_world *world, const char *name, struct vfsim_error **error)
{
    const char *names[SCN_NICS_MAX + 1] = {0};
    char near[80];
    for (unsigned i = 0; i < world->w->sc->nic_count; i++) {
        names[i] = world->w->sc->nics[i].name.text;
        if (!strcmp(names[i], name))
            return world->w->nics[i];
    }
    lib__fail(error, ENODEV, "there is no NIC '%s'%s", name, lib__near(name, names, near, sizeof(near)));
    return NULL;
}

/* -errno, or 0 and the function; one that is there and within its reset is not responding. */
static int find_function(struct vfsim_world *world, const char *name, int number, struct pci_function **fn,
                         struct vfsim_error **error)
{
    int status = lib__usable(world, error);
    status = status ? status : lib__given(name, "NIC", error);
    if (status)
        return status;
    struct nic *nic = find_nic(world, name, error);
    if (!nic)
        return -ENODEV;
    if (number < VFSIM_PF || number >= (int)nic->vf_count || (number == VFSIM_PF && !nic->pf))
        return lib__fail(error, ENODEV, "%s has no VF %d: it was made with %u", name, number, nic->vf_count);
    *fn = number == VFSIM_PF ? nic->pf : nic->vf[number];
    if (number != VFSIM_PF && (unsigned)number >= pci_function_vfs(nic->pf))
        return lib__fail(error, ENODEV, "%s vf %d is not there: VF Enable makes %u", name, number, pci_function_vfs(nic->pf));
    return 0;
}

/* Of a run that is over for good nothing would come. What is put in otherwise is to be run: a run that was over is not. */
static int may_change(struct vfsim_world *world, struct vfsim_error **error)
{
    if (world->is_finished)
        return lib__fail(error, EINVAL, "the run is finished: nothing moves in this world any more");
    if (world->w->st.at_limit)
        return lib__fail(error, EINVAL, "the run has come to its limit of time: nothing moves in this world any more (limit time)");
    return 0;
}

/* ---- registers ---- */

static int find_register(struct vfsim_world *world, const char *nic, int number, unsigned bar, uint32_t offset, unsigned size,
                         struct pci_function **fn, struct vfsim_error **error)
{
    int status = find_function(world, nic, number, fn, error);
    if (status)
        return status;
    if (pci_function_in_reset(*fn))
        return lib__fail(error, ENODEV, "%s: the function is within its reset", nic);
    if (!pci_mmio_is_in_bar(*fn, bar, offset, size))
        return lib__fail(error, EINVAL, "%s: %u bytes at 0x%x of BAR %u: there is no such register", nic, size, offset, bar);
    if (!pci_mmio_is_decoded(*fn, bar, offset, size))
        return lib__fail(error, EBUSY, "%s: memory decode of the function is off", nic);
    return 0;
}

int vfsim_register_read(struct vfsim_world *world, const char *nic, int function, unsigned bar, uint32_t offset, unsigned size,
                        uint64_t *value, struct vfsim_error **error)
{
    struct pci_function *fn;
    int status = find_register(world, nic, function, bar, offset, size, &fn, error);
    if (!status)
        *value = pci_mmio_peek(fn, bar, offset, size);
    return status;
}

int vfsim_register_write(struct vfsim_world *world, const char *nic, int function, unsigned bar, uint32_t offset, unsigned size,
                         uint64_t value, struct vfsim_error **error)
{
    struct pci_function *fn;
    int status = find_register(world, nic, function, bar, offset, size, &fn, error);
    status = status ? status : may_change(world, error);
    if (status)
        return status;
    world__go_on(world->w);
    pci_mmio_poke(fn, bar, offset, size, value);
    return 0;
}

int vfsim_register_find(struct vfsim_world *world, const char *nic, int function, const char *name, unsigned index,
                        uint32_t *offset, struct vfsim_error **error)
{
    int status = lib__usable(world, error);
    if (!status && (lib__given(nic, "NIC", error) || lib__given(name, "register", error)))
        status = -EINVAL;
    const struct nic *found = status ? NULL : find_nic(world, nic, error);
    if (!found)
        return status ? status : -ENODEV;
    const struct nic_model *model = found->model;
    for (unsigned i = 0; i < model->reg_count; i++) {
        const struct nic_reg *reg = &model->regs[i];
        unsigned count = reg->count ? reg->count : 1;
        if (strcmp(reg->function, function == VFSIM_PF ? "PF" : "VF") != 0 || strcmp(reg->name, name) != 0)
            continue;
        if (index >= count)
            return lib__fail(error, ENOENT, "%s has %u registers %s, not one of number %u", nic, count, name, index);
        *offset = reg->offset + index * reg->stride;
        return 0;
    }
    return lib__fail(error, ENOENT, "%s has no register '%s' of its %s (vfsim regs %s)", nic, name,
                     function == VFSIM_PF ? "PF" : "VFs", model->name);
}

/* ---- config space ---- */

static int find_config(struct vfsim_world *world, const char *nic, int number, uint16_t offset, unsigned size,
                       struct pci_function **fn, struct vfsim_error **error)
{
    bool good = (size == 1 || size == 2 || size == 4) && offset % size == 0 && offset < PCI_CONFIG_SIZE;
    int status = find_function(world, nic, number, fn, error);
    if (!status && !good)
        return lib__fail(error, EINVAL, "%s: %u bytes at 0x%x are no part of config space", nic, size, offset);
    return status;
}

int vfsim_config_read(struct vfsim_world *world, const char *nic, int function, uint16_t offset, unsigned size, uint32_t *value,
                      struct vfsim_error **error)
{
    struct pci_function *fn;
    int status = find_config(world, nic, function, offset, size, &fn, error);
    if (!status)
        *value = pci_config_read(fn, offset, size);
    return status;
}

int vfsim_config_write(struct vfsim_world *world, const char *nic, int function, uint16_t offset, unsigned size, uint32_t value,
                       struct vfsim_error **error)
{
    struct pci_function *fn;
    int status = find_config(world, nic, function, offset, size, &fn, error);
    status = status ? status : may_change(world, error);
    if (status)
        return status;
    world__go_on(world->w);
    pci_config_write(fn, offset, size, value);
    return 0;
}

/* ---- frames ---- */

enum { HEADER = 14 };

/* By its number; -1: no VM is called so. */
static int find_vm(const struct vfsim_world *world, const char *name)
{
    for (unsigned i = 0; i < world->w->sc->vm_count; i++)
        if (!strcmp(world->w->sc->vms[i].name.text, name))
            return (int)i;
    return -1;
}

static int check(struct vfsim_world *world, const char *place, const void *bytes, size_t length, struct port **port,
                 struct vfsim_error **error)
{
    int status = lib__usable(world, error);
    if (!status && (lib__given(place, "place", error) || lib__given(bytes, "frame", error)))
        status = -EINVAL;
    if (status)
        return status;
    *port = port_find(lib__sim(world), place);
    status = may_change(world, error);
    if (status)
        return status;
    if (!*port)
        return lib__fail(error, ENOENT, "there is no peer, NIC or VM '%s'", place);
    if (length < HEADER || length > FRAME_MAX_JUMBO)
        return lib__fail(error, EINVAL, "a frame of %zu bytes: %d to %d", length, HEADER, FRAME_MAX_JUMBO);
    return 0;
}

static int birth(struct vfsim_world *world, struct port *port, const void *bytes, size_t length, frame_ref *ref, uint64_t *frame,
                 struct vfsim_error **error)
{
    *ref = frame_birth(port->owner, FLOW_NONE, (uint32_t)length);
    if (!*ref)
        return lib__fail(error, ENOMEM, "%s: no room for another frame (limit frames)", port->name);
    world__go_on(world->w);
    struct frame *f = frame_get(port->owner->sim, *ref);
    memcpy(frame_data(f), bytes, length);
    if (frame)
        *frame = f->id;
    return 0;
}

/* Its application makes the frame when the guest asks for one. */
static int send_by_vm(struct vfsim_world *world, unsigned number, const void *bytes, size_t length, uint64_t *frame,
                      struct vfsim_error **error)
{
    struct vm *vm = world->w->vms[number];
    struct station *station = vm_station(vm);
    if (world->w->sc->vms[number].app != MACHINE_APP_STATION)
        return lib__fail(error, EINVAL, "the application of '%s' sends nothing that it is told to: it needs 'app station'",
                         station->name);
    if (length > station->mtu + HEADER)
        return lib__fail(error, EINVAL, "a frame of %zu bytes is longer than the MTU of '%s', %u bytes behind its header", length,
                         station->name, station->mtu);
    if (vm_get_state(vm) == VM_ENDED)
        return lib__fail(error, EINVAL, "'%s' has ended: %s", station->name, vm_end_text(vm));
    if (frame)
        *frame = 0;
    world__go_on(world->w);
    injection_put(world->injection, station, bytes, (uint32_t)length);
    return 0;
}

int vfsim_send(struct vfsim_world *world, const char *place, const void *bytes, size_t length, uint64_t *frame,
               struct vfsim_error **error)
{
    struct port *port;
    frame_ref ref;
    int status = check(world, place, bytes, length, &port, error);
    if (status)
        return status;
    int vm = find_vm(world, place);
    if (vm >= 0)
        return send_by_vm(world, (unsigned)vm, bytes, length, frame, error);
    status = birth(world, port, bytes, length, &ref, frame, error);
    if (!status)
        port_send(port, ref);
    return status;
}

int vfsim_receive(struct vfsim_world *world, const char *place, const void *bytes, size_t length, uint64_t *frame,
                  struct vfsim_error **error)
{
    struct port *port;
    frame_ref ref;
    int status = check(world, place, bytes, length, &port, error);
    if (status)
        return status;
    if (find_vm(world, place) >= 0)
        return lib__fail(error, EINVAL,
                         "'%s' is a VM: what it receives comes by its device (send to it from a peer or a NIC's port)", place);
    status = birth(world, port, bytes, length, &ref, frame, error);
    if (!status)
        port_put_in(port, ref);
    return status;
}
