/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What verbs share with each other: options of a kind, checks of names that several lines say, and values that mean the same
 * in more than one.
 */
#ifndef VFSIM_SCENARIO_VERBS_VERBS__H
#define VFSIM_SCENARIO_VERBS_VERBS__H

#include "report/report.h"
#include "scenario/outcome/outcome__.h"
#include "scenario/verb.h"
#include "scenario/world/world__.h"

/* ---- expectations (shared.c) ---- */
struct verb_nth {
    const char *word;      /* "switch" */
    const char *which;     /* "which switch of the VM", for messages */
    const char *what;      /* "result of a switch" */
    const struct scn_named *results;
};
/* "V N RESULT [reason "…"]" to the end of the line: e->state is the result's value; false after a message. */
bool verb__take_nth(struct scn_cursor *c, struct scn_expect *e, const struct verb_nth *nth);
void verb__take_reason(struct scn_cursor *c, struct scn_expect *e); /* [reason "…"] */
void verb__check_vm_expected(struct scenario *sc, struct scn_expect *e); /* its name is a VM's */

/* ---- acts (shared.c) ---- */
/* A step of a mode switch of this use and order; STEP_NONE after a message. */
enum switch_step verb__switch_step(struct scn_cursor *c, unsigned use, enum switch_order order, const char *what);
/* Of a NIC: its driver is asked for `op`, of enum pf_op. One that does not restart its chip has nothing to do with it. */
void verb__ask_driver(struct world *w, unsigned item, const char *nic, unsigned op);

/* ---- of one file each ---- */
enum { VERB_FIGURE_WORDS = 12 };
/* Several figures on a line are an expectation each: `take` reads one. Always false: all are added. */
bool verb__expect_each(struct scn_cursor *c, const struct scn_expect *first,
                       void (*take)(struct scn_cursor *c, struct scn_expect *e));
extern const char *const verb__figure_words[VERB_FIGURE_WORDS + 1]; /* figures.c: what can be expected of a flow; NULL at the end */
extern const struct verb verb_expect_migration; /* migration.c */
/* drops.c: "h0.vmnic0" is also "h0.vmnic0 vf 2"; a '*' stands for anything */
bool verb__is_place(const char *place, const char *wanted);
sim_time verb__downtime_of(const struct migration_record *record);
const char *verb__stopped_flow(const struct scn_item *item); /* stop.c: by this line; NULL: it stops none */
extern const struct scn_named verb__policies[], verb__verdicts[]; /* policy.c: of enum host_policy; allowed or not */
void verb__check_ends(struct scenario *sc, const struct scn_word *from, const struct scn_word *to, bool to_is_mac); /* ends.c */
void verb__take_setting(struct scn_cursor *c, const struct setting_info *info, uint64_t *value); /* set.c */
/* cores.c: "0-3,5"; said again, the last holds. Are they the host's? */
void verb__take_cores(struct scn_cursor *c, struct cpu_set *set, struct scn_pos *at);
void verb__check_cores(struct scenario *sc, const struct scn_host *host, const struct cpu_set *set, struct scn_pos at);
void verb__check_plugin(struct scenario *sc, const struct scn_word *plugin, const struct scn_vm *vm); /* host.c */
bool verb__is_of_replacement(const struct world *w, const char *vm, sim_time at); /* plugin.c: a switch of its that began then */
const char *verb__face_text(uint32_t face); /* vm.c: of enum machine_face */
/* vm.c: "vmnic0" of a VM on h0 means h0.vmnic0. */
void verb__complete_nic(struct scenario *sc, struct scn_word *nic, const struct scn_vm *vm);
/* vm_path.c: the option, what it says of the VM once its line is read, and whether its NIC is one for it */
void verb__vm_path(struct scn_cursor *c, void *vm);
void verb__vm_vnic(struct scn_cursor *c, void *into);
unsigned verb__vnic_rev(const struct scn_vm *vm);
void verb__check_vnic(struct scenario *sc, const struct scn_vm *vm);
void verb__take_path(struct scn_cursor *c, struct scn_vm *vm);
void verb__take_kernel(struct scn_cursor *c, struct scn_vm *vm); /* what `kernel` makes of it */
/* The VM that drives a NIC's PF; NULL: we do. */
const struct scn_vm *verb__pf_owner(const struct scenario *sc, const struct scn_nic *nic);
/* An operator's line about a NIC whose PF a VM drives is said in that VM, so it is an error here. */
void verb__check_operated(struct scenario *sc, const struct scn_word *nic);
void verb__check_path(struct scenario *sc, const struct scn_vm *vm);
/* The NIC that a VM's port goes out by: the one it names, or the first one of its host; NULL: there is none. */
const struct scn_nic *verb__uplink_of(const struct scenario *sc, const struct scn_vm *vm);
bool verb__has_slot(const struct scn_vm *vm); /* for a VF that it drives itself */
void verb__vm_params(const struct world *w, unsigned vm, struct host_vm_params *params);
bool verb__has_ended(const struct world *w, const char *station); /* ends.c: it is a VM, and that is no more */
/* ends.c: of an item that nothing in its line ends. `word`: what would. */
void verb__check_it_ends(struct scenario *sc, struct scn_item *item, const struct scn_word *name, const char *word);
/* ends.c: T or +T, of a "flow" or the like that begins at `start` */
void verb__take_until(struct scn_cursor *c, const char *what, sim_time start, sim_time *until);
/* tcp.c: flows that are connections */
enum { VERB_TCP_OPTIONS = 20 };
extern const struct scn_option verb__tcp_options[VERB_TCP_OPTIONS];
extern const struct verb verb__connection;
bool verb__is_connection(const struct scn_cursor *c); /* by the words that are to come */
void verb__parse_connection(struct scn_cursor *c, struct scn_item *item, const struct scn_flow *flow);
void verb__report_connections(const struct world *w, struct report *r);
/* link.c: options that a peer's line has, too */
void verb__link_rate(struct scn_cursor *c, void *link);
void verb__link_latency(struct scn_cursor *c, void *link);
void verb__link_queue(struct scn_cursor *c, void *link);
/* netem.c: likewise; what they say belongs together (check_netem) */
enum { VERB_NETEM_OPTIONS = 5 };
extern const struct scn_option verb__netem_options[VERB_NETEM_OPTIONS]; /* of struct netem */
void verb__link_loss(struct scn_cursor *c, void *link);
void verb__link_delay(struct scn_cursor *c, void *link);
void verb__link_reorder(struct scn_cursor *c, void *link);
void verb__link_duplicate(struct scn_cursor *c, void *link);
void verb__link_corrupt(struct scn_cursor *c, void *link);
void verb__check_netem(struct scn_cursor *c, const struct netem *netem);
void verb__add_link(struct scn_cursor *c, struct scn_link *link);
bool verb__is_linked(const struct scenario *sc, const char *name);

#endif
