# SPDX-License-Identifier: BSD-3-Clause
# Installs the service: unit, user, configuration. /etc belongs to the prefix /usr; any other prefix has an etc of its
# own. A configuration that is there is the administrator's and stays.
set(packaging_dir ${CMAKE_CURRENT_LIST_DIR})
file(GLOB configuration CONFIGURE_DEPENDS ${packaging_dir}/etc/*)
install(FILES ${packaging_dir}/systemd/tstat.service ${packaging_dir}/systemd/tstat-ship.service DESTINATION lib/systemd/system COMPONENT command)
install(FILES ${packaging_dir}/systemd/tstat.sysusers DESTINATION lib/sysusers.d RENAME tstat.conf COMPONENT command)
install(FILES ${packaging_dir}/ship/tstat-to-influx.ini ${packaging_dir}/ship/netsage.ini
        DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples COMPONENT command)
install(CODE "set(configuration \"${configuration}\")" COMPONENT command)
install(CODE [[
  string(REGEX REPLACE "/usr/?$" "" root "${CMAKE_INSTALL_PREFIX}")
  foreach(file IN LISTS configuration)
    get_filename_component(name ${file} NAME)
    if(EXISTS "$ENV{DESTDIR}${root}/etc/tstat/${name}")
      message(STATUS "Kept: $ENV{DESTDIR}${root}/etc/tstat/${name}")
    else()
      file(INSTALL DESTINATION "${root}/etc/tstat" TYPE FILE FILES "${file}")
    endif()
  endforeach()
]] COMPONENT command)

# They are the administrator's for a Debian package, too.
list(TRANSFORM configuration REPLACE "^.*/" "/etc/tstat/" OUTPUT_VARIABLE conffiles)
string(REPLACE ";" "\n" conffiles "${conffiles}")
file(WRITE ${PROJECT_BINARY_DIR}/conffiles "${conffiles}\n")
