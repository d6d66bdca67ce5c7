# SPDX-License-Identifier: BSD-3-Clause
# Installs the service: unit, user, configuration. /etc belongs to the prefix /usr; any other prefix has an etc of its
# own. A configuration that is there is the administrator's and stays.
set(packaging_dir ${CMAKE_CURRENT_LIST_DIR})
install(FILES ${packaging_dir}/systemd/tstat.service DESTINATION lib/systemd/system)
install(FILES ${packaging_dir}/systemd/tstat.sysusers DESTINATION lib/sysusers.d RENAME tstat.conf)
install(CODE "set(packaging_dir \"${packaging_dir}\")")
install(CODE [[
  string(REGEX REPLACE "/usr/?$" "" root "${CMAKE_INSTALL_PREFIX}")
  foreach(name service.conf tstat.conf runtime.conf globals.conf histo.conf rrd.conf net.all net.private ether.internal
               pktsize.conf avgipg.conf DNS_config.txt)
    if(EXISTS "$ENV{DESTDIR}${root}/etc/tstat/${name}")
      message(STATUS "Kept: $ENV{DESTDIR}${root}/etc/tstat/${name}")
    else()
      file(INSTALL DESTINATION "${root}/etc/tstat" TYPE FILE FILES "${packaging_dir}/etc/${name}")
    endif()
  endforeach()
]])
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${packaging_dir}/debian/conffiles ${packaging_dir}/debian/postinst
                                       ${packaging_dir}/debian/prerm)
