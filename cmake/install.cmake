# SPDX-License-Identifier: BSD-3-Clause
# What `cmake --install` and `cpack` ship, in components: `command` (command, service, pages), `library` (the shared one)
# and `development` (headers, the static library, CMake package, *.pc, examples); `viewer` (the CGI program), `dashboards`, `python`, `tools` (tstat-log and
# others in Python), `doc` (the users guide, docs/guide). The command itself stands in its own CMakeLists.txt.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tstat)
install(TARGETS tstat_lib EXPORT tstat-targets
        ARCHIVE COMPONENT development LIBRARY COMPONENT library NAMELINK_COMPONENT development)
if(BUILD_SHARED_LIBS)
  install(TARGETS tstat_inside ARCHIVE COMPONENT development)
elseif(TARGET tstat_shared)
  install(TARGETS tstat_shared LIBRARY COMPONENT library NAMELINK_COMPONENT development)
endif()
file(GLOB c_headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bindings/c/libtstat.h ${PROJECT_SOURCE_DIR}/bindings/c/tstat.h)
install(FILES ${c_headers} TYPE INCLUDE COMPONENT development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/libtstat/include/tstat TYPE INCLUDE COMPONENT development
        FILES_MATCHING PATTERN "*.h")
install(EXPORT tstat-targets NAMESPACE tstat:: DESTINATION ${package_dir} COMPONENT development)
get_target_property(tstat_type tstat_lib TYPE)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/tstat-config.cmake.in
                              ${PROJECT_BINARY_DIR}/tstat-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tstat-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/tstat-config.cmake ${PROJECT_BINARY_DIR}/tstat-config-version.cmake
        DESTINATION ${package_dir} COMPONENT development)

# A static libtstat needs what it was linked with; those libraries are shared ones, so their own private needs
# (pkg-config --static) do not count, and they stand under Requires. A shared libtstat knows them itself.
set(TSTAT_PC_REQUIRES "absl_status absl_statusor absl_strings")
set(TSTAT_PC_LIB "-ltstat")
if(tstat_type STREQUAL "STATIC_LIBRARY")
  # Where both kinds are, the linker would take the shared one.
  set(TSTAT_PC_LIB "-l:libtstat.a")
  string(APPEND TSTAT_PC_REQUIRES " absl_flat_hash_map fmt libpcap zlib liblzma libzstd libcrypto")
  if(TSTAT_WITH_LZ4)
    string(APPEND TSTAT_PC_REQUIRES " liblz4")
  endif()
  set(TSTAT_PC_LIBS "-lbz2 -pthread")
endif()
# The prefix by the place of the file: right after `cmake --install --prefix` and in packages too.
file(RELATIVE_PATH TSTAT_PC_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" TSTAT_PC_PREFIX ${TSTAT_PC_PREFIX})
configure_file(${CMAKE_CURRENT_LIST_DIR}/tstat.pc.in ${PROJECT_BINARY_DIR}/tstat.pc @ONLY)
configure_file(${PROJECT_SOURCE_DIR}/bindings/c/libtstat.pc.in ${PROJECT_BINARY_DIR}/libtstat.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/tstat.pc ${PROJECT_BINARY_DIR}/libtstat.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/examples DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/libtstat-dev
        COMPONENT development FILES_MATCHING PATTERN "*.cc" PATTERN "*.c" PATTERN "README.md")

# The pages that the README names, with the links among them. A folder of its own for each installation: two may run at once.
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE TYPE DOC COMPONENT command)
install(CODE "
  string(RANDOM LENGTH 12 name)
  set(pages \"${PROJECT_BINARY_DIR}/installed_pages_\${name}\")
  execute_process(COMMAND \"${CMAKE_COMMAND}\" -D \"SOURCE=${PROJECT_SOURCE_DIR}\" -D \"TO=\${pages}\"
                          -P \"${CMAKE_CURRENT_LIST_DIR}/installed_pages.cmake\" COMMAND_ERROR_IS_FATAL ANY)
  set(folder \"${CMAKE_INSTALL_DOCDIR}\")
  cmake_path(ABSOLUTE_PATH folder BASE_DIRECTORY \"\${CMAKE_INSTALL_PREFIX}\")
  file(INSTALL \"\${pages}/\" DESTINATION \"\${folder}\")
  file(REMOVE_RECURSE \"\${pages}\")" COMPONENT command)
file(GLOB man_pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/man/*.[1-8])
list(FILTER man_pages EXCLUDE REGEX "/(tstat_rrd.cgi|tstat-view|tstat-stack|tstat-log|tstat-flow|tstat-report|tstat-top).1$")  # packaging/{viewer,dashboards}.cmake, python_tools.cmake
foreach(page IN LISTS man_pages)
  string(REGEX MATCH "[1-8]$" section ${page})
  set(component command)
  if(section EQUAL 3)
    set(component development)
  endif()
  install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section} COMPONENT ${component})
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/apps/tstat-cli/completion/tstat.bash COMPONENT command
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME tstat)
install(FILES ${PROJECT_SOURCE_DIR}/apps/tstat-decrypt/completion/tstat-decrypt.bash COMPONENT command
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME tstat-decrypt)
install(FILES ${PROJECT_SOURCE_DIR}/apps/tstat-ship/completion/tstat-ship.bash COMPONENT command
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME tstat-ship)
if(TSTAT_WITH_RRD)
  install(FILES ${PROJECT_SOURCE_DIR}/apps/tstat-rrd-merge/completion/tstat-rrd-merge.bash COMPONENT command
          DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME tstat-rrd-merge)
endif()

include(${PROJECT_SOURCE_DIR}/packaging/service.cmake)
include(${PROJECT_SOURCE_DIR}/packaging/viewer.cmake)
include(${PROJECT_SOURCE_DIR}/packaging/dashboards.cmake)
include(${PROJECT_SOURCE_DIR}/packaging/python.cmake)
include(${PROJECT_SOURCE_DIR}/packaging/package.cmake)
