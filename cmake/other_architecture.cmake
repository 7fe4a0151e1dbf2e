# SPDX-License-Identifier: Apache-2.0
# A script: configures the build tree TREE for ARCH, if it is not there, and builds it.
if(NOT EXISTS ${TREE}/build.ninja)
  execute_process(OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY
    COMMAND ${CMAKE_COMMAND} -G Ninja -S ${SOURCE} -B ${TREE} -DTESSERA_ARCH=${ARCH} -DTESSERA_ABIGEN=${ABIGEN} -DTESSERA_CACHE=${CACHE}
      -DCMAKE_C_COMPILER=${C} -DCMAKE_CXX_COMPILER=${CXX})
endif()
execute_process(COMMAND ${CMAKE_COMMAND} --build ${TREE} -- --quiet COMMAND_ERROR_IS_FATAL ANY)
