/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim syntax EDITOR: how an editor shows scenarios, made from the words of the language. */
#include <assert.h>
#include <string.h>

#include "vfsim.h"

enum { WORDS_MAX = 1024, TEXT_MAX = 1 << 15 };

/* ---- the words, each kind in alphabetical order, so that what is made does not depend on how verbs are found ---- */

struct word {
    const char *text;
    size_t len;
    enum vfsim_word_kind kind;
};

static struct {
    struct word list[WORDS_MAX];
    unsigned count;
} words;

static int compare(const struct word *a, const struct word *b)
{
    int order = strncmp(a->text, b->text, a->len < b->len ? a->len : b->len);
    return a->kind != b->kind ? (int)a->kind - (int)b->kind : order ? order : (int)a->len - (int)b->len;
}

static void add_word(void *to, const char *text, size_t len, enum vfsim_word_kind kind)
{
    struct word word = {text, len, kind};
    unsigned at = words.count;
    (void)to;
    while (at && compare(&word, &words.list[at - 1]) < 0)
        at--;
    if (at && !compare(&word, &words.list[at - 1]))
        return;
    assert(words.count < WORDS_MAX);
    memmove(&words.list[at + 1], &words.list[at], (words.count++ - at) * sizeof(word));
    words.list[at] = word;
}

/* ---- patterns: "a|b|c" of a kind, for any place in one ---- */

struct pattern {
    char text[TEXT_MAX];
    size_t len;
};

static void append(struct pattern *p, const char *text, size_t len)
{
    assert(p->len + len < sizeof(p->text));
    memcpy(p->text + p->len, text, len);
    p->text[p->len += len] = 0;
}

/* An alternative that begins another one stands behind it: the engine takes the first that fits. */
static void append_words(struct pattern *p, enum vfsim_word_kind kind, const char *bar)
{
    bool is_first = true;
    for (unsigned i = words.count; i-- > 0;) {
        if (words.list[i].kind != kind)
            continue;
        if (!is_first)
            append(p, bar, strlen(bar));
        is_first = false;
        append(p, words.list[i].text, words.list[i].len);
    }
}

/* `form` with D, A, E, O and U between `<>` for the words of a kind. */
static const char *make(struct pattern *p, const char *form, const char *bar)
{
    static const char letters[] = "DAEOU";
    p->len = 0;
    p->text[0] = 0;
    while (*form) {
        size_t len = strcspn(form, "<");
        append(p, form, len);
        form += len;
        const char *letter = *form ? strchr(letters, form[1]) : NULL;
        if (letter && form[1] && form[2] == '>') {
            append_words(p, (enum vfsim_word_kind)(letter - letters), bar);
            form += 3;
        } else if (*form) {
            append(p, form++, 1);
        }
    }
    return p->text;
}

/* ---- Vim: of matches that begin at one place the last one holds ---- */

static void vim(void)
{
    static const char *const lines[] = {
        "\" How Vim shows scenarios of vfsim; made by `vfsim syntax vim`.",
        "if exists('b:current_syntax')",
        "  finish",
        "endif",
        "let s:cpo = &cpo",
        "set cpo&vim",
        "syn case match",
        "syn match vfsimOption /\\%(\\s\\)\\@1<=\\%(<O>\\)\\%(\\s\\|$\\)\\@=/",
        "syn match vfsimNumber /\\%(\\s\\)\\@1<=\\d\\+\\%(\\.\\d\\+\\)\\=\\%(<U>\\)\\=\\%(\\s\\|$\\)\\@=/",
        "syn match vfsimNumber /\\%(\\s\\)\\@1<=0x\\x\\+\\%(\\s\\|$\\)\\@=/",
        "syn match vfsimAddress /\\%(\\s\\)\\@1<=\\x\\x\\%(:\\x\\x\\)\\{5}\\%(\\s\\|$\\)\\@=/",
        "syn match vfsimAddress /\\%(\\s\\)\\@1<=\\d\\+\\%(\\.\\d\\+\\)\\{3}\\%(\\s\\|$\\)\\@=/",
        "syn match vfsimTime /^\\s*\\%([@+]\\=\\d\\S*\\|end\\)\\s\\@=/ nextgroup=vfsimTry,vfsimAct,vfsimExpect skipwhite",
        "syn match vfsimTry /try\\s\\@=/ contained nextgroup=vfsimAct skipwhite",
        "syn match vfsimAct /\\%(<A>\\)\\%(\\s\\|$\\)\\@=/ contained",
        "syn match vfsimExpect /expect\\s\\@=/ contained nextgroup=vfsimExpected skipwhite",
        "syn match vfsimExpected /\\%(<E>\\)\\%(\\s\\|$\\)\\@=/ contained",
        "syn match vfsimDeclaration /^\\s*\\%(<D>\\)\\%(\\s\\|$\\)\\@=/",
        "syn match vfsimTime /^\\s*[*!]\\s\\@=/ nextgroup=vfsimSentence skipwhite",
        "syn match vfsimSentence /\\S.\\{-}\\ze\\%(\\s#\\|$\\)/ contained contains=vfsimVariable",
        "syn match vfsimVariable /\\$\\%(\\w\\+\\|{\\w\\+}\\)/",
        "syn region vfsimString start=/\\%(^\\|\\s\\)\\@1<=\"/ skip=/\\\\./ end=/\"/ oneline contains=vfsimVariable,vfsimEscape",
        "syn match vfsimEscape /\\\\[\"\\\\$]/ contained",
        "syn match vfsimComment /\\%(^\\|\\s\\)\\@1<=#.*$/ contains=@Spell,vfsimTodo",
        "syn keyword vfsimTodo contained TODO FIXME XXX",
        "hi def link vfsimDeclaration Type",
        "hi def link vfsimTime Number",
        "hi def link vfsimTry Conditional",
        "hi def link vfsimAct Statement",
        "hi def link vfsimExpect Statement",
        "hi def link vfsimExpected Function",
        "hi def link vfsimOption Keyword",
        "hi def link vfsimNumber Number",
        "hi def link vfsimAddress Constant",
        "hi def link vfsimSentence String",
        "hi def link vfsimString String",
        "hi def link vfsimEscape Special",
        "hi def link vfsimVariable Identifier",
        "hi def link vfsimComment Comment",
        "hi def link vfsimTodo Todo",
        "let b:current_syntax = 'vfsim'",
        "let &cpo = s:cpo",
        "unlet s:cpo",
    };
    static struct pattern p;
    for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        printf("%s\n", make(&p, lines[i], "\\|"));
}

