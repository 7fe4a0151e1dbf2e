# SPDX-License-Identifier: Apache-2.0
# Static Linux programs in C, linked with musl: the same file runs on Linux and on Tessera.
# What they know of a machine is in arch/MACHINE beside their sources.

set(TESSERA_MUSL_HEADERS /usr/include/${TESSERA_ARCH}-linux-musl)
set(TESSERA_MUSL /usr/lib/${TESSERA_ARCH}-linux-musl)
set(TESSERA_GUEST_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Werror)
set(TESSERA_GUEST_FLAGS --target=${TESSERA_ARCH}-linux-musl -std=c17 -D_GNU_SOURCE -O1 -g
  -nostdinc -isystem${TESSERA_MUSL_HEADERS} -isystem${TESSERA_RESOURCE_DIR}/include
  ${TESSERA_GUEST_WARNINGS} -fno-stack-protector -fno-pie)

# For AArch64 (`ninja aarch64-guests`) Debian's arm64 packages have the C library, and what
# long double needs.
set(guest_sysroot ${CMAKE_BINARY_DIR}/aarch64-sysroot)
set(guest_gcc 12)
if(NOT TARGET aarch64-guests)
  add_custom_command(OUTPUT ${guest_sysroot}.done
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${guest_sysroot}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${guest_sysroot}
    COMMAND root-tree ${CMAKE_BINARY_DIR}/cache ${guest_sysroot} --arch aarch64 --package musl-dev,libgcc-${guest_gcc}-dev
    COMMAND ${CMAKE_COMMAND} -E touch ${guest_sysroot}.done
    DEPENDS ${CMAKE_SOURCE_DIR}/tests/support/guest_program.cmake VERBATIM COMMENT "Unpacking AArch64's C library")
  add_custom_target(aarch64-sysroot DEPENDS ${guest_sysroot}.done)
  add_dependencies(aarch64-sysroot root-tree)
  add_custom_target(aarch64-guests)
endif()

# tessera_aarch64_linux_program(NAME [NO_C_LIBRARY] FLAGS flags... SOURCES sources...), sources as
# CMAKE_CURRENT_SOURCE_DIR has them: builds ${CMAKE_CURRENT_BINARY_DIR}/aarch64/guest/NAME.
function(tessera_aarch64_linux_program name)
  cmake_parse_arguments(guest "NO_C_LIBRARY" "" "FLAGS;SOURCES" ${ARGN})
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/aarch64)
  set(musl ${guest_sysroot}/usr/lib/aarch64-linux-musl)
  set(objects)
  foreach(source ${guest_SOURCES})
    set(object ${folder}/${name}/${source}.o)
    get_filename_component(place ${object} DIRECTORY)
    add_custom_command(OUTPUT ${object}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${place}
      COMMAND ${CMAKE_C_COMPILER} --target=aarch64-linux-musl ${guest_FLAGS}
        -nostdinc -isystem${guest_sysroot}/usr/include/aarch64-linux-musl -isystem${TESSERA_RESOURCE_DIR}/include
        -fno-stack-protector -fno-pie -mno-outline-atomics -MD -MF ${object}.d
        -c ${CMAKE_CURRENT_SOURCE_DIR}/${source} -o ${object}
      DEPENDS ${source} aarch64-sysroot DEPFILE ${object}.d VERBATIM)
    list(APPEND objects ${object})
  endforeach()
  set(parts ${objects})
  if(NOT guest_NO_C_LIBRARY)
    set(parts ${musl}/crt1.o ${musl}/crti.o ${objects} -L${musl} -lc
      ${guest_sysroot}/usr/lib/gcc/aarch64-linux-gnu/${guest_gcc}/libgcc.a ${musl}/crtn.o)
  endif()
  add_custom_command(OUTPUT ${folder}/guest/${name}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}/guest
    COMMAND ${TESSERA_LD} -static -o ${folder}/guest/${name} --build-id=none -z noexecstack ${parts}
    DEPENDS ${objects} VERBATIM)
  add_custom_target(${name}_aarch64_guest DEPENDS ${folder}/guest/${name})
  add_dependencies(aarch64-guests ${name}_aarch64_guest)
endfunction()

# The program of tessera_guest_program for AArch64.
function(tessera_aarch64_guest_program name)
  tessera_aarch64_linux_program(${name} SOURCES ${ARGN}
    FLAGS -std=c17 -D_GNU_SOURCE -O1 -g ${TESSERA_GUEST_WARNINGS} -I${CMAKE_CURRENT_SOURCE_DIR}/arch/aarch64)
endfunction()

# tessera_guest_program(NAME sources...): builds ${CMAKE_CURRENT_BINARY_DIR}/guest/NAME.
function(tessera_guest_program name)
  add_library(${name}_objects OBJECT ${ARGN})
  set_target_properties(${name}_objects PROPERTIES C_STANDARD 17 POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${name}_objects PRIVATE ${TESSERA_GUEST_FLAGS})
  target_include_directories(${name}_objects PRIVATE arch/${TESSERA_ARCH})
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
