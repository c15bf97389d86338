/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The formula tables: links (1.2), transfer sizes (1.3), NICs (1.4), and Ethernet line rate (3). */
#include <stdlib.h>
#include <string.h>

#include "bench/validate.h"
#include "net/wire.h"

enum { TENTH_PERCENT = 100, HUNDREDTH_GB = 10 }; /* in 1/1000 % */

/* The published model knows neither tags nor an IOMMU. */
static struct pci_link_params published_link(unsigned gen, unsigned lanes, uint32_t mps)
{
    struct pci_link_params p;

    pci_link_params_default(&p);
    p.gen = gen;
    p.lanes = lanes;
    p.mps = mps;
    p.tags = PCI_TAGS_MAX;
    p.iommu.iotlb = 0;
    return p;
}

/* Payload bytes a time as Gb/s x 1000. */
static uint64_t mbps(uint64_t bytes, sim_time span) { return (bytes * 8 * 1000000 + span / 2) / span; }

/* When `ops` operations, all asked for at once, have ended. */
static sim_time run_sizes(const struct pci_link_params *p, uint32_t len, enum v_op op, unsigned ops)
{
    struct v_world *w = v_world_create(p, true);

    for (unsigned i = 0; i < ops; i++) {
        if (op != V_WR)
            pci_dma_read(w->fn, 0, len, i);
        if (op != V_RD)
            v_write(w, 0, len, i);
    }
    sim_run_until(w->sim, SIM_NEVER);
    sim_time end = w->last_done;
    v_world_destroy(w);
    return end;
}

uint64_t v_bandwidth(const struct pci_link_params *p, uint32_t len, enum v_op op)
{
    enum { OPS = 2000 };
    return mbps((uint64_t)len * OPS, run_sizes(p, len, op, 2 * OPS) - run_sizes(p, len, op, OPS));
}

bool v_links(FILE *out)
{
    static const struct {
        unsigned gen, lanes;
        int64_t mbps[3];
    } rows[] = {
        {1, 1, {1860, 1918, 1938}},        {1, 4, {6226, 6894, 7148}},        {1, 8, {12137, 13566, 12982}},
        {1, 16, {21250, 24806, 25963}},    {2, 1, {3767, 3853, 3885}},        {2, 4, {13894, 14444, 14710}},
        {2, 8, {27578, 28676, 28180}},     {2, 16, {53490, 55508, 56359}},    {3, 1, {7478, 7610, 7664}},
        {3, 4, {28443, 29070, 29409}},     {3, 8, {56666, 57885, 57312}},     {3, 16, {111700, 113700, 114623}},
        {4, 1, {14956, 15221, 15328}},     {4, 4, {56886, 58140, 58819}},     {4, 8, {113332, 115770, 114623}},
        {4, 16, {223399, 227400, 229247}}, {5, 1, {29912, 30441, 30656}},     {5, 4, {113771, 116280, 117637}},
        {5, 8, {226664, 231539, 229247}},  {5, 16, {446798, 454800, 458493}},
    };
    struct v_table t;

    v_table_open(&t, out, "1.2", "TLP bandwidth of links",
                 "Source: pcie-model (`model/pcie.py`), computed. Modelled: DMA writes of one MPS, wire bytes "
                 "(payload and 24 B) a second.",
                 "Gb/s", 3, TENTH_PERCENT);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (unsigned m = 0; m < 3; m++) {
            struct pci_link_params p = published_link(rows[i].gen, rows[i].lanes, 128u << m);
            uint64_t payload = v_bandwidth(&p, p.mps, V_WR);
            v_table_row(&t, V_FORMULA, rows[i].mbps[m], (int64_t)((payload * (p.mps + 24) + p.mps / 2) / p.mps), "gen%u x%u MPS %u",
                        p.gen, p.lanes, p.mps);
        }
    return v_table_close(&t);
}

