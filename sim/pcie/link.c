/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PCI Express link: its rate after overheads, its two directions, its events. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/ratio.h"
#include "core/engine/horizon.h"
#include "core/engine/probe.h"
#include "pcie/pcie__.h"

/* ACK and flow-control update limits in symbol times for a link width and MPS of 128 << i [PCIe 3.0 tables 3-7 to 3-9,
 * as in validation.md 1.1]. Generations after the third keep the third's. */
struct ack_limit {
    unsigned lanes;
    uint16_t gen1[6], gen2[6], gen3[6];
};
static const struct ack_limit ack_limits[] = {
    {1, {237, 416, 559, 1071, 2095, 4143}, {288, 467, 610, 1122, 2146, 4194}, {333, 512, 655, 1167, 2191, 4239}},
    {2, {128, 217, 289, 545, 1057, 2081}, {179, 268, 340, 596, 1108, 2132}, {224, 313, 385, 641, 1153, 2177}},
    {4, {73, 118, 154, 282, 538, 1050}, {124, 169, 205, 333, 589, 1101}, {169, 214, 250, 378, 634, 1146}},
    {8, {67, 107, 86, 150, 278, 534}, {118, 158, 137, 201, 329, 585}, {163, 203, 182, 246, 374, 630}},
    {16, {48, 72, 86, 150, 278, 534}, {99, 123, 137, 201, 329, 585}, {144, 168, 182, 246, 374, 630}},
};

static bool is_chunk_size(uint32_t bytes) { return bytes >= 128 && bytes <= 4096 && (bytes & (bytes - 1)) == 0; }

static unsigned chunk_code(uint32_t bytes) /* 128 -> 0 … 4096 -> 5, as in Device Control */
{
    return (unsigned)__builtin_ctz(bytes) - 7;
}

static uint16_t ack_limit(const struct pci_link_params *p)
{
    for (unsigned i = 0; i < sizeof(ack_limits) / sizeof(ack_limits[0]); i++)
        if (ack_limits[i].lanes == p->lanes) {
            const struct ack_limit *l = &ack_limits[i];
            return (p->gen == 1 ? l->gen1 : p->gen == 2 ? l->gen2 : l->gen3)[chunk_code(p->mps)];
        }
    return 0;
}

/* Picoseconds a byte of TLP: raw rate x (1 - 8/L_ack - 8/L_fc - 4/1538) [validation.md 1.1], as one exact fraction. */
static struct sim_rate tlp_rate(const struct pci_link_params *p)
{
    static const uint64_t byte_ps_num[] = {4000, 2000, 130000, 65000, 32500}; /* one lane, line coding included */
    static const uint64_t byte_ps_den[] = {1, 1, 128, 128, 128};
    uint64_t limit = ack_limit(p);
    uint64_t dllps = p->dllp == PCI_DLLP_PUBLISHED ? 16 : 0; /* counted ones are sent, not a share */
    uint64_t num = byte_ps_num[p->gen - 1] * 1538 * limit;
    uint64_t den = byte_ps_den[p->gen - 1] * p->lanes * (1538 * limit - dllps * 1538 - 4 * limit);
    uint64_t g = ratio_gcd(num, den);

    return (struct sim_rate){num / g, den / g, 0};
}

/*
 * What a slot has where a NIC's line does not say otherwise; `tools/validate` drives the same.
 *
 * Generation 3 and later: the one kind of slot with published measurements [validation.md 1.5 to 1.7, a Xeon E5-2630v4 host].
 * 487 ns are both ways through PHY, data link layer and root complex, and the memory, as 32 reads of 64 B out at once show
 * (RD 64); the split (memory 91 ns, an L3 or near DRAM access) is engineering, only the sum is measured. MPS 256, MRRS 4096,
 * 96 posted credits and DLLPs that cost where they are caused are that host's too; its completions take whole four symbol
 * times of the link, 32 B of eight lanes (RD 192, 1.5: two completions of 148 and 84 B take as long as 256 B and the requests'
 * DLLPs).
 *
 * Generations 1 and 2: no host's measurements are at hand. DLLPs take the share that the published formula gives them
 * [validation.md 1.1]; 531 ns are all that one read of 64 B took on the later host (546 ns, LAT 64) less its 15 ns on the
 * wire, with the 44 ns of the device that measured: an older root complex is slower [assumed].
 *
 * The IOMMU is that of the measured host: 64 pages, walks of up to 291 ns, and as many walkers as let its reads of 64 B all miss
 * (one in 52 ns).
 */
