# SPDX-License-Identifier: Apache-2.0
# Programs that run on the build machine: tools, and tests under sanitizers.
# The linker of the same release as the compiler, whatever plain ld.lld is here.
find_program(TESSERA_LD NAMES ld.lld-22 REQUIRED)
set(TESSERA_HOST_FLAGS -stdlib=libc++ -fno-exceptions -fno-rtti -g -O1
  -D_LIBCPP_HARDENING_MODE=_LIBCPP_HARDENING_MODE_EXTENSIVE
  -ftrivial-auto-var-init=zero -fstack-protector-strong)
option(TESSERA_COVERAGE "host tests count what they run (tests/coverage.sh) in place of the sanitizers" OFF)
if(TESSERA_COVERAGE)
  set(TESSERA_SANITIZE -fprofile-instr-generate -fcoverage-mapping)
  set(TESSERA_SANITIZE_THREADS ${TESSERA_SANITIZE})
else()
  set(TESSERA_SANITIZE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  set(TESSERA_SANITIZE_THREADS -fsanitize=thread -fno-omit-frame-pointer)
endif()

# libc++ is linked statically: the shared one of the distribution may be older than
# the headers.
#
# tessera_host_program(NAME sources...): a tool.
function(tessera_host_program name)
  add_executable(${name} ${ARGN})
  target_compile_options(${name} PRIVATE ${TESSERA_HOST_FLAGS} ${TESSERA_WARNINGS})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_options(${name} PRIVATE -stdlib=libc++ -static-libstdc++ --ld-path=${TESSERA_LD})
endfunction()

# tessera_sanitized_program(NAME sources...): a test program under ASan and UBSan.
function(tessera_sanitized_program name)
  add_executable(${name} ${ARGN})
  target_compile_options(${name} PRIVATE ${TESSERA_HOST_FLAGS} ${TESSERA_WARNINGS} ${TESSERA_SANITIZE})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR} ${TESSERA_GENERATED})
  target_link_options(${name} PRIVATE -stdlib=libc++ -static-libstdc++ --ld-path=${TESSERA_LD} ${TESSERA_SANITIZE})
  add_dependencies(${name} abi_headers)
endfunction()

# tessera_sanitized_library(NAME sources...): what several such programs share.
function(tessera_sanitized_library name)
  add_library(${name} STATIC ${ARGN})
  target_compile_options(${name} PRIVATE ${TESSERA_HOST_FLAGS} ${TESSERA_WARNINGS} ${TESSERA_SANITIZE})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR} ${TESSERA_GENERATED})
  add_dependencies(${name} abi_headers)
endfunction()

# tessera_host_test(NAME sources...): the same, run by ctest.
function(tessera_host_test name)
  tessera_sanitized_program(${name} ${ARGN})
  add_test(NAME host.${name} COMMAND ${name})
  set_tests_properties(host.${name} PROPERTIES LABELS host TIMEOUT 300)
endfunction()
