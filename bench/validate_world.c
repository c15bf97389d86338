/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One function on a link, behind an IOMMU, with nothing above it: the device is a few calls. */
#include <assert.h>
#include <linux/pci_regs.h>
#include <stdlib.h>
#include <string.h>

#include "bench/validate.h"

static uint64_t mmio_read(struct pci_function *fn, unsigned bar, uint32_t off, unsigned size) { return 0; }

static void mmio_write(struct pci_function *fn, unsigned bar, uint32_t off, unsigned size, uint64_t value)
{
    struct v_world *w = pci_function_data(fn);
    w->last_done = sim_now(w->sim);
}

static void op_done(struct pci_function *fn, uint64_t tag, enum pci_status status)
{
    struct v_world *w = pci_function_data(fn);

    assert(status == PCI_OK);
    w->done++;
    w->last_done = sim_now(w->sim);
    if (w->ended)
        w->ended(w, tag);
}

static void read_done(struct pci_function *fn, uint64_t tag, const void *data, uint32_t len, enum pci_status status)
{
    op_done(fn, tag, status);
}

static void reset(struct pci_function *fn, enum pci_reset kind) {}

static void message(struct msi_sink *sink, struct pci_function *fn, uint64_t address, uint32_t data)
{
    struct v_world *w = pci_function_data(fn);
    w->last_done = sim_now(w->sim);
}

/* b: the answer of an MMIO read, and of a wake-up nothing. */
enum { VERB_WAKE = 1 };

static void event(struct component *self, const struct event *ev)
{
    struct v_world *w = (struct v_world *)self;

    if (ev->verb == VERB_WAKE)
        w->woken(w, ev->a);
    else
        w->last_done = sim_now(w->sim);
}

void v_wake(struct v_world *w, sim_time at, uint64_t what) { event_post(&w->c, &w->c, at, EV_HW, VERB_WAKE, what, 0, 0); }

static void stateless(struct component *self, struct save *s) {}

struct v_world *v_world_create(const struct pci_link_params *params, bool superpages)
{
    static const struct component_ops ops = {.kind = "device", .event = event, .save = stateless};
    static const struct pci_function_ops fn_ops = {mmio_read, mmio_write, read_done, op_done, reset, NULL};
    struct sim_limits limits = {.events = 262144, .frames_small = 16, .frames_jumbo = 16, .frames_giant = 2};
    struct pci_function_params fp = {.vendor = 0x8086,
                                     .device = 0x10fb,
                                     .class_code = 0x020000,
                                     .rid = 0x0100,
                                     .bar_size = {16384, 0, 0, 16384},
                                     .msix_vectors = 1,
                                     .msix_bar = 3,
                                     .msix_pba_off = 0x2000};
    struct v_world *w = calloc(1, sizeof(*w));

    assert(w);
    w->sim = sim_create(1, &limits);
    component_init(&w->c, w->sim, &ops, "device");
    w->link = pci_link_create(w->sim, "slot", params);
    if (!w->link) {
        fprintf(stderr, "validate: there is no such link\n");
        exit(2);
    }
    fp.bar_is_64[0] = true;
    w->fn = pci_function_create(w->link, &w->c, w, &fn_ops, &fp);
    w->ram = aligned_alloc(4096, V_MEM);
    memset(w->ram, 0, V_MEM);
    int status = mem_init(&w->mem, &w->c, w->ram, V_MEM, 64);
    w->domain = iommu_domain_create(&w->c, "window", V_WINDOW_MAX);
    iommu_set_superpages(w->domain, superpages);
    for (uint64_t at = 0; at < V_WINDOW_MAX && !status; at += V_MEM)
        status = iommu_map(w->domain, at, &w->mem, 0, V_MEM, IOMMU_READ | IOMMU_WRITE);
    assert(!status);
    w->sink.message = message;
    pci_function_set_domain(w->fn, w->domain);
    pci_function_set_sink(w->fn, &w->sink);
    pci_config_write(w->fn, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    pci_msix_enable(w->fn, true);
    pci_msix_program(w->fn, 0, 0xfee00000, 1, false);
    w->frame = frame_birth(&w->c, 0, V_FRAME);
    return w;
}

void v_world_destroy(struct v_world *w)
{
    frame_end(&w->c, w->frame, FATE_delivered_app);
    pci_link_destroy(w->link);
    iommu_domain_destroy(w->domain);
    mem_fini(&w->mem);
    sim_destroy(w->sim);
    free(w->ram);
    free(w);
}

void v_write(struct v_world *w, uint64_t addr, uint32_t len, uint64_t tag)
{
    pci_dma_write_frame(w->fn, addr, w->frame, 0, len, false, tag);
}
