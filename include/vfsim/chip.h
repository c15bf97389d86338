/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A NIC model from outside of vfsim's tree: what it is, and how it is made known.
 *
 * A chip is a struct vfsim_chip: numbers (what a datasheet's first page says), upcalls of the device (chip_device.h), what its
 * descriptors look like (chip_queue.h), and the hooks of the driver of its PF (chip_driver.h). vfsim_chip_register() puts it among
 * the others: `nic NAME model mychip` builds one, `vfsim models` and `vfsim regs mychip` show it, and its VFs are passed through to
 * VMs like those of any other chip. The code that a guest runs for a VF is a plugin image, built by the plugin kit;
 * docs/adding-a-chip.md goes through all of it.
 *
 *   struct vfsim_nic       one NIC of a world, with one PF
 *   struct vfsim_function  its PF or one of its VFs
 *   struct vfsim_driver    the driver of its PF, on the host
 *   vfsim_frame            a frame, or one copy of it: it belongs to somebody until it ends, once
 *
 * Two rules keep runs repeatable, and worlds savable at every event:
 *
 *   state     All that changes lies in the state that the chip asked for by size (nic_state, state of a function, of the driver):
 *             plain data without pointers, zeroed when it is made, saved and restored as it lies there. A chip has no variables.
 *   inputs    Upcalls depend on that state and their arguments alone: no clock, no randomness, no addresses, no threads.
 *
 * `vfsim run --paranoid` tears the world down and restores it again and again while it runs; what a chip keeps elsewhere shows at
 * once. Upcalls come one at a time, never from inside a service; a service returns before what it sets off happens, but for the
 * upcalls that it names.
 */
#ifndef VFSIM_CHIP_H
#define VFSIM_CHIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vfsim/api.h>
#include <vfsim/chip_device.h>
#include <vfsim/chip_driver.h>
#include <vfsim/chip_queue.h>

VFSIM_BEGIN_DECLS

struct vfsim_error;

/* Of these headers: a chip that was built against others is refused. */
#define VFSIM_CHIP_ABI 1

/* One line of a register map, for `vfsim regs` and for finding registers by name. */
struct vfsim_register {
    const char *name;
    uint32_t offset, stride, count, reset; /* count 0 or 1: one register */
    const char *access;                    /* "RO", "RW", "RW1C", "RC", "WO" */
    const char *function;                  /* "PF" or "VF" */
    const char *sentence;
};

enum { VFSIM_BARS = 6 };

struct vfsim_bar {
    uint64_t bytes; /* a power of two from 4096 on; 0: none. Of a VF: its own part of the PF's VF BAR */
    bool is_64;     /* it takes the next BAR's place, too */
};

/* The PF, or every VF. */
struct vfsim_function_kind {
    uint16_t device;                   /* its device id */
    struct vfsim_bar bar[VFSIM_BARS];  /* a VF's registers, which its guest gets, are all of BAR 0 */
    unsigned vectors;                  /* of MSI-X: 1 … 64; of the PF: at least 2, see chip_driver.h */
    unsigned msix_bar;                 /* where its table and its pending bits are; the library answers for both */
    uint32_t msix_table, msix_pending; /* offsets in it, multiples of 8 */
    size_t state;                      /* bytes of its state: vfsim_function_state() */
    unsigned queues;                   /* that the library drives: 0 … 8, see chip_queue.h */
    /* Where capabilities are in config space; 0: the library chooses. */
    struct vfsim_capabilities {
        uint16_t pm, msi, msix, pcie, aer, ari, sriov; /* msi, and pm of a VF: 0 is none */
    } at;
};

struct vfsim_chip {
    uint32_t abi;           /* VFSIM_CHIP_ABI */
    uint32_t size;          /* sizeof(struct vfsim_chip) */
    const char *name;       /* in scenarios: lower-case letters, digits, - and _; at most 31 */
    const char *sentence;   /* what it is, for `vfsim models` */
    uint32_t state_version; /* goes up when the layout of a state changes: a world saved before is refused */

    /* ---- limits ---- */
    unsigned max_vfs;             /* 1 … 63 */
    unsigned vf_queues;           /* queue pairs of a VF: 1 … 8 */
    unsigned addresses, vlans;    /* entries of its switch: 2 … 128, 1 … 64 */
    unsigned ring_step;           /* lengths of the PF's rings are multiples of it; 0: of 8 */
    uint64_t rate_bps;            /* of its port; whole Mb/s */
    unsigned pcie_gen, pcie_lanes; /* of the slot it is made for: 1 … 5; 1, 2, 4, 8, 16 */
    uint16_t vendor;
    struct vfsim_function_kind pf, vf;
    size_t nic_state;             /* bytes of the NIC's state: vfsim_nic_state() */

    /* The plugin image for its VFs: a name in the host's plugin store, or (vfsim_chip_load()) of a file beside the chip's object.
     * */
    const char *vf_plugin;

    const struct vfsim_register *registers;
    unsigned register_count;

    const struct vfsim_device_ops *device;
    const struct vfsim_queue_ops *queue; /* NULL: the library drives none */
    const struct vfsim_driver_ops *driver;
};

/*
 * Makes a chip known to this process, for good: `chip` and all that it points to must stay. Before a scenario that names it is
 * read. 0, or with the reason in `error` (NULL: nobody wants it):
 *   -EEXIST   there is a model of that name
 *   -EINVAL   other headers, a number outside of its limits, a missing hook: the reason names the member
 */
VFSIM_API int vfsim_chip_register(const struct vfsim_chip *chip, struct vfsim_error **error);

/*
 * Loads a shared object that has a chip, or several (`vfsim run --chip FILE`): it exports
 *
 *     int vfsim_chip_init(struct vfsim_error **error) { return vfsim_chip_register(&chip, error); }
 *
 * 0, what that returned, or -ENOENT (no such file), -ENOEXEC (no shared object for this process, or none of a chip: it has no
 * vfsim_chip_init). Loading one again does nothing.
 */
VFSIM_API int vfsim_chip_load(const char *path, struct vfsim_error **error);
int vfsim_chip_init(struct vfsim_error **error) __attribute__((visibility("default"))); /* the chip's object has it */

VFSIM_END_DECLS

#endif
