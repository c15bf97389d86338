/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The conformance kit: a vendor's plugin, or a chip with the driver of its PF, held against the rules of the specification
 * (docs/shell-api.md, docs/pf-vf-requirements.md). docs/conformance.md lists the cases, and the rules that each holds against.
 *
 * The report has a line a case, and of each rule that was broken its name, what was seen, and the rule; as JUnit a case is a
 * testcase. The same files and build give the same report.
 */
#ifndef VFSIM_CONFORMANCE_H
#define VFSIM_CONFORMANCE_H

#include <vfsim/report.h>

VFSIM_BEGIN_DECLS

struct vfsim_conformance {
    size_t size;        /* sizeof(struct vfsim_conformance) */
    const char *model;  /* whose VFs the plugin drives; NULL: that whose plugin has the file's name (it may have none) */
    const char *only;   /* this case alone; NULL: all */
};

/* A plugin's image, tried case by case; `how` NULL: as if all were zero. `broken` (may be NULL): how many cases found a rule
 * that is. NULL with the reason: there is no such file, model or case. */
VFSIM_API struct vfsim_report *vfsim_conformance_plugin(const char *path, const struct vfsim_conformance *how, size_t *broken,
                                                        struct vfsim_error **error);
/* A model, its own plugin driving its VFs (a model whose VFs take none is tried where none is needed); likewise. */
VFSIM_API struct vfsim_report *vfsim_conformance_chip(const char *name, const struct vfsim_conformance *how, size_t *broken,
                                                      struct vfsim_error **error);

VFSIM_END_DECLS

#endif
