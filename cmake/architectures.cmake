# SPDX-License-Identifier: Apache-2.0
# The build tree is that of the build machine's programs and of x86-64. `ninja aarch64`
# builds the nucleus and the components for AArch64 too, in a tree of their own below
# this one, which takes the generator of headers from here and builds nothing else.
set(TESSERA_ABIGEN "" CACHE FILEPATH "generator of headers of another build tree: only the machine's programs are built")
if(TESSERA_ABIGEN)
  set(TESSERA_BUILDS_HOST OFF)
  add_executable(abigen IMPORTED)
  set_target_properties(abigen PROPERTIES IMPORTED_LOCATION ${TESSERA_ABIGEN})
else()
  set(TESSERA_BUILDS_HOST ON)
  foreach(other aarch64)
    add_custom_target(${other}
      COMMAND ${CMAKE_COMMAND} -DSOURCE=${CMAKE_SOURCE_DIR} -DTREE=${CMAKE_BINARY_DIR}/${other} -DARCH=${other}
        -DABIGEN=$<TARGET_FILE:abigen> -DCACHE=${CMAKE_BINARY_DIR}/cache -DC=${CMAKE_C_COMPILER} -DCXX=${CMAKE_CXX_COMPILER}
        -P ${CMAKE_SOURCE_DIR}/cmake/other_architecture.cmake
      DEPENDS abigen USES_TERMINAL VERBATIM COMMENT "Checking what is built for ${other}")
  endforeach()
endif()
