/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim: the verbs, the help, and what happens when an assertion of ours fails or memory is lacking. */
#include "vfsim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct vfsim_verb *const vfsim_verbs[] = {&vfsim_verb_init,       &vfsim_verb_run,         &vfsim_verb_serve,
                                                &vfsim_verb_ctl,        &vfsim_verb_sweep,       &vfsim_verb_diff,
                                                &vfsim_verb_rfc2544,    &vfsim_verb_report,      &vfsim_verb_check,
                                                &vfsim_verb_save,       &vfsim_verb_restore,     &vfsim_verb_regs,
                                                &vfsim_verb_plugin,     &vfsim_verb_conformance, &vfsim_verb_models,
                                                &vfsim_verb_reasons,    &vfsim_verb_calibrate,   &vfsim_verb_help,
                                                &vfsim_verb_completion, &vfsim_verb_syntax,      NULL};
const struct vfsim_verb *const vfsim_build_verbs[] = {&vfsim_verb_man, NULL};
_Static_assert(sizeof(vfsim_verbs) / sizeof(vfsim_verbs[0]) <= VFSIM_VERBS_MAX, "lists of all verbs have room for these");

const struct vfsim_verb vfsim_program = {
    .name = "",
    .sentence = "simulate SR-IOV NICs, their virtual functions and the virtual machines that use them",
    .operands = "VERB …",
    .what = VALUE_TOPIC,
    .options = WITH(HELP) | WITH(VERSION),
    .about = "`vfsim VERB --help` tells more. Exit status: 0 pass, 1 an expectation failed, 2 a mistake in what was given, 3 a "
             "mistake in vfsim, 130 and 143 interrupted (SIGINT, SIGTERM): what there is by then is told, marked as partial.",
    .examples = "vfsim run scenarios/01-midflow-switch.scn\n",
};

/* Whatever was being built or written is worth nothing now, so nothing of it is finished: what stdout has not been given yet
 * stays unsaid, and no verdict comes last. */
static void out_of_memory(const char *sentence)
{
    vfsim_complain("%s", sentence);
    fflush(stderr);
    vfsim_last_words();
    _exit(EXIT_USER);
}

const struct vfsim_verb *vfsim_find_verb(const char *name)
{
    for (unsigned i = 0; vfsim_verbs[i]; i++)
        if (!strcmp(name, vfsim_verbs[i]->name))
            return vfsim_verbs[i];
    for (unsigned i = 0; vfsim_build_verbs[i]; i++)
        if (!strcmp(name, vfsim_build_verbs[i]->name))
            return vfsim_build_verbs[i];
    return NULL;
}

static void complain_of_verb(const char *name)
{
    const char *names[VFSIM_VERBS_MAX + 2];
    char near[80];
    unsigned count = 0;
    for (; vfsim_verbs[count]; count++)
        names[count] = vfsim_verbs[count]->name;
    names[count++] = "--help";
    names[count++] = "--version";
    names[count] = NULL;
    vfsim_complain("there is no verb '%s'%s (vfsim --help lists them)", name, vfsim_near(name, names, near, sizeof(near)));
}

/* Standard streams that are closed would be the next files we open: a VM's RAM, say, and the report in it. Here reads
 * find nothing and writes fail. */
static void open_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDONLY) != fd) {
            vfsim_complain("stream %d is closed, and nothing can be put there: %s", fd, strerror(errno));
            _exit(EXIT_USER);
        }
}

static int run_verb(int argc, char **argv)
{
    if (argc < 2) {
        vfsim_help_program(stderr);
        return EXIT_USER;
    }
    bool help = !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h");
    if (help && argc < 3) {
        vfsim_help_program(stdout);
        return EXIT_PASS;
    }
    if (!strcmp(argv[1], "--version")) {
        printf("vfsim %s, build %.12s\n", vfsim_version(), vfsim_build());
        return EXIT_PASS;
    }
    const struct vfsim_verb *verb = help ? &vfsim_verb_help : vfsim_find_verb(argv[1]);
    struct vfsim_args args = {0};
    if (!verb)
        complain_of_verb(argv[1]);
    if (!verb || !vfsim_args_parse(verb, argc - 1, argv + 1, &args))
        return EXIT_USER;
    if (args.help) {
        vfsim_help_verb(verb, stdout);
        return EXIT_PASS;
    }
    return vfsim_chips_load(&args) ? verb->run(&args) : EXIT_USER;
}

static bool is_over; /* main() has its status, and stdout all that was said */

/* Whoever else ends the program, by whatever way, ends no run: nobody is to take its status for a verdict. */
static void ended_by_others(void)
{
    static const char text[] = "vfsim: the program was ended in the middle of its work: this is a mistake in vfsim\n";
    if (is_over)
        return;
    ssize_t written = write(STDERR_FILENO, text, sizeof(text) - 1);
    (void)written;
    vfsim_last_words();
    _exit(EXIT_OURS);
}

int main(int argc, char **argv)
{
    vfsim_on_out_of_memory(out_of_memory);
    if (atexit(ended_by_others) || at_quick_exit(ended_by_others))
        vfsim_complain("no function can be called at the end of the program"); /* the others hold */
    open_standard_streams();
    errno = 0;
    int code = EXIT_USER;
    if (vfsim_signals_init() && vfsim_limits_suffice())
        code = run_verb(argc, argv);
    int failed = vfsim_stdout_flush();
    is_over = true;
    return failed > code ? failed : code;
}
