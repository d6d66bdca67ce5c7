# SPDX-License-Identifier: BSD-3-Clause
# How the portable build differs from others.
set(CMAKE_BUILD_TYPE Release CACHE STRING "")
set(CMAKE_INSTALL_PREFIX /opt/tstat CACHE PATH "")
set(CMAKE_INSTALL_LIBDIR lib CACHE PATH "")
set(CMAKE_C_FLAGS_RELEASE "-O3 -DNDEBUG" CACHE STRING "")
# std::jthread is there, but not yet among what libc++ promises.
set(CMAKE_CXX_FLAGS "-D_LIBCPP_ENABLE_EXPERIMENTAL" CACHE STRING "")
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -DNDEBUG" CACHE STRING "")
set(OPENSSL_USE_STATIC_LIBS ON CACHE BOOL "")
set(TSTAT_BUILD_TESTS OFF CACHE BOOL "")
set(TSTAT_BUILD_EXAMPLES OFF CACHE BOOL "")
set(TSTAT_UNITY ON CACHE BOOL "")
set(TSTAT_WITH_LZ4 ON CACHE BOOL "")
# The linker of the compiler knows no mark for it, and no kernel that needs this build uses it.
set(TSTAT_HAS_fcf_protection OFF CACHE BOOL "")
set(TSTAT_VERSION_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/libtstat.map CACHE FILEPATH "")
