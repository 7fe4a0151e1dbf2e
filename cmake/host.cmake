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
  # What libFuzzer follows; without it, it only costs.
  set(TESSERA_SANITIZE_FUZZED -fsanitize=fuzzer-no-link)
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

# tessera_instrumented(TARGET flag...): a part of tests, under the sanitizers that the flags ask for.
function(tessera_instrumented target)
  target_compile_options(${target} PRIVATE ${TESSERA_HOST_FLAGS} ${TESSERA_WARNINGS} ${ARGN})
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR} ${TESSERA_GENERATED})
  target_link_options(${target} PRIVATE -stdlib=libc++ -static-libstdc++ --ld-path=${TESSERA_LD} ${ARGN})
  add_dependencies(${target} abi_headers)
endfunction()

# tessera_sanitized_program(NAME sources...): a test program under ASan and UBSan.
function(tessera_sanitized_program name)
  add_executable(${name} ${ARGN})
  tessera_instrumented(${name} ${TESSERA_SANITIZE})
endfunction()

# tessera_sanitized_library(NAME sources...): what several such programs share.
function(tessera_sanitized_library name)
  add_library(${name} STATIC EXCLUDE_FROM_ALL ${ARGN})
  tessera_instrumented(${name} ${TESSERA_SANITIZE})
endfunction()

# tessera_threads_library(NAME sources...): the same for programs under the thread sanitizer, which knows the memory
# model of C++.
function(tessera_threads_library name)
  add_library(${name} STATIC EXCLUDE_FROM_ALL ${ARGN})
  tessera_instrumented(${name} ${TESSERA_SANITIZE_THREADS})
endfunction()

# A test without a main function of its own runs what it registered (tests/support/check.hpp).
function(add_host_test name main)
  target_link_libraries(${name} PRIVATE ${main})
  add_test(NAME host.${name} COMMAND ${name})
  set_tests_properties(host.${name} PROPERTIES LABELS host TIMEOUT 300)
endfunction()

# tessera_host_test(NAME sources...): a test program under ASan and UBSan, run by ctest.
function(tessera_host_test name)
  tessera_sanitized_program(${name} ${ARGN})
  add_host_test(${name} check_main)
endfunction()

# tessera_threads_test(NAME sources...): one under the thread sanitizer.
function(tessera_threads_test name)
  add_executable(${name} ${ARGN})
  tessera_instrumented(${name} ${TESSERA_SANITIZE_THREADS})
  add_host_test(${name} check_main_threads)
endfunction()
