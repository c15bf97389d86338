/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim help, and --help of each verb: the table of verbs and options on a terminal; and the lines of a scenario. */
#include <string.h>

#include "vfsim.h"

enum { COLUMNS_MIN = 40, COLUMNS = 80, COLUMNS_MAX = 100, INDENT_MAX = 24 };

static int columns_of_output(void)
{
    int columns = vfsim_stdout_columns();
    return !columns ? COLUMNS : columns < COLUMNS_MIN ? COLUMNS_MIN : columns > COLUMNS_MAX ? COLUMNS_MAX : columns;
}

/* In UTF-8 a character is a byte that continues none. */
static int columns_of(const char *text, size_t len)
{
    int columns = 0;
    for (size_t i = 0; i < len; i++)
        columns += ((unsigned char)text[i] & 0xc0) != 0x80;
    return columns;
}

/* `at` columns of the line are taken; further lines begin behind `indent` blanks. One paragraph, with its line feed. */
static void print_wrapped(FILE *out, const char *text, size_t len, int at, int indent)
{
    int columns = columns_of_output();
    for (size_t i = 0; i < len;) {
        size_t word = 0;
        while (i + word < len && text[i + word] != ' ')
            word++;
        int width = columns_of(text + i, word);
        bool begins = at <= indent;
        if (!begins && at + 1 + width > columns) {
            fprintf(out, "\n%*s", indent, "");
            at = indent;
        } else if (!begins) {
            fputc(' ', out);
            at++;
        }
        fwrite(text + i, 1, word, out);
        at += width;
        for (i += word; i < len && text[i] == ' ';)
            i++;
    }
    fputc('\n', out);
}

static void print_paragraphs(FILE *out, const char *text)
{
    for (const char *p = text; *p;) {
        size_t len = strcspn(p, "\n");
        fputc('\n', out);
        print_wrapped(out, p, len, 0, 0);
        p += len + (p[len] == '\n');
    }
}

/* "-o, --output FILE", "--json[=FILE]". */
static void name_option(const struct vfsim_option *option, char *name, size_t cap)
{
    bool takes = *option->value, may = option->kind == MAYBE_TEXT;
    const char letter[] = {'-', option->letter, ',', ' ', 0};
    snprintf(name, cap, "%s--%s%s%s%s", option->letter ? letter : "", option->name,
             may     ? "[="
             : takes ? " "
                     : "",
             option->value, may ? "]" : "");
}

/* A name and what it is, side by side; a name that is too long has a line of its own. */
static void print_item(FILE *out, const char *name, const char *sentence, int indent)
{
    int at = 2 + columns_of(name, strlen(name));
    fprintf(out, "  %s", name);
    if (at > indent - 2)
        fprintf(out, "\n%*s", indent, "");
    else
        fprintf(out, "%*s", indent - at, "");
    print_wrapped(out, sentence, strlen(sentence), indent, indent);
}

static void print_options(const struct vfsim_verb *verb, FILE *out)
{
    char name[80];
    int indent = 0;
    for (unsigned i = 0; i < VFSIM_OPTIONS; i++)
        if (vfsim_verb_takes(verb, i)) {
            name_option(&vfsim_options[i], name, sizeof(name));
            int columns = 4 + columns_of(name, strlen(name));
            indent = columns <= INDENT_MAX && columns > indent ? columns : indent;
        }
    for (unsigned i = 0; i < VFSIM_OPTIONS; i++)
        if (vfsim_verb_takes(verb, i)) {
            name_option(&vfsim_options[i], name, sizeof(name));
            print_item(out, name, vfsim_options[i].sentence, indent);
        }
}

void vfsim_help_verb(const struct vfsim_verb *verb, FILE *out)
{
    fprintf(out, "usage: vfsim %s%s%s%s%s%s\n", verb->name, verb->act ? " " : "", verb->act ? verb->act : "",
            *verb->operands ? " " : "", verb->operands, verb->options ? " [OPTION…]" : "");
    print_paragraphs(out, verb->about);
    fputs("\noptions:\n", out);
    print_options(verb, out);
    fprintf(out, "\nexample%s:\n", strchr(verb->examples, '\n')[1] ? "s" : "");
    for (const char *p = verb->examples; *p;) {
        size_t len = strcspn(p, "\n");
        fprintf(out, "  %.*s\n", (int)len, p);
        p += len + 1;
    }
}

void vfsim_help_program(FILE *out)
{
    fputs("usage: vfsim VERB …\n\n", out);
    print_wrapped(out, vfsim_program.sentence, strlen(vfsim_program.sentence), 0, 0);
    fputc('\n', out);
    int indent = 0;
    for (unsigned i = 0; vfsim_verbs[i]; i++) {
        int columns = 4 + (int)strlen(vfsim_verbs[i]->name);
        indent = columns > indent ? columns : indent;
    }
    for (unsigned i = 0; vfsim_verbs[i]; i++)
        print_item(out, vfsim_verbs[i]->name, vfsim_verbs[i]->sentence, indent);
    fputc('\n', out);
    print_options(&vfsim_program, out);
    print_paragraphs(out, vfsim_program.about);
    fprintf(out, "\nexample: %s", vfsim_program.examples);
}

/* ---- vfsim help WORD ---- */

/* Of a verb of the command, and of the lines of a scenario that begin with it. */
static int help_with(const char *word)
{
    const char *names[VFSIM_VERBS_MAX + SCENARIO_WORDS_MAX];
    const struct vfsim_verb *verb = vfsim_find_verb(word);
    char near[80];
    unsigned count = 0;
    for (; vfsim_verbs[count]; count++)
        names[count] = vfsim_verbs[count]->name;
    if (verb)
        vfsim_help_verb(verb, stdout);
    scenario_help_words(names + count);
    for (unsigned i = count; verb && names[i]; i++)
        if (!strcmp(word, names[i])) {
            fputs("\nIn a scenario:\n\n", stdout);
            break;
        }
    if (scenario_help_word(word, stdout) || verb)
        return EXIT_PASS;
    vfsim_complain("there is no verb '%s'%s (vfsim help lists them)", word, vfsim_near(word, names, near, sizeof(near)));
    return EXIT_USER;
}

static int help(const struct vfsim_args *args)
{
    if (args->operand_count > 1) {
        vfsim_complain("one word at most: vfsim help [WORD]");
        return EXIT_USER;
    }
    if (args->operand_count)
        return help_with(args->operands[0]);
    vfsim_help_program(stdout);
    fputs("\nLines of a scenario (`vfsim help WORD` tells more):\n\n", stdout);
    scenario_help(stdout);
    return EXIT_PASS;
}

const struct vfsim_verb vfsim_verb_help = {
    .name = "help",
    .sentence = "tell about a verb, or about a word of the scenario language",
    .operands = "[WORD]",
    .what = VALUE_TOPIC,
    .about = "Of a verb of this command what --help of it tells, and of the first word of a scenario's line how such lines are "
             "written, with their options, an example and how they can end. Without a word: lists all.",
    .examples = "vfsim help run\n"
                "vfsim help migrate\n",
    .run = help,
};
