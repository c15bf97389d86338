/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interrupts of a function that a client of vfio-user has: an eventfd a vector of MSI-X, one for its MSI, one for INTA.
 *
 * INTA is a level: its eventfd is written once, and then no more until the client has unmasked it [VFIO_IRQ_INFO_AUTOMASKED].
 *
 * The table in the function's registers has for each vector its number, so that a message tells which it is; what a client writes
 * there is kept beside it, since where its guest's messages go is the client's affair [linux/vfio.h, VFIO_DEVICE_SET_IRQS].
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "external/vfio/vfio_user__.h"

enum {
    CAP_MSI = 0x05,
    TABLE = 4, /* of the capability: where the table lies, and the pending bits [PCI 3.0 6.8.2] */
    PBA = 8,
    BIR = 7,
    CONTROL_HIGH = 3, /* the byte with enable and mask */
    ENABLE = 0x80,
    CLIENTS = 0xc0,
    CAPABILITY = 12,
    ENTRY = 16,
    ENTRY_CONTROL = 12,
    DATA_NONE = 1 << 0,
    DATA_BOOL = 1 << 1,
    DATA_EVENTFD = 1 << 2,
    DATA = 7,
    MASK = 1 << 3,
    UNMASK = 1 << 4,
    TRIGGER = 1 << 5,
    ACTION = MASK | UNMASK | TRIGGER,
};

void vfio__irqs_open(struct vfio_irqs *irqs, struct guest_function *function)
{
    *irqs = (struct vfio_irqs){.function = function, .single = {{.fd = -1}, {.fd = -1}}};
    for (unsigned v = 0; v < PCI_MSIX_MAX; v++) {
        irqs->fd[v] = -1;
        irqs->table[v * ENTRY + ENTRY_CONTROL] = 1; /* as after a reset */
    }
    if (!function->msix)
        return;
    uint32_t table = pci_config_read(function->fn, (uint16_t)(function->msix + TABLE), 4);
    uint32_t pba = pci_config_read(function->fn, (uint16_t)(function->msix + PBA), 4);
    irqs->vectors = (pci_config_read(function->fn, (uint16_t)(function->msix + 2), 2) & 0x7ff) + 1;
    irqs->table_bar = table & BIR;
    irqs->table_off = table & ~(uint32_t)BIR;
    irqs->pba_bar = pba & BIR;
    irqs->pba_off = pba & ~(uint32_t)BIR;
}

unsigned vfio__irqs_count(const struct vfio_irqs *irqs, unsigned index)
{
    struct pci_function *fn = irqs->function->fn;
    switch (index) {
    case VFIO_INTX:
        return pci_has_intx(fn);
    case VFIO_MSI: /* of those that have INTx: the others' clients never asked for it */
        return pci_has_intx(fn) && pci_find_capability(fn, CAP_MSI);
    case VFIO_MSIX:
        return irqs->vectors;
    default:
        return 0;
    }
}

static bool is_masked(const struct vfio_irqs *irqs, unsigned v) { return irqs->fd[v] < 0 || irqs->masked[v]; }

static void program(struct vfio_irqs *irqs, unsigned v)
{
    pci_msix_program(irqs->function->fn, v, MACHINE_MSI_ADDRESS, v, is_masked(irqs, v));
}

static void look_whether_on(struct vfio_irqs *irqs)
{
    bool on = false;
    for (unsigned v = 0; v < irqs->vectors; v++)
        on |= irqs->fd[v] >= 0;
    if (irqs->function->msix && pci_function_is_present(irqs->function->fn))
        pci_msix_enable(irqs->function->fn, on);
}

static void tell(int fd)
{
    const uint64_t one = 1;
    ssize_t written = fd >= 0 ? write(fd, &one, sizeof(one)) : 0; /* a counter that is full has been told already */
    (void)written;
}

/* ---- INTA and MSI ---- */

