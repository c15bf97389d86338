/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A PCI function as User-Mode Linux's virt-pci driver sees it: accesses on one queue, interrupts on the other.
 * [include/uapi/linux/virtio_pcidev.h of Linux]
 *
 * What it finds in config space and registers is external/function.c's. No access takes simulated time: its driver has one buffer
 * for what it asks, and an interrupt that came while it waits would ask again.
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
    EXT_CAP_SRIOV = 0x10,
    MSIX_TABLE = 4, /* of its capability: the table's BAR, and above that its place there */
    MSIX_ENTRY = 16,
    MSIX_DATA = 8,
    VMXNET3_IDENTITY = 0x07b015ad,
    UNREAPED_MAX = 64, /* of a queue of 256: then its driver is told that they are done */
};

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
        guest_config_read(&pci->function, msg.addr, to, msg.size);
        was_read(pci, chain, msg.size);
        return;
    case CFG_WRITE:
        memcpy(&value, data, msg.size);
        guest_config_write(&pci->function, msg.addr, msg.size, value);
        break;
    case MMIO_READ:
        guest_mmio_read(&pci->function, msg.bar, (uint32_t)msg.addr, to, msg.size);
        was_read(pci, chain, msg.size);
        return;
    case MMIO_WRITE:
        guest_mmio_write(&pci->function, msg.bar, (uint32_t)msg.addr, data, msg.size);
        break;
    case MMIO_MEMSET:
        guest_mmio_fill(&pci->function, msg.bar, (uint32_t)msg.addr, data[0], msg.size);
        break;
    case INT:
    case MSI:
    case PME:
        break; /* ours to send */
    }
    was_written(pci, chain);
}

/* ---- interrupts ---- */

/* False: there is no buffer for it. */
static bool send_line(struct uml_pci *pci)
{
    struct message msg = {.op = INT};
    struct uml_chain chain;
    uint32_t len;
    if (!uml__take(&pci->dev, INTERRUPTS, &chain))
        return false;
    uint8_t *to = answer_of(&chain, &len);
    if (!to || len < sizeof(msg))
        return false;
    memcpy(to, &msg, sizeof(msg));
    uml__give(&pci->dev, INTERRUPTS, &chain, sizeof(msg));
    pci->line = false;
    return true;
}

/* The guest has a buffer for each of ten at a time; the others wait for one. */
static void send_messages(struct uml_pci *pci)
{
    struct uml_chain chain;
    unsigned sent = 0;
    if (pci->line && !pci->dev.uml->paused && send_line(pci))
        uml__call(&pci->dev, INTERRUPTS);
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

void uml__pci_line(struct uml_pci *pci)
{
    pci->line = true;
    send_messages(pci);
}

void uml__pci_go_on(struct uml_pci *pci, struct pci_function *fn)
{
    pci->function.fn = fn;
    if (pci->messages || pci->line)
        send_messages(pci);
}

void uml__pci_raise(struct uml_pci *pci, unsigned vector)
{
    const struct guest_function *g = &pci->function;
    uint32_t table = g->msix ? pci_config_read(g->fn, (uint16_t)(g->msix + MSIX_TABLE), 4) : 0;
    if (g->uses_msix)
        uml__pci_message(pci, (uint32_t)pci_mmio_peek(g->fn, table & 7, (table & ~7u) + MSIX_ENTRY * vector + MSIX_DATA, 4));
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
    *pci = (struct uml_pci){0};
    guest_function_init(&pci->function, uml->vm, fn);
    pci->function.sriov = pci_find_ext_capability(fn, EXT_CAP_SRIOV);
    pci->function.is_of_own_pf = slot && uml->pci[0].function.sriov;
    pci->function.has_hole = vm_get_params(uml->vm)->npa && pci_function_identity(fn) == VMXNET3_IDENTITY;
    return uml__device_open(&pci->dev, uml, path, kicked);
}
