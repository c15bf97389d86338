/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which build of the simulator this is: the digest of all that the linker put together.
 *
 * It is the build id that the linker writes as a note (-Wl,--build-id=sha1) into the program or library that holds this
 * code. Another line of a source, another compiler or other options give another one; the same inputs give the same, and
 * strip leaves it alone. What is saved as it lies in memory is for the build that saved it, since nothing else knows how it
 * lies there.
 */
#ifndef VFSIM_CORE_BUILD_H
#define VFSIM_CORE_BUILD_H

#include <stdbool.h>
#include <stdint.h>

enum { BUILD_ID_LEN = 20, BUILD_TEXT_LEN = 2 * BUILD_ID_LEN + 1 };

/* All zeroes when it was linked without one. */
struct build_id {
    uint8_t byte[BUILD_ID_LEN];
};

const char *build_release(void); /* "0.1.0" */
struct build_id build_id(void);
bool build_is_known(const struct build_id *id);
const char *build_text(const struct build_id *id, char buf[BUILD_TEXT_LEN]); /* in hexadecimal digits, "unknown" if zero */

#endif