void vfio__irqs_line(struct vfio_irqs *irqs)
{
    struct vfio_single *intx = &irqs->single[VFIO_INTX];
    if (!pci_intx_level(irqs->function->fn) || intx->masked || intx->fd < 0)
        return;
    intx->masked = true;
    tell(intx->fd);
}

static void tell_msi(struct vfio_irqs *irqs)
{
    const struct vfio_single *msi = &irqs->single[VFIO_MSI];
    irqs->msi_waits = msi->masked;
    if (!msi->masked)
        tell(msi->fd);
}

static void drop_single(struct vfio_single *one)
{
    if (one->fd >= 0)
        close(one->fd);
    *one = (struct vfio_single){.fd = -1};
}

static void act_single(struct vfio_irqs *irqs, unsigned index, uint32_t action)
{
    struct vfio_single *one = &irqs->single[index];
    if (action == TRIGGER) {
        tell(one->fd);
        return;
    }
    one->masked = action == MASK;
    if (index == VFIO_INTX)
        vfio__irqs_line(irqs);
    else if (irqs->msi_waits && !one->masked)
        tell_msi(irqs);
}

static int set_single(struct vfio_irqs *irqs, struct vfio_stream *s, unsigned index, uint32_t flags, uint32_t count,
                      const uint8_t *data)
{
    struct vfio_single *one = &irqs->single[index];
    if (!count || (flags & DATA) == DATA_EVENTFD)
        drop_single(one);
    if (!count)
        return 0;
    if ((flags & DATA) != DATA_EVENTFD) {
        if ((flags & DATA) == DATA_NONE || data[0])
            act_single(irqs, index, flags & ACTION);
        return 0;
    }
    one->fd = vfio__stream_take_fd(s, 0);
    if (one->fd >= 0 && fcntl(one->fd, F_SETFL, O_NONBLOCK | O_RDWR))
        drop_single(one);
    if (index == VFIO_INTX)
        vfio__irqs_line(irqs);
    return 0;
}

/* ---- all of them ---- */

void vfio__irqs_are_reset(struct vfio_irqs *irqs)
{
    irqs->control = 0;
    irqs->msi_waits = false;
    vfio__irqs_are_other(irqs);
}

void vfio__irqs_are_other(struct vfio_irqs *irqs)
{
    for (unsigned v = 0; v < irqs->vectors; v++)
        program(irqs, v);
    look_whether_on(irqs);
}

static void drop(struct vfio_irqs *irqs, unsigned v)
{
    if (irqs->fd[v] >= 0)
        close(irqs->fd[v]);
    irqs->fd[v] = -1;
    irqs->masked[v] = false;
}

void vfio__irqs_close(struct vfio_irqs *irqs)
{
    for (unsigned v = 0; v < PCI_MSIX_MAX; v++)
        drop(irqs, v);
    drop_single(&irqs->single[VFIO_INTX]);
    drop_single(&irqs->single[VFIO_MSI]);
}

void vfio__irqs_clear(struct vfio_irqs *irqs)
{
    vfio__irqs_close(irqs);
    for (unsigned v = 0; v < irqs->vectors; v++)
        program(irqs, v);
    look_whether_on(irqs);
}

/* A message of its MSI has what its guest's driver has put there. */
void vfio__irqs_raise(struct vfio_irqs *irqs, uint32_t vector)
{
    if (irqs->single[VFIO_MSI].fd >= 0)
        tell_msi(irqs);
    else if (vector < irqs->vectors)
        tell(irqs->fd[vector]);
}

/* ---- SET_IRQS ---- */

static int take_eventfds(struct vfio_irqs *irqs, struct vfio_stream *s, uint32_t start, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        drop(irqs, start + i);
        irqs->fd[start + i] = vfio__stream_take_fd(s, i);
        if (irqs->fd[start + i] >= 0 && fcntl(irqs->fd[start + i], F_SETFL, O_NONBLOCK | O_RDWR))
            drop(irqs, start + i);
        program(irqs, start + i);
    }
    look_whether_on(irqs);
    return 0;
}

