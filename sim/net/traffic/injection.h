/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames that somebody outside of a scenario puts into the application of a station, one by one: it sends them when it may.
 *
 * They belong to no flow. What is waiting is the injection's own: it survives the world whose stations it is attached to, and can
 * be attached to the next one (core/recycler.h says when worlds follow each other). Nothing of it is saved.
 */
#ifndef VFSIM_NET_INJECTION_H
#define VFSIM_NET_INJECTION_H

#include "net/workload.h"

struct injection;

struct injection *injection_create(void);
void injection_destroy(struct injection *injection); /* before its world; NULL is fine */

/* The stations of `sim` send what is waiting for them from here on; a world is destroyed only when it was detached. */
void injection_attach(struct injection *injection, struct sim *sim);
void injection_detach(struct injection *injection);

/* One frame more for this station of the world it is attached to. */
void injection_put(struct injection *injection, struct station *station, const void *bytes, uint32_t len);
unsigned injection_waiting(const struct injection *injection); /* frames, at all stations */

#endif
