# SPDX-License-Identifier: BSD-3-Clause
# What cpack makes of an installation: Debian packages, `tstat`, `libtstat0` and `libtstat-dev`, and with the viewer
# `tstat-cgi` and `tstat-dashboards`, with the Python module `python3-tstat` and `tstat-tools`, with the users guide `tstat-doc`; and one tar archive.
set(CPACK_GENERATOR DEB TGZ)
set(CPACK_PACKAGE_NAME tstat)
set(CPACK_PACKAGE_VENDOR "The tstat authors")
set(CPACK_PACKAGE_CONTACT "The tstat authors <authors@tstat.invalid>")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL command development)
set(has_library OFF)
if(BUILD_SHARED_LIBS OR TARGET tstat_shared)
  set(has_library ON)
  list(APPEND CPACK_COMPONENTS_ALL library)
endif()

# Each package has a summary of its own: the first line of its description.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")
set(CPACK_COMPONENT_COMMAND_DESCRIPTION "passive TCP and UDP traffic analyser
tstat reads packets from a trace or an interface and writes one row for every
TCP and UDP flow: volumes, round-trip times, retransmissions by cause, windows
and names; and for the HTTP messages, video, chat and voice streams in them.
Command line, configuration files, logs, histograms and RRD databases are
those of Tstat 3.1.1.

A service for systemd captures from an interface without the rights of root.
")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "passive TCP and UDP traffic analyser (library)
libtstat turns packets of a trace, an interface or memory into TCP and UDP
flow records, messages of layer 7 and histograms, through one C++20 API.

This package has the static library, its headers, a CMake package, files for
pkg-config and example programs, in C++ and in C.
")
set(CPACK_COMPONENT_LIBRARY_DESCRIPTION "passive TCP and UDP traffic analyser (shared library)
libtstat turns packets into TCP and UDP flow records and the logs, histograms
and RRD databases of Tstat.

This package has the shared library: the C interfaces, that of Tstat's own
library among them, and the C++ API.
")

if(TARGET tstat_rrd.cgi)
  list(APPEND CPACK_COMPONENTS_ALL viewer renamed dashboards)
  # A package has to have a file; this one is for packages alone.
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/tstat-viewer COMPONENT renamed EXCLUDE_FROM_ALL)
endif()
set(CPACK_COMPONENT_VIEWER_DESCRIPTION "passive TCP and UDP traffic analyser (web viewer)
tstat_rrd.cgi shows the RRD databases that tstat writes as web pages: traffic,
flows, round-trip times, losses, services and voice quality over hours to
years. It is a CGI and FastCGI program for any web server, works without
JavaScript, and takes the addresses of the viewer of Tstat 3.1.1.
")
set(CPACK_COMPONENT_RENAMED_DESCRIPTION "transitional package for tstat-cgi
The web viewer of tstat was in this package, and is in tstat-cgi now.

This one is empty, and can be removed.
")

set(CPACK_COMPONENT_DASHBOARDS_DESCRIPTION "passive TCP and UDP traffic analyser (dashboards)
Dashboards of what tstat measures, for Grafana and Chronograf, alerts for
Kapacitor, and settings for Telegraf and Prometheus.

tstat-stack starts InfluxDB and the web viewer with a sample day, to look at,
for one user and by one command.
")

if(TARGET tstat_python)
  list(APPEND CPACK_COMPONENTS_ALL python tools)
endif()
set(CPACK_COMPONENT_PYTHON_DESCRIPTION "passive TCP and UDP traffic analyser (Python module)
The module tstat goes from packets to data frames: it analyses traces,
packets of the program's own and interfaces, and reads the logs of tstat,
into tables whose columns are NumPy arrays.
")
set(CPACK_COMPONENT_TOOLS_DESCRIPTION "passive TCP and UDP traffic analyser (log tools)
tstat-log selects, filters, counts and draws the logs of tstat: top talkers,
percentiles, time series, histograms, distributions, differences of two logs;
as text, CSV, JSON, Parquet, and as plots in a terminal, PNG and SVG.
tstat-flow tells one flow of a trace packet by packet, with the rule by which
each retransmission was classified. tstat-report makes one HTML page about a
trace or about logs. tstat-top shows what a running tstat does, live in a
terminal.
")

if(TSTAT_BUILD_GUIDE)
  list(APPEND CPACK_COMPONENTS_ALL doc)
endif()
set(CPACK_COMPONENT_DOC_DESCRIPTION "passive TCP and UDP traffic analyser (users guide)
The users guide of tstat, as pages of HTML and as one PDF file: options,
configuration files, every column of every log, histograms, databases,
privacy, exports, C, C++ and Python interfaces, and how to come from Tstat.
")

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 0upstream2)
set(same_version "(= ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})")
# Tstat's own build had command, library and viewer in one.
set(before_split "tstat (<< 4.0.0)")
# Where there is no systemd, the scripts make user and group by themselves.
set(make_users "passwd")
set(CPACK_DEBIAN_COMMAND_PACKAGE_NAME tstat)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SECTION net)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_COMMAND_PACKAGE_DEPENDS ${make_users})
string(REGEX MATCH "^[^:]*" first_librrd "${TSTAT_LIBRRD}")
if(TSTAT_WITH_RRD)
  # Loaded when databases are asked for; it draws, too, and brings some seventy libraries.
  string(REPLACE ".so." "" CPACK_DEBIAN_COMMAND_PACKAGE_RECOMMENDS ${first_librrd})
endif()
# Likewise, when exports or metrics are: libcurl4, librabbitmq4, librdkafka1, libmicrohttpd12; when AF_XDP is, libxdp1. tstat-drop-days is a program of Python's.
set(suggested "python3:any")
foreach(library CURL AMQP KAFKA MICROHTTPD XDP)
  if(TSTAT_WITH_${library})
    string(REPLACE ".so." "" suggestion ${TSTAT_${library}_FILE})
    list(APPEND suggested ${suggestion})
  endif()
endforeach()
list(APPEND suggested libndpi4.2)  # --ndpi
list(JOIN suggested ", " CPACK_DEBIAN_COMMAND_PACKAGE_SUGGESTS)
set(CPACK_DEBIAN_COMMAND_PACKAGE_CONTROL_EXTRA ${PROJECT_BINARY_DIR}/conffiles ${CMAKE_CURRENT_LIST_DIR}/debian/postinst
                                               ${CMAKE_CURRENT_LIST_DIR}/debian/prerm ${CMAKE_CURRENT_LIST_DIR}/debian/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libtstat-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libabsl-dev")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_BREAKS ${before_split})
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_REPLACES ${before_split})
if(tstat_type STREQUAL "STATIC_LIBRARY")
  string(APPEND CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
         ", libfmt-dev, libpcap-dev, zlib1g-dev, libbz2-dev, liblzma-dev, libzstd-dev, libssl-dev")
  if(TSTAT_WITH_LZ4)
    string(APPEND CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS ", liblz4-dev")
  endif()
else()
  string(APPEND CPACK_DEBIAN_COMMAND_PACKAGE_DEPENDS ", libtstat0 ${same_version}")
endif()
if(has_library)
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME libtstat0)
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_SHLIBDEPS ON)
  # The C interfaces stay compatible as long as the soname does; the C++ API has the version of its inline namespace.
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_PROVIDES "libtstat-cxx-v1 (= ${PROJECT_VERSION})")
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_BREAKS ${before_split})
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_REPLACES ${before_split})
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_LIST_DIR}/debian/library/triggers)  # and what documentation.cmake writes
  string(APPEND CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS ", libtstat0 ${same_version}")
