# SPDX-License-Identifier: BSD-3-Clause
# Writes OUTPUT: page_files.cc.in with the files of FOLDER in it.
file(READ ${FOLDER}/style.css STYLE_SHEET)
file(READ ${FOLDER}/icon.svg ICON)
# One script of several files. Each may use what those before it declare.
set(SCRIPT "'use strict';\n(() => {\n")
foreach(part page texts graph live menus keys start)
  file(READ ${FOLDER}/script/${part}.js text)
  string(APPEND SCRIPT "${text}")
endforeach()
string(APPEND SCRIPT "})();\n")
configure_file(${FOLDER}/page_files.cc.in ${OUTPUT} @ONLY)
