/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Intel 82599 as NIC models: "82599" with SR-IOV, and "regular", the same engine as a single function without it.
 *
 * They are found by name through nic_model_find(); this header exists for the table of models.
 */
#ifndef VFSIM_NIC_82599_NIC82599_H
#define VFSIM_NIC_82599_NIC82599_H

#include "nic/nic.h"

extern const struct nic_model nic82599_model, nic82599_regular_model;

#endif