bool v_sizes(FILE *out)
{
    static const struct {
        uint32_t size;
        int64_t a[3], d[3]; /* write, read, both */
    } rows[] = {
        {1, {2315, 2412, 1181}, {1103, 1149, 563}},           {8, {14471, 16539, 8269}, {6894, 7879, 3940}},
        {16, {23154, 25727, 14471}, {11031, 12257, 6894}},    {32, {33077, 35621, 23154}, {15759, 16971, 11031}},
        {64, {42098, 44103, 33077}, {20057, 21012, 15759}},   {65, {42275, 44265, 33297}, {20141, 21089, 15863}},
        {128, {48745, 50063, 42098}, {23223, 23851, 20057}},  {129, {48805, 50115, 42187}, {20099, 21051, 17699}},
        {192, {51453, 52424, 46308}, {22062, 22823, 20057}},  {256, {52923, 53690, 48745}, {23223, 23851, 21524}},
        {257, {48775, 50089, 45217}, {21543, 22358, 20078}},  {320, {50335, 51453, 47253}, {22512, 23223, 21214}},
        {384, {51453, 52424, 48745}, {23223, 23851, 22062}},  {512, {52923, 53690, 50748}, {23223, 23851, 22342}},
        {513, {50760, 51824, 46911}, {22350, 23079, 20774}},  {768, {52923, 53690, 50063}, {23223, 23851, 22062}},
        {1024, {52923, 53690, 50748}, {23223, 23851, 22342}}, {1280, {52923, 53690, 50335}, {23223, 23851, 22173}},
        {1500, {52815, 53597, 50599}, {23136, 23774, 22240}},
    };
    static const char *const op_names[] = {"write", "read", "both"};
    struct v_table t;

    v_table_open(&t, out, "1.3", "Payload bandwidth by transfer size",
                 "Source: pcie-model, computed. A: gen3 x8, MPS 256, MRRS 512; D: gen2 x8, MPS 128, MRRS 512 (the "
                 "82599's slot). \"both\": reads and writes at once, each way.",
                 "Gb/s", 3, TENTH_PERCENT);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (unsigned slot = 0; slot < 2; slot++)
            for (unsigned op = 0; op < 3; op++) {
                struct pci_link_params p = slot ? published_link(2, 8, 128) : published_link(3, 8, 256);
                v_table_row(&t, V_FORMULA, slot ? rows[i].d[op] : rows[i].a[op],
                            (int64_t)v_bandwidth(&p, rows[i].size, (enum v_op)op), "%c %s %u B", slot ? 'D' : 'A', op_names[op],
                            rows[i].size);
            }
    return v_table_close(&t);
}

/* ---- 1.4: NICs as their transactions: each "every" in packets, 0 never ---- */

struct half {
    unsigned doorbell, fetch, write_back, message, head;
};

struct pattern {
    const char *name;
    struct half tx, rx;
};

static const struct pattern patterns[] = {
    {"simple", {1, 1, 0, 1, 1}, {1, 1, 1, 1, 1}},
    {"kernel", {1, 40, 8, 32, 1}, {32, 1, 1, 32, 8}},
    {"DPDK", {32, 40, 8, 0, 0}, {32, 1, 1, 0, 0}},
};

static bool every(unsigned n, unsigned packet) { return n && packet % n == 0; }

static void packet(struct v_world *w, const struct half *h, bool tx, uint32_t len, unsigned i)
{
    if (every(h->doorbell, i))
        pci_mmio_write(w->fn, &w->c, sim_now(w->sim), 0, 0, 4, i);
    if (every(h->fetch, i))
        pci_dma_read(w->fn, 0, 16 * h->fetch, i);
    if (tx)
        pci_dma_read(w->fn, 0, len, i);
    else
        v_write(w, 0, len, i);
    if (every(h->write_back, i))
        v_write(w, 0, 16 * h->write_back, i);
    if (every(h->message, i))
        pci_msix_raise(w->fn, 0);
    if (every(h->head, i))
        pci_mmio_read(w->fn, &w->c, sim_now(w->sim), 0, 0, 4, EV_HW, 0, i);
}

struct nic_run {
    sim_time end;
    struct pci_link_stats wire;
};

static struct nic_run run_nic(const struct pci_link_params *p, const struct pattern *n, bool tx, bool rx, uint32_t len,
                              unsigned packets)
{
    struct v_world *w = v_world_create(p, true);
    struct nic_run r;

    for (unsigned i = 0; i < packets; i++) {
        if (tx)
            packet(w, &n->tx, true, len, i);
        if (rx)
            packet(w, &n->rx, false, len, i);
    }
    sim_run_until(w->sim, SIM_NEVER);
    r.end = w->last_done;
    pci_link_get_stats(w->link, &r.wire);
    v_world_destroy(w);
    return r;
}

enum { PACKETS = 960 /* a whole number of every batch */ };