void pci_link_params_slot(struct pci_link_params *p, unsigned gen, unsigned lanes)
{
    bool measured = gen >= 3;
    *p = (struct pci_link_params){
        .gen = gen,
        .lanes = lanes,
        .mps = measured ? 256 : 128,
        .mrrs = measured ? 4096 : 512,
        .rcb = PCIE_RCB_DEFAULT,
        .tags = PCIE_TAGS_DEFAULT,
        .posted = measured ? 96 : PCIE_POSTED_DEFAULT,
        .dllp = measured ? PCI_DLLP_COUNTED : PCI_DLLP_PUBLISHED,
        .completion_unit = measured ? 4 * lanes : 0,
        .latency_ps = (measured ? 198 : 220) * SIM_NS,
        .memory_ps = 91 * SIM_NS,
        .iommu = {.iotlb = 64, .walkers = 6, .walk_ps = 291 * SIM_NS},
    };
}

void pci_link_params_default(struct pci_link_params *p) { pci_link_params_slot(p, 2, 8); }

static bool params_are_valid(const struct pci_link_params *p)
{
    if (!is_chunk_size(p->mps) || !is_chunk_size(p->mrrs))
        return false;
    if ((p->rcb && p->rcb != 64 && p->rcb != 128) || p->tags > PCI_TAGS_MAX || p->posted > PCI_POSTED_MAX)
        return false;
    if (p->iommu.iotlb > IOMMU_IOTLB_MAX || p->iommu.walkers > IOMMU_WALKERS_MAX || (p->iommu.iotlb && !p->iommu.walkers))
        return false;
    return p->emulated || (p->gen >= 1 && p->gen <= 5 && ack_limit(p) != 0);
}

/* ---- the two directions ---- */

static sim_time lane_take(struct pcie_lane_state *lane, sim_time at, uint32_t bytes)
{
    sim_time start = lane->free_at > at ? lane->free_at : at;

    lane->free_at = start + sim_rate_take(&lane->rate, bytes);
    lane->busy += lane->free_at - start;
    return lane->free_at;
}

sim_time pcie__up(struct pci_link *link, sim_time at, uint32_t bytes)
{
    link->st.stats.bytes_up += bytes;
    return lane_take(&link->st.up, at, bytes) + link->params.latency_ps;
}

/*
 * A completion is given its place now though it will be sent in the future (at `at`), which saves an event a read.
 * Posted traffic issued meanwhile goes ahead of it at once (pcie__down_posted) and leaves a debt of wire time (ahead.c); an idle
 * gap before the next completion absorbs the debt, a busy link pays it: no bandwidth is made up and nothing waits for the future.
 */
sim_time pcie__down_completion(struct pci_link *link, sim_time at, uint32_t bytes)
{
    struct pci_link_state *st = &link->st;
    pcie__ahead_catch_up(link);
    sim_time idle = at > st->down.free_at ? at - st->down.free_at : 0;
    sim_time owed = st->down_debt > idle ? st->down_debt - idle : 0;

    st->down_debt = 0;
    st->stats.bytes_down += bytes;
    if (at < st->down.free_at)
        at = st->down.free_at;
    return lane_take(&st->down, at + owed, bytes) + (link->params.emulated ? 0 : link->params.latency_ps);
}

