/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Drivers of VFs that a guest's own kernel has: what a kernel asks of one, and how one waits.
 *
 * A driver runs in the kernel's one thread for devices (shell/machine/native.c) beside the polls of the data path. It is written
 * straight on, with CO_SLEEP_US() and CO_CALL(), which return from a routine and come back behind themselves; whatever it
 * must remember lies in struct vf_device. So its delays cost time, not the processor.
 *
 * Routines return 0, a positive errno, or CO_WAIT. GUEST_ENODEV: its registers read all ones, the device is gone.
 */
#ifndef GUEST_DRIVERS_VF_DRIVER_H
#define GUEST_DRIVERS_VF_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/include/machine.h"
#include "guest/include/npa_plugin_api.h"

enum { CO_WAIT = -1 };
enum {
    GUEST_EPERM = 1,
    GUEST_ENOENT = 2,
    GUEST_EIO = 5,
    GUEST_EAGAIN = 11,
    GUEST_ENOMEM = 12,
    GUEST_EBUSY = 16,
    GUEST_EEXIST = 17,
    GUEST_ENODEV = 19,
    GUEST_EINVAL = 22,
    GUEST_ENOSPC = 28,
    GUEST_EOPNOTSUPP = 95,
    GUEST_ENETDOWN = 100,
    GUEST_ETIMEDOUT = 110
};

enum { VF_MESSAGE_WORDS = 16, VF_VECTORS_MAX = 8 };

struct vf_driver;

/* One VF, and what its driver remembers. A driver's lines: where its routines wait. */
struct vf_device {
    const struct vf_driver *driver;
    uint64_t bar0;           /* guest-physical */
    int place, step_place, sub_place, mbx_place; /* from the outermost routine inwards */
    uint32_t index, tries, vid;
    uint32_t message[VF_MESSAGE_WORDS];
    uint32_t words, settle_us;
    uint32_t latched;        /* read-to-clear bits of the mailbox, seen and not yet used */
    uint32_t api;            /* of the mailbox, as negotiated */
    uint32_t throttle;       /* in the chip's words, + 1; 0: the driver's usual one */
    uint32_t queues, vectors; /* given; queue vectors, one more is the mailbox's */
    uint32_t info[PLUGIN_DEVICE_INFO_WORDS]; /* for the data path */
    uint8_t mac[6];
    bool link;               /* carrier, as the driver sees it */
    bool allowed;            /* the PF lets it have a link at all */
    bool must_reset;         /* the PF has forgotten it */
    bool refused;            /* one of several messages was */
};

/* What the guest's network stack wants of the device, whatever device it is: kept over resets and replacements. */
enum { VF_GROUPS_FEW = 32, VF_GROUPS_MAX = 1024, VF_ADDRESSES_MAX = 32, VF_VLAN_WORDS = 128 };
struct vf_wishes {
    uint8_t mac[6];
    bool has_mac;
    uint32_t rx_mode; /* bit 0 promisc, 1 allmulti */
    uint32_t groups;
    uint8_t group[VF_GROUPS_FEW][6]; /* the first of them, */
    uint8_t (*more)[6];              /* and the others */
    uint32_t addresses; /* besides its own */
    uint8_t address[VF_ADDRESSES_MAX][6];
    uint32_t vlan[VF_VLAN_WORDS];
    uint32_t mtu;
};

struct vf_driver {
    const char *name;
    uint16_t vendor, device[2]; /* whose VFs it drives; 0: no further one */
    const void *chip; /* the driver's own */
    uint32 (*plugin_main)(struct Plugin_Api *api); /* its data path … */
    uint32_t calls; /* … and what that costs: MACHINE_CALLS_… */
    uint32_t bar_bytes;
    int (*probe)(struct vf_device *dev);           /* reset, who am I */
    int (*configure)(struct vf_device *dev, const struct vf_wishes *wishes); /* before the rings are posted */
    void (*irq_on)(struct vf_device *dev);         /* the mailbox's vector */
    void (*stop_rx)(struct vf_device *dev);        /* receive queues, now */
    void (*stop)(struct vf_device *dev);           /* transmit queues and interrupts, now */
    int (*down)(struct vf_device *dev);            /* after the buffers are reclaimed */
    int (*watch)(struct vf_device *dev);           /* the mailbox's vector was raised, or look for yourself */
    int (*set_mac)(struct vf_device *dev, const uint8_t mac[6]);
    int (*set_rx_mode)(struct vf_device *dev, const struct vf_wishes *wishes);
    int (*set_groups)(struct vf_device *dev, const struct vf_wishes *wishes);
    int (*set_addresses)(struct vf_device *dev, const struct vf_wishes *wishes);
    int (*set_vlan)(struct vf_device *dev, uint32_t vid, bool add);
    int (*moderate)(struct vf_device *dev, uint32_t usecs); /* from now on, and after resets */
};
extern const struct vf_driver ixgbevf_driver, igbvf_driver;

void native_sleep_us(uint64_t us); /* shell/machine/native.c: when the thread goes on */

/* `n` names the wait, from 1 on and unlike any other of its routine. */
#define CO_BEGIN(place) \
    switch (place) {    \
    case 0:
#define CO_END(place) \
    }                 \
    (place) = 0
#define CO_SLEEP_US(place, n, us) \
    do {                          \
        (place) = (n);            \
        native_sleep_us(us);      \
        return CO_WAIT;           \
    case (n):;                    \
    } while (0)
/* Until somebody wakes it. */
#define CO_REST(place, n) \
    do {                  \
        (place) = (n);    \
        return CO_WAIT;   \
    case (n):;            \
    } while (0)
#define CO_CALL(place, n, result, routine)     \
    do {                                       \
        (place) = (n);                         \
        __attribute__((fallthrough));          \
    case (n):                                  \
        if (((result) = (routine)) == CO_WAIT) \
            return CO_WAIT;                    \
    } while (0)
/* As CO_CALL(); an error is the caller's, too. */
#define CO_TRY(place, n, result, routine)   \
    do {                                    \
        CO_CALL(place, n, result, routine); \
        if (result) {                       \
            (place) = 0;                    \
            return (result);                \
        }                                   \
    } while (0)

#endif
