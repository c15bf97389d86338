/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rings of a vmxnet3 as they pass from one implementation to another: what VF_INIT restores and VF_SAVE_STATE gives back
 * under UPT [vmkapi_net_pt.h: a queue's producer, consumer and generation, interrupt masks, RSS key and table].
 *
 * Little-endian, as a UPT NIC reads it by DMA. Needs only <stdint.h> and the descriptors' header.
 */
#ifndef VMXNET3_RINGS_IMAGE_H
#define VMXNET3_RINGS_IMAGE_H

#include <stdint.h>

#include "nic/vmxnet3/vmxnet3_defs.h"

#define VMXNET3_IMAGE_MAGIC 0x31545055u /* "UPT1" */
#define VMXNET3_IMAGE_VERSION 1u
#define VMXNET3_IMAGE_QUEUES 8u

struct vmxnet3_ring_image {
    uint64_t pa;
    uint32_t size; /* entries; 0: there is none */
    uint32_t next; /* the consumer's of a descriptor ring, the producer's of a completion ring */
    uint32_t gen;  /* the generation bit that `next` has, or will have */
    uint32_t zero;
};

struct vmxnet3_tx_image {
    struct vmxnet3_ring_image ring, comp;
    uint32_t prod; /* as TXPROD was written */
    uint32_t intr;
    uint32_t stopped, error; /* VMXNET3_ERR_* */
};

struct vmxnet3_rx_image {
    struct vmxnet3_ring_image ring[2], comp;
    uint32_t intr, zero;
};

struct vmxnet3_rings_image {
    uint32_t magic, version;
    uint32_t tx_queues, rx_queues;
    uint32_t vectors, auto_mask;
    uint32_t masked, pending; /* bit a vector */
    uint64_t features;        /* UPT1_F_* */
    uint32_t rss_on, zero;
    struct UPT1_RSSConf rss;
    struct vmxnet3_tx_image tx[VMXNET3_IMAGE_QUEUES];
    struct vmxnet3_rx_image rx[VMXNET3_IMAGE_QUEUES];
};

_Static_assert(sizeof(struct vmxnet3_ring_image) == 24, "no padding");
_Static_assert(sizeof(struct vmxnet3_tx_image) == 64, "no padding");
_Static_assert(sizeof(struct vmxnet3_rx_image) == 80, "no padding");
_Static_assert(sizeof(struct vmxnet3_rings_image) == 48 + 176 + 8 * 64 + 8 * 80, "no padding");

#endif
