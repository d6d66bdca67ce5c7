# SPDX-License-Identifier: BSD-3-Clause
# What `cmake --install` and `cpack` ship: library, headers, CMake package, tstat.pc, command (its own
# CMakeLists.txt), man page, completion, licence, service (packaging/).
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tstat)
install(TARGETS tstat_lib EXPORT tstat-targets)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/libtstat/include/tstat TYPE INCLUDE FILES_MATCHING PATTERN "*.h")
install(EXPORT tstat-targets NAMESPACE tstat:: DESTINATION ${package_dir})
get_target_property(tstat_type tstat_lib TYPE)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/tstat-config.cmake.in
                              ${PROJECT_BINARY_DIR}/tstat-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tstat-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/tstat-config.cmake ${PROJECT_BINARY_DIR}/tstat-config-version.cmake
        DESTINATION ${package_dir})

# A static libtstat needs what it was linked with; those libraries are shared ones, so their own private needs
# (pkg-config --static) do not count, and they stand under Requires. A shared libtstat knows them itself.
set(TSTAT_PC_REQUIRES "absl_status absl_statusor absl_strings")
if(tstat_type STREQUAL "STATIC_LIBRARY")
  string(APPEND TSTAT_PC_REQUIRES " absl_flat_hash_map fmt libpcap zlib liblzma libzstd libcrypto")
  set(TSTAT_PC_LIBS "-lbz2 -pthread")
endif()
# The prefix by the place of the file: right after `cmake --install --prefix` and in packages too.
file(RELATIVE_PATH TSTAT_PC_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" TSTAT_PC_PREFIX ${TSTAT_PC_PREFIX})
configure_file(${CMAKE_CURRENT_LIST_DIR}/tstat.pc.in ${PROJECT_BINARY_DIR}/tstat.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/tstat.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/CHANGELOG.md TYPE DOC)
file(GLOB file_pages ${PROJECT_SOURCE_DIR}/docs/man/*.5)
install(FILES ${file_pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)

include(${PROJECT_SOURCE_DIR}/packaging/service.cmake)

set(CPACK_GENERATOR DEB TGZ)
set(CPACK_PACKAGE_NAME tstat)
set(CPACK_PACKAGE_VENDOR "The tstat authors")
set(CPACK_PACKAGE_CONTACT "The tstat authors <authors@tstat.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "passive TCP/UDP traffic analyser")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
if(TSTAT_WITH_RRD)
  string(REPLACE ".so." "" CPACK_DEBIAN_PACKAGE_DEPENDS ${TSTAT_LIBRRD})
endif()
include(CPack)
