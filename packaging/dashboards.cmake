# SPDX-License-Identifier: BSD-3-Clause
# Installs the dashboards, the sample day, and the manual page of tstat-stack, which stands in its own CMakeLists.txt. In a
# component of their own: they need Python, and are of use on another machine than the probe.
if(NOT TARGET tstat_rrd.cgi)
  return()
endif()
install(FILES ${PROJECT_SOURCE_DIR}/docs/man/tstat-stack.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT dashboards)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/dashboards DESTINATION ${CMAKE_INSTALL_DATADIR}/tstat COMPONENT dashboards
        USE_SOURCE_PERMISSIONS FILES_MATCHING PATTERN "*.json" PATTERN "*.yaml" PATTERN "*.tick" PATTERN "*.conf" PATTERN "*.sh"
        PATTERN "generator" EXCLUDE)
file(GLOB sample_traces CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/traces/*.pcap)
install(FILES ${sample_traces} DESTINATION ${CMAKE_INSTALL_DATADIR}/tstat/sample COMPONENT dashboards)
install(PROGRAMS ${PROJECT_SOURCE_DIR}/tests/traces/day/generate DESTINATION ${CMAKE_INSTALL_DATADIR}/tstat/sample/day
        COMPONENT dashboards)
install(FILES ${PROJECT_SOURCE_DIR}/tests/traces/day/networks.conf ${PROJECT_SOURCE_DIR}/tests/traces/day/rrd.conf
        DESTINATION ${CMAKE_INSTALL_DATADIR}/tstat/sample/day COMPONENT dashboards)
