/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a program sees of the shared library: only what is declared with VFSIM_API.
 *
 * The library is compiled with hidden visibility; a function that a header of include/vfsim/ publishes says VFSIM_API before its
 * type.
 */
#ifndef VFSIM_API_H
#define VFSIM_API_H

#define VFSIM_API __attribute__((visibility("default")))
#define VFSIM_NORETURN __attribute__((noreturn))
#define VFSIM_PRINTF(text, first) __attribute__((format(printf, text, first)))

/* around the declarations of a header, for C++ */
#ifdef __cplusplus
#define VFSIM_BEGIN_DECLS extern "C" {
#define VFSIM_END_DECLS }
#else
#define VFSIM_BEGIN_DECLS
#define VFSIM_END_DECLS
#endif

#endif