static uint64_t nic_rate(const struct pattern *n, bool tx, bool rx, uint32_t len)
{
    struct pci_link_params p = published_link(3, 8, 256);
    sim_time span = run_nic(&p, n, tx, rx, len, 2 * PACKETS).end - run_nic(&p, n, tx, rx, len, PACKETS).end;
    return mbps((uint64_t)len * PACKETS, span);
}

/* With the published model's mistake: the request for a received packet's descriptor (24 B up) is not counted. */
static uint64_t nic_rate_compat(const struct pattern *n, bool tx, uint32_t len, uint64_t tlp_mbps)
{
    struct pci_link_params p = published_link(3, 8, 256);
    struct nic_run r = run_nic(&p, n, tx, true, len, PACKETS);
    uint64_t up = r.wire.bytes_up - (uint64_t)PACKETS * 24, down = r.wire.bytes_down;
    return (uint64_t)len * PACKETS * tlp_mbps / (up > down ? up : down);
}

struct nic_row {
    uint32_t x;
    int64_t write, read, line, bi[3], tx[3], rx[3], fixed[3]; /* hundredths of Gb/s */
};
static const struct nic_row nic_rows[] = {
    {64, 4135, 4341, 2857, {1258, 1763, 2065}, {2067, 2323, 3530}, {1973, 2716, 2801}, {1158, 1572, 1807}},
    {128, 4850, 4985, 3444, {2111, 2751, 3091}, {3094, 3362, 4420}, {2991, 3741, 3818}, {1972, 2519, 2802}},
    {256, 5285, 5363, 3706, {3117, 3750, 4050}, {4052, 4271, 5023}, {3964, 4560, 4616}, {2965, 3532, 3797}},
    {512, 5289, 5366, 3848, {3931, 4396, 4593}, {4624, 4762, 5192}, {4538, 4902, 4934}, {3809, 4244, 4427}},
    {1024, 5291, 5367, 3923, {4433, 4712, 4823}, {4970, 5049, 5279}, {4888, 5090, 5107}, {4354, 4624, 4730}},
    {1499, 5280, 5358, 3947, {4606, 4808, 4886}, {5081, 5137, 5298}, {4999, 5142, 5154}, {4547, 4745, 4821}},
};

static int64_t hundredths(uint64_t mb) { return (int64_t)(mb + 5) / HUNDREDTH_GB; }

bool v_nics(FILE *out)
{
    struct v_table t;
    struct pci_link_params p = published_link(3, 8, 256);
    bool good;

    v_table_open(&t, out, "1.4", "NICs on gen3 x8, MPS 256, MRRS 512, as corrected",
                 "Source: pcie-model (`simple_nic.py`, `niantic.py`), computed, with its mistake in the receive path "
                 "put right. Modelled: each transaction driven over the link. Frame bytes without FCS; bi: each way. "
                 "Published with two decimals, so that rounding alone is up to 0.043 %.",
                 "Gb/s", 2, TENTH_PERCENT);
    for (size_t i = 0; i < sizeof(nic_rows) / sizeof(nic_rows[0]); i++) {
        const struct nic_row *r = &nic_rows[i];
        uint32_t len = r->x - 4;
        v_table_row(&t, V_FORMULA, r->write, hundredths(v_bandwidth(&p, len, V_WR)), "%u B DMA write", r->x);
        v_table_row(&t, V_FORMULA, r->read, hundredths(v_bandwidth(&p, len, V_RD)), "%u B DMA read", r->x);
        for (unsigned n = 0; n < 3; n++) {
            v_table_row(&t, V_FORMULA, r->fixed[n], hundredths(nic_rate(&patterns[n], true, true, len)), "%u B %s bi", r->x,
                        patterns[n].name);
            v_table_row(&t, V_FORMULA, r->tx[n], hundredths(nic_rate(&patterns[n], true, false, len)), "%u B %s transmit", r->x,
                        patterns[n].name);
        }
    }
    good = v_table_close(&t);

    uint64_t tlp = v_bandwidth(&p, p.mps, V_WR) * (p.mps + 24) / p.mps;
    v_table_open(&t, out, "1.4c", "NICs as published (compatibility mode)",
                 "The same wire bytes without the 24 B that the published receive path forgets for each descriptor "
                 "request. Only this table counts so.",
                 "Gb/s", 2, TENTH_PERCENT);
    for (size_t i = 0; i < sizeof(nic_rows) / sizeof(nic_rows[0]); i++)
        for (unsigned n = 0; n < 3; n++) {
            const struct nic_row *r = &nic_rows[i];
            v_table_row(&t, V_FORMULA, r->bi[n], hundredths(nic_rate_compat(&patterns[n], true, r->x - 4, tlp)), "%u B %s bi", r->x,
                        patterns[n].name);
            v_table_row(&t, V_FORMULA, r->rx[n], hundredths(nic_rate_compat(&patterns[n], false, r->x - 4, tlp)), "%u B %s receive",
                        r->x, patterns[n].name);
        }
    return v_table_close(&t) && good;
}

