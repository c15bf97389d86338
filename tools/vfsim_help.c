/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim help, and --help of each verb: the table of verbs and options on a terminal; and the lines of a scenario. */
#include <string.h>

#include "vfsim.h"

enum { COLUMNS_MIN = 40, COLUMNS = 80, COLUMNS_MAX = 100, INDENT_MAX = 24, KNOWN_MAX = 1024 };

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
    bool begins = true;
    for (size_t i = 0; i < len; begins = false) {
        size_t word = 0;
        while (i + word < len && text[i + word] != ' ')
            word++;
        int width = columns_of(text + i, word);
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

const char *vfsim_acts(const struct vfsim_verb *verb, char *buf, unsigned cap)
{
    snprintf(buf, cap, "%s%s", verb->acts ? " " : "", verb->acts ? verb->acts : "");
    for (char *blank = buf; *buf && (blank = strchr(blank + 1, ' '));)
        *blank = '|';
    return buf;
}

void vfsim_help_verb(const struct vfsim_verb *verb, FILE *out)
{
    char acts[64];
    fprintf(out, "usage: vfsim %s%s%s%s%s\n", verb->name, vfsim_acts(verb, acts, sizeof(acts)), *verb->operands ? " " : "",
            verb->operands, verb->options ? " [OPTION…]" : "");
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

static void print_line(void *to, const char *text, int indent)
{
    fprintf(to, "%*s", indent, "");
    print_wrapped(to, text, strlen(text), indent, indent + 2);
}

/* Many a word is of a list that another verb tells of. */
static bool is_told_elsewhere(const char *word)
{
    static const struct {
        enum vfsim_value what;
        const struct vfsim_verb *verb;
    } lists[] = {{VALUE_REASON, &vfsim_verb_reasons}, {VALUE_MODEL, &vfsim_verb_models}};
    struct vfsim_word words[VFSIM_WORDS_MAX];
    for (unsigned i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        for (unsigned k = vfsim_words(lists[i].what, words); k-- > 0;)
            if (!strcmp(words[k].word, word)) {
                printf("%s, as `vfsim %s %s` tells it:\n", word, lists[i].verb->name, word);
                lists[i].verb->run(&(struct vfsim_args){.operands = (const char *[]){word, NULL}, .operand_count = 1});
                return true;
            }
    return false;
}

/* What could have been meant: words that have an end of their own. */
struct known {
    const char *words[KNOWN_MAX];
    unsigned count;
};

static void add_known(void *to, const char *word, size_t len, enum vfsim_word_kind kind)
{
    struct known *known = to;
    (void)kind;
    if (!word[len] && known->count + 1 < KNOWN_MAX)
        known->words[known->count++] = word;
}

static void complain_of_word(const char *word)
{
    static const enum vfsim_value lists[] = {VALUE_TOPIC, VALUE_REASON, VALUE_MODEL};
    static struct known known;
    struct vfsim_word words[VFSIM_WORDS_MAX];
    char near[80];
    known = (struct known){.count = 0};
    for (unsigned i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        for (unsigned k = vfsim_words(lists[i], words); k-- > 0;)
            add_known(&known, words[k].word, strlen(words[k].word), VFSIM_OPTION_WORD);
    vfsim_language_each_word(add_known, &known);
    known.words[known.count] = NULL;
    vfsim_complain("there is no verb or word '%s'%s (vfsim help lists verbs and lines)", word,
                   vfsim_near(word, known.words, near, sizeof(near)));
}

/* Of a verb of the command, and of the lines of a scenario that begin with it, or have it. */
static int help_with(const char *word)
{
    const char *line;
    const struct vfsim_verb *verb = vfsim_find_verb(word);
    bool begins_lines = false;
    for (unsigned i = 0; (line = vfsim_language_word(i)); i++)
        begins_lines |= !strcmp(word, line);
    if (verb)
        vfsim_help_verb(verb, stdout);
    if (verb && begins_lines)
        fputs("\nIn a scenario:\n\n", stdout);
    bool is_told = verb;
    if ((!verb || begins_lines) && vfsim_language_help_lines(word, print_line, stdout)) {
        is_told = true;
        fputs("\nWhat each word means: man vfsim-scenario, or docs/scenario-language.md.\n", stdout);
    }
    if (!verb && !begins_lines)
        is_told |= is_told_elsewhere(word);
    if (!is_told)
        complain_of_word(word);
    return is_told ? EXIT_PASS : EXIT_USER;
}

enum { NAME_COLUMNS = 20 };

static void print_scenario_line(void *to, const char *title, const char *name, const char *sentence)
{
    bool *is_first = to;
    if (title)
        printf("%s%s:\n", *is_first ? "" : "\n", title);
    *is_first = false;
    print_item(stdout, name, sentence, NAME_COLUMNS);
}

static int help(const struct vfsim_args *args)
{
    bool is_first = true;
    if (args->operand_count == 2 && !strcmp(args->operands[0], "expect")) {
        char words[64];
        snprintf(words, sizeof(words), "expect %s", args->operands[1]);
        return help_with(words);
    }
    if (args->operand_count > 1) {
        vfsim_complain("one word at most: vfsim help [WORD]");
        return EXIT_USER;
    }
    if (args->operand_count)
        return help_with(args->operands[0]);
    vfsim_help_program(stdout);
    fputs("\nLines of a scenario (`vfsim help WORD` tells more):\n\n", stdout);
    vfsim_language_kinds(print_scenario_line, &is_first);
    return EXIT_PASS;
}

const struct vfsim_verb vfsim_verb_help = {
    .name = "help",
    .sentence = "tell about a verb, or about a word of the scenario language",
    .operands = "[WORD]",
    .what = VALUE_TOPIC,
    .about =
        "Of a verb of this command what --help of it tells; of the first word of a scenario's line how such lines are "
        "written, with their options, an example and how they can end; of another word of the language which lines have it; of a "
        "reason of drops or a model what `vfsim reasons` and `vfsim models` tell. Without a word: lists verbs and lines.",
    .examples = "vfsim help run\n"
                "vfsim help migrate\n"
                "vfsim help expect drops\n"
                "vfsim help spoofchk\n",
    .run = help,
};
