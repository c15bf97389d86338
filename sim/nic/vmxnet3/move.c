/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A vmxnet3 device whose VM moves: it pauses between two frames, its state goes through a stream into the device of the
 * same VM on another host, and the one left behind is as after power-on.
 *
 * Descriptors that were fetched ahead move with the ring indices; frames it holds do not: whoever moves it takes them out.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "nic/vmxnet3/vmxnet3__.h"

/* A closed device stands still anyway: its rings are elsewhere. */
void vmxnet3_pause(struct vmxnet3 *dev)
{
    vmxnet3__release(dev, true);
    if (!dev->away.closed)
        vmxnet3_rings_pause(&dev->rings);
}

void vmxnet3_unpause(struct vmxnet3 *dev)
{
    if (!dev->away.closed)
        vmxnet3_rings_unpause(&dev->rings);
}

void vmxnet3_adopt(struct vmxnet3 *dev)
{
    assert(dev->rings.st.paused);
    memset(&dev->away, 0, sizeof(dev->away));
    dev->away.closed = 1;
}

bool vmxnet3_is_paused(const struct vmxnet3 *dev) { return dev->rings.st.paused; }
bool vmxnet3_is_quiet(const struct vmxnet3 *dev) { return vmxnet3_rings_is_quiet(&dev->rings); }
frame_ref vmxnet3_take_rx(struct vmxnet3 *dev) { return vmxnet3_rings_take_rx(&dev->rings); }

/* ---- state ---- */

static void save_vectors(struct vmxnet3 *dev, struct save *s)
{
    for (unsigned v = 0; v < VMXNET3_MAX_INTRS; v++) {
        uint32_t entry[4] = {0}, at = VMXNET3_MSIX_TABLE + 16 * v, pending = 0;

        if (!save_is_loading(s)) {
            for (unsigned i = 0; i < 4; i++)
                entry[i] = (uint32_t)pci_mmio_peek(dev->fn, VMXNET3_MSIX_BAR, at + 4 * i, 4);
            pending = pci_mmio_peek(dev->fn, VMXNET3_MSIX_BAR, VMXNET3_MSIX_PBA + v / 32 * 4, 4) >> v % 32 & 1;
        }
        save_field(s, entry);
        save_field(s, pending);
        if (!save_is_loading(s) || s->err)
            continue;
        pci_msix_program(dev->fn, v, (uint64_t)entry[1] << 32 | entry[0], entry[2], entry[3] & 1);
        if (pending)
            pci_msix_raise(dev->fn, v);
    }
}

/* Of a driver that has only what the first revision has there is none, and nothing moves. */
static void save_newer(struct vmxnet3 *dev, struct save *s, bool is_newer)
{
    struct vmxnet3_newer newer = dev->newer;
    struct vmxnet3_rings_more more = dev->rings.more;

    if (!is_newer)
        return;
    save_field(s, newer);
    save_field(s, more);
    if (!save_is_loading(s) || s->err)
        return;
    if (newer.rev > VMXNET3_REV_MAX || newer.coalesce.coalMode > VMXNET3_COALESCE_RBC || !vmxnet3_rings_more_is_sound(&more)) {
        save_fail(s, -EPROTO, "the device's state is impossible");
        return;
    }
    dev->newer = newer;
    dev->rings.more = more;
    vmxnet3__moderation_changed(dev);
    pci_intx_set(dev->fn, newer.icr);
}

/* Of its bytes, which all have a value, since it is saved as it is. */
static bool is_any(const struct vmxnet3_newer *newer)
{
    const uint8_t *byte = (const uint8_t *)newer;

    for (size_t i = 0; i < sizeof(*newer); i++)
        if (byte[i])
            return true;
    return false;
}

void vmxnet3_move_save(struct vmxnet3 *dev, struct save *s)
{
    struct vmxnet3_rings_state *rings = &dev->rings.st, moving = *rings;
    struct vmxnet3_state st = dev->st;

    st.is_newer = is_any(&dev->newer);
    assert(save_is_loading(s) ? !rings->ready : rings->paused && vmxnet3_is_quiet(dev) && vmxnet3_rx_backlog(dev) == 0);
    save_section(s, "vmxnet3 of a VM that moves", 2);
    save_field(s, st);
    save_field(s, moving);
    if (save_is_loading(s) && !s->err && (!vmxnet3_rings_state_is_sound(&moving) || st.multicast_count > VMXNET3_MULTICAST_ALL))
        save_fail(s, -EPROTO, "the device's state is impossible");
    if (save_is_loading(s) && !s->err) {
        moving.epoch = rings->epoch + 1;
        moving.stats = rings->stats;
        st.commands = dev->st.commands;
        st.refused_commands = dev->st.refused_commands;
        st.bad_registers = dev->st.bad_registers;
        *rings = moving;
        dev->st = st;
        vmxnet3__mode_changed(dev);
    }
    save_newer(dev, s, st.is_newer);
    save_vectors(dev, s);
}

void vmxnet3_vacate(struct vmxnet3 *dev)
{
    assert(vmxnet3_is_quiet(dev) && vmxnet3_rx_backlog(dev) == 0);
    vmxnet3_rings_clear(&dev->rings);
    memset(&dev->away, 0, sizeof(dev->away));
    vmxnet3__state_clear(dev);
    dev->st.did_lo = dev->st.did_hi = 0;
    memcpy(dev->st.mac, dev->perm_mac, sizeof(dev->st.mac));
}
