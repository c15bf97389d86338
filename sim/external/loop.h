/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waiting for another process, by libevent: files that become readable, and a limit of wall time that ends a wait for nothing.
 *
 * The wall clock decides nothing but that: what is read, and in which order, is the protocol's affair.
 */
#ifndef VFSIM_EXTERNAL_LOOP_H
#define VFSIM_EXTERNAL_LOOP_H

struct loop;
struct loop_watch;

struct loop *loop_create(void); /* NULL: the system has no way to wait, or no memory */
void loop_destroy(struct loop *loop); /* NULL is fine; its watches are gone before */

/* `ready(to)` is called while loop_serve() waits and `fd` can be read, or its other end is closed. NULL: no memory. */
struct loop_watch *loop_watch(struct loop *loop, int fd, void (*ready)(void *to), void *to);
void loop_unwatch(struct loop_watch *watch); /* NULL is fine; also in its own ready() */

/* Serves watches until one of them stops it. 0, or -ETIMEDOUT when none had anything for `seconds`. */
int loop_serve(struct loop *loop, unsigned seconds);
void loop_stop(struct loop *loop);

#endif
