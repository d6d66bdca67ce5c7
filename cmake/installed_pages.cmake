# SPDX-License-Identifier: BSD-3-Clause
# The pages as they are installed: links to what is not beside them there (sources, manual pages) become plain text.
#   cmake -D SOURCE=REPOSITORY -D TO=FOLDER -P installed_pages.cmake
file(GLOB pictures ${SOURCE}/docs/viewer/*.png)
file(COPY ${pictures} DESTINATION ${TO}/viewer)
file(GLOB pictures ${SOURCE}/docs/pictures/*.svg)
file(COPY ${pictures} DESTINATION ${TO}/pictures)
file(GLOB pages RELATIVE ${SOURCE}/docs ${SOURCE}/docs/*.md ${SOURCE}/docs/logs/*.md)
list(REMOVE_ITEM pages extending.md)
foreach(page IN LISTS pages ITEMS ../CHANGELOG.md)
  file(READ ${SOURCE}/docs/${page} text)
  string(REPLACE "](docs/" "](" text "${text}")
  if(NOT page MATCHES "^logs/")
    string(REGEX REPLACE "\\[[^]]*\\]\\(extending\\.md[^)]*\\)" "`docs/extending.md` of the sources" text "${text}")
    string(REGEX REPLACE "\\[([^]]*)\\]\\((\\.\\./|man/)[^)]*\\)" "\\1" text "${text}")
  endif()
  string(REGEX REPLACE "^\\.\\./" "" page ${page})
  file(WRITE ${TO}/${page} "${text}")
endforeach()
