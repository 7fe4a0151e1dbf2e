# SPDX-License-Identifier: Apache-2.0
# Compiles SOURCE without MUST_NOT_COMPILE (has to work) and with it (has to fail,
# with the text behind "expect: " in the source).
file(STRINGS ${SOURCE} expected REGEX "^// expect: ")
string(REPLACE "// expect: " "" expected "${expected}")
execute_process(COMMAND ${COMPILER} ${FLAGS} ${SOURCE} RESULT_VARIABLE status ERROR_VARIABLE output)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "the control does not compile:\n${output}")
endif()
execute_process(COMMAND ${COMPILER} ${FLAGS} -DMUST_NOT_COMPILE ${SOURCE} RESULT_VARIABLE status ERROR_VARIABLE output)
if(status EQUAL 0)
  message(FATAL_ERROR "it compiles, and must not")
endif()
string(FIND "${output}" "${expected}" at)
if(expected STREQUAL "" OR at EQUAL -1)
  message(FATAL_ERROR "it fails for another reason than \"${expected}\":\n${output}")
endif()
