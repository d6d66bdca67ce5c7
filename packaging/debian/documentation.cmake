# SPDX-License-Identifier: BSD-3-Clause
# Run by cpack on the files of each component before they become a package: documentation as Debian's policy wants it.
# Licence and changelog have names of their own, changelogs and manual pages are compressed.
if(NOT CPACK_GENERATOR STREQUAL "DEB")
  return()
endif()
# compress(FILES...): as `gzip -9n`.
function(compress)
  if(ARGN)
    execute_process(COMMAND gzip -9nf ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
  endif()
endfunction()

set(packages command/tstat development/libtstat-dev)
if(CPACK_TSTAT_HAS_LIBRARY)
  list(APPEND packages library/libtstat0)
endif()
foreach(package IN LISTS packages)
  string(REGEX MATCH "^[a-z]+" component ${package})
  string(REGEX MATCH "[^/]+$" name ${package})
  set(share ${CPACK_TEMPORARY_DIRECTORY}/${component}/usr/share)
  if(component STREQUAL "library")
    file(MAKE_DIRECTORY ${share})  # it has nothing but what follows
  elseif(NOT EXISTS ${share})
    message(FATAL_ERROR "${share}: not there; the components have other names")
  endif()
  set(doc ${share}/doc/${name})
  file(COPY ${CPACK_TSTAT_SOURCE_DIR}/packaging/debian/copyright DESTINATION ${doc})
  file(COPY_FILE ${CPACK_TSTAT_CHANGELOG} ${doc}/changelog.Debian)
  file(COPY_FILE ${CPACK_TSTAT_SOURCE_DIR}/CHANGELOG.md ${doc}/changelog)
  file(REMOVE ${doc}/LICENSE ${doc}/CHANGELOG.md)
  file(GLOB pages ${share}/man/man?/*.[1-8])
  if(component STREQUAL "library")
    # The trigger is there; cpack writes scripts that call it nevertheless.
    file(WRITE ${share}/lintian/overrides/${name} "${name}: maintscript-calls-ldconfig *\n")
  endif()
  compress(${doc}/changelog.Debian ${doc}/changelog ${pages})
endforeach()
