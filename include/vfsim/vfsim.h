/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libvfsim: worlds of SR-IOV NICs, their VFs and the VMs that use them, inside your own program.
 *
 *     struct vfsim_error *error = NULL;
 *     struct vfsim_scenario *scenario = vfsim_scenario_read("my.scn", NULL);
 *     struct vfsim_world *world = vfsim_world_new(scenario, &error);
 *     if (!world || vfsim_world_run(world, &error) < 0)
 *         fprintf(stderr, "%s\n", error->text);
 *     else if (vfsim_world_verdict(world) == VFSIM_PASS)
 *         puts("as expected");
 *     vfsim_error_free(error);
 *     vfsim_world_free(world);
 *     vfsim_scenario_free(scenario);
 *
 * docs/library.md is the guide; each header below states its own contract.
 */
#ifndef VFSIM_VFSIM_H
#define VFSIM_VFSIM_H

#include <vfsim/act.h>      /* acts while a world runs */
#include <vfsim/conformance.h> /* plugins and chips, held against the rules */
#include <vfsim/device.h>   /* registers and config space of functions; frames put in */
#include <vfsim/error.h>    /* what went wrong, as data */
#include <vfsim/file.h>     /* results in files, whole or not at all */
#include <vfsim/flow.h>     /* flows, series, drops, counters */
#include <vfsim/language.h> /* the words of scenarios */
#include <vfsim/observe.h>  /* sentences of the trace, ends of frames, frames at a place */
#include <vfsim/outside.h>  /* uplinks, and guests that are clients of vfio-user */
#include <vfsim/probe.h>    /* indices of rings, interrupts, links, as they change */
#include <vfsim/process.h>  /* memory, signals and files of the process */
#include <vfsim/report.h>   /* text, JSON, page, JUnit; chips, reasons, registers, plugins */
#include <vfsim/scenario.h> /* a scenario from a file, a text or calls */
#include <vfsim/version.h>
#include <vfsim/world.h>    /* build, run, judge, save, load */

#endif
