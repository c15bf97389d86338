/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A PCI function as User-Mode Linux's virt-pci driver sees it: accesses on one queue, interrupts on the other.
 * [include/uapi/linux/virtio_pcidev.h of Linux]
 *
 * Config space is answered as a hypervisor does, which says for a VF what its own does not: who it is, its BARs, that its memory
 * decodes. No access takes simulated time: its driver has one buffer for what it asks, and an interrupt that came while it waits
 * would ask again. What the device does of it, DMA and messages, goes over the function's link, in its own time.
 */
#include <stdio.h>
#include <string.h>

#include "external/uml__.h"

enum operation { CFG_READ = 1, CFG_WRITE, MMIO_READ, MMIO_WRITE, MMIO_MEMSET, INT, MSI, PME };

struct message {
    uint8_t op, bar;
    uint16_t zero;
    uint32_t size;
    uint64_t addr;
    uint8_t data[];
};

enum {
    COMMANDS = 0,
    INTERRUPTS = 1,
    COMMAND = 0x04,
    COMMAND_MEMORY = 1 << 1,
    BAR_FIRST = 0x10,
    BAR_END = 0x28,
    ROM = 0x30,
    INTERRUPT = 0x3c, /* its line and, above it, its pin: there is no INTx */
    CAP_MSIX = 0x11,
    EXT_CAP_SRIOV = 0x10,
    SRIOV_PLACES = 0x14, /* of the capability: First VF Offset and, above it, VF Stride */
    DEVICE_STRIDE = 8,   /* between two devices of a bus, in routing ids */
    MSIX_CONTROL = 3, /* the byte with its enable bit, 7 */
    MSIX_ON = 0x80,
    MSIX_TABLE = 4, /* of its capability: the table's BAR, and above that its place there */
    MSIX_ENTRY = 16,
    MSIX_DATA = 8,
    BAR_IS_64 = 4,
    HOLE_BAR = 3, /* of a vmxnet3 of a hypervisor with NPA */
    VMXNET3_IDENTITY = 0x07b015ad,
    UNREAPED_MAX = 64, /* of a queue of 256: then its driver is told that they are done */
    ALL_BYTES = 8,
};

static bool is_vf(const struct uml_pci *pci) { return pci_config_read(pci->fn, 0, 2) == 0xffff; }

/* A VF of the PF that the guest drives: its kernel knows of it whoever has it. */
static bool is_of_own_pf(const struct uml_pci *pci) { return pci->slot && pci->dev.uml->pci[0].sriov; }

static bool answers(const struct uml_pci *pci)
{
    return (is_of_own_pf(pci) || vm_has_function(pci->dev.uml->vm, pci->fn)) && pci_function_is_present(pci->fn);
}

/* ---- config space ---- */

static uint64_t size_of_bar(const struct uml_pci *pci, unsigned i, bool *is_64)
{
    uint64_t size = pci_function_bar(pci->fn, i, is_64);
    return i == HOLE_BAR && pci->has_hole ? MACHINE_MEMIO_HOLE_SIZE : size;
}

uint64_t uml__pci_hole(const struct uml_pci *pci)
{
    return pci->has_hole ? pci->bar[HOLE_BAR] & ~(MACHINE_MEMIO_HOLE_SIZE - 1) : 0;
}

/* A BAR as it is read back: the address that was written, above its size, and its kind [PCI 3.0 6.2.5.1]. */
static uint32_t bar_value(const struct uml_pci *pci, unsigned i)
{
    bool is_64, below_is_64 = false;
    uint64_t size = size_of_bar(pci, i, &is_64);
    uint64_t below = i ? size_of_bar(pci, i - 1, &below_is_64) : 0;
    if (below && below_is_64)
        return pci->bar[i] & (uint32_t)(~(below - 1) >> 32);
    return size ? (pci->bar[i] & (uint32_t)~(size - 1)) | (is_64 ? BAR_IS_64 : 0) : 0;
}

static uint32_t config_word(const struct uml_pci *pci, uint32_t off)
{
    uint32_t value = pci_config_read(pci->fn, (uint16_t)off, 4);
    if (!answers(pci))
        return UINT32_MAX;
    if (pci->sriov &&
        off == (uint32_t)(pci->sriov + SRIOV_PLACES)) /* its kernel has no functions but the first: each VF is a device */
        return DEVICE_STRIDE | DEVICE_STRIDE << 16;
    if (off == 0)
        return pci_function_identity(pci->fn);
    if (off == COMMAND)
        return value | (pci->decodes ? COMMAND_MEMORY : 0);
    if (off >= BAR_FIRST && off < BAR_END)
        return bar_value(pci, (off - BAR_FIRST) / 4);
    if (off == ROM)
        return 0;
    return off == INTERRUPT ? value & ~UINT32_C(0xff00) : value;
}

static void config_read(const struct uml_pci *pci, uint64_t addr, uint8_t *to, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++) {
        uint64_t off = addr + i;
        to[i] = off < PCI_CONFIG_SIZE ? (uint8_t)(config_word(pci, (uint32_t)off & ~3u) >> 8 * (off & 3)) : 0xff;
    }
}

