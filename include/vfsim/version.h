/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The version of these headers, and of the library that runs.
 *
 * Until 1.0 a minor version may change what functions mean, and the SONAME with it; a patch version adds and changes nothing.
 * CMakeLists.txt reads the numbers here: no other file says them.
 */
#ifndef VFSIM_VERSION_H
#define VFSIM_VERSION_H

#include <vfsim/api.h>

#define VFSIM_VERSION_MAJOR 0
#define VFSIM_VERSION_MINOR 1
#define VFSIM_VERSION_PATCH 0
#define VFSIM_VERSION "0.1.0"
#define VFSIM_VERSION_NUMBER (VFSIM_VERSION_MAJOR * 1000000 + VFSIM_VERSION_MINOR * 1000 + VFSIM_VERSION_PATCH)

VFSIM_BEGIN_DECLS

VFSIM_API const char *vfsim_version(void); /* of the library: "0.1.0" */
/* 40 hexadecimal digits that name this very build. What one build has saved (world.h) only the same build loads. */
VFSIM_API const char *vfsim_build(void);

VFSIM_END_DECLS

#endif
