# SPDX-License-Identifier: BSD-3-Clause
# Installs the Python module, in a component of its own: where Debian's Python looks, and its tutorial.
if(NOT TARGET tstat_python)
  return()
endif()
install(TARGETS tstat_python LIBRARY DESTINATION ${TSTAT_PYTHON_DIR}/tstat COMPONENT python)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/bindings/python/tstat DESTINATION ${TSTAT_PYTHON_DIR} COMPONENT python
        FILES_MATCHING PATTERN "*.py" PATTERN "*.pyi" PATTERN "py.typed" PATTERN "__pycache__" EXCLUDE)
install(FILES ${PROJECT_SOURCE_DIR}/examples/python/tutorial.ipynb DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/python3-tstat/examples
        COMPONENT python)
