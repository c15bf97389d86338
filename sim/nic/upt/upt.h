/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The UPT NIC as a NIC model: "upt". Found by name through nic_model_find(); this header exists for the table of models.
 *
 * What it is: the ring engine of vmxnet3 (nic/vmxnet3/rings.h) once a function, the embedded switch, a transmit FIFO towards
 * the wire. No interrupt moderation (vmxnet3's modLevels are stored by nobody), no rate limits.
 */
#ifndef VFSIM_NIC_UPT_UPT_H
#define VFSIM_NIC_UPT_UPT_H

#include "nic/nic.h"

extern const struct nic_model nic_upt_model;

#endif
