/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The integer types plugin sources are written with, under the file name they ask for.
 *
 * A plugin has no C library: this needs only the compiler's own freestanding headers. It compiles as gnu89 too, the
 * dialect of the published plugin.
 */
#ifndef VM_BASIC_TYPES_H
#define VM_BASIC_TYPES_H

#include <stddef.h>
#include <stdint.h>

typedef uint8_t uint8;
typedef uint16_t uint16;
typedef uint32_t uint32;
typedef uint64_t uint64;
typedef int8_t int8;
typedef int16_t int16;
typedef int32_t int32;
typedef int64_t int64;
typedef char Bool;

#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif

#endif
