# SPDX-License-Identifier: Apache-2.0
# Static Linux programs in C, linked with musl: the same file runs on Linux and on Tessera.

set(TESSERA_MUSL_HEADERS /usr/include/${TESSERA_ARCH}-linux-musl)
set(TESSERA_MUSL /usr/lib/${TESSERA_ARCH}-linux-musl)
set(TESSERA_GUEST_FLAGS --target=${TESSERA_ARCH}-linux-musl -std=c17 -D_GNU_SOURCE -O1 -g
  -nostdinc -isystem${TESSERA_MUSL_HEADERS} -isystem${TESSERA_RESOURCE_DIR}/include
  -Wall -Wextra -Wpedantic -Wshadow -Werror -fno-stack-protector -fno-pie)

# tessera_guest_program(NAME sources...): builds ${CMAKE_CURRENT_BINARY_DIR}/guest/NAME.
function(tessera_guest_program name)
  add_library(${name}_objects OBJECT ${ARGN})
  set_target_properties(${name}_objects PROPERTIES C_STANDARD 17 POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${name}_objects PRIVATE ${TESSERA_GUEST_FLAGS})
  set(output ${CMAKE_CURRENT_BINARY_DIR}/guest/${name})
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_CURRENT_BINARY_DIR}/guest
    COMMAND ${TESSERA_LD} -static -o ${output} --build-id=none -z noexecstack
      ${TESSERA_MUSL}/crt1.o ${TESSERA_MUSL}/crti.o $<TARGET_OBJECTS:${name}_objects>
      -L${TESSERA_MUSL} -lc ${TESSERA_RESOURCE_DIR}/lib/linux/libclang_rt.builtins-${TESSERA_ARCH}.a ${TESSERA_MUSL}/crtn.o
    DEPENDS ${name}_objects $<TARGET_OBJECTS:${name}_objects>
    COMMAND_EXPAND_LISTS VERBATIM)
  add_custom_target(${name}_guest ALL DEPENDS ${output})
endfunction()