/* Its driver has taken the function up, or lets go of it. */
static void look_at_msix(struct uml_pci *pci)
{
    bool on = pci->msix && pci_function_is_present(pci->fn) &&
              (pci_config_read(pci->fn, (uint16_t)(pci->msix + MSIX_CONTROL), 1) & MSIX_ON);
    if (on == pci->uses_msix)
        return;
    pci->uses_msix = on;
    if (is_vf(pci))
        vm_tell(pci->dev.uml->vm, MACHINE_NOTE_VF_DRIVER, on ? MACHINE_VF_UP : MACHINE_VF_STOPS, 0);
}

static void config_write(struct uml_pci *pci, uint64_t addr, uint32_t size, uint32_t value)
{
    if (addr + size > PCI_CONFIG_SIZE || !answers(pci))
        return;
    if (addr >= BAR_FIRST && addr < BAR_END) {
        if (size == 4)
            pci->bar[(addr - BAR_FIRST) / 4] = value;
        return;
    }
    if (addr == COMMAND && is_vf(pci))
        pci->decodes = value & COMMAND_MEMORY;
    pci_config_write(pci->fn, (uint16_t)addr, size, value);
    look_at_msix(pci);
}

/* ---- registers ---- */

/* How much of an access of `left` bytes at `off` is one of the bus. */
static unsigned bite(uint32_t off, uint32_t left)
{
    unsigned size = ALL_BYTES;
    while (size > left || off % size)
        size /= 2;
    return size;
}

/* Where an access goes: to the function itself, or to the one behind its hole; NULL: the hypervisor lets it through to nobody. */
static struct pci_function *target(const struct uml_pci *pci, unsigned *bar, uint32_t *off, unsigned size)
{
    struct vm *vm = pci->dev.uml->vm;
    if (pci->has_hole && *bar == HOLE_BAR)
        return *off < MACHINE_MEMIO_HOLE_SIZE ? vm_function_at(vm, MACHINE_MEMIO_HOLE + *off, size, bar, off) : NULL;
    return vm_has_function(vm, pci->fn) ? pci->fn : NULL;
}

static void mmio_write(struct uml_pci *pci, const struct message *msg, const uint8_t *data, bool same_byte)
{
    unsigned size;
    for (uint32_t done = 0; done < msg->size; done += size) {
        uint64_t value = 0;
        uint32_t off = (uint32_t)msg->addr + done;
        unsigned bar = msg->bar;
        size = bite(off, msg->size - done);
        if (same_byte)
            memset(&value, data[0], size);
        else
            memcpy(&value, data + done, size);
        struct pci_function *to = target(pci, &bar, &off, size), *fn = to ? to : pci->fn;
        bool is_done = to && pci_mmio_poke(to, bar, off, size, value);
        trace_pci_mmio_write(pci_function_component(fn), pci_function_rid(fn), bar, off, value,
                             is_done ? "done" : "dropped: nobody decodes it");
    }
}

static uint8_t *answer_of(struct uml_chain *chain, uint32_t *len)
{
    for (unsigned i = 0; i < chain->parts; i++)
        if (chain->part[i].for_guest) {
            *len = chain->part[i].len;
            return chain->part[i].at;
        }
    *len = 0;
    return NULL;
}

static void mmio_read(struct uml_pci *pci, const struct message *msg, uint8_t *to)
{
    unsigned size;
    for (uint32_t done = 0; done < msg->size; done += size) {
        uint32_t off = (uint32_t)msg->addr + done;
        unsigned bar = msg->bar;
        size = bite(off, msg->size - done);
        struct pci_function *from = target(pci, &bar, &off, size), *fn = from ? from : pci->fn;
        bool is_done = from && pci_mmio_is_decoded(from, bar, off, size);
        uint64_t value = is_done ? pci_mmio_peek(from, bar, off, size) : UINT64_MAX;
        trace_pci_mmio_read(pci_function_component(fn), pci_function_rid(fn), bar, off, value,
                            is_done ? "answered" : "nobody decodes it");
        memcpy(to + done, &value, size);
    }
}

/* ---- what it asks ---- */

/* What it waits for is there at once, and it looks at all that was before. */
static void was_read(struct uml_pci *pci, const struct uml_chain *chain, uint32_t len)
{
    pci->unreaped = 0;
    uml__give(&pci->dev, COMMANDS, chain, len);
}

static void was_written(struct uml_pci *pci, const struct uml_chain *chain)
{
    uml__give(&pci->dev, COMMANDS, chain, 0);
    if (++pci->unreaped < UNREAPED_MAX)
        return;
    pci->unreaped = 0;
    uml__call(&pci->dev, COMMANDS);
}

/* A message and its data, in one part or two; the guest may have put it anywhere. False: it is none. */
static bool message_of(const struct uml_chain *chain, struct message *msg, const uint8_t **data, uint32_t *len)
{
    if (!chain->parts || chain->part[0].for_guest || chain->part[0].len < sizeof(*msg))
        return false;
    memcpy(msg, chain->part[0].at, sizeof(*msg));
    *data = chain->part[0].at + sizeof(*msg);
    *len = chain->part[0].len - (uint32_t)sizeof(*msg);
    if (!*len && chain->parts > 1 && !chain->part[1].for_guest) {
        *data = chain->part[1].at;
        *len = chain->part[1].len;
    }
    return true;
}