static void act(struct vfio_irqs *irqs, uint32_t action, unsigned v)
{
    if (action == TRIGGER) {
        vfio__irqs_raise(irqs, v);
        return;
    }
    irqs->masked[v] = action == MASK;
    program(irqs, v);
}

static void clear_vectors(struct vfio_irqs *irqs)
{
    for (unsigned v = 0; v < irqs->vectors; v++) {
        drop(irqs, v);
        program(irqs, v);
    }
    look_whether_on(irqs);
}

int vfio__irqs_set(struct vfio_irqs *irqs, struct vfio_stream *s, unsigned index, uint32_t flags, uint32_t start, uint32_t count,
                   const uint8_t *data, size_t len)
{
    unsigned vectors = vfio__irqs_count(irqs, index);
    uint32_t kind = flags & DATA, action = flags & ACTION;
    bool one_kind = kind == DATA_NONE || kind == DATA_BOOL || kind == DATA_EVENTFD;
    bool one_action = action == MASK || action == UNMASK || action == TRIGGER;
    if (!one_kind || !one_action || flags & ~(uint32_t)(DATA | ACTION) || (kind == DATA_EVENTFD && action != TRIGGER))
        return EINVAL;
    bool clears = !count && !start && kind == DATA_NONE && action == TRIGGER;
    if (start > vectors || count > vectors - start || (kind == DATA_BOOL && len < count))
        return EINVAL;
    if (index != VFIO_MSIX)
        return clears || count ? set_single(irqs, s, index, flags, count, data) : 0;
    if (clears) {
        clear_vectors(irqs);
        return 0;
    }
    if (kind == DATA_EVENTFD)
        return take_eventfds(irqs, s, start, count);
    for (uint32_t i = 0; i < count; i++)
        if (kind == DATA_NONE || data[i])
            act(irqs, action, start + i);
    return 0;
}

/* ---- the capability ---- */

/* Its eventfds say whether the function raises any; what is written here only its guest reads again. */
void vfio__irqs_show(const struct vfio_irqs *irqs, uint64_t off, uint8_t *bytes, uint32_t len)
{
    uint64_t at = (uint64_t)irqs->function->msix + CONTROL_HIGH;
    if (irqs->function->msix && off <= at && at < off + len)
        bytes[at - off] = (uint8_t)((bytes[at - off] & ~CLIENTS) | (irqs->control & CLIENTS));
}

bool vfio__irqs_configure(struct vfio_irqs *irqs, uint64_t off, const uint8_t *bytes, uint32_t len)
{
    struct guest_function *function = irqs->function;
    uint64_t at = (uint64_t)function->msix + CONTROL_HIGH;
    if (!function->msix || off + len <= function->msix || off >= (uint64_t)function->msix + CAPABILITY)
        return false;
    if (off > at || off + len <= at)
        return true; /* all else of it is read only */
    vfio__irqs_control(irqs, bytes[at - off]);
    return true;
}

void vfio__irqs_control(struct vfio_irqs *irqs, uint16_t control)
{
    struct guest_function *function = irqs->function;
    bool was_on = irqs->control & ENABLE;
    irqs->control = control & CLIENTS;
    bool is_on = irqs->control & ENABLE;
    if (is_on != was_on && guest_function_is_vf(function))
        vm_tell(function->vm, MACHINE_NOTE_VF_DRIVER, is_on ? MACHINE_VF_UP : MACHINE_VF_STOPS, 0);
}

/* ---- the table ---- */

bool vfio__irqs_access(struct vfio_irqs *irqs, unsigned bar, uint64_t off, uint8_t *bytes, uint32_t len, bool write)
{
    uint32_t size = irqs->vectors * ENTRY;
    if (bar != irqs->table_bar || off < irqs->table_off || off - irqs->table_off >= size || len > size - (off - irqs->table_off))
        return false;
    uint32_t at = (uint32_t)(off - irqs->table_off);
    if (!write) {
        memcpy(bytes, irqs->table + at, len);
        return true;
    }
    memcpy(irqs->table + at, bytes, len); /* who masks there masks what he delivers */
    return true;
}
