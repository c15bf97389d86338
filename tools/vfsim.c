/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim: the verbs, the help, and what happens when an assertion of ours fails. */
#include "vfsim.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct vfsim_verb *const verbs[] = {&vfsim_verb_run,     &vfsim_verb_check, &vfsim_verb_save,
                                                 &vfsim_verb_restore, &vfsim_verb_regs,  &vfsim_verb_plugin};
enum { VERBS = sizeof(verbs) / sizeof(verbs[0]) };

static void print_help(FILE *out)
{
    fputs("vfsim simulates SR-IOV NICs, their virtual functions and the virtual machines that use them.\n\n"
          "usage: vfsim VERB …\n\n",
          out);
    for (unsigned i = 0; i < VERBS; i++)
        fprintf(out, "  %-9s %s\n", verbs[i]->name, verbs[i]->sentence);
    fputs(
        "\n`vfsim VERB --help` tells more. Exit status: 0 pass, 1 an expectation failed, 2 a mistake in what was given,\n"
        "3 a mistake in vfsim.\n\n"
        "example: vfsim run scenarios/01-midflow-switch.scn\n",
        out);
}

/* An assertion has said what and where; say whose mistake it is. Only calls that are safe in a signal handler. */
static void aborted(int number)
{
    static const char text[] =
        "vfsim: this is a mistake in vfsim, not in what it was given; the same command shows it again\n";
    ssize_t written = write(STDERR_FILENO, text, sizeof(text) - 1);
    (void)written;
    (void)number;
    _exit(EXIT_OURS);
}

static const struct vfsim_verb *find_verb(const char *name)
{
    const char *names[VERBS + 1] = {0};
    char near[80];
    for (unsigned i = 0; i < VERBS; i++) {
        names[i] = verbs[i]->name;
        if (!strcmp(name, names[i]))
            return verbs[i];
    }
    vfsim_complain("there is no verb '%s'%s (vfsim --help lists them)", name,
                   vfsim_near(name, names, near, sizeof(near)));
    return NULL;
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = aborted};
    sigaction(SIGABRT, &action, NULL);
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USER;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help")) {
        print_help(stdout);
        return EXIT_PASS;
    }
    if (!strcmp(argv[1], "--version")) {
        puts("vfsim " VFSIM_VERSION);
        return EXIT_PASS;
    }
    const struct vfsim_verb *verb = find_verb(argv[1]);
    struct vfsim_args args;
    if (!verb || !vfsim_args_parse(verb, argc - 2, argv + 2, &args))
        return EXIT_USER;
    if (args.help) {
        fputs(verb->usage, stdout);
        return EXIT_PASS;
    }
    return verb->run(&args);
}
