/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The same with split rings alone: the build says so (VIRTIO_SPLIT_ONLY). */
#include "unit/npa_virtio.c"