sim_time pcie__down_posted(struct pci_function *fn, sim_time at, uint32_t bytes)
{
    struct pci_link *link = fn->link;
    sim_time start = fn->st.posted_free_at > at ? fn->st.posted_free_at : at;
    struct sim_rate rate = {link->st.down.rate.ps_num, link->st.down.rate.ps_den, 0};
    sim_time wire = link->params.emulated ? 0 : sim_rate_take(&rate, bytes);

    link->st.stats.bytes_down += bytes;
    if (wire)
        pcie__ahead_add(link, at, bytes);
    link->st.down.busy += wire;
    fn->st.posted_free_at = start + wire;
    return start + wire + link->params.latency_ps;
}

/* ---- requests going up ---- */

/* DLLPs that TLPs of the other direction cause, when they are counted. */
static void count_dllps(struct pci_link *link, struct pcie_lane_state *lane, uint32_t dllps)
{
    if (link->params.dllp != PCI_DLLP_COUNTED)
        return;
    if (lane == &link->st.down) {
        pcie__ahead_catch_up(link);
        link->st.down_debt += sim_rate_take(&lane->rate, dllps * TLP_DLLP);
    } else
        lane_take(lane, sim_now(link->c.sim), dllps * TLP_DLLP);
}

/* Writes that wait at the root hold posted credits: when all are held, nothing goes up before the first has landed.
 * Only writes that wait are written down; one that does not has none before it. */
static sim_time posted_credit(struct pci_link *link, sim_time at)
{
    struct pci_link_state *st = &link->st;

    if (st->posted_count < link->params.posted)
        return at;
    sim_time free_at = link->posted_landing[st->posted_next];
    if (free_at > at) {
        st->up.free_at += free_at - at;
        st->up.waited += free_at - at;
        at = free_at;
    }
    return at;
}

static void posted_waits(struct pci_link *link, sim_time landing, uint32_t tlps)
{
    struct pci_link_state *st = &link->st;

    for (uint32_t i = 0; i < tlps && i < link->params.posted; i++) {
        link->posted_landing[st->posted_next] = landing;
        st->posted_next = st->posted_next + 1 == link->params.posted ? 0 : st->posted_next + 1;
        st->posted_count += st->posted_count < link->params.posted;
    }
}

sim_time pcie__up_posted(struct pci_function *fn, uint64_t addr, uint32_t len, uint32_t wire, uint32_t tlps)
{
    struct pci_link *link = fn->link;
    struct pci_link_state *st = &link->st;
    sim_time at = pcie__up(link, sim_now(link->c.sim), wire);

    if (!link->iotlb) {
        st->landed_at = at;
    } else {
        at = posted_credit(link, at);
        sim_time landing = pcie__iotlb_access(fn, addr, len, at);
        if (landing < st->landed_at)
            landing = st->landed_at;
        if (landing > at)
            posted_waits(link, landing, tlps);
        else
            st->posted_count = 0;
        st->landed_at = landing;
    }
    count_dllps(link, &st->down, tlps * TLP_DLLPS_OF_REQUEST);
    return st->landed_at;
}

sim_time pcie__message_up(struct pci_link *link, uint32_t wire)
{
    sim_time at = pcie__up(link, sim_now(link->c.sim), wire);

    if (link->iotlb && at < link->st.landed_at) /* behind every write before it */
        at = link->st.landed_at;
    link->st.landed_at = at;
    count_dllps(link, &link->st.down, TLP_DLLPS_OF_REQUEST);
    return at;
}

sim_time pcie__read_refused(struct pci_link *link, uint64_t addr)
{
    return pcie__up(link, sim_now(link->c.sim), link->params.emulated ? 0 : pcie__header(link, addr));
}

/* From now on, but for the time in which another one has waited already. */
static void waits_for_tag(struct pcie_lane_state *down, sim_time now, sim_time until)
{
    sim_time from = down->waits_until > now ? down->waits_until : now;

    if (until <= from)
        return;
    down->waited += until - from;
    down->waits_until = until;
}

