# SPDX-License-Identifier: GPL-2.0-or-later
# What pages of docs/ say is so.
find_program(PYTHON3 python3 REQUIRED)

# Followed word by word, as a reader does.
add_test(NAME docs/follow-self-test COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/follow_page.py --self-test)
add_test(NAME docs/tutorial COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/follow_page.py $<TARGET_FILE:vfsim> docs/tutorial.md)

add_test(NAME docs/answers COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/follow_page.py $<TARGET_FILE:vfsim> docs/answers.md)

# A page for each thing that people ask about, held to the code.
add_test(NAME docs/report COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/report_docs.py)
add_test(NAME docs/report-self-test COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/report_docs.py --self-test)
add_test(NAME docs/life-of-a-frame COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/life_docs.py)
add_test(NAME docs/life-of-a-frame-self-test COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/life_docs.py --self-test)
add_test(NAME docs/glossary COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/glossary_docs.py)
add_test(NAME docs/glossary-self-test COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/glossary_docs.py --self-test)

# The first page shows a report, and leads to all others.
add_test(NAME docs/readme COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/follow_page.py $<TARGET_FILE:vfsim> README.md)
add_test(NAME docs/links COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/page_links.py)
add_test(NAME docs/links-self-test COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/page_links.py --self-test)
# The specifications name what the headers name, with their types and numbers; the self test breaks each.
add_test(NAME docs/specifications COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/specs_test.py --self-test)
