# SPDX-License-Identifier: BSD-3-Clause
# Programs that are a Python package and a launcher: tstat-log is apps/tstat-log/tstat_log/ and tstat-log of this folder's
# template. In the build tree the launcher takes the package from the sources and the module `tstat` from the build; installed
# it takes both from the prefix that it is in. All in the component `tools`.

# tstat_python_tool(NAME): in apps/NAME, with the package of that name (_ for -) and completion/NAME.bash.
function(tstat_python_tool name)
  string(REPLACE - _ package ${name})
  set(TOOL_NAME ${name})
  set(TOOL_PACKAGE ${package})
  set(TOOL_VERSION ${PROJECT_VERSION})
  set(modes FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
  # Others use modules of tstat-log.
  set(TOOL_SETUP "sys.path[:0] = [\"${CMAKE_CURRENT_SOURCE_DIR}\", \"${PROJECT_SOURCE_DIR}/apps/tstat-log\", \"${PROJECT_BINARY_DIR}/bindings/python\"]
sys.pycache_prefix = \"${PROJECT_BINARY_DIR}/python-cache\"")
  configure_file(${PROJECT_SOURCE_DIR}/cmake/python_tool.in ${CMAKE_CURRENT_BINARY_DIR}/${name} @ONLY ${modes})
  set(TOOL_SETUP "PREFIX = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
sys.path[:0] = [PREFIX + \"/share/tstat/python\"]
if PREFIX != \"/usr\":
    sys.path.insert(1, PREFIX + \"/${TSTAT_PYTHON_DIR}\")")
  configure_file(${PROJECT_SOURCE_DIR}/cmake/python_tool.in ${CMAKE_CURRENT_BINARY_DIR}/installed/${name} @ONLY ${modes})
  install(PROGRAMS ${CMAKE_CURRENT_BINARY_DIR}/installed/${name} TYPE BIN COMPONENT tools)
  install(DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/${package} DESTINATION ${CMAKE_INSTALL_DATADIR}/tstat/python COMPONENT tools
          FILES_MATCHING PATTERN "*.py" PATTERN "*.css" PATTERN "__pycache__" EXCLUDE)
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/completion/${name}.bash)
    install(FILES ${CMAKE_CURRENT_SOURCE_DIR}/completion/${name}.bash COMPONENT tools
            DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME ${name})
  endif()
  install(FILES ${PROJECT_SOURCE_DIR}/docs/man/${name}.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT tools)
endfunction()
