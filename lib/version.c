/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/build.h"
#include "vfsim/version.h"

const char *vfsim_version(void) { return build_release(); }

const char *vfsim_build(void)
{
    static char text[BUILD_TEXT_LEN];
    struct build_id id = build_id();
    return build_text(&id, text);
}
