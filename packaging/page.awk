# SPDX-License-Identifier: GPL-2.0-or-later
# Markdown as the docs have it, for go-md2man: tables that a terminal has no room for become lists of terms, links their text,
# and code that stands behind a list does not become part of it.

function flush_table(    i, k, n, wide, width, most, term, text, cells)
{
    if (!rows)
        return
    for (i = 1; i <= rows; i++) {
        n = split_row(row[i], cells)
        for (k = 1; k <= n; k++)
            if (length(cells[k]) > most[k])
                most[k] = length(cells[k])
    }
    for (k in most)
        width += most[k] + 3
    if (width <= 72) {
        for (i = 1; i <= rows; i++)
            print row[i]
    } else {
        split_row(row[1], head)
        for (i = 3; i <= rows; i++) {
            n = split_row(row[i], cells)
            text = cells[n]
            if (head[n] == "example" && text != "")
                text = "Example: " text
            for (k = 2; k < n; k++)
                if (cells[k] != "")
                    text = text (text ~ /\]$/ ? "; (" : " (") (head[k] == "" ? "" : head[k] ": ") cells[k] ")" # `[…] (…)` is a link
            print cells[1]
            print ":   " (text == "" ? "(as its name says)" : text)
            print ""
        }
    }
    rows = 0
}

# The cells of a line of a table: how many. A bar that is text has a backslash before it.
function split_row(line, cells,    n, k)
{
    gsub(/\\\|/, "\001", line)
    sub(/^\| */, "", line)
    sub(/ *\|[ ]*$/, "", line)
    n = split(line, cells, / *\| */)
    for (k = 1; k <= n; k++)
        gsub(/\001/, "|", cells[k])
    return n
}

/^```/ {
    flush_table()
    if (!code && list)
        print "<!-- -->\n"
    code = !code
    list = 0
    print
    next
}
code { print; next }
{
    while (match($0, /\[[^]]*\]\([^)]*\)/)) {
        link = substr($0, RSTART, RLENGTH)
        sub(/^\[/, "", link)
        sub(/\]\(.*$/, "", link)
        $0 = substr($0, 1, RSTART - 1) link substr($0, RSTART + RLENGTH)
    }
}
/^\|/ { row[++rows] = $0; next }
# "**host** `host NAME …`: what it is": a heading of its own, for who looks for the word.
/^\*\*[a-z][a-z, -]*\*\* `/ {
    flush_table()
    match($0, /^\*\*[a-z, -]*\*\*/)
    print "### " substr($0, 3, RLENGTH - 4) "\n"
    $0 = substr($0, RLENGTH + 2)
}
{
    flush_table()
    if ($0 ~ /^[*-] /)
        list = 1
    else if ($0 != "" && $0 !~ /^ /)
        list = 0
    print
}
END { flush_table() }
