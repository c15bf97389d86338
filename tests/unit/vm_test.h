/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A world with one VM, the text of its trace, and a device with plain registers: for the VM's tests. */
#ifndef VFSIM_TESTS_VM_TEST_H
#define VFSIM_TESTS_VM_TEST_H

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm/vm.h"

enum { TEST_TEXT_MAX = 16384, TEST_REGS = 4096 };

struct world {
    struct sim *sim;
    struct vm *vm;
    struct trace_listener listener;
    char text[TEST_TEXT_MAX];
    struct device {
        struct component c;
        struct pci_link *link;
        struct pci_function *fn;
        uint8_t reg[TEST_REGS];
        char log[4096]; /* "w 10 4 11223344 @ 1000;" */
        struct world *world;
        void (*written)(struct device *d, uint32_t off, uint64_t value);
    } device;
};

static inline void hear(struct trace_listener *self, sim_time at, enum trace_category cat, const char *who, const char *text)
{
    struct world *w = (struct world *)((char *)self - offsetof(struct world, listener));
    size_t n = strlen(w->text);
    (void)at, (void)cat, (void)who;
    snprintf(w->text + n, sizeof(w->text) - n, "%s\n", text);
}

static inline struct sim *world_sim(struct world *w)
{
    memset(w, 0, sizeof(*w));
    w->sim = sim_create(42, NULL);
    ck_assert_ptr_nonnull(w->sim);
    w->listener = (struct trace_listener){.mask = 1u << TRACE_guest, .sentence = hear};
    trace_listen(w->sim, &w->listener);
    return w->sim;
}

static inline struct vm *world_vm(struct world *w, const char *guest, const struct vm_params *more)
{
    char err[256] = "", image[512];
    struct vm_params p = more ? *more : (struct vm_params){0};
    snprintf(image, sizeof(image), "%s/%s", GUEST_DIR, guest);
    p.image = image;
    p.name = p.name ? p.name : "web";
    struct vm *vm = vm_create(w->sim, &p, err, sizeof(err));
    ck_assert_msg(vm != NULL, "%s", err);
    if (!w->vm)
        w->vm = vm;
    return vm;
}

static inline void world_end(struct world *w)
{
    vm_destroy(w->vm);
    if (w->device.link)
        pci_link_destroy(w->device.link);
    sim_destroy(w->sim);
}

/* ---- the device ---- */

static inline uint64_t device_read(struct pci_function *fn, unsigned bar, uint32_t off, unsigned size)
{
    struct device *d = pci_function_data(fn);
    uint64_t value = 0;
    (void)bar;
    memcpy(&value, d->reg + off, size);
    return value;
}

static inline void device_write(struct pci_function *fn, unsigned bar, uint32_t off, unsigned size, uint64_t value)
{
    struct device *d = pci_function_data(fn);
    size_t n = strlen(d->log);
    (void)bar;
    memcpy(d->reg + off, &value, size);
    snprintf(d->log + n, sizeof(d->log) - n, "w %x %u %llx @ %llu;", off, size, (unsigned long long)value,
             (unsigned long long)sim_now(d->c.sim));
    if (d->written)
        d->written(d, off, value);
}

static inline void device_save(struct component *self, struct save *s)
{
    struct device *d = (struct device *)self;
    save_section(s, "test device", 1);
    save_field(s, d->reg);
    save_field(s, d->log);
}

static inline void device_dma(struct pci_function *fn, uint64_t tag, const void *data, uint32_t len, enum pci_status status)
{
    (void)fn, (void)tag, (void)data, (void)len, (void)status;
}
static inline void device_dma_written(struct pci_function *fn, uint64_t tag, enum pci_status status)
{
    (void)fn, (void)tag, (void)status;
}
static inline void device_reset(struct pci_function *fn, enum pci_reset kind) { (void)fn, (void)kind; }

/* A device with `latency` each way, mapped first in MMIO space. */
static inline void world_device(struct world *w, sim_time latency, enum vm_mmio_kind kind)
{
    static const struct component_ops ops = {.kind = "device", .save = device_save};
    static const struct pci_function_ops fn_ops = {.mmio_read = device_read,
                                                   .mmio_write = device_write,
                                                   .dma_read_done = device_dma,
                                                   .dma_write_done = device_dma_written,
                                                   .reset = device_reset};
    struct device *d = &w->device;
    struct pci_link_params link;
    pci_link_params_default(&link);
    link.emulated = true;
    link.latency_ps = latency;
    link.memory_ps = 0;
    component_init(&d->c, w->sim, &ops, "device");
    d->world = w;
    d->link = pci_link_create(w->sim, "device link", &link);
    ck_assert_ptr_nonnull(d->link);
    struct pci_function_params p = {.vendor = 1,
                                    .device = 2,
                                    .class_code = 0x020000,
                                    .rid = 0x100,
                                    .bar_size = {TEST_REGS, 4096},
                                    .msix_vectors = 1,
                                    .msix_bar = 1,
                                    .msix_pba_off = 2048};
    d->fn = pci_function_create(d->link, &d->c, d, &fn_ops, &p);
    ck_assert_ptr_nonnull(d->fn);
    pci_config_write(d->fn, 4, 2, 6); /* command: memory, bus master */
    ck_assert_int_eq(vm_map_mmio(w->vm, MACHINE_MMIO_OFFSET, TEST_REGS, d->fn, 0, 0, kind), 0);
}

#define ck_has(haystack, needle) ck_assert_msg(strstr((haystack), (needle)) != NULL, "no \"%s\" in:\n%s", (needle), (haystack))
#define ck_has_not(haystack, needle) ck_assert_msg(strstr((haystack), (needle)) == NULL, "\"%s\" in:\n%s", (needle), (haystack))

static inline int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