/* ---- 3: Ethernet ---- */

struct end {
    struct component c;
    struct port port;
    sim_time last;
};

static void end_receive(struct port *port, frame_ref ref)
{
    struct end *e = (struct end *)port->owner;
    e->last = sim_now(e->c.sim);
    frame_end(&e->c, ref, FATE_delivered_peer);
}

/* Tenths of frames a second over one wire; `bytes` with FCS. */
static uint64_t wire_rate(uint32_t bytes, uint64_t bps)
{
    enum { FRAMES = 2000 };
    static const struct component_ops ops = {.kind = "end"};
    static const struct port_ops port_ops = {end_receive, NULL};
    sim_time last[2];

    for (unsigned k = 0; k < 2; k++) {
        struct sim_limits limits = {.events = 65536, .frames_small = 8192, .frames_jumbo = 8192, .frames_giant = 2};
        struct sim *sim = sim_create(1, &limits);
        struct end *e = calloc(2, sizeof(*e));
        for (unsigned i = 0; i < 2; i++) {
            component_init(&e[i].c, sim, &ops, i ? "to" : "from");
            port_init(&e[i].port, &e[i].c, 0, i ? "to" : "from", &port_ops);
        }
        struct wire_params params = {.rate_bps = bps, .latency_ps = 1000, .queue_frames = 3 * FRAMES};
        struct wire *wire = wire_create(sim, "wire", &params, &e[0].port, &e[1].port);
        for (unsigned i = 0; i < (k + 1) * FRAMES; i++) {
            frame_ref ref = frame_birth(&e[0].c, 0, bytes - 4);
            memset(frame_data(frame_get(sim, ref)), 0, bytes - 4);
            port_send(&e[0].port, ref);
        }
        sim_run_until(sim, SIM_NEVER);
        last[k] = e[1].last;
        wire_destroy(wire);
        port_fini(&e[0].port);
        port_fini(&e[1].port);
        sim_destroy(sim);
        free(e);
    }
    sim_time span = last[1] - last[0];
    return ((unsigned __int128)FRAMES * 10 * SIM_S + span / 2) / span;
}

bool v_wire(FILE *out)
{
    static const uint64_t gbps[] = {1, 10, 25, 40, 100};
    static const struct {
        uint32_t bytes;
        int64_t pps10[5];
    } rows[] = {
        {64, {14880952, 148809524, 372023810, 595238095, 1488095238}},
        {68, {14204545, 142045455, 355113636, 568181818, 1420454545}},
        {128, {8445946, 84459459, 211148649, 337837838, 844594594}},
        {256, {4528985, 45289855, 113224638, 181159420, 452898551}},
        {512, {2349624, 23496241, 58740602, 93984962, 234962406}},
        {1024, {1197317, 11973180, 29932950, 47892720, 119731801}},
        {1280, {961538, 9615385, 24038462, 38461538, 96153846}},
        {1518, {812744, 8127438, 20318596, 32509752, 81274382}},
        {1522, {810636, 8106355, 20265888, 32425422, 81063554}},
        {9018, {138305, 1383049, 3457623, 5532190, 13830493}},
    };
    struct v_table t;

    v_table_open(&t, out, "3", "Ethernet line rate",
                 "Source: RFC 2544 appendix B and IEEE 802.3, computed: frame, preamble, SFD and gap (20 B). "
                 "Modelled: frames back to back over sim/net's wire.",
                 "frames/s", 1, TENTH_PERCENT);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (unsigned g = 0; g < 5; g++)
            v_table_row(&t, V_FORMULA, rows[i].pps10[g], (int64_t)wire_rate(rows[i].bytes, gbps[g] * UINT64_C(1000000000)),
                        "%u B at %uG", rows[i].bytes, (unsigned)gbps[g]);
    return v_table_close(&t);
}
