# SPDX-License-Identifier: GPL-2.0-or-later
# What the program tells others of its own words, made by the program itself at build time: completions of shells.
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
