/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The family of PF drivers of chips from outside: what the shared part asks of a family, asked of the chip's own driver.
 *
 * The chip's driver has a hook for a whole port; here is what that follows from: rights and VLAN of a VF (struct pf_vf), and
 * whether its function may receive and send, which the operations of chip_life.c open and close.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "lib/chip__.h"

/* ---- a VF's port ---- */

void chip__port(struct pf *pf, unsigned vf)
{
    const struct pf_vf *v = &pf->s.vf[vf];
    struct vfsim_driver *d = chip_driver(pf);
    struct vfsim_driver_port as = {0};
    if (v->state != PF_VF_FREE && v->state != PF_VF_RESET && v->admin.link_state != PF_LINK_DISABLE)
        as = (struct vfsim_driver_port){
            .receive = d->rx_open >> vf & 1,
            .transmit = d->tx_open >> vf & 1,
            .broadcast = v->rx_broadcast,
            .untagged = !v->vlan,
            .groups = v->rx_multicast,
            .all_groups = v->rx_allmulti,
            .check_address = pf__spoof_is_checked(v) && !v->spoof_suspended,
            .check_vlan = pf__spoof_is_checked(v) && (v->vlan || v->vlan_count),
            .vlan = v->vlan,
            .priority = v->qos,
        };
    chip_ops(pf)->port(d, vf, &as);
}

void chip__open(struct pf *pf, unsigned vf, bool rx, bool tx)
{
    struct vfsim_driver *d = chip_driver(pf);
    uint64_t bit = UINT64_C(1) << vf;
    d->rx_open = rx ? d->rx_open | bit : d->rx_open & ~bit;
    d->tx_open = tx ? d->tx_open | bit : d->tx_open & ~bit;
    chip__port(pf, vf);
}

static void checks(struct pf *pf, unsigned vf) { chip__port(pf, vf); }
static void port_vlan(struct pf *pf, unsigned vf) { chip__port(pf, vf); }
static void drop(struct pf *pf, unsigned vf, bool on) {} /* by contract a VF without descriptors blocks nobody */

static void accept(struct pf *pf, unsigned pool, uint32_t what)
{
    if (pool < pf__vfs(pf)) /* the PF's own is as `start` has made it */
        chip__port(pf, pool);
}

/* ---- tables ---- */

static void address(struct pf *pf, unsigned i)
{
    const struct pf_filter *f = &pf->s.filter[i];
    chip_ops(pf)->address(chip_driver(pf), i, f->valid && f->pools, f->mac, f->pools);
}

static void pools(struct pf *pf, unsigned i, uint64_t before)
{
    if (pf->s.filter[i].valid && pf->s.filter[i].pools != before)
        address(pf, i);
}

static void vlan(struct pf *pf, unsigned i, uint64_t ports, bool fresh)
{
    chip_ops(pf)->vlan(chip_driver(pf), i, ports, pf->s.vlan[i].vid, ports);
}

static void groups(struct pf *pf, unsigned word) { chip_ops(pf)->groups(chip_driver(pf), word, pf->s.groups[word]); }
static void longest(struct pf *pf) { chip_ops(pf)->longest(chip_driver(pf), pf->s.max_frame); }
static void loopback(struct pf *pf, bool on) { chip_ops(pf)->loopback(chip_driver(pf), on); }

static void mirror(struct pf *pf, unsigned rule, uint64_t vlan_entries)
{
    const struct pf_mirror *m = &pf->s.mirror[rule];
    struct vfsim_switch_mirror as = {
        .from_wire = m->what & PF_MIRROR_UPLINK,
        .to_wire = m->what & PF_MIRROR_DOWNLINK,
        .ports = m->what & PF_MIRROR_POOL_UP ? m->pools : 0,
        .vlans = m->what & PF_MIRROR_VLAN ? vlan_entries : 0,
        .to = m->pool,
    };
    if (chip_ops(pf)->mirror)
        chip_ops(pf)->mirror(chip_driver(pf), rule, m->what ? &as : NULL);
}

static void mirror_all(struct pf *pf, bool on)
{
    const struct vfsim_switch_mirror as = {
        .from_wire = true, .to_wire = true, .ports = pf__pool_bit(pf__vfs(pf)) - 1, .to = pf__pool(pf)};
    if (chip_ops(pf)->mirror)
        chip_ops(pf)->mirror(chip_driver(pf), PF_MIRRORS_MAX - 1, on ? &as : NULL); /* an operator's rules begin at 0 */
}

/* ---- the PF's own rings ---- */

static uint32_t receive(struct pf *pf, uint32_t budget) { return chip__path(pf)->poll(chip_driver(pf), budget); }

static void reclaim(struct pf *pf)
{
    struct pf_channel *ch = &pf->s.channel[0];
    ch->tx_done = ch->tx_put - chip__path(pf)->pending(chip_driver(pf));
}

static void poll(struct pf *pf, unsigned channel)
{
    if (!pf__polled(pf, channel, receive(pf, PF_POLL_BUDGET)))
        chip__path(pf)->unmask(chip_driver(pf));
    reclaim(pf);
}

static void kick(struct pf *pf, unsigned channel) { chip__path(pf)->kick(chip_driver(pf)); }