endif()
if(TARGET tstat_rrd.cgi)
  set(CPACK_DEBIAN_VIEWER_PACKAGE_NAME tstat-cgi)
  set(CPACK_DEBIAN_VIEWER_PACKAGE_SECTION web)
  set(CPACK_DEBIAN_VIEWER_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_VIEWER_PACKAGE_RECOMMENDS "lighttpd | httpd-cgi")
  set(control ${CMAKE_CURRENT_LIST_DIR}/debian/viewer)
  set(CPACK_DEBIAN_VIEWER_PACKAGE_CONTROL_EXTRA ${PROJECT_BINARY_DIR}/viewer/conffiles ${control}/postinst ${control}/prerm
                                                ${control}/postrm)
  # Loaded when a picture is drawn.
  string(REPLACE ".so." "" CPACK_DEBIAN_VIEWER_PACKAGE_DEPENDS ${first_librrd})
  string(APPEND CPACK_DEBIAN_VIEWER_PACKAGE_DEPENDS ", ${make_users}")
  if(BUILD_SHARED_LIBS)
    string(APPEND CPACK_DEBIAN_VIEWER_PACKAGE_DEPENDS ", libtstat0 ${same_version}")
  endif()
  # It was called tstat-viewer up to 4.0.0-0upstream1; the package of that name brings this one to those who upgrade.
  set(CPACK_DEBIAN_VIEWER_PACKAGE_BREAKS "${before_split}, tstat-viewer (<< 4.0.0-0upstream2)")
  set(CPACK_DEBIAN_VIEWER_PACKAGE_REPLACES ${CPACK_DEBIAN_VIEWER_PACKAGE_BREAKS})
  set(CPACK_DEBIAN_RENAMED_PACKAGE_NAME tstat-viewer)
  set(CPACK_DEBIAN_RENAMED_PACKAGE_SECTION oldlibs)
  set(CPACK_DEBIAN_RENAMED_PACKAGE_ARCHITECTURE all)
  set(CPACK_DEBIAN_RENAMED_PACKAGE_DEPENDS "tstat-cgi (>= 4.0.0-0upstream2)")
  set(CPACK_TSTAT_HAS_VIEWER ON)
  set(CPACK_DEBIAN_DASHBOARDS_PACKAGE_NAME tstat-dashboards)
  set(CPACK_DEBIAN_DASHBOARDS_PACKAGE_SECTION net)
  set(CPACK_DEBIAN_DASHBOARDS_PACKAGE_ARCHITECTURE all)
  set(CPACK_DEBIAN_DASHBOARDS_PACKAGE_DEPENDS "python3:any")
  # What tstat-stack starts and loads; dashboards alone need none of it.
  set(recommended tstat tstat-cgi influxdb lighttpd)
  if(TSTAT_WITH_CURL)
    string(REPLACE ".so." "" library ${TSTAT_CURL_FILE})
    list(APPEND recommended ${library})
  endif()
  list(JOIN recommended ", " CPACK_DEBIAN_DASHBOARDS_PACKAGE_RECOMMENDS)
  set(CPACK_DEBIAN_DASHBOARDS_PACKAGE_SUGGESTS "curl, jq, prometheus")
