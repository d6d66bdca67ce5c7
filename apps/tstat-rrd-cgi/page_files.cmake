# SPDX-License-Identifier: BSD-3-Clause
# Writes OUTPUT: page_files.cc.in with the files of FOLDER in it.
file(READ ${FOLDER}/style.css STYLE_SHEET)
file(READ ${FOLDER}/icon.svg ICON)
file(READ ${FOLDER}/script.js SCRIPT)
configure_file(${FOLDER}/page_files.cc.in ${OUTPUT} @ONLY)