/* ---- TextMate: of patterns that match at one place the first one holds; a JSON file, which VS Code and others read ---- */

enum { CAPTURES_MAX = 4 };

static const struct rule {
    const char *pattern;
    const char *names[CAPTURES_MAX]; /* of the whole, and of what stands in parentheses */
} rules[] = {
    {"(?<!\\S)#.*$", {"comment.line.number-sign"}},
    {"(?<!\\S)\"(?:[^\"\\\\]|\\\\.)*\"?", {"string.quoted.double"}},
    {"^\\s*(<D>)(?!\\S)", {NULL, "storage.type.declaration"}},
    {"^\\s*([*!])\\s+(\\S(?:(?!\\s#).)*)", {NULL, "constant.numeric.time", "string.unquoted.sentence"}},
    {"^\\s*([@+]?[0-9]\\S*|end)\\s+(expect)(?!\\S)(?:\\s+(<E>)(?!\\S))?",
     {NULL, "constant.numeric.time", "keyword.control.expect", "entity.name.function.expected"}},
    {"^\\s*([@+]?[0-9]\\S*)\\s+(?:(try)\\s+)?(<A>)(?!\\S)",
     {NULL, "constant.numeric.time", "keyword.control.try", "keyword.control.act"}},
    {"^\\s*([@+]?[0-9]\\S*|end)(?=\\s)", {NULL, "constant.numeric.time"}},
    {"\\$(?:\\w+|\\{\\w+\\})", {"variable.other"}},
    {"(?<!\\S)[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}(?!\\S)", {"constant.other.address"}},
    {"(?<!\\S)[0-9]+(?:\\.[0-9]+){3}(?!\\S)", {"constant.other.address"}},
    {"(?<!\\S)(?:0x[0-9a-fA-F]+|[0-9]+(?:\\.[0-9]+)?(?:<U>)?)(?!\\S)", {"constant.numeric"}},
    {"(?<=\\s)(?:<O>)(?!\\S)", {"support.constant.option"}},
};
enum { RULES = sizeof(rules) / sizeof(rules[0]) };

static void put_json(const char *text)
{
    putchar('"');
    for (const char *p = text; *p; p++)
        printf("%s%c", strchr("\"\\", *p) ? "\\" : "", *p);
    putchar('"');
}

static void textmate(void)
{
    static struct pattern p;
    printf("{\n  \"information_for_contributors\": [\"made by `vfsim syntax textmate`\"],\n  \"name\": \"vfsim scenario\",\n"
           "  \"scopeName\": \"source.vfsim\",\n  \"fileTypes\": [\"scn\"],\n  \"patterns\": [\n");
    for (unsigned i = 0; i < RULES; i++) {
        const struct rule *rule = &rules[i];
        printf("    {\n      \"match\": ");
        put_json(make(&p, rule->pattern, "|"));
        if (rule->names[0])
            printf(",\n      \"name\": \"%s.vfsim\"", rule->names[0]);
        else
            printf(",\n      \"captures\": {");
        for (unsigned k = 1; k < CAPTURES_MAX && rule->names[k]; k++)
            printf("%s\n        \"%u\": {\"name\": \"%s.vfsim\"}", k > 1 ? "," : "", k, rule->names[k]);
        printf("%s\n    }%s\n", rule->names[0] ? "" : "\n      }", i + 1 < RULES ? "," : "");
    }
    printf("  ]\n}\n");
}

/* ---- the verb ---- */

static int syntax(const struct vfsim_args *args)
{
    static const char *const editors[] = {"vim", "textmate", NULL};
    char near[80];
    const char *editor = args->operand_count == 1 ? args->operands[0] : NULL;
    if (!editor) {
        vfsim_complain("for which editor? vfsim syntax vim|textmate");
        return EXIT_USER;
    }
    if (strcmp(editor, editors[0]) && strcmp(editor, editors[1])) {
        vfsim_complain("there is no syntax file for '%s'%s (vim or textmate)", editor,
                       vfsim_near(editor, editors, near, sizeof(near)));
        return EXIT_USER;
    }
    words.count = 0;
    vfsim_language_each_word(add_word, NULL);
    if (!strcmp(editor, editors[0]))
        vim();
    else
        textmate();
    return EXIT_PASS;
}

const struct vfsim_verb vfsim_verb_syntax = {
    .name = "syntax",
    .sentence = "print a file by which an editor shows scenarios in colour",
    .operands = "EDITOR",
    .what = VALUE_EDITOR,
    .about =
        "For Vim, or as a TextMate grammar, which VS Code and many others read. An installed vfsim has them where Vim looks, and "
        "as an extension that VS Code can be pointed at. All words are of this very program's language.",
    .examples = "vfsim syntax vim >~/.vim/syntax/vfsim.vim\n"
                "vfsim syntax textmate >vfsim.tmLanguage.json\n",
    .run = syntax,
};