endif()
if(TARGET tstat_python)
  set(CPACK_DEBIAN_PYTHON_PACKAGE_NAME python3-tstat)
  set(CPACK_DEBIAN_PYTHON_PACKAGE_SECTION python)
  set(CPACK_DEBIAN_PYTHON_PACKAGE_SHLIBDEPS ON)
  math(EXPR next_python "${Python3_VERSION_MINOR} + 1")
  set(CPACK_DEBIAN_PYTHON_PACKAGE_DEPENDS
      "python3 (>= 3.${Python3_VERSION_MINOR}), python3 (<< 3.${next_python}), python3-numpy")
  set(CPACK_DEBIAN_PYTHON_PACKAGE_RECOMMENDS python3-pandas)
  if(BUILD_SHARED_LIBS)
    string(APPEND CPACK_DEBIAN_PYTHON_PACKAGE_DEPENDS ", libtstat0 ${same_version}")
  endif()
  # Compiled when they are installed, so that nothing is when root uses them, and would stay.
  set(CPACK_DEBIAN_PYTHON_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_LIST_DIR}/debian/python/postinst ${CMAKE_CURRENT_LIST_DIR}/debian/python/prerm)
  set(CPACK_DEBIAN_TOOLS_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_LIST_DIR}/debian/tools/postinst ${CMAKE_CURRENT_LIST_DIR}/debian/tools/prerm)
  set(CPACK_TSTAT_HAS_PYTHON ON)
  set(CPACK_DEBIAN_TOOLS_PACKAGE_NAME tstat-tools)
  set(CPACK_DEBIAN_TOOLS_PACKAGE_SECTION net)
  set(CPACK_DEBIAN_TOOLS_PACKAGE_ARCHITECTURE all)
  set(CPACK_DEBIAN_TOOLS_PACKAGE_DEPENDS
      "python3:any, python3-tstat ${same_version}, python3-pandas, python3-matplotlib")
  set(CPACK_DEBIAN_TOOLS_PACKAGE_RECOMMENDS python3-maxminddb)
  set(CPACK_DEBIAN_TOOLS_PACKAGE_SUGGESTS "python3-psycopg2, python3-pymysql")
endif()
if(TSTAT_BUILD_GUIDE)
  set(CPACK_DEBIAN_DOC_PACKAGE_NAME tstat-doc)
  set(CPACK_DEBIAN_DOC_PACKAGE_SECTION doc)
  set(CPACK_DEBIAN_DOC_PACKAGE_ARCHITECTURE all)
  set(CPACK_DEBIAN_DOC_PACKAGE_SUGGESTS tstat)
  set(CPACK_TSTAT_HAS_GUIDE ON)
endif()
configure_file(${CMAKE_CURRENT_LIST_DIR}/debian/changelog.in ${PROJECT_BINARY_DIR}/debian-changelog @ONLY)
set(CPACK_TSTAT_SOURCE_DIR ${PROJECT_SOURCE_DIR})
set(CPACK_TSTAT_CHANGELOG ${PROJECT_BINARY_DIR}/debian-changelog)
set(CPACK_TSTAT_HAS_LIBRARY ${has_library})
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/debian/documentation.cmake)
include(CPack)
