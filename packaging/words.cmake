# SPDX-License-Identifier: GPL-2.0-or-later
# What the program tells others of its own words, made by the program itself at build time: completions of shells, man pages,
# and how editors show scenarios.
set(words ${CMAKE_CURRENT_BINARY_DIR}/words)
file(MAKE_DIRECTORY ${words})

# words_of(FILE ARGUMENT…): what vfsim prints to these, in a file of that folder.
function(words_of file)
  add_custom_command(OUTPUT ${words}/${file} DEPENDS vfsim VERBATIM COMMAND $<TARGET_FILE:vfsim> ${ARGN} > ${words}/${file})
  set_property(DIRECTORY APPEND PROPERTY VFSIM_WORDS ${words}/${file})
endfunction()
words_of(vfsim.bash completion bash)
words_of(_vfsim completion zsh)
words_of(vfsim.fish completion fish)
words_of(vfsim.vim syntax vim)
words_of(vfsim.tmLanguage.json syntax textmate)

# A page for each verb (docs/man has prose of each, and a test that none is missing), one of the program, one of the language.
find_program(GO_MD2MAN go-md2man)
set(page_sh ${CMAKE_CURRENT_SOURCE_DIR}/page.sh)

# page_of(PAGE SECTION WORD PROSE): made of what `vfsim man WORD PROSE` prints.
function(page_of page section word prose)
  add_custom_command(OUTPUT ${words}/${page}.${section}.gz
    DEPENDS vfsim ${page_sh} ${CMAKE_CURRENT_SOURCE_DIR}/page.awk ${prose} VERBATIM
    COMMAND $<TARGET_FILE:vfsim> man ${word} ${prose} > ${words}/${page}.md
    COMMAND ${page_sh} ${GO_MD2MAN} < ${words}/${page}.md > ${words}/${page}.${section}
    COMMAND ${GZIP} -9nkf ${words}/${page}.${section})
  set_property(DIRECTORY APPEND PROPERTY VFSIM_WORDS ${words}/${page}.${section}.gz)
  install(FILES ${words}/${page}.${section}.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endfunction()
if(GO_MD2MAN AND GZIP)
  file(GLOB pages CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/docs/man/*.md)
  foreach(prose ${pages})
    get_filename_component(word ${prose} NAME_WE)
    if(word STREQUAL "vfsim")
      page_of(vfsim 1 vfsim ${prose})
    else()
      page_of(vfsim-${word} 1 ${word} ${prose})
    endif()
  endforeach()
  page_of(vfsim-scenario 5 scenario ${CMAKE_SOURCE_DIR}/docs/scenario-language.md)
else()
  message(STATUS "go-md2man or gzip is not here: no man pages are installed")
endif()
get_property(made DIRECTORY PROPERTY VFSIM_WORDS)
add_custom_target(words ALL DEPENDS ${made})

install(FILES ${words}/vfsim.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME vfsim)
install(FILES ${words}/vfsim.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
# Where zsh looks depends on the prefix: Debian gives packages a folder of their own.
install(CODE "
  set(zsh site-functions)
  if(CMAKE_INSTALL_PREFIX MATCHES \"/usr$\")
    set(zsh vendor-completions)
  endif()
  file(INSTALL DESTINATION \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}/zsh/\${zsh}\" TYPE FILE FILES \"${words}/_vfsim\")")

set(vim ${CMAKE_INSTALL_DATADIR}/vim/vimfiles)
install(FILES ${words}/vfsim.vim DESTINATION ${vim}/syntax)
install(FILES vim/ftdetect.vim DESTINATION ${vim}/ftdetect RENAME vfsim.vim)
install(FILES vim/ftplugin.vim DESTINATION ${vim}/ftplugin RENAME vfsim.vim)
configure_file(vscode/package.json.in ${words}/package.json @ONLY)
install(FILES ${words}/package.json vscode/language-configuration.json DESTINATION ${CMAKE_INSTALL_DATADIR}/vfsim/vscode)
install(FILES ${words}/vfsim.tmLanguage.json DESTINATION ${CMAKE_INSTALL_DATADIR}/vfsim/vscode/syntaxes)
