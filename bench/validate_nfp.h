/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the NFP's engine (validate_nfp.c) and its tables (validate_measured.c) share: memory that is farther than the slot says. */
#ifndef VFSIM_BENCH_VALIDATE_NFP_H
#define VFSIM_BENCH_VALIDATE_NFP_H

enum { V_NFP_REMOTE_NS = 107, V_NFP_UNCACHED_NS = 74 };

#endif
