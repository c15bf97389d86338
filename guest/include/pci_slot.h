/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hot-plug slot as a guest sees it: at MACHINE_SLOT the PCI Express capability's slot registers of the port above it, a
 * page further the config space of what is in it [PCIe 7.5.3.9 … 7.5.3.11, 6.7.1].
 *
 * A device that comes sets Presence Detect Changed; the guest powers the slot on and waits 100 ms before its first config
 * request [PCIe 6.6.1]. To have it back the hypervisor presses the attention button; the guest stops its driver and powers
 * the slot off, which is its answer. A device that goes without that (surprise removal) only clears Presence Detect State.
 * Enabled events raise line MACHINE_IRQ_SLOT. Status bits are cleared by writing ones.
 *
 * Freestanding: needs only <stdint.h>.
 */
#ifndef VFSIM_GUEST_PCI_SLOT_H
#define VFSIM_GUEST_PCI_SLOT_H

#include <stdint.h>

#define SLOT_BYTES 0x2000u
#define SLOT_CONFIG 0x1000u /* config space of the device in the slot; all ones without one, or without power */

/* Slot registers, 32 bits each here. */
#define SLOT_CAP 0x14u
#define SLOT_CTL 0x18u
#define SLOT_STA 0x1cu

#define SLOT_CAP_ATTENTION_BUTTON (1u << 0)
#define SLOT_CAP_POWER_CONTROLLER (1u << 1)
#define SLOT_CAP_POWER_INDICATOR (1u << 4)
#define SLOT_CAP_SURPRISE (1u << 5)
#define SLOT_CAP_HOTPLUG (1u << 6)

#define SLOT_CTL_ATTENTION (1u << 0)    /* event enables */
#define SLOT_CTL_PRESENCE (1u << 3)
#define SLOT_CTL_INTERRUPT (1u << 5)    /* Hot-Plug Interrupt Enable */
#define SLOT_CTL_INDICATOR (3u << 8)    /* power indicator: 1 on, 2 blinks, 3 off */
#define SLOT_CTL_INDICATOR_ON (1u << 8)
#define SLOT_CTL_INDICATOR_BLINKS (2u << 8)
#define SLOT_CTL_INDICATOR_OFF (3u << 8)
#define SLOT_CTL_POWER_OFF (1u << 10)   /* Power Controller Control */

#define SLOT_STA_ATTENTION (1u << 0)    /* RW1C */
#define SLOT_STA_PRESENCE (1u << 3)     /* RW1C: Presence Detect Changed */
#define SLOT_STA_PRESENT (1u << 6)      /* Presence Detect State */

#endif