/*
 * The request takes its place going up, and its data theirs coming down, as if it had not to wait: a request that waits (for
 * a tag, for a walk) holds up nobody but itself, and no bandwidth is made up or lost.
 */
sim_time pcie__read_request(struct pci_function *fn, uint64_t addr, uint32_t len, uint32_t wire, uint32_t completions)
{
    struct pci_link *link = fn->link;
    struct pci_link_state *st = &link->st;
    sim_time *tag = &link->tag_free[st->tag_next];
    sim_time on_time = pcie__up(link, sim_now(link->c.sim), pcie__header(link, addr)), root = on_time;

    st->tag_next = st->tag_next + 1 >= link->tags_live ? 0 : st->tag_next + 1;
    if (*tag > sim_now(link->c.sim)) {
        st->stats.tag_waits++;
        waits_for_tag(&st->down, sim_now(link->c.sim), *tag);
        if (*tag + link->params.latency_ps > root)
            root = *tag + link->params.latency_ps;
    }
    if (link->iotlb) {
        if (root < st->landed_at) /* behind every write before it */
            root = st->landed_at;
        root = pcie__iotlb_access(fn, addr, len, root);
    }
    count_dllps(link, &st->down, TLP_DLLPS_OF_REQUEST);
    count_dllps(link, &st->up, completions * TLP_DLLPS_OF_COMPLETION);
    sim_time done = pcie__down_completion(link, on_time + link->params.memory_ps, wire);
    if (root > on_time) {
        struct sim_rate rate = st->down.rate;
        sim_time late = root + link->params.memory_ps + sim_rate_take(&rate, wire) + link->params.latency_ps;
        if (late > done)
            done = late;
    }
    *tag = done;
    return done;
}

/* ---- the component ---- */

static void link_event(struct component *self, const struct event *ev)
{
    struct pci_link *link = (struct pci_link *)self;

    switch ((enum link_verb)ev->verb) {
    case LINK_DMA:
        pcie__dma_event(link, ev);
        break;
    case LINK_MMIO_WRITE:
        pcie__mmio_write_event(link, ev);
        break;
    case LINK_MMIO_READ:
        pcie__mmio_read_event(link, ev);
        break;
    case LINK_MESSAGE:
        pcie__message_event(link, ev);
        break;
    case LINK_INTX:
        pcie__intx_event(link, ev);
        break;
    }
}

static void link_save(struct component *self, struct save *s)
{
    struct pci_link *link = (struct pci_link *)self;

    save_section(s, "pci link", 2);
    save_expect_u64(s, "functions of the link", link->fn_count);
    save_expect_u64(s, "tags of the link", link->params.tags);
    save_expect_u64(s, "posted credits of the link", link->params.posted);
    save_field(s, link->st);
    if (save_is_loading(s) && (link->st.tag_next >= link->params.tags || link->st.posted_next >= link->params.posted)) {
        save_fail(s, -EINVAL, "pci link %s: tag or credit out of range", link->c.name);
        return;
    }
    save_bytes(s, link->tag_free, link->params.tags * sizeof(*link->tag_free));
    save_bytes(s, link->posted_landing, link->params.posted * sizeof(*link->posted_landing));
    pcie__iotlb_save(link->iotlb, s);
    pcie__ahead_save(link, s);
    pcie__dma_save(link, s);
    for (unsigned i = 0; i < link->fn_count; i++)
        pci_function_save(link->fn[i], s);
    for (unsigned i = 0; i < link->fn_count && save_is_loading(s) && !s->err; i++)
        pcie__dma_concerns(link->fn[i]);
}

static void link_show(struct component *self, struct probes *to)
{
    struct pci_link *link = (struct pci_link *)self;

    for (unsigned i = 0; i < link->fn_count; i++) {
        probe_add(to, 16, probe_u32, &link->fn[i]->st.op_count, "%04x.dma", link->fn[i]->params.rid);
        probe_add(to, 64, probe_u64, &link->fn[i]->st.stats.messages, "%04x.messages", link->fn[i]->params.rid);
    }
}