static void send(struct pf *pf, frame_ref ref)
{
    struct pf_channel *ch = &pf->s.channel[0];
    uint32_t len = frame_get(pf->c.sim, ref)->len;
    enum fate refused = pf__judge(pf, frame_get(pf->c.sim, ref));
    if (refused == FATE_COUNT && !chip__path(pf)->send(chip_driver(pf), ref)) {
        ch->tx_full++;
        refused = FATE_uplink_ring_full;
    }
    if (refused != FATE_COUNT) {
        frame_end(&pf->c, ref, refused);
        return;
    }
    ch->tx_put++;
    reclaim(pf);
    ch->tx_frames++;
    ch->tx_bytes += len;
    pf__sent(pf, 0);
}

/* ---- life ---- */

static void vf_info(const struct pf *pf, unsigned vf, struct pf_vf_info *out)
{
    const struct chip_entry *entry = pf->family->chip;
    out->bar_bytes = (uint32_t)entry->chip->vf.bar[0].bytes;
    snprintf(out->plugin_name, sizeof(out->plugin_name), "%s", entry->model.vf_plugin);
    entry->chip->driver->info(pf->own, vf, out->device_info);
    out->fn = pf->nic->vf[vf];
    out->queues = pf->queues;
    out->vectors = pf__limits(pf)->vf_vectors;
}

static int create(struct pf *pf)
{
    const struct vfsim_chip *chip = ((const struct chip_entry *)pf->family->chip)->chip;
    struct vfsim_driver *d = alloc_zero("a PF driver of a chip", 1, sizeof(*d));
    d->pf = pf;
    d->chip = chip;
    d->state = alloc_zero("a PF driver of a chip", 1, chip->driver->state ? chip->driver->state : 1);
    pf->own = d;
    return 0;
}

static void destroy(struct pf *pf)
{
    struct vfsim_driver *d = pf->own;
    if (d)
        free(d->state);
    free(d);
}

static void save(struct pf *pf, struct save *s)
{
    struct vfsim_driver *d = pf->own;
    save_section(s, "driver of a chip", 2);
    save_expect_u64(s, "the version of the chip's states", d->chip->state_version);
    save_expect_u64(s, "bytes of the driver's state", d->chip->driver->state);
    save_field(s, d->wait);
    save_field(s, d->rx_open);
    save_field(s, d->tx_open);
    save_field(s, d->base);
    save_field(s, d->rings);
    if (d->chip->driver->state)
        save_bytes(s, (uint8_t *)d->state, d->chip->driver->state);
}

/* Without what is the chip's own (chip.c). */
const struct pf_family chip__family = {
    .passthru = PF_PASSTHRU_NPA,
    .tables = chip__tables,
    .start = &chip__start,
    .move = &chip__move,
    .set_mac = &chip__set_mac,
    .dispatch = chip__dispatch,
    .vf_info = vf_info,
    .poll = poll,
    .kick = kick,
    .send = send,
    .receive = receive,
    .reclaim = reclaim,
    .address = address,
    .pools = pools,
    .vlan = vlan,
    .groups = groups,
    .checks = checks,
    .accept = accept,
    .port_vlan = port_vlan,
    .drop = drop,
    .link_state = chip__port,
    .longest = longest,
    .loopback = loopback,
    .mirror = mirror,
    .mirror_all = mirror_all,
    .vport = chip__port,
    .create = create,
    .destroy = destroy,
    .save = save,
};

/* ---- what a driver uses ---- */

void *vfsim_driver_state(struct vfsim_driver *d) { return d->state; }
unsigned vfsim_driver_vfs(const struct vfsim_driver *d) { return pf__vfs(d->pf); }
uint32_t vfsim_driver_rx_ring(const struct vfsim_driver *d) { return d->pf->s.ring_rx; }
uint32_t vfsim_driver_tx_ring(const struct vfsim_driver *d) { return d->pf->s.ring_tx; }
void vfsim_driver_write(struct vfsim_driver *d, uint32_t offset, uint32_t value) { pf__write(d->pf, offset, value); }
uint64_t vfsim_driver_address(const struct vfsim_driver *d, uint64_t offset) { return d->pf->mem_base + offset; }

void *vfsim_driver_memory(struct vfsim_driver *d, uint64_t offset, uint64_t length)
{
    assert(offset <= d->pf->mem_len && length <= d->pf->mem_len - offset && "what the driver asked for by `memory`");
    return mem_at(d->pf->mem, d->pf->mem_base + offset, length);
}

uint32_t vfsim_driver_length(struct vfsim_driver *d, vfsim_frame frame) { return frame_get(d->pf->c.sim, frame)->len; }

uint32_t vfsim_driver_place(struct vfsim_driver *d, uint64_t offset, vfsim_frame frame)
{
    struct frame *f = frame_get(d->pf->c.sim, frame);
    uint32_t length = f->len;
    memcpy(vfsim_driver_memory(d, offset, length), frame_data(f), length);
    mem_tag_made(d->pf->mem, d->pf->mem_base + offset, length, frame);
    return length;
}

bool vfsim_driver_hand_up(struct vfsim_driver *d, const struct vfsim_piece *pieces, unsigned count)
{
    struct pf *pf = d->pf;
    struct mem_fragment piece[MEM_FRAGMENTS_MAX];
    assert(count >= 1 && count <= MEM_FRAGMENTS_MAX);
    for (unsigned i = 0; i < count; i++)
        piece[i] = (struct mem_fragment){pf->mem_base + pieces[i].offset, pieces[i].length};
    frame_ref ref = mem_tag_hand_over(pf->mem, piece, count);
    pf__hand_up(pf, ref);
    return ref;
}
