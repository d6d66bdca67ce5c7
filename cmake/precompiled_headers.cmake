# SPDX-License-Identifier: BSD-3-Clause
# Headers of the standard library, Abseil and GoogleTest are most of what a source file compiles. Precompiled, a build
# takes half of the time. Only foreign headers are in them; every file still includes what it uses, which the builds
# without them (the default, and some of .ci/builds) check.
option(TSTAT_PRECOMPILED_HEADERS "Precompile the headers of foreign libraries" OFF)

set(pch_library
    <algorithm> <array> <chrono> <cmath> <compare> <cstddef> <cstdint> <cstdlib> <cstring> <functional> <limits>
    <memory> <optional> <span> <string> <string_view> <tuple> <utility> <vector>
    <absl/status/status.h> <absl/status/statusor.h> <absl/strings/str_cat.h>)
set(pch_tests ${pch_library} <filesystem> <fstream> <map> <random> <set> <sstream> <gtest/gtest.h> <gmock/gmock.h>)

# tstat_precompile(TARGET KIND LINK libraries...): TARGET, of flags like those of LINK, uses the headers of KIND (library,
# tests). They are compiled once for all targets of the same KIND and LINK. (Objects of libraries and of programs differ
# in -fPIC and -fPIE.)
function(tstat_precompile target kind)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  if(NOT TSTAT_PRECOMPILED_HEADERS)
    return()
  endif()
  string(MAKE_C_IDENTIFIER "tstat_pch_${kind}_${ARG_LINK}" owner)
  if(NOT TARGET ${owner})
    set(source ${PROJECT_BINARY_DIR}/${owner}.cc)
    if(kind STREQUAL "tests")
      file(CONFIGURE OUTPUT ${source} CONTENT "int main() {}\n")
      add_executable(${owner} ${source})
    else()
      file(CONFIGURE OUTPUT ${source} CONTENT "")
      add_library(${owner} OBJECT ${source})
    endif()
    target_link_libraries(${owner} PRIVATE ${ARG_LINK} absl::status absl::statusor absl::strings)
    target_precompile_headers(${owner} PRIVATE ${pch_${kind}})
  endif()
  target_precompile_headers(${target} REUSE_FROM ${owner})
endfunction()