static const struct component_ops link_ops = {.kind = "pci link", .event = link_event, .save = link_save, .show = link_show};

static void params_fill(struct pci_link *link, const struct pci_link_params *params)
{
    struct pci_link_params *p = &link->params;
    uint8_t ecrc = params->ecrc ? TLP_ECRC : 0;

    *p = *params;
    p->rcb = p->rcb ? p->rcb : PCIE_RCB_DEFAULT;
    p->tags = p->tags ? p->tags : PCIE_TAGS_DEFAULT;
    p->posted = p->posted ? p->posted : PCIE_POSTED_DEFAULT;
    link->tags_live = p->tags;
    link->header_low = (p->header == PCI_HEADER_64 ? TLP_REQUEST_HEADER : TLP_REQUEST_HEADER_32) + ecrc;
    link->header_high = (p->header == PCI_HEADER_32 ? TLP_REQUEST_HEADER_32 : TLP_REQUEST_HEADER) + ecrc;
    link->header_cpld = TLP_CPLD_HEADER + ecrc;
}

static void link_free(struct pci_link *link)
{
    struct recycler *recycler = link->c.sim->recycler;

    recycler_give(recycler, link->ops, PCI_DMA_OPS_MAX * sizeof(*link->ops), RECYCLER_ZEROED);
    recycler_give(recycler, link->op_data, PCI_DMA_OPS_MAX * sizeof(*link->op_data), RECYCLER_AS_IS);
    recycler_give(recycler, link->bounce, PCIE_DMA_MAX, RECYCLER_AS_IS);
    timeheap_fini(&link->ahead, recycler);
    free(link->tag_free);
    free(link->posted_landing);
    pcie__iotlb_destroy(link->iotlb);
    free(link);
}

struct pci_link *pci_link_create(struct sim *sim, const char *name, const struct pci_link_params *params)
{
    if (!params_are_valid(params))
        return NULL;
    struct pci_link *link = alloc_zero("a PCIe link", 1, sizeof(*link));
    params_fill(link, params);
    struct recycler *recycler = sim->recycler;
    link->ops = recycler_take(recycler, "a PCIe link", PCI_DMA_OPS_MAX * sizeof(*link->ops), RECYCLER_ZEROED);
    link->op_data = recycler_take(recycler, "a PCIe link", PCI_DMA_OPS_MAX * sizeof(*link->op_data), RECYCLER_AS_IS);
    link->bounce = recycler_take(recycler, "a PCIe link", PCIE_DMA_MAX, RECYCLER_AS_IS);
    link->tag_free = alloc_zero("a PCIe link", link->params.tags, sizeof(*link->tag_free));
    link->posted_landing = alloc_zero("a PCIe link", link->params.posted, sizeof(*link->posted_landing));
    bool iotlb = params->iommu.iotlb && !params->emulated;
    if (iotlb)
        link->iotlb = pcie__iotlb_create(&params->iommu);
    link->st.up.rate = params->emulated ? sim_rate_bytes(params->copy_bps) : tlp_rate(params);
    link->st.down.rate = link->st.up.rate;
    component_init(&link->c, sim, &link_ops, name);
    if (!params->emulated) {
        component_is_far(&link->c);
        sim_limit_lookahead(sim, params->latency_ps);
    }
    return link;
}

void pci_link_destroy(struct pci_link *link)
{
    if (!link)
        return;
    for (unsigned i = 0; i < link->fn_count; i++) {
        pci_function_set_domain(link->fn[i], NULL);
        free(link->fn[i]->vf);
        free(link->fn[i]->late);
        free(link->fn[i]);
    }
    link_free(link);
}

void pci_link_get_stats(const struct pci_link *link, struct pci_link_stats *out) { *out = link->st.stats; }
