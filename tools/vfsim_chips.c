/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --chip FILE: NIC models from outside, before anything asks which models there are. */
#include "vfsim.h"
#include "vfsim/chip.h"
#include "vfsim/error.h"

bool vfsim_chips_load(const struct vfsim_args *args)
{
    for (unsigned i = 0; i < args->chip_count; i++) {
        struct vfsim_error *error = NULL;
        if (!vfsim_chip_load(args->chips[i], &error))
            continue;
        vfsim_complain("--chip: %s", error->message);
        vfsim_error_free(error);
        return false;
    }
    return true;
}
