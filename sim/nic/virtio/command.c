/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control and administration virtqueues: the readable bytes of a chain are a command, its writable ones get the answer. One
 * command of a function at a time. The PF's are carried out (admin.c); a VF's wait for the PF's driver, who alone decides.
 */
#include <string.h>

#include "nic/virtio/vio__.h"

static struct vio_queue_state *queue_of(struct vio_function *fn) { return &fn->queue[vio_command_queue(fn)]; }

static void arrived(struct vio_function *fn)
{
    struct vio_command_state *c = &fn->s.command;

    c->phase = VIO_COMMAND_WAITS;
    c->since = ++fn->chip->s.admin.turn;
    if (fn->vf == VIO_PF)
        vio__admin(fn->chip);
    else if (c->len < 2 || c->faulty)
        vio__command_answer(fn, &(uint8_t){VIRTIO_NET_ERR}, 1);
    else
        vio__cause(fn->chip, VIO_ICR_CONTROL);
}

static uint32_t least(uint64_t a, uint64_t b) { return (uint32_t)(a < b ? a : b); }

/* What is longer than the chip holds is read as far as that goes, and found too long by who knows the command. */
static void read_command(struct vio_function *fn, const struct vio_chain *chain)
{
    struct vio_command_state *c = &fn->s.command;
    uint32_t queue = vio_command_queue(fn);

    c->phase = VIO_COMMAND_READS;
    c->reads = c->len = c->faulty = 0;
    memset(c->data, 0, sizeof(c->data));
    for (unsigned i = 0; i < chain->segments && !chain->segment[i].writes; i++) {
        uint32_t n = least(chain->segment[i].len, VIO_COMMAND_BYTES - c->len);
        if (!n)
            continue;
        pci_dma_read(fn->pci, chain->segment[i].addr, n, vio_tag(VIO_TAG_COMMAND, queue, c->len));
        c->reads++;
        c->len += n;
    }
}

void vio__command_kick(struct vio_function *fn)
{
    const struct vio_chain *chain = vio_runs(fn) && fn->s.command.phase == VIO_COMMAND_NONE ? vio__chain(queue_of(fn), 0) : NULL;

    if (!chain)
        return;
    if (!chain->readable || !chain->writable)
        vio__broken(fn, vio_command_queue(fn), "a command without room for its answer");
    else
        read_command(fn, chain);
}

void vio__command_read_done(struct vio_function *fn, uint64_t tag, const void *data, uint32_t len, enum pci_status status)
{
    struct vio_command_state *c = &fn->s.command;
    uint32_t at = (uint32_t)tag & 0xffff;

    if (status == PCI_OK && at + len <= VIO_COMMAND_BYTES)
        memcpy(c->data + at, data, len);
    c->faulty |= status != PCI_OK;
    if (--c->reads == 0)
        arrived(fn);
}

void vio__command_answer(struct vio_function *fn, const void *answer, uint32_t len)
{
    struct vio_queue_state *q = queue_of(fn);
    const struct vio_chain *chain = vio__chain(q, 0);
    const uint8_t *from = answer;
    uint32_t done = 0;

    fn->s.command.phase = VIO_COMMAND_NONE;
    if (!chain || !vio_runs(fn))
        return;
    for (unsigned i = 0; i < chain->segments && done < len; i++)
        for (uint32_t at = 0; chain->segment[i].writes && at < chain->segment[i].len && done < len;) {
            uint32_t n = least(least(chain->segment[i].len - at, len - done), PCI_DMA_INLINE_MAX);
            pci_dma_post(fn->pci, chain->segment[i].addr + at, from + done, n);
            at += n;
            done += n;
        }
    struct vio_used used = {chain->id, done, chain->ring};
    vio__take(fn, q, 1);
    vio__use(fn, q, &used, 1);
    vio__command_kick(fn);
}
