# SPDX-License-Identifier: BSD-3-Clause
# Installs the web viewer's settings and manual page, and what web servers need to run it; the program itself stands in
# its own CMakeLists.txt. All in a component of its own: unlike the command, it cannot do without librrd.
if(NOT TARGET tstat_rrd.cgi)
  return()
endif()
set(viewer_dir ${CMAKE_CURRENT_LIST_DIR}/viewer)
install(FILES ${PROJECT_SOURCE_DIR}/docs/man/tstat_rrd.cgi.1 ${PROJECT_SOURCE_DIR}/docs/man/tstat-view.1
        DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT viewer)
file(GLOB viewer_snippets CONFIGURE_DEPENDS ${viewer_dir}/*.conf)
list(FILTER viewer_snippets EXCLUDE REGEX "/rrd-cgi.conf$")
install(FILES ${viewer_snippets} DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/tstat-cgi/examples COMPONENT viewer)
# A FastCGI responder of its own, for any web server.
set(viewer_systemd ${CMAKE_CURRENT_LIST_DIR}/systemd)
install(FILES ${viewer_systemd}/tstat-rrd-cgi.service ${viewer_systemd}/tstat-rrd-cgi.socket
        DESTINATION lib/systemd/system COMPONENT viewer)
install(FILES ${viewer_systemd}/tstat-rrd-cgi.sysusers DESTINATION lib/sysusers.d RENAME tstat-rrd-cgi.conf COMPONENT viewer)
# Written for the prefix /usr; of another one they name its paths.
install(CODE "set(viewer_documents \"${CMAKE_INSTALL_DATADIR}/doc/tstat-cgi/examples\")" COMPONENT viewer)
install(CODE [[
  if(NOT CMAKE_INSTALL_PREFIX MATCHES "/usr/?$")
    set(installed "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}")
    file(GLOB texts "${installed}/${viewer_documents}/*.conf" "${installed}/lib/systemd/system/tstat-rrd-cgi.*")
    foreach(file IN LISTS texts)
      file(READ "${file}" text)
      string(REPLACE "/usr/lib/cgi-bin" "${CMAKE_INSTALL_PREFIX}/lib/cgi-bin" text "${text}")
      string(REPLACE "/etc/tstat/rrd-cgi.conf" "${CMAKE_INSTALL_PREFIX}/etc/tstat/rrd-cgi.conf" text "${text}")
      file(WRITE "${file}" "${text}")
    endforeach()
  endif()
]] COMPONENT viewer)
# As in service.cmake: what is there is the administrator's.
install(CODE "set(configuration \"${viewer_dir}/rrd-cgi.conf\")" COMPONENT viewer)
install(CODE [[
  string(REGEX REPLACE "/usr/?$" "" root "${CMAKE_INSTALL_PREFIX}")
  if(EXISTS "$ENV{DESTDIR}${root}/etc/tstat/rrd-cgi.conf")
    message(STATUS "Kept: $ENV{DESTDIR}${root}/etc/tstat/rrd-cgi.conf")
  else()
    file(INSTALL DESTINATION "${root}/etc/tstat" TYPE FILE FILES "${configuration}")
  endif()
]] COMPONENT viewer)
file(WRITE ${PROJECT_BINARY_DIR}/viewer/conffiles "/etc/tstat/rrd-cgi.conf\n")