static void command(struct uml_pci *pci, struct uml_chain *chain)
{
    struct message msg = {0};
    const uint8_t *data = NULL;
    uint32_t len = 0, room, value = 0;
    bool good = message_of(chain, &msg, &data, &len);
    uint8_t *to = answer_of(chain, &room);
    bool writes = msg.op == CFG_WRITE || msg.op == MMIO_WRITE || msg.op == MMIO_MEMSET;
    good = good && msg.size && (writes ? len && (msg.op == MMIO_MEMSET || len >= msg.size) : to && room >= msg.size);
    good = good && (msg.op == CFG_READ || msg.op == CFG_WRITE ? msg.size <= 4 : msg.bar < PCI_BARS);
    if (!good) {
        uml__over(pci->dev.uml,
                  "its kernel speaks another protocol (operation %u of a PCI device, BAR %u, %u bytes at 0x%llx, %u came)", msg.op,
                  msg.bar, msg.size, (unsigned long long)msg.addr, len);
        return;
    }
    switch ((enum operation)msg.op) {
    case CFG_READ:
        config_read(pci, msg.addr, to, msg.size);
        was_read(pci, chain, msg.size);
        return;
    case CFG_WRITE:
        memcpy(&value, data, msg.size);
        config_write(pci, msg.addr, msg.size, value);
        break;
    case MMIO_READ:
        mmio_read(pci, &msg, to);
        was_read(pci, chain, msg.size);
        return;
    case MMIO_WRITE:
    case MMIO_MEMSET:
        mmio_write(pci, &msg, data, msg.op == MMIO_MEMSET);
        break;
    case INT:
    case MSI:
    case PME:
        break; /* ours to send */
    }
    was_written(pci, chain);
}

/* ---- interrupts ---- */

/* The guest has a buffer for each of ten at a time; the others wait for one. */
static void send_messages(struct uml_pci *pci)
{
    struct uml_chain chain;
    unsigned sent = 0;
    while (!pci->dev.uml->paused && sent < pci->messages && uml__take(&pci->dev, INTERRUPTS, &chain)) {
        struct message msg = {.op = MSI, .size = sizeof(uint32_t)};
        uint32_t len;
        uint8_t *to = answer_of(&chain, &len);
        if (!to || len < sizeof(msg) + sizeof(uint32_t))
            break;
        memcpy(to, &msg, sizeof(msg));
        memcpy(to + sizeof(msg), &pci->message[sent++], sizeof(uint32_t));
        uml__give(&pci->dev, INTERRUPTS, &chain, sizeof(msg) + sizeof(uint32_t));
    }
    pci->messages -= sent;
    memmove(pci->message, pci->message + sent, pci->messages * sizeof(pci->message[0]));
    if (sent)
        uml__call(&pci->dev, INTERRUPTS);
}

void uml__pci_message(struct uml_pci *pci, uint32_t data)
{
    for (unsigned i = 0; i < pci->messages; i++)
        if (pci->message[i] == data) /* it has not heard of the last one: it will hear of both at once */
            return;
    if (pci->messages == PCI_MSIX_MAX)
        return;
    pci->message[pci->messages++] = data;
    send_messages(pci);
}

void uml__pci_go_on(struct uml_pci *pci, struct pci_function *fn)
{
    pci->fn = fn;
    if (pci->messages)
        send_messages(pci);
}

void uml__pci_raise(struct uml_pci *pci, unsigned vector)
{
    uint32_t table = pci->msix ? pci_config_read(pci->fn, (uint16_t)(pci->msix + MSIX_TABLE), 4) : 0;
    if (pci->uses_msix)
        uml__pci_message(pci, (uint32_t)pci_mmio_peek(pci->fn, table & 7, (table & ~7u) + MSIX_ENTRY * vector + MSIX_DATA, 4));
}

static void kicked(struct uml_device *dev, unsigned queue)
{
    struct uml_pci *pci = (struct uml_pci *)dev;
    struct uml_chain chain;
    if (queue == INTERRUPTS)
        send_messages(pci);
    while (queue == COMMANDS && uml__take(dev, COMMANDS, &chain))
        command(pci, &chain);
}

int uml__pci_open(struct uml_pci *pci, struct uml *uml, unsigned slot, struct pci_function *fn)
{
    char path[16];
    snprintf(path, sizeof(path), "pci%u", slot);
    *pci = (struct uml_pci){
        .fn = fn, .slot = slot, .msix = pci_find_capability(fn, CAP_MSIX), .sriov = pci_find_ext_capability(fn, EXT_CAP_SRIOV)};
    pci->has_hole = vm_get_params(uml->vm)->npa && pci_function_identity(fn) == VMXNET3_IDENTITY;
    if (pci->msix)
        pci_msix_enable(fn, false); /* as firmware leaves it: its driver turns it on */
    return uml__device_open(&pci->dev, uml, path, kicked);
}
