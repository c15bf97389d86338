/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Intel 82576 as a NIC model: a second skin of the 82599's engine. It is found by name; this is for the table of models. */
#ifndef VFSIM_NIC_82576_NIC82576_H
#define VFSIM_NIC_82576_NIC82576_H

#include "nic/nic.h"

extern const struct nic_model nic82576_model;

#endif
