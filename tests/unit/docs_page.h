/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page of the language as a string, for tests that hold a table of it to the program's own. */
#ifndef VFSIM_TESTS_DOCS_PAGE_H
#define VFSIM_TESTS_DOCS_PAGE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/* The whole of docs/scenario-language.md, ended by a zero; free() it. */
static char *read_docs(void)
{
    FILE *in = fopen("docs/scenario-language.md", "re");
    char *text = calloc(1, 1 << 20);
    ck_assert(in && text);
    ck_assert_uint_gt(fread(text, 1, (1 << 20) - 1, in), 0);
    fclose(in);
    return text;
}

#endif
